/* conv_u16_level_simd.h: the record of one SIMD level. An ISA file defines `byte_tiles` (tiles of 8-bit weights),
 * `word_tiles` (of 16-bit ones), `run_depthwise` and LEVEL_NAME, and includes this file last.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_LEVEL_SIMD_H
#define OCT_CONV_U16_LEVEL_SIMD_H

#include "kernels/conv_u16_dense.h"
#include "kernels/conv_u16_dw.h"

static const oct_conv_u16_tiles *get_tiles(const oct_conv_int_shape *s)
{
    return s->wide_weights ? &word_tiles : &byte_tiles;
}

static const char *describe(const oct_conv_int_shape *s)
{
    if (oct_conv_u16_dw_takes(s))
        return s->wide_weights ? LEVEL_NAME " u16s16 depthwise" : LEVEL_NAME " u16s8 depthwise";
    return oct_conv_u16_dense_describe(get_tiles(s), s);
}

static size_t packed_size(const oct_conv_int_shape *s)
{
    return oct_conv_u16_dw_takes(s) ? oct_conv_u16_dw_packed_size(s) : oct_conv_u16_dense_packed_size(get_tiles(s), s);
}

static void pack(void *dst, const oct_conv_int_shape *s, const oct_conv_u16_weights *w)
{
    if (oct_conv_u16_dw_takes(s))
        oct_conv_u16_dw_pack(dst, s, w);
    else
        oct_conv_u16_dense_pack(get_tiles(s), dst, s, w);
}

static size_t n_items(const oct_conv_int_shape *s)
{
    return oct_conv_u16_dw_takes(s) ? oct_conv_u16_dw_n_items(s) : oct_conv_u16_dense_n_items(get_tiles(s), s);
}

static void run(const oct_conv_u16_args *a, size_t item)
{
    if (oct_conv_u16_dw_takes(a->shape))
        oct_conv_u16_dw_run(run_depthwise, a, item);
    else
        oct_conv_u16_dense_run(get_tiles(a->shape), a, item);
}

#endif
