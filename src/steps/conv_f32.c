/* Running and packing float products (Conv, Gemm, MatMul).
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_f32.h"

#include "base/compiler.h"
#include "kernels/conv_f32_border.h"
#include "steps/proof.h"

#define MOST_CLASSES 4096 /* border classes with a bias of their own: a kernel of 64 x 64 padded all around has as many */

/* ---- shapes of a stored program ---- */

static bool border_fits(const oct_conv_f32_shape *s)
{
    const oct_conv_axis h = oct_conv_f32_axis_h(s), w = oct_conv_f32_axis_w(s);
    return !s->class_bias ||
           OCT_PRODUCT(oct_conv_axis_class(&h, s->OH - 1) + 1, oct_conv_axis_class(&w, s->OW - 1) + 1) <= MOST_CLASSES;
}

/* Steps between rows, columns and taps of the image, in floats, and what is computed from them. */
static bool steps_fit(const oct_conv_f32_shape *s)
{
    const int64_t n_positions = OCT_PRODUCT(s->N, s->OH, s->OW), K = OCT_PRODUCT(s->C / s->G, s->KH, s->KW);
    return OCT_PRODUCT(s->stride_h, s->OH, s->W, s->x_pitch) > 0 && OCT_PRODUCT(s->dilation_h, s->W, s->x_pitch) > 0 &&
           OCT_PRODUCT(s->stride_w, s->x_pitch) > 0 && OCT_PRODUCT(s->dilation_w, s->x_pitch) > 0 &&
           K <= INT64_MAX / n_positions;
}

bool oct_conv_f32_fits(const oct_conv_f32_shape *s)
{
    const oct_proof_axis h = {s->H, s->OH, s->KH, s->stride_h, s->dilation_h, s->pad_top};
    const oct_proof_axis w = {s->W, s->OW, s->KW, s->stride_w, s->dilation_w, s->pad_left};
    return s->N > 0 && s->C > 0 && s->OC > 0 && s->G > 0 && s->C % s->G == 0 && s->OC % s->G == 0 &&
           oct_proof_window(&h) && oct_proof_window(&w) && s->x_pitch >= s->C && s->y_pitch >= s->OC &&
           s->r_pitch >= s->OC && OCT_PRODUCT(s->KH, s->KW) <= INT32_MAX &&
           OCT_PRODUCT(s->OC, s->C / s->G, s->KH, s->KW) > 0 && OCT_PRODUCT(s->N, s->H, s->W, s->x_pitch) > 0 &&
           OCT_PRODUCT(s->N, s->OH, s->OW, s->y_pitch) > 0 && OCT_PRODUCT(s->N, s->OH, s->OW, s->r_pitch) > 0 &&
           s->act.kind >= OCT_ACT_NONE && s->act.kind <= OCT_ACT_LEAKY && steps_fit(s) && border_fits(s);
}

int64_t oct_conv_f32_x_floats(const oct_conv_f32_shape *s)
{
    return ((int64_t)s->N * s->H * s->W - 1) * s->x_pitch + s->C;
}

int64_t oct_conv_f32_y_floats(const oct_conv_f32_shape *s)
{
    return ((int64_t)s->N * s->OH * s->OW - 1) * s->y_pitch + s->OC;
}

int64_t oct_conv_f32_r_floats(const oct_conv_f32_shape *s)
{
    return ((int64_t)s->N * s->OH * s->OW - 1) * s->r_pitch + s->OC;
}

/* ---- weights known at run time only ---- */

static void run_pack(const oct_step_args *a)
{
    const oct_pack_f32_step *p = a->params;
    const float *bias = a->operands[OCT_PACK_F32_BIAS];
    float *scale = a->operands[OCT_PACK_F32_FACTORS], *shift = scale + p->shape.OC;
    for (int32_t i = 0; i < p->shape.OC; i++) {
        scale[i] = p->alpha;
        shift[i] = bias ? bias[p->one_bias ? 0 : i] * p->beta : 0.0f;
    }
    oct_conv_f32_weights weights = {.w = a->operands[OCT_PACK_F32_W], .stride_o = p->stride_o, .stride_i = p->stride_i,
                                    .stride_t = 1, .oc_scale = p->alpha == 1.0f ? NULL : scale, .bias = bias ? shift : NULL};
    oct_conv_f32_select(a->cpu)->pack(a->operands[OCT_PACK_F32_PACKED], &p->shape, &weights);
}

/* Floats that pack reads of w. */
static int64_t weight_floats(const oct_pack_f32_step *p)
{
    const oct_conv_f32_shape *s = &p->shape;
    return oct_proof_reach((const int64_t[]){s->OC, s->C / s->G, (int64_t)s->KH * s->KW},
                           (const int64_t[]){p->stride_o, p->stride_i, 1}, 3);
}

