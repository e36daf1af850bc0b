/* conv_f32_dw.h: depthwise layers (G = C = OC) of conv_f32.h, shared by the SIMD levels: packing, blocking, borders.
 * A level adds its tiles: P pixels of one output row, a vector of channels at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_DW_H
#define OCT_CONV_F32_DW_H

#include <stdbool.h>

#include "kernels/conv_f32.h"

/* One call: P neighbouring pixels of a row, all taps, n_c channels. With column q = p*stride_w + kw of the input,
 *   acc = bias[c];  for h < n_h, kw, begin <= q < end: acc = fma(x[at + h*x_step_h + q*x_step_w + c], w[h, kw, c], acc)
 *   y[p*y_pitch + c] = clamp(acc, lo, hi) */
typedef struct oct_conv_f32_dw_tile {
    const float *x, *w, *bias;
    float *y;
    int64_t at, x_step_h, x_step_w; /* floats; at + q*x_step_w is only used for columns that exist */
    int64_t w_step;                 /* floats from tap to tap; KW taps make a row */
    int64_t y_pitch;
    int64_t n_h, KW, begin, end;
    int64_t P;                      /* <= 7 */
    int64_t n_c;                    /* >= VL, but for scalar */
    float lo, hi;                   /* infinite: no clamp */
} oct_conv_f32_dw_tile;

typedef void (*oct_conv_f32_dw_fn)(const oct_conv_f32_dw_tile *t);

/* Tiles for a kernel width and stride: 7 pixels of which all columns exist, and any. */
typedef struct oct_conv_f32_dw_special {
    int32_t KW, stride_w;
    oct_conv_f32_dw_fn inner, edge;
} oct_conv_f32_dw_special;

#define OCT_CONV_F32_DW_N_SPECIAL 4

typedef struct oct_conv_f32_dw_tiles {
    int32_t vl;                /* floats of a vector */
    oct_conv_f32_dw_special special[OCT_CONV_F32_DW_N_SPECIAL]; /* all with dilation_w = 1 */
    oct_conv_f32_dw_fn pixel;  /* one pixel, any kernel */
    oct_conv_f32_dw_fn scalar; /* the same for any n_c */
} oct_conv_f32_dw_tiles;

/* Whether these functions, not those of conv_f32_dense.h, make up the record for s. Never with class_bias. */
bool oct_conv_f32_dw_takes(const oct_conv_f32_shape *s);

size_t oct_conv_f32_dw_packed_size(const oct_conv_f32_shape *s);
void oct_conv_f32_dw_pack(void *dst, const oct_conv_f32_shape *s, const oct_conv_f32_weights *w);
size_t oct_conv_f32_dw_n_items(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s);
void oct_conv_f32_dw_input_pixels(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s, size_t item,
                                  int64_t *first, int64_t *n);
void oct_conv_f32_dw_run(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_args *a, size_t item);

#endif
