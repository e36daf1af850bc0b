/* Building the step behind the data movers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/move.h"

oct_moves *oct_moves_new(oct_builder *b, int cap)
{
    return oct_build_alloc(b, sizeof(oct_moves) + (size_t)cap * sizeof(oct_move));
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
        .kind = &oct_step_copy,
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
