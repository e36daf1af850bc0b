/* A random model that begins with a normalization and a convolution, a random image, and what comes out, computed in double
 * precision from the definition: pixels to model input by the recipe, the model's own steps, a zero-padded convolution.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PIXEL_CASE_H
#define PIXEL_CASE_H

#include <octet/octet.h>

#include "check.h"
#include "onnx/message.h"

/* What stands between the input and the convolution. */
typedef enum pixel_form {
    FORM_PLAIN,         /* float input: nothing */
    FORM_TRANSPOSE,     /* float NHWC input: Transpose */
    FORM_CAST,          /* uint8: Cast, Sub, Mul with [1,C,1,1] */
    FORM_CAST_NHWC,     /* uint8 NHWC: Cast, Mul by a number, Add with [C], Transpose */
    FORM_BATCH_NORM,    /* uint8: Cast, BatchNormalization */
    FORM_PAD,           /* float input: Pad with zeros */
    FORM_GATHER,        /* uint8: Gather of reversed channels, Cast, k - x, Div */
    FORM_SLICE,         /* float input: Slice that reverses channels */
    FORM_SPLIT,         /* float input: Split and Concat that reverse channels */
    FORM_PRODUCT,       /* float input: Flatten, Gemm with transB */
    FORM_PRODUCT_NHWC,  /* float NHWC input: Reshape, MatMul */
    N_FORMS
} pixel_form;

typedef struct pixel_case {
    pixel_form form;
    int N, H, W, C, OC, OH, OW, G;
    int K[2], stride[2], dilation[2], pad_begin[2], pad_end[2];
    int relu, biased;
    float *w, *bias;                 /* [OC][C/G][KH][KW], [OC] */
    float step_a[4], step_b[4];      /* numbers of the model's own steps, per channel */
    octet_recipe recipe;
    octet_pixels pixels;
    int channels;                    /* of the pixels as they lie */
    uint8_t *image;
    size_t n_image;
    double *rgb;                     /* of YUV pixels: [N][H][W][3], converted with the clip or, if linear, without */
    double *want;                    /* [N][OC][OH][OW] */
    double magnitude;                /* largest sum of |w| |v| of an output: what rounding errors scale with */
    double *naive;                   /* the same with one bias for all positions */
    float y_scale;                   /* above 0: the model ends in QuantizeLinear, and its output is y_dtype */
    uint8_t y_zero;
    octet_dtype y_dtype;             /* U8, I8 */
} pixel_case;

uint32_t pixel_random(void);
void pixel_seed(uint64_t seed);
int pixel_int(int lo, int hi); /* both included */

/* Whether the model's own input is uint8; the layout of it. */
int pixel_case_is_raw(const pixel_case *c);
octet_pixel_layout pixel_case_layout(const pixel_case *c);

void pixel_case_random(pixel_case *c);
/* Other pixels or another recipe for the same model: image, want and naive anew. */
void pixel_case_pixels(pixel_case *c);
void pixel_case_free(pixel_case *c);
void pixel_case_describe(const pixel_case *c, char text[512]);
msg pixel_case_model(const pixel_case *c);
/* What channel c of the convolution grows by for one step of the pixel. */
double pixel_case_slope(const pixel_case *t, int c);

#endif
