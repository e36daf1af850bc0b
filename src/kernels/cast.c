/* The ladder of the casts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/cast.h"

oct_cast_fn oct_cast_select(oct_cpu_level level, octet_dtype from, octet_dtype to)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_cast_avx2(from, to);
#endif
    (void)level;
    return oct_cast_ref(from, to);
}
