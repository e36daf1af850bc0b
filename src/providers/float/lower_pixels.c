/* PixelConv: a convolution that takes uint8 pixels as they lie, its constants made when the program is bound; and
 * PixelTable: the floats of pixels, where no convolution takes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "kernels/conv_f32_border.h"
#include "providers/float/lower.h"
#include "providers/float/pixel_map.h"
#include "providers/float/product.h"

enum { X, W, BIAS, RESIDUAL, OC_SCALE }; /* inputs of PixelConv */

#define KERNEL_SIZE 64 /* of a kernel's name */

/* ---- the source constant of a PixelConv: everything of it that no binding changes ----
 *
 *     | in_scale[C] | in_shift[C] | oc_scale[OC] | bias[OC] | double    in_channel[C], int32    w[OC][C / G][KH][KW], float */

typedef struct conv_source {
    double *in_scale, *in_shift, *oc_scale, *bias;
    int32_t *in_channel;
    float *w;
    size_t n_bytes;
} conv_source;

typedef struct conv_params {
    oct_conv_f32_shape shape; /* as bound: the source's channels, one group */
    oct_pixel_map map;        /* as bound */
    oct_pixel_model model;
    int32_t group, cpu;
} conv_params;

static int64_t area_of(const conv_params *p)
{
    return (int64_t)p->shape.KH * p->shape.KW;
}

static conv_source source_at(void *at, const conv_params *p)
{
    const size_t C = (size_t)p->model.C, OC = (size_t)p->shape.OC, area = (size_t)area_of(p);
    conv_source s = {.in_scale = at};
    s.in_shift = s.in_scale + C;
    s.oc_scale = s.in_shift + C;
    s.bias = s.oc_scale + OC;
    s.in_channel = (int32_t *)(s.bias + OC);
    s.w = (float *)(s.in_channel + C);
    s.n_bytes = (2 * C + 2 * OC) * sizeof(double) + C * sizeof(int32_t) + OC * (C / (size_t)p->group) * area * sizeof(float);
    return s;
}

typedef struct source_job {
    const oct_graph *graph;
    const oct_node *node;
    conv_params params;
} source_job;

static double channel_or(const oct_value *v, int64_t i, double otherwise)
{
    return v ? oct_const_float(v, oct_value_elems(v) == 1 ? 0 : i) : otherwise;
}

static oct_value *input_of(const oct_graph *g, const oct_node *n, int i)
{
    return i < n->n_in ? oct_node_in(g, n, i) : NULL;
}

static void fill_source(void *dst, void *context)
{
    const source_job *job = context;
    const oct_pixel_params *p = job->node->params;
    const oct_value *w = oct_node_in(job->graph, job->node, W);
    const conv_source s = source_at(dst, &job->params);
    memcpy(s.in_scale, p->in_scale, (size_t)p->C * sizeof(double));
    memcpy(s.in_shift, p->in_shift, (size_t)p->C * sizeof(double));
    memcpy(s.in_channel, p->in_channel, (size_t)p->C * sizeof(int32_t));
    memcpy(s.w, w->data, oct_value_bytes(w));
    for (int32_t o = 0; o < job->params.shape.OC; o++) {
        s.oc_scale[o] = channel_or(input_of(job->graph, job->node, OC_SCALE), o, 1);
        s.bias[o] = channel_or(input_of(job->graph, job->node, BIAS), o, 0);
    }
}

/* ---- binding: weights and biases for these pixels ---- */

static octet_status plan_conv(void *params, const oct_binding *binding, oct_bind_need *need, octet_error *err)
{
    conv_params *p = params;
    OCT_TRY(oct_pixel_map_make(&p->map, &need->input, &p->model, binding, err));
    p->shape.C = p->shape.x_pitch = p->map.source.S;
    const oct_conv_f32 *kernel = oct_conv_f32_select((oct_cpu_level)p->cpu);
    need->n_bytes = kernel->packed_size(&p->shape);
    const size_t n_items = kernel->n_items(&p->shape);
    int64_t most = 0;
    for (size_t i = 0; i < n_items; i++) {
        int64_t first, n;
        kernel->input_pixels(&p->shape, i, &first, &n);
        most = n > most ? n : most;
    }
    need->scratch = (size_t)(most * p->map.source.S) * sizeof(float);
    return OCTET_OK;
}

/* Weights of output channel o on the source's channels, w[S][KH*KW], and what each tap adds to the bias, term[KH*KW].
 * The weights are rounded to float here; the rounding errors multiply x - middle, not x, so they stay as small as those of
 * the unfolded weights. sum has room for [S][KH*KW]. */
static void map_weights(const conv_params *p, const conv_source *s, int64_t o, double *sum, double *term, float *w)
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

