/* Binding and running PixelQConv.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/pixel_qconv.h"

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "steps/conv_int.h"
#include "steps/pixel_weights.h"
#include "steps/proof.h"

#define MOST_BIAS 1073741824.0 /* 2^30 */
#define PIECE 4096             /* pixels that are interleaved at once */

oct_conv_int_shape oct_pixel_qconv_shape(const oct_pixel_conv_step *layer, int32_t C, bool y_signed)
{
    const oct_conv_f32_shape *s = &layer->shape;
    return (oct_conv_int_shape){
        .N = s->N, .H = s->H, .W = s->W, .C = C, .OH = s->OH, .OW = s->OW, .OC = s->OC, .KH = s->KH, .KW = s->KW, .G = 1,
        .stride_h = s->stride_h, .stride_w = s->stride_w, .dilation_h = s->dilation_h, .dilation_w = s->dilation_w,
        .pad_top = s->pad_top, .pad_left = s->pad_left, .w_signed = 1, .out = y_signed ? OCT_CONV_INT_I8 : OCT_CONV_INT_U8,
    };
}

/* ---- binding ---- */

static octet_status plan_conv(void *params, oct_cpu_level cpu, const oct_binding *binding, oct_bind_need *need, octet_error *err)
{
    oct_pixel_qconv_step *p = params;
    OCT_TRY(oct_pixel_map_make(&p->layer.map, &need->input, &p->layer.model, binding, err));
    p->shape.C = p->layer.shape.C = p->layer.shape.x_pitch = p->layer.map.source.S;
    need->n_bytes = oct_conv_u8s8_select(cpu)->packed_size(&p->shape);
    need->scratch = oct_conv_u8s8_select(cpu)->scratch_size(&p->shape);
    return OCTET_OK;
}

static double largest(const double *v, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fabs(v[i]) > most ? fabs(v[i]) : most;
    return most;
}

/* Scale of the weights of a channel: the largest becomes 127, and no bias passes 2^30. */
static float choose_scale(const oct_pixel_weights *k)
{
    const double by_weights = largest(k->w, k->S * k->area) / 127, by_bias = largest(k->bias, k->n_h * k->n_w) / MOST_BIAS;
    const float scale = (float)(by_weights > by_bias ? by_weights : by_bias);
    return scale > 0 && isfinite(scale) ? scale : 1.0f;
}

static int32_t round_to(double v, double most)
{
    const double r = nearbyint(v);
    return (int32_t)(r > most ? most : r > -most ? r : -most); /* NaN: -most */
}

/* Channel o: w = round(w / scale), bias = round(bias / scale), where bias knows the rounded weights. */
static void quantize_channel(const oct_pixel_qconv_step *p, oct_pixel_weights *k, const oct_conv_u8s8_source *to, double bias,
                             int64_t o)
{
    const int64_t OC = p->shape.OC;
    oct_pixel_weights_biases(k, &p->layer, bias);
    const float scale = choose_scale(k);
    for (int64_t i = 0; i < k->S * k->area; i++) {
        const int32_t q = round_to(k->w[i] / (double)scale, 127);
        oct_pixel_weights_round(k, &p->layer, i, q * (double)scale);
        ((int8_t *)to->w)[(i % k->area * k->S + i / k->area) * OC + o] = (int8_t)q;
    }
    oct_pixel_weights_biases(k, &p->layer, bias);
    for (int64_t i = 0; i < to->n_classes; i++)
        to->bias[i * OC + o] = round_to(k->bias[i] / (double)scale, MOST_BIAS);
    to->mult[o] = (float)((double)scale / (double)p->y_scale);
}

static octet_status fill_conv(void *dst, const void *params, oct_cpu_level cpu, const void *source, octet_error *err)
{
    const oct_pixel_qconv_step *p = params;
    const oct_pixel_conv_source s = oct_pixel_conv_source_at((void *)(uintptr_t)source, &p->layer);
    const size_t n_bytes = oct_conv_u8s8_source_size(&p->shape);
    oct_pixel_weights k;
    OCT_TRY(oct_pixel_weights_new(&k, &p->layer, err));
    void *quantized = oct_alloc_aligned(n_bytes);
    if (quantized) {
        const oct_conv_u8s8_source to = oct_conv_u8s8_source_at(quantized, &p->shape);
        for (int64_t o = 0; o < p->shape.OC; o++) {
            oct_pixel_weights_map(&k, &p->layer, &s, o);
            quantize_channel(p, &k, &to, s.bias[o], o);
        }
        oct_conv_u8s8_select(cpu)->pack(dst, &p->shape, &(oct_conv_u8s8_weights){.source = quantized});
    }
    oct_free_aligned(quantized);
    oct_free(k.w);
    return quantized ? OCTET_OK : oct_fail_memory(err, "quantized weights", n_bytes);
}