static bool check_pack(const oct_step_proof *proof)
{
    const oct_pack_f32_step *p = proof->params;
    return oct_proof_has(proof, sizeof *p, OCT_PACK_F32_N_OPERANDS) && oct_conv_f32_fits(&p->shape) &&
           !p->shape.class_bias &&
           oct_proof_writes(proof, OCT_PACK_F32_PACKED, (int64_t)oct_conv_f32_most_packed(&p->shape), 1) &&
           oct_proof_writes(proof, OCT_PACK_F32_PACKED, 0, OCT_CACHE_LINE) &&
           oct_proof_writes(proof, OCT_PACK_F32_FACTORS, 2 * (int64_t)p->shape.OC, sizeof(float)) &&
           oct_proof_reads(proof, OCT_PACK_F32_W, weight_floats(p), sizeof(float)) &&
           oct_proof_may_read(proof, OCT_PACK_F32_BIAS, p->one_bias ? 1 : p->shape.OC, sizeof(float));
}

const oct_step_kind oct_step_pack_f32 = {.name = "pack_f32", .run = run_pack, .check = check_pack};

/* ---- the product itself ---- */

typedef struct product_run {
    const oct_conv_f32 *kernel;
    const oct_step_args *step;
    oct_conv_f32_args args;
} product_run;

static void run_item(void *context, size_t item, int worker)
{
    const product_run *r = context;
    oct_conv_f32_args args = r->args;
    args.scratch = oct_step_scratch(r->step, worker);
    r->kernel->run(&args, item);
}

void oct_conv_f32_run(const oct_step_args *step, const oct_conv_f32_args *args)
{
    product_run r = {.kernel = oct_conv_f32_select(step->cpu), .step = step, .args = *args};
    oct_pool_run(step->pool, r.kernel->n_items(args->shape), run_item, &r);
}

static void run_product(const oct_step_args *a)
{
    const oct_conv_f32_step *p = a->params;
    oct_conv_f32_args args = {.shape = &p->shape, .packed = a->operands[OCT_CONV_F32_PACKED],
                              .x = a->operands[OCT_CONV_F32_X], .residual = a->operands[OCT_CONV_F32_RESIDUAL],
                              .y = a->operands[OCT_CONV_F32_Y]};
    oct_conv_f32_run(a, &args);
}

static void need_product(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_conv_f32_step *p = params;
    const oct_conv_f32 *kernel = oct_conv_f32_select(cpu);
    *need = (oct_step_need){kernel->packed_size(&p->shape), kernel->scratch_size(&p->shape), kernel->describe(&p->shape)};
}

/* Weights that were packed at run time need room for any level. */
static bool check_packed(const oct_step_proof *proof, const oct_conv_f32_shape *s)
{
    const bool is_const = proof->operands[OCT_CONV_F32_PACKED].at.region == OCT_REGION_CONST;
    const size_t n = is_const ? oct_conv_f32_select(proof->cpu)->packed_size(s) : oct_conv_f32_most_packed(s);
    return oct_proof_reads(proof, OCT_CONV_F32_PACKED, (int64_t)n, 1) &&
           oct_proof_reads(proof, OCT_CONV_F32_PACKED, 0, OCT_CACHE_LINE);
}

static bool check_product(const oct_step_proof *proof)
{
    const oct_conv_f32_step *p = proof->params;
    const oct_conv_f32_shape *s = &p->shape;
    return oct_proof_has(proof, sizeof *p, OCT_CONV_F32_N_OPERANDS) && oct_conv_f32_fits(s) && !s->class_bias &&
           check_packed(proof, s) && oct_proof_reads(proof, OCT_CONV_F32_X, oct_conv_f32_x_floats(s), sizeof(float)) &&
           oct_proof_writes(proof, OCT_CONV_F32_Y, oct_conv_f32_y_floats(s), sizeof(float)) &&
           (!s->has_residual ||
            oct_proof_reads(proof, OCT_CONV_F32_RESIDUAL, oct_conv_f32_r_floats(s), sizeof(float)));
}

/* From ref's packed form: bias[n][OC], then w[OC][KH][KW][ICG]. */
static void pack_product(void *dst, const void *params, oct_cpu_level cpu, const void *source)
{
    const oct_conv_f32_shape *s = &((const oct_conv_f32_step *)params)->shape;
    const int64_t ICG = s->C / s->G, n_biases = s->class_bias ? oct_conv_f32_n_classes(s) : 1;
    const float *bias = source;
    const oct_conv_f32_weights weights = {.w = bias + n_biases * s->OC, .stride_o = s->KH * s->KW * ICG, .stride_i = 1,
                                          .stride_t = ICG, .bias = bias};
    oct_conv_f32_select(cpu)->pack(dst, s, &weights);
}

static const oct_step_packer product_packer = {OCT_CONV_F32_PACKED, pack_product};

const oct_step_kind oct_step_conv_f32 = {.name = "conv_f32", .run = run_product, .check = check_product,
                                         .need = need_product, .packer = &product_packer};
