/* From a model's first layer and a binding to weights on the pixels themselves and a bias for each border class; what
 * PixelConv in float and in integers share. docs/arithmetic.md has the formulas.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_PIXEL_WEIGHTS_H
#define OCT_STEPS_PIXEL_WEIGHTS_H

#include "kernels/conv_f32_border.h"
#include "steps/pixel_conv.h"

/* One output channel at a time: sizes, and the memory for it. */
typedef struct oct_pixel_weights {
    int64_t area, S, n_h, n_w; /* taps of a channel; channels of a pixel; border classes along the axes */
    double *w;                 /* [S][KH][KW] */
    double *term;              /* [KH][KW] what each tap in bounds adds to the bias */
    double *bias;              /* [n_h][n_w] of the border classes */
    double *total;             /* [KH + 1][KW + 1] */
    oct_conv_span *h, *v;      /* [n_h], [n_w] taps in bounds */
} oct_pixel_weights;

/* For a step that is planned; free with oct_free(k->w). OCTET_NO_MEMORY. */
octet_status oct_pixel_weights_new(oct_pixel_weights *k, const oct_pixel_conv_step *p, octet_error *err);

/* w and term of output channel o. */
void oct_pixel_weights_map(oct_pixel_weights *k, const oct_pixel_conv_step *p, const oct_pixel_conv_source *s, int64_t o);

/* Weight i of k->w will be `to`: what rounding takes from it multiplies x - middle, not x, so that it leaves no error
 * where the model's input is about 0. */
static inline void oct_pixel_weights_round(oct_pixel_weights *k, const oct_pixel_conv_step *p, int64_t i, double to)
{
    if (!p->map.raw)
        k->term[i % k->area] += (k->w[i] - to) * p->map.middle[i / k->area];
}

/* bias[class] = bias of the source + sum of the terms in bounds */
void oct_pixel_weights_biases(oct_pixel_weights *k, const oct_pixel_conv_step *p, double bias);

#endif
