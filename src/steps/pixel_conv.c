/* Binding and running PixelConv.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/pixel_conv.h"

#include "base/mem.h"
#include "steps/conv_f32.h"
#include "steps/pixel_weights.h"
#include "steps/proof.h"

static int64_t area_of(const oct_pixel_conv_step *p)
{
    return (int64_t)p->shape.KH * p->shape.KW;
}

size_t oct_pixel_conv_source_bytes(const oct_pixel_conv_step *p)
{
    const size_t C = (size_t)p->model.C, OC = (size_t)p->shape.OC, taps = C / (size_t)p->group * (size_t)area_of(p);
    return (2 * C + 2 * OC) * sizeof(double) + C * sizeof(int32_t) + OC * taps * sizeof(float);
}

oct_pixel_conv_source oct_pixel_conv_source_at(void *at, const oct_pixel_conv_step *p)
{
    const size_t C = (size_t)p->model.C, OC = (size_t)p->shape.OC;
    oct_pixel_conv_source s = {.in_scale = at};
    s.in_shift = s.in_scale + C;
    s.oc_scale = s.in_shift + C;
    s.bias = s.oc_scale + OC;
    s.in_channel = (int32_t *)(s.bias + OC);
    s.w = (float *)(s.in_channel + C);
    return s;
}

/* ---- binding: weights and biases for these pixels ---- */

#define MOST_ITEMS ((size_t)1 << 20) /* to ask each: real layers have some ten to some thousand */

/* Pixels under the largest item. */
static int64_t most_pixels(const oct_conv_f32 *kernel, const oct_conv_f32_shape *s)
{
    const size_t n_items = kernel->n_items(s);
    int64_t most = 0;
    if (n_items > MOST_ITEMS)
        return (int64_t)s->N * s->H * s->W;
    for (size_t i = 0; i < n_items; i++) {
        int64_t first, n;
        kernel->input_pixels(s, i, &first, &n);
        most = n > most ? n : most;
    }
    return most;
}

static octet_status plan_conv(void *params, oct_cpu_level cpu, const oct_binding *binding, oct_bind_need *need, octet_error *err)
{
    oct_pixel_conv_step *p = params;
    OCT_TRY(oct_pixel_map_make(&p->map, &need->input, &p->model, binding, err));
    p->shape.C = p->shape.x_pitch = p->map.source.S;
    const oct_conv_f32 *kernel = oct_conv_f32_select(cpu);
    need->n_bytes = kernel->packed_size(&p->shape);
    need->scratch = (size_t)(most_pixels(kernel, &p->shape) * p->map.source.S) * sizeof(float);
    return OCTET_OK;
}

/* Weights are rounded to float. */
static octet_status fill_conv(void *dst, const void *params, oct_cpu_level cpu, const void *source, octet_error *err)
{
    const oct_pixel_conv_step *p = params;
    const oct_pixel_conv_source s = oct_pixel_conv_source_at((void *)(uintptr_t)source, p);
    oct_pixel_weights k;
    OCT_TRY(oct_pixel_weights_new(&k, p, err));
    const int64_t OC = p->shape.OC, taps = k.S * k.area, n_classes = k.n_h * k.n_w;
    float *w = oct_malloc((size_t)(OC * (taps + n_classes)) * sizeof *w), *bias = w + OC * taps;
    for (int64_t o = 0; w && o < OC; o++) {
        oct_pixel_weights_map(&k, p, &s, o);
        for (int64_t i = 0; i < taps; i++) {
            w[o * taps + i] = (float)k.w[i];
            oct_pixel_weights_round(&k, p, i, (double)w[o * taps + i]);
        }
        oct_pixel_weights_biases(&k, p, s.bias[o]);
        for (int64_t i = 0; i < n_classes; i++)
            bias[i * OC + o] = (float)k.bias[i];
    }
    const oct_conv_f32_weights weights = {.w = w, .stride_o = taps, .stride_i = k.area, .stride_t = 1, .bias = bias};
    if (w)
        oct_conv_f32_select(cpu)->pack(dst, &p->shape, &weights);
    oct_free(k.w);
    oct_free(w);
    return w ? OCTET_OK : oct_fail_memory(err, "folded weights", (size_t)(OC * (taps + n_classes)) * sizeof *w);
}