/* bias[class][o] for all border classes. */
static void class_biases(const conv_params *p, double bias, const double *total, int64_t o, float *out)
{
    const oct_conv_axis h = oct_conv_f32_axis_h(&p->shape), w = oct_conv_f32_axis_w(&p->shape);
    const int64_t pitch = p->shape.KW + 1;
    int64_t class = 0;
    for (int64_t oh = 0; oh < p->shape.OH; oh = oct_conv_axis_run(&h, oh, p->shape.OH)) {
        const oct_conv_span rows = oct_conv_axis_taps(&h, oh);
        for (int64_t ow = 0; ow < p->shape.OW; ow = oct_conv_axis_run(&w, ow, p->shape.OW), class++) {
            const oct_conv_span cols = oct_conv_axis_taps(&w, ow);
            const double inside = total[rows.end * pitch + cols.end] - total[rows.begin * pitch + cols.end] -
                                  total[rows.end * pitch + cols.begin] + total[rows.begin * pitch + cols.begin];
            out[class * p->shape.OC + o] = (float)(bias + inside);
        }
    }
}

static octet_status fill_conv(void *dst, const void *params, const void *source, octet_error *err)
{
    const conv_params *p = params;
    const int64_t area = area_of(p), S = p->map.source.S, OC = p->shape.OC, n_classes = oct_conv_f32_n_classes(&p->shape);
    const conv_source s = source_at((void *)(uintptr_t)source, p);
    const size_t n_total = (size_t)((p->shape.KH + 1) * (int64_t)(p->shape.KW + 1));
    const size_t n_double = (size_t)((S + 1) * area) + n_total, n_float = (size_t)(OC * (S * area + n_classes));
    double *sum = oct_malloc(n_double * sizeof(double) + n_float * sizeof(float));
    if (!sum)
        return oct_fail_memory(err, "folded weights", n_double * sizeof(double) + n_float * sizeof(float));
    double *term = sum + S * area, *total = term + area;
    float *w = (float *)(total + n_total), *bias = w + OC * S * area;
    for (int64_t o = 0; o < OC; o++) {
        map_weights(p, &s, o, sum, term, w + o * S * area);
        sum_up(total, term, p->shape.KH, p->shape.KW);
        class_biases(p, s.bias[o], total, o, bias);
    }
    const oct_conv_f32_weights weights = {.w = w, .stride_o = S * area, .stride_i = area, .bias = bias};
    oct_conv_f32_select((oct_cpu_level)p->cpu)->pack(dst, &p->shape, &weights);
    oct_free(sum);
    return OCTET_OK;
}

static const oct_step_binder conv_binder = {plan_conv, fill_conv};

/* ---- running: operands y, packed, source, pixels, residual ---- */

typedef struct conv_run {
    const conv_params *params;
    const oct_conv_f32 *kernel;
    const oct_pixels *pixels;
    const oct_step_args *step;
} conv_run;

/* The pixels under the item become floats in scratch, then it runs as any convolution. */
static void run_item(void *context, size_t item, int worker)
{
    const conv_run *r = context;
    const conv_params *p = r->params;
    float *x = oct_step_scratch(r->step, worker);
    int64_t first, n;
    r->kernel->input_pixels(&p->shape, item, &first, &n);
    oct_pixels_floats(r->pixels, &p->map.source, x, r->step->operands[OCT_BOUND_PIXELS], first, n);
    const oct_conv_f32_args args = {.shape = &p->shape, .packed = r->step->operands[OCT_BOUND_CONST], .x = x,
                                    .residual = r->step->operands[4], .y = r->step->operands[0],
                                    .x_skip = first * p->map.source.S};
    r->kernel->run(&args, item);
}

static void run_conv(const oct_step_args *a)
{
    const conv_params *p = a->params;
    conv_run r = {.params = p, .kernel = oct_conv_f32_select((oct_cpu_level)p->cpu),
                  .pixels = oct_pixels_select((oct_cpu_level)p->cpu), .step = a};
    oct_pool_run(a->pool, r.kernel->n_items(&p->shape), run_item, &r);
}

static const oct_step_kind conv_kind = {"pixel_conv", run_conv};

octet_status oct_lower_pixel_conv(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_pixel_params *p = n->params;
    source_job *job = oct_build_alloc(b, sizeof *job);
    if (!job)
        return oct_fail_memory(err, "a first layer", sizeof *job);
    *job = (source_job){.graph = g, .node = n};
    conv_params *c = &job->params;
    c->model = (oct_pixel_model){p->N, p->H, p->W, p->C, p->layout};
    c->group = p->conv.group;
    c->cpu = (int32_t)oct_build_cpu(b);
    c->shape = oct_product_conv_shape(g, n, &p->conv);
    c->shape.N = p->N;
    c->shape.H = p->H;
    c->shape.W = p->W;
    c->shape.C = c->shape.x_pitch = p->C;
    c->shape.G = 1;
    c->shape.class_bias = 1;
    const oct_ref source = oct_build_const(b, source_at(NULL, c).n_bytes, fill_source, job);
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_bound(b), source, oct_build_value(b, n->in[X]),
                                oct_build_value(b, n->n_in > RESIDUAL ? n->in[RESIDUAL] : OCT_NONE)};
    char *kernel = oct_build_alloc(b, KERNEL_SIZE);
    if (!kernel)
        return oct_fail_memory(err, "a first layer", KERNEL_SIZE);
    snprintf(kernel, KERNEL_SIZE, "%s on pixels", oct_conv_f32_select(oct_build_cpu(b))->describe(&c->shape));
    oct_build_step(b, &(oct_step_desc){.kind = &conv_kind, .params = c, .n_params = sizeof *c, .operands = operands,
                                       .n_operands = 5, .n_out = 1, .kernel = kernel,
                                       .macs = (uint64_t)oct_value_elems(oct_node_out(g, n, 0)) *
                                               (uint64_t)(p->C / c->group * area_of(c)),
                                       .binder = &conv_binder});
    return OCTET_OK;
}

