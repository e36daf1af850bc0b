/* 16-bit elementwise operators: preparation and ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/qlinear_u16.h"

#define ITEM_ELEMS (16 * 1024)

void oct_qlinear_u16_add_init(oct_qlinear_u16_add *add)
{
    add->nd.n_arrays = 3;
    oct_nd_normalize(&add->nd);
    add->cut = oct_nd_make_cut(&add->nd, ITEM_ELEMS);
}

oct_qlinear_u16_add_fn oct_qlinear_u16_add_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_qlinear_u16_add_avx2;
#endif
    (void)level;
    return oct_qlinear_u16_add_ref;
}

oct_qlinear_u16_average_fn oct_qlinear_u16_average_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_qlinear_u16_average_avx2;
#endif
    (void)level;
    return oct_qlinear_u16_average_ref;
}
