/* Binding and running PixelConv.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/pixel_conv.h"

#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "kernels/conv_f32_border.h"

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

/* Weights of output channel o on the source's channels, w[S][KH*KW], and what each tap adds to the bias, term[KH*KW].
 * The weights are rounded to float here; the rounding errors multiply x - middle, not x, so they stay as small as those of
 * the unfolded weights. sum has room for [S][KH*KW]. */
static void map_weights(const oct_pixel_conv_step *p, const oct_pixel_conv_source *s, int64_t o, double *sum, double *term, float *w)
{
    const int64_t area = area_of(p), S = p->map.source.S, ICG = p->model.C / p->group;
    const int64_t first = o / (p->shape.OC / p->group) * ICG;
    memset(sum, 0, (size_t)(S * area) * sizeof *sum);
    memset(term, 0, (size_t)area * sizeof *term);
    for (int64_t i = 0; i < ICG; i++) {
        const int64_t c = first + i, v = s->in_channel[c];
        const float *from = s->w + (o * ICG + i) * area;
        const double scale = s->oc_scale[o] * s->in_scale[c];
        const double shift = s->oc_scale[o] * s->in_shift[c] + (p->map.raw ? 0 : scale * p->map.offset[v]);
        for (int64_t k = 0; k < area; k++) {
            term[k] += (double)from[k] * shift;
            if (p->map.raw)
                sum[v * area + k] += (double)from[k] * scale;
            else
                for (int64_t ch = 0; ch < S; ch++)
                    sum[ch * area + k] += (double)from[k] * scale * p->map.matrix[v][ch];
        }
    }
    for (int64_t ch = 0; ch < S; ch++)
        for (int64_t k = 0; k < area; k++) {
            const int64_t at = ch * area + k;
            w[at] = (float)sum[at];
            if (!p->map.raw)
                term[k] += (sum[at] - (double)w[at]) * p->map.middle[ch];
        }
}

/* total[y][x] becomes the sum of term over the taps before row y and column x: [KH + 1][KW + 1]. */
static void sum_up(double *total, const double *term, int64_t KH, int64_t KW)
{
    for (int64_t y = 0; y <= KH; y++)
        for (int64_t x = 0; x <= KW; x++)
            total[y * (KW + 1) + x] = y == 0 || x == 0 ? 0
                                                       : term[(y - 1) * KW + x - 1] + total[(y - 1) * (KW + 1) + x] +
                                                             total[y * (KW + 1) + x - 1] - total[(y - 1) * (KW + 1) + x - 1];
}

/* The taps in bounds of each class along an axis; their number. spans may be NULL, to count. */
static int64_t class_taps(const oct_conv_axis *axis, int64_t n_outputs, oct_conv_span *spans)
{
    int64_t n = 0;
    for (int64_t o = 0; o < n_outputs; o = oct_conv_axis_run(axis, o, n_outputs), n++)
        if (spans)
            spans[n] = oct_conv_axis_taps(axis, o);
    return n;
}

/* What a bound constant is made of: sizes, and the memory for it. */
typedef struct workshop {
    int64_t area, S, OC, n_h, n_w; /* classes along the axes */
    double *sum, *term, *total;    /* of one output channel: [S][KH][KW], [KH][KW], [KH + 1][KW + 1] */
    oct_conv_span *h, *w;          /* [n_h], [n_w] */
    float *weights, *bias;         /* [OC][S][KH][KW], [n_h][n_w][OC] */
} workshop;

/* One allocation, at `sum`. */
static octet_status workshop_open(workshop *k, const oct_pixel_conv_step *p, octet_error *err)
{
    const oct_conv_axis h = oct_conv_f32_axis_h(&p->shape), w = oct_conv_f32_axis_w(&p->shape);
    *k = (workshop){.area = area_of(p), .S = p->map.source.S, .OC = p->shape.OC, .n_h = class_taps(&h, p->shape.OH, NULL),
                    .n_w = class_taps(&w, p->shape.OW, NULL)};
    const size_t n_total = (size_t)(p->shape.KH + 1) * (size_t)(p->shape.KW + 1);
    const size_t n_bytes = ((size_t)((k->S + 1) * k->area) + n_total) * sizeof(double) +
                           (size_t)(k->n_h + k->n_w) * sizeof(oct_conv_span) +
                           (size_t)(k->OC * (k->S * k->area + k->n_h * k->n_w)) * sizeof(float);
    k->sum = oct_malloc(n_bytes);
    if (!k->sum)
        return oct_fail_memory(err, "folded weights", n_bytes);
    k->term = k->sum + k->S * k->area;
    k->total = k->term + k->area;
    k->h = (oct_conv_span *)(k->total + n_total);
    k->w = k->h + k->n_h;
    k->weights = (float *)(k->w + k->n_w);
    k->bias = k->weights + k->OC * k->S * k->area;
    class_taps(&h, p->shape.OH, k->h);
    class_taps(&w, p->shape.OW, k->w);
    return OCTET_OK;
}

/* bias[class][o] for all border classes. */
static void class_biases(const workshop *k, double bias, int64_t pitch, int64_t o)
{
    for (int64_t i = 0; i < k->n_h; i++)
        for (int64_t j = 0; j < k->n_w; j++) {
            const double *top = k->total + k->h[i].begin * pitch, *bottom = k->total + k->h[i].end * pitch;
            const double inside = bottom[k->w[j].end] - top[k->w[j].end] - bottom[k->w[j].begin] + top[k->w[j].begin];
            k->bias[(i * k->n_w + j) * k->OC + o] = (float)(bias + inside);
        }
}

static octet_status fill_conv(void *dst, const void *params, oct_cpu_level cpu, const void *source, octet_error *err)
{
    const oct_pixel_conv_step *p = params;
    const oct_pixel_conv_source s = oct_pixel_conv_source_at((void *)(uintptr_t)source, p);
    workshop k;
    OCT_TRY(workshop_open(&k, p, err));
    for (int64_t o = 0; o < k.OC; o++) {
        map_weights(p, &s, o, k.sum, k.term, k.weights + o * k.S * k.area);
        sum_up(k.total, k.term, p->shape.KH, p->shape.KW);
        class_biases(&k, s.bias[o], p->shape.KW + 1, o);
    }
    const oct_conv_f32_weights weights = {.w = k.weights, .stride_o = k.S * k.area, .stride_i = k.area, .stride_t = 1, .bias = k.bias};
    oct_conv_f32_select(cpu)->pack(dst, &p->shape, &weights);
    oct_free(k.sum);
    return OCTET_OK;
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

const oct_step_kind oct_step_pixel_conv = {.name = "pixel_conv", .run = run_conv, .binder = &conv_binder};
