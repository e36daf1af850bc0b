/* The step behind the data movers: copies one after the other, each shared out among the threads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/move.h"

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
    oct_copy_fn run = oct_copy_select((oct_cpu_level)m->level);
    for (int32_t i = 0; i < m->n; i++) {
        const oct_move *v = &m->moves[i];
        move_task task = {run, &v->copy, a->operands[v->dst], a->operands[v->src]};
        oct_pool_run(a->pool, (size_t)v->copy.cut.n_items, run_item, &task);
    }
}

static const oct_step_kind move_kind = {"copy", run_moves};

oct_moves *oct_moves_new(oct_builder *b, int cap)
{
    oct_moves *m = oct_build_alloc(b, sizeof *m + (size_t)cap * sizeof m->moves[0]);
    if (m)
        m->level = (int32_t)oct_build_cpu(b);
    return m;
}

oct_nd *oct_moves_add(oct_moves *m, int dst, int src)
{
    oct_move *v = &m->moves[m->n++];
    v->dst = dst;
    v->src = src;
    return &v->copy.nd;
}

void oct_moves_build(oct_builder *b, oct_moves *m, octet_dtype dtype, const oct_ref *operands, int n_operands,
                     int n_out)
{
    for (int i = 0; i < m->n; i++)
        oct_copy_init(&m->moves[i].copy, (int)octet_dtype_size(dtype));
    oct_build_step(b, &(oct_step_desc){
        .kind = &move_kind,
        .params = m,
        .n_params = sizeof *m + (size_t)m->n * sizeof m->moves[0],
        .operands = operands,
        .n_operands = n_operands,
        .n_out = n_out,
        .kernel = m->n ? oct_copy_describe(&m->moves[0].copy) : NULL,
    });
}

octet_status oct_move_build(oct_builder *b, const oct_node *n, const oct_nd *nd, octet_error *err)
{
    oct_moves *m = oct_moves_new(b, 1);
    if (!m)
        return oct_fail_memory(err, "a copy step", sizeof *m);
    *oct_moves_add(m, 0, 1) = *nd;
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0])};
    oct_moves_build(b, m, oct_node_out(oct_build_graph(b), n, 0)->dtype, operands, 2, 1);
    return OCTET_OK;
}
