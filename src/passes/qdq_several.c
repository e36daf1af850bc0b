/* Integer forms of operators with several quantized inputs: Add, Sub, Mul, Concat; and of an Add to a convolution's result that
 * nobody quantized.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/qdq.h"

#include <string.h>

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

/* ---- a convolution whose result is added as it is ---- */

static bool same_shape(const oct_value *a, const oct_value *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* The convolution that makes input i of the addition, and nobody reads else; NULL if it is not one. */
static oct_node *added_conv(const oct_qdq *f, const oct_node *add, int i)
{
    oct_node *conv = add->op == OCT_OP_ADD ? oct_qdq_sole_producer(f, add, i) : NULL;
    return conv && conv->op == OCT_OP_CONV ? conv : NULL;
}

/* The QLinearConv that *out describes can add, too. */
static bool can_add(const oct_qdq *f, oct_integer *out)
{
    const oct_node conv = {.op = out->op, .in = (oct_value_id *)(uintptr_t)out->in, .n_in = out->n_in, .out = &out->y, .n_out = 1,
                           .params = out->params};
    return oct_fuse_has_store(f->g, &conv);
}

/* conv(...) + r, rounded once, with the scale of y: QLinearConv without a scale of the sum. */
static octet_status exact_add(oct_qdq *f, const oct_node *add, oct_node *conv, int r_at, oct_quantized y, oct_integer *out)
{
    const oct_value *r_real = oct_node_in(f->g, add, r_at), *sum = oct_node_out(f->g, add, 0);
    oct_quantized r;
    out->conv = conv;
    if (!oct_qdq_activation(f->g, add->in[r_at], &r) || oct_qdq_is_words(f->g, &r) || oct_graph_value(f->g, r.q)->data ||
        !same_shape(r_real, sum) || !same_shape(oct_node_out(f->g, conv, 0), sum))
        return oct_qdq_refuse(f, "it adds something else than an image of 8 bits to a convolution's result that is not quantized");
    OCT_TRY(oct_qdq_conv(f, conv, y, out));
    if (out->n_in == 0)
        return OCTET_OK;
    if (!can_add(f, out)) {
        out->n_in = 0;
        return oct_qdq_refuse(f, "the convolution in front of it has no kernel that adds");
    }
    oct_value_id all[OCT_QCONV_RESIDUAL_ZERO + 1];
    for (int i = 0; i < OCT_QCONV_RESIDUAL; i++)
        all[i] = i < out->n_in ? out->in[i] : OCT_NONE;
    all[OCT_QCONV_RESIDUAL] = r.q;
    all[OCT_QCONV_RESIDUAL_SCALE] = r.scale;
    all[OCT_QCONV_RESIDUAL_ZERO] = r.zero;
    return oct_qdq_set(f, out, OCT_OP_QLINEAR_CONV, all, OCT_COUNT(all));
}

octet_status oct_qdq_binary(oct_qdq *f, const oct_node *n, oct_quantized y, oct_integer *out)
{
    oct_quantized a, b;
    for (int i = 0; i < 2; i++) {
        oct_node *conv = added_conv(f, n, i);
        if (conv)
            return exact_add(f, n, conv, 1 - i, y, out);
    }
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
    *out = (oct_integer){.op = OCT_OP_QLINEAR_CONCAT, .in = all, .n_in = 2 + 3 * n, .params = q, .y = out->y};
    return OCTET_OK;
}
