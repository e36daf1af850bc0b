/* Local response normalization: cutting into items, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/lrn_f32.h"

size_t oct_lrn_n_items(const oct_lrn_shape *s)
{
    int64_t per_item = OCT_LRN_ITEM_PIXELS(s);
    return (size_t)((s->N * s->P + per_item - 1) / per_item);
}

oct_lrn_fn oct_lrn_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_lrn_f32_avx2;
#endif
    (void)level;
    return oct_lrn_f32_ref;
}