static const oct_step_binder conv_binder = {plan_conv, fill_conv};

/* ---- running ---- */

typedef struct conv_run {
    const oct_pixel_conv_step *params;
    const oct_conv_f32 *kernel;
    const oct_pixels *pixels;
    const oct_step_args *step;
} conv_run;

/* The pixels under the item become floats in scratch, then it runs as any convolution. */
static void run_item(void *context, size_t item, int worker)
{
    const conv_run *r = context;
    const oct_pixel_conv_step *p = r->params;
    float *x = oct_step_scratch(r->step, worker);
    int64_t first, n;
    r->kernel->input_pixels(&p->shape, item, &first, &n);
    oct_pixels_floats(r->pixels, &p->map.source, x, r->step->operands[OCT_PIXEL_CONV_PIXELS], first, n);
    const oct_conv_f32_args args = {.shape = &p->shape, .packed = r->step->operands[OCT_PIXEL_CONV_PACKED], .x = x,
                                    .residual = r->step->operands[OCT_PIXEL_CONV_RESIDUAL], .y = r->step->operands[OCT_PIXEL_CONV_Y],
                                    .x_skip = first * p->map.source.S};
    r->kernel->run(&args, item);
}

static void run_conv(const oct_step_args *a)
{
    const oct_pixel_conv_step *p = a->params;
    conv_run r = {.params = p, .kernel = oct_conv_f32_select(a->cpu),
                  .pixels = oct_pixels_select(a->cpu), .step = a};
    oct_pool_run(a->pool, r.kernel->n_items(&p->shape), run_item, &r);
}

/* ---- stored programs ---- */

/* The shape for any pixels: their channels are at most the model's or OCTET_MAX_CHANNELS. */
static bool shape_fits(const oct_pixel_conv_step *p)
{
    const oct_pixel_model *m = &p->model;
    oct_conv_f32_shape s = p->shape;
    s.C = s.x_pitch = m->C > OCTET_MAX_CHANNELS ? m->C : OCTET_MAX_CHANNELS;
    return m->C > 0 && m->C <= OCT_PIXELS_MAX_CHANNELS && p->group > 0 && m->C % p->group == 0 && s.OC > 0 &&
           s.OC % p->group == 0 && s.G == 1 && s.class_bias == 1 && s.N == m->N && s.H == m->H && s.W == m->W &&
           oct_conv_f32_fits(&s);
}

bool oct_pixel_conv_fits(const oct_step_proof *proof, const oct_pixel_conv_step *p)
{
    if (!shape_fits(p) || !oct_proof_reads(proof, OCT_PIXEL_CONV_SOURCE, 0, sizeof(double)))
        return false;
    const int64_t n_bytes = (int64_t)oct_pixel_conv_source_bytes(p);
    const void *data = oct_proof_constant(proof, OCT_PIXEL_CONV_SOURCE, n_bytes, 1);
    if (!data)
        return false;
    const oct_pixel_conv_source source = oct_pixel_conv_source_at((void *)(uintptr_t)data, p);
    for (int32_t c = 0; c < p->model.C; c++)
        if (source.in_channel[c] < 0 || source.in_channel[c] >= p->model.C)
            return false;
    return true;
}

/* What a binding does not change. */
static bool check_conv(const oct_step_proof *proof)
{
    const oct_pixel_conv_step *p = proof->params;
    const oct_conv_f32_shape *s = &p->shape;
    return oct_proof_has(proof, sizeof *p, OCT_PIXEL_CONV_N_OPERANDS) && oct_pixel_conv_fits(proof, p) &&
           oct_proof_writes(proof, OCT_PIXEL_CONV_Y, oct_conv_f32_y_floats(s), sizeof(float)) &&
           (!s->has_residual ||
            oct_proof_reads(proof, OCT_PIXEL_CONV_RESIDUAL, oct_conv_f32_r_floats(s), sizeof(float)));
}

/* The rest of the need depends on the binding. */
static void need_conv(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_pixel_conv_step *p = params;
    *need = (oct_step_need){.kernel = oct_conv_f32_select(cpu)->describe(&p->shape)};
}

const oct_step_kind oct_step_pixel_conv = {.name = "pixel_conv", .run = run_conv, .check = check_conv, .need = need_conv,
                                           .binder = &conv_binder};
