/* Running the QLinear operators.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/qlinear.h"

#include <string.h>

#include "steps/proof.h"
#include "steps/window.h"

/* Operand i is a scale, the next one its zero point. */
static oct_qlinear_scale get_scale(const oct_step_args *a, int i)
{
    return (oct_qlinear_scale){a->operands[i], a->operands[i + 1]};
}

/* The same in a stored program. */
static bool check_scale(const oct_step_proof *proof, int i)
{
    return oct_proof_reads(proof, i, 1, sizeof(float)) && oct_proof_may_read(proof, i + 1, 1, 1);
}

/* Bytes of operands y and x along an index space with a cut. */
static bool check_space(const oct_step_proof *proof, const oct_nd *nd, int y, int x)
{
    return oct_proof_writes(proof, y, oct_proof_nd_reach(nd, 0), 1) &&
           oct_proof_writes(proof, y, oct_nd_count(nd, nd->rank), 1) && oct_proof_reads(proof, x, oct_proof_nd_reach(nd, 1), 1);
}

/* ---- add, mul ---- */

typedef struct add_task {
    oct_qlinear_add_fn run;
    oct_qlinear_add_args args;
} add_task;

static void run_add_item(void *context, size_t item, int worker)
{
    const add_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_pairs(const oct_step_args *a, oct_qlinear_add_fn run)
{
    const oct_qlinear_add_step *p = a->params;
    add_task task = {run,
                     {&p->add, a->operands[OCT_QLINEAR_ADD_A], a->operands[OCT_QLINEAR_ADD_B],
                      a->operands[OCT_QLINEAR_ADD_Y], get_scale(a, OCT_QLINEAR_ADD_A_SCALE),
                      get_scale(a, OCT_QLINEAR_ADD_B_SCALE), get_scale(a, OCT_QLINEAR_ADD_Y_SCALE)}};
    oct_pool_run(a->pool, (size_t)p->add.cut.n_items, run_add_item, &task);
}

static void run_add(const oct_step_args *a)
{
    run_pairs(a, oct_qlinear_add_select(a->cpu));
}

static void run_mul(const oct_step_args *a)
{
    run_pairs(a, oct_qlinear_mul_select(a->cpu));
}

static bool check_pairs(const oct_step_proof *proof)
{
    const oct_qlinear_add_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_QLINEAR_ADD_N_OPERANDS) || !oct_proof_nd(&p->add.nd, 1, 3))
        return false;
    oct_qlinear_add want = p->add;
    oct_qlinear_add_init(&want, OCT_NUMBERS_U8);
    return memcmp(&want.nd, &p->add.nd, sizeof want.nd) == 0 && memcmp(&want.cut, &p->add.cut, sizeof want.cut) == 0 &&
           check_space(proof, &p->add.nd, OCT_QLINEAR_ADD_Y, OCT_QLINEAR_ADD_A) &&
           oct_proof_reads(proof, OCT_QLINEAR_ADD_B, oct_proof_nd_reach(&p->add.nd, 2), 1) &&
           check_scale(proof, OCT_QLINEAR_ADD_A_SCALE) && check_scale(proof, OCT_QLINEAR_ADD_B_SCALE) &&
           check_scale(proof, OCT_QLINEAR_ADD_Y_SCALE);
}

const oct_step_kind oct_step_qlinear_mul = {.name = "qlinear_mul", .run = run_mul, .check = check_pairs};
const oct_step_kind oct_step_qlinear_add = {.name = "qlinear_add", .run = run_add, .check = check_pairs};

/* ---- global average ---- */

typedef struct average_task {
    oct_qlinear_average_fn run;
    oct_qlinear_average_args args;
} average_task;

