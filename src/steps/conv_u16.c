/* Running convolutions of 16-bit images.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_u16.h"

#include "base/compiler.h"
#include "steps/conv_int.h"
#include "steps/proof.h"

#define MOST_BIAS ((int64_t)1 << 52) /* all sums are below that */

typedef struct product_task {
    const oct_conv_u16 *record;
    oct_conv_u16_args args;
} product_task;

static void run_item(void *context, size_t item, int worker)
{
    const product_task *t = context;
    (void)worker;
    t->record->run(&t->args, item);
}

static void run_product(const oct_step_args *a)
{
    const oct_conv_u16_step *p = a->params;
    product_task task = {oct_conv_u16_select(a->cpu),
                         {&p->shape, a->operands[OCT_CONV_U16_X], a->operands[OCT_CONV_U16_PACKED], p->y_zero,
                          a->operands[OCT_CONV_U16_Y]}};
    oct_pool_run(a->pool, task.record->n_items(&p->shape), run_item, &task);
}

static void need_product(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_conv_u16_step *p = params;
    const oct_conv_u16 *record = oct_conv_u16_select(cpu);
    *need = (oct_step_need){.packed = record->packed_size(&p->shape), .kernel = record->describe(&p->shape)};
}

/* No sum that starts from the source's biases overflows. Levels that pack them add modulo 2^64. */
static bool biases_fit(const oct_step_proof *proof, const oct_conv_int_shape *s)
{
    const int64_t n = oct_conv_u16_n_biases(s), *bias = oct_proof_constant(proof, OCT_CONV_U16_PACKED, n, sizeof *bias);
    for (int64_t i = 0; bias && i < n; i++)
        if (bias[i] < -MOST_BIAS || bias[i] > MOST_BIAS)
            return false;
    return bias;
}

static bool check_product(const oct_step_proof *proof)
{
    const oct_conv_u16_step *p = proof->params;
    const oct_conv_int_shape *s = &p->shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_CONV_U16_N_OPERANDS) || !oct_conv_int_fits(s) || !oct_conv_u16_takes(s) || p->y_zero < INT16_MIN || p->y_zero > UINT16_MAX)
        return false;
    const int64_t packed = (int64_t)oct_conv_u16_select(proof->cpu)->packed_size(s);
    return oct_proof_writes(proof, OCT_CONV_U16_Y, OCT_PRODUCT(s->N, s->OH, s->OW, s->OC), sizeof(uint16_t)) &&
           oct_proof_reads(proof, OCT_CONV_U16_X, OCT_PRODUCT(s->N, s->H, s->W, s->C), sizeof(uint16_t)) &&
           oct_proof_constant(proof, OCT_CONV_U16_PACKED, packed, 1) &&
           oct_proof_reads(proof, OCT_CONV_U16_PACKED, 0, OCT_CACHE_LINE) &&
           (proof->cpu != OCT_CPU_REF || biases_fit(proof, s));
}

static void pack_product(void *dst, const void *params, oct_cpu_level cpu, const void *source)
{
    const oct_conv_u16_step *p = params;
    oct_conv_u16_select(cpu)->pack(dst, &p->shape, &(oct_conv_u16_weights){.source = source});
}

static const oct_step_packer product_packer = {OCT_CONV_U16_PACKED, pack_product};

const oct_step_kind oct_step_conv_u16 = {.name = "conv_u16", .run = run_product, .check = check_product,
                                         .need = need_product, .packer = &product_packer};
