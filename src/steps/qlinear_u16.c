/* Running the QLinear operators on 16 bits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/qlinear_u16.h"

#include <string.h>

#include "steps/proof.h"

typedef struct add_task {
    oct_qlinear_u16_add_fn run;
    oct_qlinear_u16_add_args args;
} add_task;

static void run_add_item(void *context, size_t item, int worker)
{
    const add_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_add(const oct_step_args *a)
{
    const oct_qlinear_u16_add_step *p = a->params;
    add_task task = {oct_qlinear_u16_add_select(a->cpu),
                     {&p->add, a->operands[OCT_QLINEAR_U16_ADD_A], a->operands[OCT_QLINEAR_U16_ADD_B],
                      a->operands[OCT_QLINEAR_U16_ADD_Y]}};
    oct_pool_run(a->pool, (size_t)p->add.cut.n_items, run_add_item, &task);
}

static bool check_zero(const oct_qlinear_u16_scale *s)
{
    return s->zero >= INT16_MIN && s->zero <= UINT16_MAX;
}

static bool check_add(const oct_step_proof *proof)
{
    const oct_qlinear_u16_add_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_QLINEAR_U16_ADD_N_OPERANDS) || !oct_proof_nd(&p->add.nd, 1, 3))
        return false;
    const oct_nd *nd = &p->add.nd;
    oct_qlinear_u16_add want = p->add;
    oct_qlinear_u16_add_init(&want);
    return memcmp(&want.nd, nd, sizeof want.nd) == 0 && memcmp(&want.cut, &p->add.cut, sizeof want.cut) == 0 &&
           check_zero(&p->add.a) && check_zero(&p->add.b) && check_zero(&p->add.y) &&
           oct_proof_writes(proof, OCT_QLINEAR_U16_ADD_Y, oct_proof_nd_reach(nd, 0), sizeof(uint16_t)) &&
           oct_proof_writes(proof, OCT_QLINEAR_U16_ADD_Y, oct_nd_count(nd, nd->rank), sizeof(uint16_t)) &&
           oct_proof_reads(proof, OCT_QLINEAR_U16_ADD_A, oct_proof_nd_reach(nd, 1), sizeof(uint16_t)) &&
           oct_proof_reads(proof, OCT_QLINEAR_U16_ADD_B, oct_proof_nd_reach(nd, 2), sizeof(uint16_t));
}

const oct_step_kind oct_step_qlinear_u16_add = {.name = "qlinear_u16_add", .run = run_add, .check = check_add};

typedef struct average_task {
    oct_qlinear_u16_average_fn run;
    oct_qlinear_u16_average_args args;
} average_task;

static void run_average_item(void *context, size_t item, int worker)
{
    const average_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_average(const oct_step_args *a)
{
    const oct_qlinear_u16_average_step *p = a->params;
    average_task task = {oct_qlinear_u16_average_select(a->cpu),
                         {&p->average, a->operands[OCT_QLINEAR_U16_AVERAGE_X], a->operands[OCT_QLINEAR_U16_AVERAGE_Y]}};
    oct_pool_run(a->pool, oct_qlinear_average_n_items(&p->average.shape), run_average_item, &task);
}

static bool check_average(const oct_step_proof *proof)
{
    const oct_qlinear_u16_average_step *p = proof->params;
    const oct_qlinear_average *s = &p->average.shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_QLINEAR_U16_AVERAGE_N_OPERANDS))
        return false;
    const int64_t dims[] = {s->N, s->C, s->H, s->W}, strides[] = {s->x_n, s->x_c, s->x_h, s->x_w};
    const int64_t n_pixels = OCT_PRODUCT(s->H, s->W);
    return n_pixels > 0 && n_pixels <= OCT_QLINEAR_MAX_PIXELS && check_zero(&p->average.x) && check_zero(&p->average.y) &&
           oct_proof_writes(proof, OCT_QLINEAR_U16_AVERAGE_Y, OCT_PRODUCT(s->N, s->C), sizeof(uint16_t)) &&
           oct_proof_reads(proof, OCT_QLINEAR_U16_AVERAGE_X, oct_proof_reach(dims, strides, 4), sizeof(uint16_t));
}

const oct_step_kind oct_step_qlinear_u16_average = {.name = "qlinear_u16_average", .run = run_average,
                                                    .check = check_average};
