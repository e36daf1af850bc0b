/* Running convolutions of uint8 by int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_u8s8.h"

#include "base/compiler.h"
#include "steps/conv_int.h"
#include "steps/proof.h"

size_t oct_conv_u8s8_packed_matrix(const oct_conv_int_shape *s, oct_cpu_level cpu)
{
    return (size_t)oct_round_up(oct_conv_u8s8_select(cpu)->packed_size(s), OCT_CACHE_LINE);
}

typedef struct product_task {
    const oct_conv_u8s8 *record;
    oct_conv_u8s8_args args;
    const oct_step_args *step;
} product_task;

static void run_items(void *context, size_t first, size_t n, int worker)
{
    const product_task *t = context;
    oct_conv_u8s8_args args = t->args;
    args.scratch = oct_step_scratch(t->step, worker);
    t->record->run(&args, first, n);
}

static void run_product(const oct_step_args *a)
{
    const oct_conv_u8s8_step *p = a->params;
    const oct_conv_u8s8 *record = oct_conv_u8s8_select(a->cpu);
    const int64_t n = oct_nd_count(&p->batch, p->batch.rank), w_elems = oct_conv_int_matrix(&p->shape);
    const size_t packed_bytes = oct_conv_u8s8_packed_matrix(&p->shape, a->cpu);
    oct_nd_walk at;
    oct_nd_walk_init(&at, &p->batch, p->batch.rank, 0);
    for (int64_t i = 0; i < n; i++, oct_nd_walk_next(&at)) {
        const size_t w_at = (size_t)(at.at[2] / w_elems) * packed_bytes;
        product_task task = {
            .record = record, .step = a,
            .args = {.shape = &p->shape, .x = (const uint8_t *)a->operands[OCT_CONV_U8S8_X] + at.at[1],
                     .packed = (const uint8_t *)a->operands[OCT_CONV_U8S8_PACKED] + w_at, .y_zero = p->y_zero,
                     .store = &p->store, .r = a->operands[OCT_CONV_U8S8_RESIDUAL],
                     .y = (uint8_t *)a->operands[OCT_CONV_U8S8_Y] + at.at[0] * oct_conv_int_y_size(&p->shape)}};
        oct_pool_run_ranges(a->pool, a->pool ? record->n_items(&p->shape) : SIZE_MAX, run_items, &task);
    }
}

static void need_product(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_conv_u8s8_step *p = params;
    const oct_conv_u8s8 *record = oct_conv_u8s8_select(cpu);
    *need = (oct_step_need){.packed = (size_t)p->n_matrices * oct_conv_u8s8_packed_matrix(&p->shape, cpu),
                            .scratch = record->scratch_size(&p->shape), .kernel = record->describe(&p->shape)};
}

static bool check_store(const oct_step_proof *proof)
{
    const oct_conv_u8s8_step *p = proof->params;
    const oct_conv_u8s8_store *store = &p->store;
    const oct_conv_int_shape *s = &p->shape;
    const int32_t least = s->out == OCT_CONV_INT_I8 ? -128 : 0;
    const int64_t pitch = s->r_pitch ? s->r_pitch : s->OC, pixels = OCT_PRODUCT(s->N, s->OH, s->OW);
    if (s->out == OCT_CONV_INT_I32)
        return !store->add && !store->clamps;
    if ((store->clamps && (store->lo < least || store->hi > least + 255 || store->lo > store->hi)) || store->q_zero < -128 ||
        store->q_zero > 255)
        return false;
    if (store->add == OCT_CONV_U8S8_NO_ADD)
        return true;
    return (store->add == OCT_CONV_U8S8_ADD_ROUNDED || store->add == OCT_CONV_U8S8_ADD_EXACT) && store->r_numbers >= 0 &&
           store->r_numbers <= OCT_NUMBERS_RAISED && pitch >= s->OC && pixels > 0 && p->batch.rank == 0 &&
           oct_proof_reads(proof, OCT_CONV_U8S8_RESIDUAL, OCT_PRODUCT(pixels, pitch) - pitch + s->OC, 1);
}

/* Whether all packed matrices keep the kernel where it belongs. */
static bool check_packed(const oct_step_proof *proof, const oct_conv_u8s8_step *p)
{
    const oct_conv_u8s8 *record = oct_conv_u8s8_select(proof->cpu);
    const size_t n_bytes = oct_conv_u8s8_packed_matrix(&p->shape, proof->cpu);
    const uint8_t *at = oct_proof_constant(proof, OCT_CONV_U8S8_PACKED, OCT_PRODUCT(p->n_matrices, (int64_t)n_bytes), 1);
    for (int64_t i = 0; at && record->check && i < p->n_matrices; i++)
        if (!record->check(at + (size_t)i * n_bytes, &p->shape))
            return false;
    return at != NULL;
}

static bool check_product(const oct_step_proof *proof)
{
    const oct_conv_u8s8_step *p = proof->params;
    const oct_conv_int_shape *s = &p->shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_CONV_U8S8_N_OPERANDS) || !oct_conv_int_fits(s) ||
        s->out < OCT_CONV_INT_I32 || s->out > OCT_CONV_INT_I8 || !oct_conv_u8s8_takes(s) || p->y_zero < -128 ||
        p->y_zero > 255 || p->n_matrices < 1 || !oct_proof_nd(&p->batch, 0, 3) || !check_store(proof))
        return false;
    const int64_t n = oct_nd_count(&p->batch, p->batch.rank), y = OCT_PRODUCT(s->N, s->OH, s->OW, s->OC);
    const int64_t y_size = oct_conv_int_y_size(s), reach = oct_proof_nd_reach(&p->batch, 0) - 1 + oct_conv_int_y_elems(s);
    return n > 0 && oct_proof_writes(proof, OCT_CONV_U8S8_Y, OCT_PRODUCT(n, y), y_size) &&
           oct_proof_writes(proof, OCT_CONV_U8S8_Y, reach, y_size) &&
           oct_proof_reads(proof, OCT_CONV_U8S8_X, oct_proof_nd_reach(&p->batch, 1) - 1 + oct_conv_int_x_bytes(s), 1) &&
           (oct_proof_nd_reach(&p->batch, 2) - 1) / oct_conv_int_matrix(s) < p->n_matrices &&
           oct_proof_reads(proof, OCT_CONV_U8S8_PACKED, 0, OCT_CACHE_LINE) && check_packed(proof, p);
}

static void pack_product(void *dst, const void *params, oct_cpu_level cpu, const void *source)
{
    const oct_conv_u8s8_step *p = params;
    const size_t to = oct_conv_u8s8_packed_matrix(&p->shape, cpu), from = oct_conv_u8s8_packed_matrix(&p->shape, OCT_CPU_REF);
    for (int64_t i = 0; i < p->n_matrices; i++) {
        const oct_conv_u8s8_weights weights = {.source = (const uint8_t *)source + (size_t)i * from};
        oct_conv_u8s8_select(cpu)->pack((uint8_t *)dst + (size_t)i * to, &p->shape, &weights);
    }
}

static const oct_step_packer product_packer = {OCT_CONV_U8S8_PACKED, pack_product};

const oct_step_kind oct_step_conv_u8s8 = {.name = "conv_u8s8", .run = run_product, .check = check_product,
                                          .need = need_product, .packer = &product_packer};
