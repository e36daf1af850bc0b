/* conv_f32.h: 2-D convolution and matrix product in float32, NHWC. Called by steps/ for Conv, Gemm and MatMul.
 * Law: docs/arithmetic.md. With taps k = (kh, kw, ic) in ascending order, in-bounds taps only:
 *
 *   acc = bias[oc];  for k: acc = fma(x[n, oh*SH - pad_top + kh*DH, ow*SW - pad_left + kw*DW, g*ICG + ic], w[oc,ic,kh,kw], acc)
 *   y[n,oh,ow,oc] = act(acc + residual[n,oh,ow,oc])          (no addition at all without a residual)
 *
 * With class_bias the sum starts from bias[class][oc] instead, where class is that of the position (oh, ow), see
 * conv_f32_border.h: what a normalization in front of the padding adds to the bias depends on which taps are in bounds.
 *
 * All levels, tilings and thread counts return equal bits, signed zeros and infinities included (a NaN stays a NaN).
 * A matrix product y[M,N] = x[M,K] * w + bias is the same thing with H = OH = 1, W = OW = M, C = K, OC = N, 1x1.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_H
#define OCT_CONV_F32_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cpu.h"

typedef enum oct_act_kind {
    OCT_ACT_NONE = 0,
    OCT_ACT_CLAMP, /* v = v < lo ? lo : v;  v = v > hi ? hi : v   (a NaN stays; -0 < 0 is false, so relu(-0) = -0) */
    OCT_ACT_LEAKY  /* v < 0 ? v * alpha : v */
} oct_act_kind;

typedef struct oct_act {
    int32_t kind;
    float lo, hi; /* CLAMP; either may be infinite */
    float alpha;  /* LEAKY */
} oct_act;

/* Everything about one convolution that is known before its data. All counts >= 1 and proven by the planner. */
typedef struct oct_conv_f32_shape {
    int32_t N, H, W, C, OH, OW, OC, KH, KW, G; /* C = G*ICG, OC = G*OCG */
    int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left; /* pads may exceed the kernel */
    int32_t x_pitch, y_pitch, r_pitch; /* floats from pixel to pixel in x (>= C), y (>= OC) and the residual (>= OC) */
    int32_t has_residual;
    int32_t class_bias; /* 1: one bias per border class and output channel */
    oct_act act;
} oct_conv_f32_shape;

/* Weights as ONNX stores them, [OC, ICG, KH, KW], or in any other order. */
typedef struct oct_conv_f32_weights {
    const void *w;         /* floats at any alignment: (o,i,kh,kw) at o*stride_o + i*stride_i + (kh*KW + kw)*stride_t */
    int64_t stride_o, stride_i, stride_t;
    const float *oc_scale; /* [OC] multiplies the weights, each product rounded to float once; NULL: 1 */
    const float *bias;     /* [OC], with class_bias [n_classes][OC]; NULL: +0 */
    void (*done)(void *context, const void *p, size_t n); /* n bytes of w from p on will not be read again; may be NULL */
    void *done_context;
} oct_conv_f32_weights;

/* Float i of w->w. */
static inline float oct_conv_f32_weight(const oct_conv_f32_weights *w, int64_t i)
{
    float v;
    memcpy(&v, (const char *)w->w + i * (int64_t)sizeof v, sizeof v);
    return v;
}

/* Floats first .. first + n - 1 of w->w are done with. */
static inline void oct_conv_f32_weights_done(const oct_conv_f32_weights *w, int64_t first, int64_t n)
{
    if (w->done)
        w->done(w->done_context, (const char *)w->w + first * (int64_t)sizeof(float), (size_t)n * sizeof(float));
}

typedef struct oct_conv_f32_args {
    const oct_conv_f32_shape *shape;
    const void *packed;   /* made by the same record's pack */
    const float *x;       /* [N,H,W] pixels of x_pitch floats; nothing outside is read */
    const float *residual;/* [N,OH,OW] pixels of r_pitch floats, NULL without; must not overlap y */
    float *y;             /* [N,OH,OW] pixels of y_pitch floats; must not overlap x. Only the OC floats of a pixel are written */
    void *scratch;        /* scratch_size bytes, 64-byte aligned, owned by the calling worker */
    int64_t x_skip;       /* x points at float x_skip of the input: the pixels before are not there and not read */
} oct_conv_f32_args;

/* One level: code and layout cannot disagree. Each function chooses the algorithm from the shape alone. */
typedef struct oct_conv_f32 {
    const char *(*describe)(const oct_conv_f32_shape *s);            /* "avx2 6x16", "avx2 dw3x3", ...: for inspect */
    size_t (*packed_size)(const oct_conv_f32_shape *s);              /* bytes, a multiple of 64 */
    void (*pack)(void *dst, const oct_conv_f32_shape *s, const oct_conv_f32_weights *w); /* dst 64-byte aligned */
    size_t (*scratch_size)(const oct_conv_f32_shape *s);             /* bytes per worker; may be 0 */
    size_t (*n_items)(const oct_conv_f32_shape *s);                  /* independent pieces of work, >= 1 */
    void (*run)(const oct_conv_f32_args *a, size_t item);            /* any order, any thread, each item once */
    /* All that an item reads of x lies in pixels first .. first + n - 1, counted through [N, H, W]. */
    void (*input_pixels)(const oct_conv_f32_shape *s, size_t item, int64_t *first, int64_t *n);
    const struct oct_conv_f32_tiles *tiles;                          /* how it cuts panels; NULL: packed as ref does */
} oct_conv_f32;

/* The record of a level (a level without code of its own has that of the next lower one). */
const oct_conv_f32 *oct_conv_f32_select(oct_cpu_level level);

/* The largest packed_size of all levels, those that this CPU lacks among them: for memory that no level moves. */
size_t oct_conv_f32_most_packed(const oct_conv_f32_shape *s);

extern const oct_conv_f32 oct_conv_f32_ref, oct_conv_f32_avx2, oct_conv_f32_avx512;

#endif
