/* conv_u8s8_level_simd.h: the record of one SIMD level. An ISA file defines `tiles`, `depthwise` and `depthwise_name` and
 * includes this file last.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_LEVEL_SIMD_H
#define OCT_CONV_U8S8_LEVEL_SIMD_H

#include "kernels/conv_u8s8_dense.h"
#include "kernels/conv_u8s8_dw.h"

static const char *describe(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_dw_takes(s) ? depthwise_name : oct_conv_u8s8_dense_describe(&tiles, s);
}

static size_t packed_size(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_dw_takes(s) ? oct_conv_u8s8_dw_packed_size(&depthwise, s)
                                     : oct_conv_u8s8_dense_packed_size(&tiles, s);
}

static void pack_weights(void *dst, const oct_conv_int_shape *s, const oct_conv_u8s8_weights *w)
{
    if (oct_conv_u8s8_dw_takes(s))
        oct_conv_u8s8_dw_pack(&depthwise, dst, s, w);
    else
        oct_conv_u8s8_dense_pack(&tiles, dst, s, w);
}

static bool check_packed(const void *packed, const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_dw_takes(s) || oct_conv_u8s8_dense_check(&tiles, packed, s);
}

static size_t scratch_size(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_dw_takes(s) ? 0 : oct_conv_u8s8_dense_scratch_size(&tiles, s);
}

static size_t n_items(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_dw_takes(s) ? oct_conv_u8s8_dw_n_items(&depthwise, s)
                                     : oct_conv_u8s8_dense_n_items(&tiles, s);
}

static int tilings(const oct_conv_int_shape *s, int32_t list[OCT_CONV_U8S8_MOST_TILINGS])
{
    return oct_conv_u8s8_dw_takes(s) ? 0 : oct_conv_u8s8_dense_tilings(&tiles, s, list);
}

static void run(const oct_conv_u8s8_args *a, size_t first, size_t n)
{
    if (oct_conv_u8s8_dw_takes(a->shape))
        oct_conv_u8s8_dw_run(&depthwise, a, first, n);
    else
        oct_conv_u8s8_dense_run(&tiles, a, first, n);
}

#endif
