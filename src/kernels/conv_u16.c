/* Convolution of 16-bit images: weights of a file or of a source, and the ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u16.h"

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u16_plan.h"

#define MOST_CLASSES 256 /* a 15x15 kernel of stride 1, padded all around, has 225 */

bool oct_conv_u16_takes(const oct_conv_int_shape *s)
{
    if ((s->out != OCT_CONV_INT_U16 && s->out != OCT_CONV_INT_I16) || s->x_zero_per_column ||
        s->x_pitch || s->y_pitch || s->r_pitch)
        return false;
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    const int64_t area = (int64_t)s->KH * s->KW;
    return g.n_h <= MOST_CLASSES && g.n_w <= MOST_CLASSES && g.n_h * g.n_w <= MOST_CLASSES &&
           area <= OCT_CONV_U16_MAX_K && g.ICG * area <= OCT_CONV_U16_MAX_K;
}

static int32_t get_integer(const void *p, octet_dtype dtype, int64_t i)
{
    uint16_t word;
    if (dtype == OCTET_U8 || dtype == OCTET_I8)
        return dtype == OCTET_U8 ? ((const uint8_t *)p)[i] : ((const int8_t *)p)[i];
    memcpy(&word, (const char *)p + i * (int64_t)sizeof word, sizeof word);
    return dtype == OCTET_U16 ? word : (int16_t)word;
}

static double get_float(const void *p, int64_t i)
{
    float v;
    memcpy(&v, (const char *)p + i * (int64_t)sizeof v, sizeof v);
    return (double)v;
}

static int32_t get_bias(const oct_conv_u16_file *f, int64_t oc)
{
    int32_t v = 0;
    if (f->bias)
        memcpy(&v, (const char *)f->bias + oc * (int64_t)sizeof v, sizeof v);
    return v;
}

/* ---- parts of a source ---- */

static const int64_t *source_biases(const oct_conv_u16_weights *w)
{
    return w->source;
}

static const float *source_mults(const oct_conv_u8s8_geometry *g, const oct_conv_u16_weights *w)
{
    return (const float *)(const void *)(source_biases(w) + g->n_h * g->n_w * g->s.OC);
}

size_t oct_conv_u16_source_size(const oct_conv_int_shape *s)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    const size_t K = (size_t)s->KH * (size_t)s->KW * (size_t)g.ICG;
    return (size_t)s->OC * ((size_t)(g.n_h * g.n_w) * 8 + 4 + K * (s->wide_weights ? 2 : 1));
}

int64_t oct_conv_u16_n_biases(const oct_conv_int_shape *s)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    return g.n_h * g.n_w * s->OC;
}

/* ---- both ---- */

int32_t oct_conv_u16_weight(const oct_conv_u8s8_geometry *g, const oct_conv_u16_weights *w, int64_t oc, int64_t i,
                            int64_t tap)
{
    const oct_conv_u16_file *f = w->file;
    if (w->source) {
        const int64_t at = (oc * g->s.KH * g->s.KW + tap) * g->ICG + i;
        return get_integer(source_mults(g, w) + g->s.OC, g->s.wide_weights ? OCTET_I16 : OCTET_I8, at);
    }
    const int32_t zero = f->w_zero ? get_integer(f->w_zero, f->dtype, f->zero_per_oc ? oc : 0) : 0;
    return get_integer(f->w, f->dtype, oc * f->stride_o + i * f->stride_i + tap) - zero;
}

float oct_conv_u16_mult(const oct_conv_u8s8_geometry *g, const oct_conv_u16_weights *w, int64_t oc)
{
    const oct_conv_u16_file *f = w->file;
    return w->source ? source_mults(g, w)[oc]
                     : (float)(get_float(f->x_scale, 0) * get_float(f->w_scale, f->scale_per_oc ? oc : 0) /
                               get_float(f->y_scale, 0));
}

static int64_t sum_weights(const oct_conv_u8s8_geometry *g, const oct_conv_u16_weights *w, int64_t oc,
                           oct_conv_span rows, oct_conv_span cols)
{
    int64_t sum = 0;
    for (int64_t kh = rows.begin; kh < rows.end; kh++)
        for (int64_t kw = cols.begin; kw < cols.end; kw++)
            for (int64_t i = 0; i < g->ICG; i++)
                sum += oct_conv_u16_weight(g, w, oc, i, kh * g->s.KW + kw);
    return sum;
}

void oct_conv_u16_class_biases(int64_t *bias, int64_t stride, const oct_conv_u8s8_geometry *g,
                               const oct_conv_u16_weights *w, int64_t oc, bool x_words)
{
    const int64_t flip = g->s.x_signed ? 32768 : 0, zero = w->source ? 0 : w->file->x_zero + flip;
    const int64_t factor = (x_words ? 32768 : 0) - zero;
    int64_t class = 0;
    for (int64_t oh = 0; oh < g->s.OH; oh = oct_conv_axis_run(&g->h, oh, g->s.OH))
        for (int64_t ow = 0; ow < g->s.OW; ow = oct_conv_axis_run(&g->w, ow, g->s.OW), class++) {
            const oct_conv_span rows = oct_conv_axis_taps(&g->h, oh), cols = oct_conv_axis_taps(&g->w, ow);
            const int64_t start = w->source ? source_biases(w)[class * g->s.OC + oc] : get_bias(w->file, oc);
            bias[class * stride] = start + (factor == 0 ? 0 : factor * sum_weights(g, w, oc, rows, cols));
        }
}

const oct_conv_u16 *oct_conv_u16_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX512VNNI)
        return &oct_conv_u16_avx512vnni;
    if (level >= OCT_CPU_AVX2)
        return &oct_conv_u16_avx2;
#endif
    (void)level;
    return &oct_conv_u16_ref;
}
