/* conv_f32_level_simd.h: the record of one SIMD level. An ISA file defines the vector layer of conv_f32_tile_simd.h and
 * conv_f32_dw_simd.h, `tiles` and `tile_names` (by vectors), and includes this file last.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_LEVEL_SIMD_H
#define OCT_CONV_F32_LEVEL_SIMD_H

#include "kernels/conv_f32_dw_simd.h"
#include "kernels/conv_f32_plan.h"
#include "kernels/conv_f32_tile_simd.h"

static const char *describe(const oct_conv_f32_shape *s)
{
    oct_conv_f32_plan plan;
    if (oct_conv_f32_dw_takes(s))
        return tile_names[0];
    oct_conv_f32_plan_init(&plan, &tiles, s);
    return tile_names[plan.nv];
}

static size_t packed_size(const oct_conv_f32_shape *s)
{
    return oct_conv_f32_dw_takes(s) ? oct_conv_f32_dw_packed_size(s) : oct_conv_f32_dense_packed_size(&tiles, s);
}

static void pack(void *dst, const oct_conv_f32_shape *s, const oct_conv_f32_weights *w)
{
    if (oct_conv_f32_dw_takes(s))
        oct_conv_f32_dw_pack(dst, s, w);
    else
        oct_conv_f32_dense_pack(&tiles, dst, s, w);
}

static size_t scratch_size(const oct_conv_f32_shape *s)
{
    (void)s;
    return 0;
}

static size_t n_items(const oct_conv_f32_shape *s)
{
    return oct_conv_f32_dw_takes(s) ? oct_conv_f32_dw_n_items(&dw_tiles, s) : oct_conv_f32_dense_n_items(&tiles, s);
}

static void run(const oct_conv_f32_args *a, size_t item)
{
    if (oct_conv_f32_dw_takes(a->shape))
        oct_conv_f32_dw_run(&dw_tiles, a, item);
    else
        oct_conv_f32_dense_run(&tiles, a, item);
}

static void input_pixels(const oct_conv_f32_shape *s, size_t item, int64_t *first, int64_t *n)
{
    if (oct_conv_f32_dw_takes(s))
        oct_conv_f32_dw_input_pixels(&dw_tiles, s, item, first, n);
    else
        oct_conv_f32_dense_input_pixels(&tiles, s, item, first, n);
}

#endif
