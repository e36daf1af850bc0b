/* Convolution of uint8 with int8: border classes and the ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u8s8.h"

#include <math.h>

#include "base/compiler.h"
#include "kernels/conv_int_plan.h"
#include "kernels/conv_u8s8_plan.h"

#define MOST_CLASSES 256 /* a 15x15 kernel of stride 1, padded all around, has 225 */

/* Pixels that are visited in memory order one by one need no rows: one column of N*H*W rows. */
static void merge_rows(oct_conv_int_shape *s)
{
    const bool dense = s->KH == 1 && s->KW == 1 && s->stride_h == 1 && s->stride_w == 1 && s->pad_top == 0 &&
                       s->pad_left == 0 && s->OH == s->H && s->OW == s->W;
    const int64_t n_pixels = (int64_t)s->N * s->H * s->W;
    if (!dense || n_pixels > INT32_MAX)
        return;
    s->H = s->OH = (int32_t)n_pixels;
    s->N = s->W = s->OW = 1;
}

oct_conv_u8s8_geometry oct_conv_u8s8_get_geometry(const oct_conv_int_shape *shape)
{
    oct_conv_u8s8_geometry g = {.s = *shape};
    g.s.x_pitch = shape->x_pitch ? shape->x_pitch : shape->C;
    g.s.y_pitch = shape->y_pitch ? shape->y_pitch : (int32_t)(shape->OC * oct_conv_int_y_size(shape));
    g.s.r_pitch = shape->r_pitch ? shape->r_pitch : shape->OC;
    merge_rows(&g.s);
    const oct_conv_int_shape *s = &g.s;
    g.h = (oct_conv_axis){s->stride_h, s->pad_top, s->dilation_h, s->KH, s->H};
    g.w = (oct_conv_axis){s->stride_w, s->pad_left, s->dilation_w, s->KW, s->W};
    g.n_h = oct_conv_axis_class(&g.h, s->OH - 1) + 1;
    g.n_w = oct_conv_axis_class(&g.w, s->OW - 1) + 1;
    g.ICG = s->C / s->G;
    g.OCG = s->OC / s->G;
    return g;
}

bool oct_conv_u8s8_takes(const oct_conv_int_shape *s)
{
    if (s->x_zero_per_column || s->wide ||
        (s->out == OCT_CONV_INT_I32 && (oct_conv_u8s8_is_depthwise(s) || s->y_pitch || s->OC > INT32_MAX / 4)))
        return false;
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    return g.n_h <= MOST_CLASSES && g.n_w <= MOST_CLASSES && g.n_h * g.n_w <= MOST_CLASSES;
}

/* ---- from a sum to a byte ---- */

oct_conv_u8s8_out oct_conv_u8s8_get_out(const oct_conv_u8s8_args *a)
{
    static const oct_conv_u8s8_store nothing = {0};
    const oct_conv_u8s8_store *s = a->store ? a->store : &nothing;
    const bool adds_signed = s->r_numbers != OCT_NUMBERS_U8;
    const int32_t flip = a->shape->out == OCT_CONV_INT_I8 ? 128 : 0;
    const int32_t zero = s->add == OCT_CONV_U8S8_ADD_ROUNDED ? adds_signed ? 128 : 0 : a->y_zero + flip;
    return (oct_conv_u8s8_out){
        .is_sums = a->shape->out == OCT_CONV_INT_I32,
        .hi = (float)((s->clamps ? s->hi + flip : 255) - zero), .zero = zero, .y_flip = (uint8_t)flip,
        .y_lo = (uint8_t)(s->clamps ? s->lo + flip : 0), .y_hi = (uint8_t)(s->clamps ? s->hi + flip : 255),
        .r_flip = s->r_numbers == OCT_NUMBERS_I8 ? 128 : 0, .r_less = adds_signed ? 128 : 0, .add = s->add, .r_first = s->r_first,
        .q = adds_signed ? oct_qrange_make(-128, 127, s->q_zero) : oct_qrange_make(0, 255, s->q_zero),
        .q_scale = s->q_scale, .r_scale = s->r_scale, .fixed = s->fixed};
}

uint8_t oct_conv_u8s8_finish(int32_t acc, float mult, uint8_t r, const oct_conv_u8s8_out *o)
{
    const float residual = (float)(r ^ o->r_flip) - o->r_less;
    float v = (float)acc * mult;
    if (o->add == OCT_CONV_U8S8_ADD_EXACT) {
        v = fmaf((float)acc, mult, fmaf(residual, o->r_scale, o->fixed));
    } else if (o->add == OCT_CONV_U8S8_ADD_ROUNDED) {
        const float q = (float)oct_requant(v, o->q);
        v = o->r_first ? fmaf(residual, o->r_scale, fmaf(q, o->q_scale, o->fixed))
                       : fmaf(q, o->q_scale, fmaf(residual, o->r_scale, o->fixed));
    }
    return (uint8_t)(oct_requant(v, (oct_qrange){(float)(o->y_lo - o->zero), o->hi, o->zero}) ^ o->y_flip);
}

