/* Running LRN.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/lrn.h"

#include "steps/proof.h"

#define MOST_SIZE 65536 /* of the window: each costs a pass over the channels */

typedef struct lrn_task {
    oct_lrn_fn run;
    oct_lrn_args args;
} lrn_task;

static void run_item(void *context, size_t item, int worker)
{
    const lrn_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_lrn(const oct_step_args *a)
{
    const oct_lrn_step *p = a->params;
    lrn_task task = {oct_lrn_select(a->cpu), {&p->shape, a->operands[OCT_LRN_X], a->operands[OCT_LRN_Y]}};
    oct_pool_run(a->pool, oct_lrn_n_items(&p->shape), run_item, &task);
}

static bool check_lrn(const oct_step_proof *proof)
{
    const oct_lrn_step *p = proof->params;
    const oct_lrn_shape *s = &p->shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_LRN_N_OPERANDS) || s->size < 1 || s->size > MOST_SIZE ||
        OCT_PRODUCT(s->N, s->C, s->P) <= 0)
        return false;
    const int64_t dims[] = {s->N, s->C, s->P};
    const int64_t x[] = {s->C * s->P, s->x_c_stride, s->x_p_stride}, y[] = {s->C * s->P, s->y_c_stride, s->y_p_stride};
    return oct_proof_reads(proof, OCT_LRN_X, oct_proof_reach(dims, x, 3), sizeof(float)) &&
           oct_proof_writes(proof, OCT_LRN_Y, oct_proof_reach(dims, y, 3), sizeof(float)) &&
           oct_proof_writes(proof, OCT_LRN_Y, OCT_PRODUCT(s->N, s->C, s->P), sizeof(float));
}

const oct_step_kind oct_step_lrn = {.name = "lrn_f32", .run = run_lrn, .check = check_lrn};