static void run_average_item(void *context, size_t item, int worker)
{
    const average_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_average(const oct_step_args *a)
{
    const oct_qlinear_average_step *p = a->params;
    average_task task = {oct_qlinear_average_select(a->cpu),
                         {&p->average, a->operands[OCT_QLINEAR_AVERAGE_X], a->operands[OCT_QLINEAR_AVERAGE_Y],
                          get_scale(a, OCT_QLINEAR_AVERAGE_X_SCALE), get_scale(a, OCT_QLINEAR_AVERAGE_Y_SCALE)}};
    oct_pool_run(a->pool, oct_qlinear_average_n_items(&p->average), run_average_item, &task);
}

static bool check_average(const oct_step_proof *proof)
{
    const oct_qlinear_average_step *p = proof->params;
    const oct_qlinear_average *s = &p->average;
    if (!oct_proof_has(proof, sizeof *p, OCT_QLINEAR_AVERAGE_N_OPERANDS))
        return false;
    const int64_t dims[] = {s->N, s->C, s->H, s->W}, strides[] = {s->x_n, s->x_c, s->x_h, s->x_w};
    const int64_t n_pixels = OCT_PRODUCT(s->H, s->W);
    return n_pixels > 0 && n_pixels <= OCT_QLINEAR_MAX_PIXELS &&
           oct_proof_writes(proof, OCT_QLINEAR_AVERAGE_Y, OCT_PRODUCT(s->N, s->C), 1) &&
           oct_proof_reads(proof, OCT_QLINEAR_AVERAGE_X, oct_proof_reach(dims, strides, 4), 1) &&
           check_scale(proof, OCT_QLINEAR_AVERAGE_X_SCALE) && check_scale(proof, OCT_QLINEAR_AVERAGE_Y_SCALE);
}

const oct_step_kind oct_step_qlinear_average = {.name = "qlinear_average", .run = run_average, .check = check_average};

/* ---- average of windows ---- */

typedef struct pool_task {
    oct_qlinear_pool_fn run;
    oct_qlinear_pool_args args;
} pool_task;

static void run_pool_item(void *context, size_t item, int worker)
{
    const pool_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_pool(const oct_step_args *a)
{
    const oct_qlinear_pool_step *p = a->params;
    pool_task task = {oct_qlinear_pool_select(a->cpu),
                      {&p->pool, a->operands[OCT_QLINEAR_AVERAGE_X], a->operands[OCT_QLINEAR_AVERAGE_Y],
                       get_scale(a, OCT_QLINEAR_AVERAGE_X_SCALE), get_scale(a, OCT_QLINEAR_AVERAGE_Y_SCALE)}};
    oct_pool_run(a->pool, oct_window_n_items(&p->pool.shape), run_pool_item, &task);
}

static bool check_pool(const oct_step_proof *proof)
{
    const oct_qlinear_pool_step *p = proof->params;
    const oct_window_shape *s = &p->pool.shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_QLINEAR_AVERAGE_N_OPERANDS) || !oct_window_fits(s))
        return false;
    const int64_t n_taps = OCT_PRODUCT(s->KH, s->KW);
    return n_taps > 0 && n_taps <= OCT_QLINEAR_MAX_PIXELS &&
           oct_proof_writes(proof, OCT_QLINEAR_AVERAGE_Y, OCT_PRODUCT(s->N, s->OH, s->OW, s->C), 1) &&
           oct_proof_reads(proof, OCT_QLINEAR_AVERAGE_X, OCT_PRODUCT(s->N, s->H, s->W, s->C), 1) &&
           check_scale(proof, OCT_QLINEAR_AVERAGE_X_SCALE) && check_scale(proof, OCT_QLINEAR_AVERAGE_Y_SCALE);
}

const oct_step_kind oct_step_qlinear_pool = {.name = "qlinear_pool", .run = run_pool, .check = check_pool};

/* ---- tables, concat ---- */

typedef struct lookup_task {
    oct_qlinear_lookup_fn run;
    oct_qlinear_lookup_args args;
} lookup_task;

static void run_lookup_item(void *context, size_t item, int worker)
{
    const lookup_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void look_up(const oct_step_args *a, const oct_qlinear_lookup_args *args)
{
    lookup_task task = {oct_qlinear_lookup_select(a->cpu), *args};
    oct_pool_run(a->pool, (size_t)args->cut->n_items, run_lookup_item, &task);
}

static void run_table(const oct_step_args *a)
{
    const oct_table_step *p = a->params;
    look_up(a, &(oct_qlinear_lookup_args){&p->nd, &p->cut, a->operands[OCT_TABLE_TABLE], a->operands[OCT_TABLE_X],
                                          a->operands[OCT_TABLE_Y]});
}

static bool check_table(const oct_step_proof *proof)
{
    const oct_table_step *p = proof->params;
    return oct_proof_has(proof, sizeof *p, OCT_TABLE_N_OPERANDS) && oct_proof_nd(&p->nd, 1, 2) &&
           oct_proof_nd_cut(&p->nd, &p->cut, OCT_TABLE_ITEM) && check_space(proof, &p->nd, OCT_TABLE_Y, OCT_TABLE_X) &&
           oct_proof_reads(proof, OCT_TABLE_TABLE, 256, 1);
}

const oct_step_kind oct_step_table = {.name = "table", .run = run_table, .check = check_table};

static void run_concat(const oct_step_args *a)
{
    const oct_qlinear_concat_step *p = a->params;
    oct_qlinear_scale y_scale = get_scale(a, OCT_QLINEAR_CONCAT_Y_SCALE);
    for (int32_t i = 0; i < p->n; i++) {
        const oct_qlinear_concat_part *part = &p->parts[i];
        const int x = OCT_QLINEAR_CONCAT_X + 3 * i;
        oct_qlinear_scale x_scale = get_scale(a, x + 1);
        uint8_t table[256];
        oct_qlinear_table(table, &x_scale, part->x_signed, &y_scale, p->y_signed);
        look_up(a, &(oct_qlinear_lookup_args){&part->nd, &part->cut, table, a->operands[x],
                                              a->operands[OCT_QLINEAR_CONCAT_Y]});
    }
}

static bool check_part(const oct_step_proof *proof, const oct_qlinear_concat_part *part, int x)
{
    return oct_proof_nd(&part->nd, 1, 2) && oct_proof_nd_cut(&part->nd, &part->cut, OCT_TABLE_ITEM) &&
           check_space(proof, &part->nd, OCT_QLINEAR_CONCAT_Y, x) && check_scale(proof, x + 1);
}

static bool check_concat(const oct_step_proof *proof)
{
    const oct_qlinear_concat_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_QLINEAR_CONCAT_X) || p->n < 0 || p->n > proof->n_operands ||
        !oct_proof_has(proof, sizeof *p + (size_t)p->n * sizeof p->parts[0], OCT_QLINEAR_CONCAT_X + 3 * p->n))
        return false;
    for (int32_t i = 0; i < p->n; i++)
        if (!check_part(proof, &p->parts[i], OCT_QLINEAR_CONCAT_X + 3 * i))
            return false;
    return check_scale(proof, OCT_QLINEAR_CONCAT_Y_SCALE);
}

const oct_step_kind oct_step_qlinear_concat = {.name = "qlinear_concat", .run = run_concat, .check = check_concat};