const char *oct_conv_u8s8_tile_name(int32_t tile)
{
    static const char *const names[] = {
        [1] = "1-one", [2] = "2-one", [4] = "4-one",
        [OCT_CONV_U8S8_TILE_ALL | 1] = "1-all", [OCT_CONV_U8S8_TILE_ALL | 2] = "2-all", [OCT_CONV_U8S8_TILE_ALL | 4] = "4-all"};
    return tile > 0 && tile < (int32_t)OCT_COUNT(names) ? names[tile] : NULL;
}

/* ---- weights, of a file or of a source ---- */

static oct_conv_u8s8_source source_of(const oct_conv_u8s8_geometry *g, const oct_conv_u8s8_weights *w)
{
    oct_conv_u8s8_source src = {.bias = (int32_t *)(uintptr_t)w->source, .n_classes = g->n_h * g->n_w};
    src.mult = (float *)(void *)(src.bias + src.n_classes * g->s.OC);
    src.w = src.mult + g->s.OC;
    return src;
}

static int64_t weight_elems(const oct_conv_int_shape *s)
{
    return (int64_t)s->OC * (s->C / s->G) * s->KH * s->KW;
}

oct_conv_u8s8_source oct_conv_u8s8_source_at(void *at, const oct_conv_int_shape *s)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    return source_of(&g, &(oct_conv_u8s8_weights){.source = at});
}

size_t oct_conv_u8s8_source_size(const oct_conv_int_shape *s)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    return (size_t)s->OC * (size_t)(g.n_h * g.n_w + 1) * 4 + (size_t)weight_elems(s) * (s->wide_weights ? 2 : 1);
}

int16_t oct_conv_u8s8_weight(const oct_conv_u8s8_geometry *g, const oct_conv_u8s8_weights *w, int64_t oc, int64_t i,
                             int64_t tap)
{
    if (!w->source)
        return oct_conv_int_weight(&g->s, w->file, oc, i, tap);
    const oct_conv_u8s8_source src = source_of(g, w);
    const int64_t at = ((oc / g->OCG * g->s.KH * g->s.KW + tap) * g->ICG + i) * g->OCG + oc % g->OCG;
    return g->s.wide_weights ? ((const int16_t *)src.w)[at] : ((const int8_t *)src.w)[at];
}

float oct_conv_u8s8_mult(const oct_conv_u8s8_geometry *g, const oct_conv_u8s8_weights *w, int64_t oc)
{
    return w->source ? source_of(g, w).mult[oc] : oct_conv_int_mult(&g->s, w->file, oc);
}

static uint32_t sum_weights(const oct_conv_u8s8_geometry *g, const oct_conv_int_weights *w, int64_t oc,
                            oct_conv_span rows, oct_conv_span cols)
{
    uint32_t sum = 0;
    for (int64_t kh = rows.begin; kh < rows.end; kh++)
        for (int64_t kw = cols.begin; kw < cols.end; kw++)
            for (int64_t i = 0; i < g->ICG; i++)
                sum += (uint32_t)(int32_t)oct_conv_int_weight(&g->s, w, oc, i, kh * g->s.KW + kw);
    return sum;
}

void oct_conv_u8s8_class_biases(int32_t *bias, int64_t stride, const oct_conv_u8s8_geometry *g,
                                const oct_conv_u8s8_weights *w, int64_t oc)
{
    if (w->source) {
        const oct_conv_u8s8_source src = source_of(g, w);
        for (int64_t class = 0; class < g->n_h * g->n_w; class++)
            bias[class * stride] = src.bias[class * g->s.OC + oc];
        return;
    }
    const uint32_t zero = (uint32_t)(w->x_zero + oct_conv_u8s8_x_flip(&g->s));
    const uint32_t start = (uint32_t)oct_conv_int_bias(w->file, oc);
    for (int64_t oh = 0; oh < g->s.OH; oh = oct_conv_axis_run(&g->h, oh, g->s.OH))
        for (int64_t ow = 0; ow < g->s.OW; ow = oct_conv_axis_run(&g->w, ow, g->s.OW), bias += stride) {
            const oct_conv_span rows = oct_conv_axis_taps(&g->h, oh), cols = oct_conv_axis_taps(&g->w, ow);
            *bias = (int32_t)(start - (zero == 0 ? 0 : zero * sum_weights(g, w->file, oc, rows, cols)));
        }
}

const oct_conv_u8s8 *oct_conv_u8s8_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX512VNNI)
        return &oct_conv_u8s8_avx512vnni;
    if (level >= OCT_CPU_AVX2)
        return &oct_conv_u8s8_avx2;
#endif
    (void)level;
    return &oct_conv_u8s8_ref;
}