/* ---- PixelTable: operands y, tables, (no source), pixels ---- */

#define TABLE_PIXELS 4096 /* of an item */

typedef struct table_params {
    oct_pixel_map map; /* as bound */
    oct_pixel_model model;
    int32_t channel[OCTET_MAX_CHANNELS]; /* of the source, for each of the model's */
    float mean[OCTET_MAX_CHANNELS], scale[OCTET_MAX_CHANNELS];
    int32_t cpu;
} table_params;

static octet_status plan_table(void *params, const oct_binding *binding, oct_bind_need *need, octet_error *err)
{
    table_params *p = params;
    OCT_TRY(oct_pixel_map_make(&p->map, &need->input, &p->model, binding, err));
    if (p->map.source.is_yuv && p->map.source.yuv.linear)
        return oct_fail(err, OCTET_UNSUPPORTED, "linear YUV needs a first layer that it can be folded into; a table has none");
    bool is_default = true;
    for (int c = 0; c < p->model.C; c++)
        is_default &= binding->raw || binding->recipe.scale[c] == 0.0f;
    for (int c = 0; c < p->model.C && c < OCTET_MAX_CHANNELS; c++) {
        p->mean[c] = binding->raw ? 0.0f : binding->recipe.mean[c];
        p->scale[c] = is_default ? 1.0f : binding->recipe.scale[c];
        p->channel[c] = 0;
        for (int k = 0; k < p->map.source.S; k++)
            if (binding->raw ? k == c : p->map.matrix[c][k] != 0)
                p->channel[c] = k;
    }
    need->n_bytes = (size_t)p->model.C * 256 * sizeof(float);
    need->scratch = (size_t)TABLE_PIXELS * (size_t)p->map.source.S;
    return OCTET_OK;
}

/* The same floats as octet_image_to_float gives. */
static octet_status fill_table(void *dst, const void *params, const void *source, octet_error *err)
{
    const table_params *p = params;
    (void)source;
    (void)err;
    for (int c = 0; c < p->model.C; c++)
        for (int x = 0; x < 256; x++)
            ((float *)dst)[c * 256 + x] = ((float)x - p->mean[c]) * p->scale[c];
    return OCTET_OK;
}

static const oct_step_binder table_binder = {plan_table, fill_table};

typedef struct table_run {
    const table_params *params;
    const oct_step_args *step;
} table_run;

static int64_t n_pixels(const table_params *p)
{
    return (int64_t)p->model.N * p->model.H * p->model.W;
}

static void run_table_item(void *context, size_t item, int worker)
{
    const table_run *r = context;
    const table_params *p = r->params;
    const float *table = r->step->operands[OCT_BOUND_CONST];
    uint8_t *x = oct_step_scratch(r->step, worker);
    const int64_t first = (int64_t)item * TABLE_PIXELS, rest = n_pixels(p) - first, n = rest < TABLE_PIXELS ? rest : TABLE_PIXELS;
    const int32_t S = p->map.source.S, C = p->model.C;
    float *y = (float *)r->step->operands[0] + first * C;
    oct_pixels_bytes(oct_pixels_select((oct_cpu_level)p->cpu), &p->map.source, x, r->step->operands[OCT_BOUND_PIXELS], first, n);
    for (int64_t i = 0; i < n; i++)
        for (int32_t c = 0; c < C; c++)
            y[i * C + c] = table[c * 256 + x[i * S + p->channel[c]]];
}

static void run_table(const oct_step_args *a)
{
    table_run r = {.params = a->params, .step = a};
    oct_pool_run(a->pool, (size_t)((n_pixels(r.params) + TABLE_PIXELS - 1) / TABLE_PIXELS), run_table_item, &r);
}

static const oct_step_kind table_kind = {"pixel_table", run_table};

octet_status oct_lower_pixel_table(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_pixel_params *p = n->params;
    if (p->C > OCTET_MAX_CHANNELS)
        return oct_lower_refuse(n, err, "the input has %d channels; pixels have at most %d", (int)p->C, OCTET_MAX_CHANNELS);
    table_params t = {.model = {p->N, p->H, p->W, p->C, p->layout}, .cpu = (int32_t)oct_build_cpu(b)};
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_bound(b), OCT_NO_REF, oct_build_value(b, n->in[X])};
    oct_build_step(b, &(oct_step_desc){.kind = &table_kind, .params = &t, .n_params = sizeof t, .operands = operands,
                                       .n_operands = 4, .n_out = 1, .binder = &table_binder});
    return OCTET_OK;
}
