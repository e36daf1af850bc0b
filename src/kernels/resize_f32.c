/* Separable Resize: cutting into items, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/resize_f32.h"

size_t oct_resize_n_items(const oct_resize_axis *axis)
{
    int64_t rows = axis->outer * axis->O, per_item = OCT_RESIZE_ITEM_ROWS(axis);
    return (size_t)((rows + per_item - 1) / per_item);
}

oct_resize_fn oct_resize_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_resize_axis_avx2;
#endif
    (void)level;
    return oct_resize_axis_ref;
}
