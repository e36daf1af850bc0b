/* The ladder of the elementwise family.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/map.h"

int oct_map_n_inputs(oct_map_op op)
{
    if (op < OCT_MAP_ADD)
        return 1;
    if (op < OCT_MAP_CLIP)
        return 2;
    return op == OCT_MAP_NORMALIZE ? 5 : 3;
}

bool oct_map_yields_bool(oct_map_op op)
{
    return op == OCT_MAP_IS_NAN || (op >= OCT_MAP_EQUAL && op <= OCT_MAP_LESS_EQUAL);
}

oct_map_fn oct_map_select(oct_cpu_level level, oct_map_op op, octet_dtype dtype)
{
    const oct_map_fn *f32 = oct_map_f32_ref;
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        f32 = oct_map_f32_avx2;
#endif
    (void)level;
    if (dtype == OCTET_F32 && f32[op])
        return f32[op];
    return oct_map_typed_ref(op, dtype);
}
