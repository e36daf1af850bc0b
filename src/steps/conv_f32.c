/* Running and packing float products (Conv, Gemm, MatMul).
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_f32.h"

#include "kernels/conv_f32_border.h"

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

const oct_step_kind oct_step_pack_f32 = {.name = "pack_f32", .run = run_pack};

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

const oct_step_kind oct_step_conv_f32 = {.name = "conv_f32", .run = run_product, .need = need_product,
                                         .packer = &product_packer};
