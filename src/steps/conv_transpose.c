/* Running transposed convolutions. All levels share the packed form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_transpose.h"

#include "steps/proof.h"

typedef struct transpose_task {
    oct_conv_transpose_fn run;
    oct_conv_transpose_args args;
} transpose_task;

static void run_item(void *context, size_t item, int worker)
{
    const transpose_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_conv_transpose(const oct_step_args *a)
{
    const oct_conv_transpose_step *p = a->params;
    float *packed = a->operands[OCT_CONV_TRANSPOSE_PACKED];
    if (p->dynamic)
        oct_conv_transpose_pack(packed, &p->shape, a->operands[OCT_CONV_TRANSPOSE_W], a->operands[OCT_CONV_TRANSPOSE_BIAS]);
    transpose_task task = {oct_conv_transpose_select(a->cpu),
                           {&p->shape, packed, a->operands[OCT_CONV_TRANSPOSE_X], a->operands[OCT_CONV_TRANSPOSE_Y]}};
    oct_pool_run(a->pool, oct_conv_transpose_n_items(&p->shape), run_item, &task);
}

static bool shape_fits(const oct_conv_transpose_shape *s)
{
    /* turned round: an output is what a convolution with the strides would read */
    const oct_proof_axis h = {s->OH, s->H, s->KH, s->stride_h, s->dilation_h, s->pad_top};
    const oct_proof_axis w = {s->OW, s->W, s->KW, s->stride_w, s->dilation_w, s->pad_left};
    return s->N > 0 && s->C > 0 && s->OC > 0 && s->G > 0 && s->C % s->G == 0 && s->OC % s->G == 0 &&
           oct_proof_window(&h) && oct_proof_window(&w) &&
           OCT_PRODUCT(s->OC + 8 * (int64_t)s->G, s->C / s->G + 1, s->KH, s->KW) > 0 &&
           OCT_PRODUCT(s->N, s->H, s->W, s->C) > 0 && OCT_PRODUCT(s->N, s->OH, s->OW, s->OC) > 0 &&
           s->act.kind >= OCT_ACT_NONE && s->act.kind <= OCT_ACT_LEAKY;
}

static bool check_conv_transpose(const oct_step_proof *proof)
{
    const oct_conv_transpose_step *p = proof->params;
    const oct_conv_transpose_shape *s = &p->shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_CONV_TRANSPOSE_N_OPERANDS) || !shape_fits(s))
        return false;
    const int64_t packed = (int64_t)oct_conv_transpose_packed_size(s);
    const bool dynamic = oct_proof_writes(proof, OCT_CONV_TRANSPOSE_PACKED, packed, 1) &&
                         oct_proof_reads(proof, OCT_CONV_TRANSPOSE_W, OCT_PRODUCT(s->C, s->OC / s->G, s->KH, s->KW), sizeof(float)) &&
                         oct_proof_may_read(proof, OCT_CONV_TRANSPOSE_BIAS, s->OC, sizeof(float));
    return (!p->dynamic || dynamic) && oct_proof_reads(proof, OCT_CONV_TRANSPOSE_PACKED, packed, 1) &&
           oct_proof_reads(proof, OCT_CONV_TRANSPOSE_PACKED, 0, sizeof(float)) &&
           oct_proof_reads(proof, OCT_CONV_TRANSPOSE_X, OCT_PRODUCT(s->N, s->H, s->W, s->C), sizeof(float)) &&
           oct_proof_writes(proof, OCT_CONV_TRANSPOSE_Y, OCT_PRODUCT(s->N, s->OH, s->OW, s->OC), sizeof(float));
}

static void need_conv_transpose(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    (void)params;
    *need = (oct_step_need){.kernel = cpu >= OCT_CPU_AVX2 ? "avx2 1x64" : "ref"};
}

const oct_step_kind oct_step_conv_transpose = {.name = "conv_transpose_f32", .run = run_conv_transpose,
                                               .check = check_conv_transpose, .need = need_conv_transpose};