static const oct_step_binder conv_binder = {plan_conv, fill_conv};

/* ---- running ---- */

typedef struct conv_run {
    const oct_pixel_source *source;
    const oct_pixels *pixels;
    const oct_conv_u8s8 *kernel;
    const oct_step_args *step;
    oct_conv_u8s8_args args;
} conv_run;

static int64_t n_pixels(const oct_pixel_source *s)
{
    return (int64_t)s->N * s->H * s->W;
}

static void run_piece(void *context, size_t item, int worker)
{
    const conv_run *r = context;
    const int64_t first = (int64_t)item * PIECE, n = oct_min64(n_pixels(r->source) - first, PIECE);
    (void)worker;
    oct_pixels_bytes(r->pixels, r->source, (uint8_t *)r->step->operands[OCT_PIXEL_QCONV_BYTES] + first * r->source->S,
                     r->step->operands[OCT_PIXEL_QCONV_PIXELS], first, n);
}

static void run_items(void *context, size_t first, size_t n, int worker)
{
    const conv_run *r = context;
    oct_conv_u8s8_args args = r->args;
    args.scratch = oct_step_scratch(r->step, worker);
    r->kernel->run(&args, first, n);
}

static void run_conv(const oct_step_args *a)
{
    const oct_pixel_qconv_step *p = a->params;
    const oct_pixel_source *s = &p->layer.map.source;
    const bool interleaved = !s->is_yuv && s->C == s->S && (!s->planar || s->S == 1);
    conv_run r = {.source = s, .pixels = oct_pixels_select(a->cpu), .kernel = oct_conv_u8s8_select(a->cpu), .step = a,
                  .args = {.shape = &p->shape, .x = a->operands[interleaved ? OCT_PIXEL_QCONV_PIXELS : OCT_PIXEL_QCONV_BYTES],
                           .packed = a->operands[OCT_PIXEL_QCONV_PACKED], .y_zero = p->y_zero,
                           .y = a->operands[OCT_PIXEL_QCONV_Y]}};
    if (!interleaved)
        oct_pool_run(a->pool, (size_t)oct_ceil_div(n_pixels(s), PIECE), run_piece, &r);
    oct_pool_run_ranges(a->pool, a->pool ? r.kernel->n_items(&p->shape) : SIZE_MAX, run_items, &r);
}

/* ---- stored programs ---- */

/* The integer convolution is that of the layer, for as many channels as pixels may have. */
static bool shape_fits(const oct_pixel_qconv_step *p)
{
    const bool is_signed = p->shape.out == OCT_CONV_INT_I8;
    const oct_conv_int_shape own = oct_pixel_qconv_shape(&p->layer, p->shape.C, is_signed);
    const oct_conv_int_shape most = oct_pixel_qconv_shape(&p->layer, (int32_t)oct_pixel_qconv_most_bytes(&p->layer), is_signed);
    return memcmp(&own, &p->shape, sizeof own) == 0 && oct_conv_int_fits(&most) && oct_conv_u8s8_takes(&most);
}

static bool check_conv(const oct_step_proof *proof)
{
    const oct_pixel_qconv_step *p = proof->params;
    const oct_conv_int_shape *s = &p->shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_PIXEL_QCONV_N_OPERANDS) || !oct_pixel_conv_fits(proof, &p->layer) ||
        !shape_fits(p))
        return false;
    const int64_t most_bytes = OCT_PRODUCT(s->N, s->H, s->W, oct_pixel_qconv_most_bytes(&p->layer));
    return p->y_zero >= -128 && p->y_zero <= 255 && oct_proof_writes(proof, OCT_PIXEL_QCONV_BYTES, most_bytes, 1) &&
           oct_proof_writes(proof, OCT_PIXEL_QCONV_Y, OCT_PRODUCT(s->N, s->OH, s->OW, s->OC), 1);
}

/* The rest of the need depends on the binding. */
static void need_conv(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_pixel_qconv_step *p = params;
    *need = (oct_step_need){.kernel = oct_conv_u8s8_select(cpu)->describe(&p->shape)};
}

const oct_step_kind oct_step_pixel_qconv = {.name = "pixel_qconv", .run = run_conv, .check = check_conv, .need = need_conv,
                                            .binder = &conv_binder};
