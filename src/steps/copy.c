/* Copies one after the other, each shared out among the threads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/copy.h"

#include <string.h>

#include "steps/proof.h"

typedef struct move_task {
    oct_copy_fn run;
    const oct_copy *copy;
    void *dst;
    const void *src;
} move_task;

static void run_item(void *context, size_t item, int worker)
{
    const move_task *t = context;
    (void)worker;
    t->run(t->copy, t->dst, t->src, item);
}

static void run_moves(const oct_step_args *a)
{
    const oct_moves *m = a->params;
    oct_copy_fn run = oct_copy_select(a->cpu);
    for (int32_t i = 0; i < m->n; i++) {
        const oct_move *v = &m->moves[i];
        move_task task = {run, &v->copy, a->operands[v->dst], a->operands[v->src]};
        oct_pool_run(a->pool, (size_t)v->copy.cut.n_items, run_item, &task);
    }
}

/* ---- stored programs ---- */

/* The copy is as oct_copy_init makes them. */
static bool copy_fits(const oct_copy *c)
{
    if (!oct_proof_nd(&c->nd, 1, 2) ||
        (c->elem_size != 1 && c->elem_size != 2 && c->elem_size != 4 && c->elem_size != 8))
        return false;
    oct_copy want = *c;
    oct_copy_init(&want, c->elem_size);
    return memcmp(&want.nd, &c->nd, sizeof want.nd) == 0 && memcmp(&want.cut, &c->cut, sizeof want.cut) == 0 &&
           want.method == c->method;
}

static bool check_move(const oct_step_proof *proof, const oct_move *m)
{
    const int64_t size = m->copy.elem_size;
    if (m->dst < 0 || m->dst >= proof->n_operands || m->src < 0 || m->src >= proof->n_operands || !copy_fits(&m->copy))
        return false;
    const int64_t to = oct_proof_nd_reach(&m->copy.nd, 0), from = oct_proof_nd_reach(&m->copy.nd, 1);
    return oct_proof_writes(proof, m->dst, to, size) &&
           oct_proof_writes(proof, m->dst, oct_nd_count(&m->copy.nd, m->copy.nd.rank), size) &&
           oct_proof_reads(proof, m->src, from, size) && oct_proof_apart(proof, m->dst, to * size, m->src, from * size);
}

static bool check_moves(const oct_step_proof *proof)
{
    const oct_moves *m = proof->params;
    if (!oct_proof_has(proof, sizeof *m, 0) || m->n < 0 ||
        !oct_proof_has(proof, sizeof *m + (size_t)m->n * sizeof m->moves[0], 0))
        return false;
    for (int32_t i = 0; i < m->n; i++)
        if (!check_move(proof, &m->moves[i]))
            return false;
    return true;
}

const oct_step_kind oct_step_copy = {.name = "copy", .run = run_moves, .check = check_moves};
