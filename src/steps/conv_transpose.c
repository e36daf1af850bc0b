/* Running transposed convolutions. All levels share the packed form.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_transpose.h"

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

static void need_conv_transpose(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    (void)params;
    *need = (oct_step_need){.kernel = cpu >= OCT_CPU_AVX2 ? "avx2 1x64" : "ref"};
}

const oct_step_kind oct_step_conv_transpose = {.name = "conv_transpose_f32", .run = run_conv_transpose,
                                               .need = need_conv_transpose};
