/* Integer forms of operators with several quantized inputs: Add, Sub, Mul, Concat.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/qdq.h"

static oct_op binary_form(oct_op op)
{
    switch (op) {
    case OCT_OP_ADD: return OCT_OP_QLINEAR_ADD;
    case OCT_OP_SUB: return OCT_OP_QLINEAR_SUB;
    default: return OCT_OP_QLINEAR_MUL;
    }
}

/* Input v of an operator whose inputs and result share a type. */
static octet_status read_input(oct_qdq *f, oct_value_id v, const oct_quantized *y, oct_quantized *x)
{
    f->why = NULL;
    if (!oct_qdq_activation(f->g, v, x))
        return oct_qdq_refuse(f, "an input does not come from 8 or 16 bits with one scale");
    if (oct_qdq_dtype(f->g, x) != oct_qdq_dtype(f->g, y))
        return oct_qdq_refuse(f, "its inputs and its result are not all of one type");
    return oct_qdq_need_zero(f, x);
}

octet_status oct_qdq_binary(oct_qdq *f, const oct_node *n, oct_quantized y, oct_integer *out)
{
    oct_quantized a, b;
    if (oct_qdq_is_words(f->g, &y) && n->op != OCT_OP_ADD)
        return oct_qdq_refuse(f, "this operator has an integer form for 8 bits only");
    OCT_TRY(read_input(f, n->in[0], &y, &a));
    if (f->why)
        return OCTET_OK;
    OCT_TRY(read_input(f, n->in[1], &y, &b));
    if (f->why)
        return OCTET_OK;
    OCT_TRY(oct_qdq_need_zero(f, &y));
    const oct_value_id all[] = {a.q, a.scale, a.zero, b.q, b.scale, b.zero, y.scale, y.zero};
    return oct_qdq_set(f, out, binary_form(n->op), all, 8);
}

octet_status oct_qdq_concat(oct_qdq *f, const oct_node *concat, oct_quantized y, oct_integer *out)
{
    const oct_axis_params *p = concat->params;
    const int n = concat->n_in;
    if (oct_qdq_is_words(f->g, &y))
        return oct_qdq_refuse(f, "tensors of 16 bits with several scales have no integer form");
    oct_value_id *all = oct_arena_array(&f->g->arena, (size_t)n * 3 + 2, sizeof *all);
    oct_qconcat_params *q = oct_graph_params(f->g, sizeof *q);
    if (!all || !q)
        return oct_fail_memory(f->err, "a QLinearConcat", (unsigned long long)n * 3 * sizeof *all);
    for (int i = 0; i < n; i++) {
        oct_quantized x;
        OCT_TRY(read_input(f, concat->in[i], &y, &x));
        if (f->why)
            return OCTET_OK;
        all[2 + 3 * i] = x.q;
        all[3 + 3 * i] = x.scale;
        all[4 + 3 * i] = x.zero;
    }
    OCT_TRY(oct_qdq_need_zero(f, &y));
    all[0] = y.scale;
    all[1] = y.zero;
    q->axis = p->axis;
    *out = (oct_integer){OCT_OP_QLINEAR_CONCAT, all, 2 + 3 * n, q, out->y};
    return OCTET_OK;
}
