/* Integer forms of averages: AveragePool, GlobalAveragePool, ReduceMean over the image.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "passes/qdq.h"

static octet_status set_average(oct_qdq *f, const oct_quantized *x, oct_quantized *y, oct_op op, oct_integer *out)
{
    if (oct_qdq_dtype(f->g, x) != oct_qdq_dtype(f->g, y))
        return oct_qdq_refuse(f, "its input and its result are not of one type");
    oct_quantized from = *x;
    OCT_TRY(oct_qdq_need_zero(f, &from));
    OCT_TRY(oct_qdq_need_zero(f, y));
    const oct_value_id all[] = {from.q, from.scale, from.zero, y->scale, y->zero};
    return oct_qdq_set(f, out, op, all, 5);
}

static octet_status set_global(oct_qdq *f, const oct_quantized *x, oct_quantized *y, oct_integer *out)
{
    out->params = oct_graph_params(f->g, sizeof(oct_qconcat_params));
    if (!out->params)
        return oct_fail_memory(f->err, "a global average", sizeof(oct_qconcat_params));
    return set_average(f, x, y, OCT_OP_QLINEAR_GLOBAL_AVERAGE_POOL, out);
}

/* One window over the whole image, nothing else. */
static bool is_whole(const oct_value *x, const oct_pool_params *p)
{
    for (int a = 0; a < 2; a++) {
        const int axis = x->rank == 3 ? a + 1 : a + 2;
        const int64_t size = axis < 2 ? 1 : x->dims[axis];
        if (p->kernel[a] != size || p->pad_begin[a] || p->pad_end[a] || p->dilation[a] != 1)
            return false;
    }
    return true;
}

octet_status oct_qdq_average(oct_qdq *f, const oct_node *pool, oct_quantized y, oct_integer *out)
{
    oct_quantized x;
    if (!oct_qdq_activation(f->g, pool->in[0], &x))
        return oct_qdq_refuse(f, "its input does not come from 8 or 16 bits with one scale");
    if (pool->op == OCT_OP_GLOBAL_AVERAGE_POOL || is_whole(oct_graph_value(f->g, x.q), pool->params))
        return set_global(f, &x, &y, out);
    if (oct_qdq_is_words(f->g, &x))
        return oct_qdq_refuse(f, "of 16 bits only averages over the whole image have an integer form");
    out->params = pool->params;
    return set_average(f, &x, &y, OCT_OP_QLINEAR_AVERAGE_POOL, out);
}

/* ---- ReduceMean ---- */

/* Whether the axes are all those behind the second. */
static bool is_spatial(const oct_graph *g, const oct_node *mean, const oct_value *x)
{
    const oct_value *axes = oct_node_in(g, mean, 1);
    unsigned seen = 0;
    if (!axes || !axes->data || x->rank < 3 || x->rank > 4)
        return false;
    for (int64_t i = 0; i < oct_value_elems(axes); i++) {
        int64_t axis = oct_const_int(axes, i);
        axis += axis < 0 ? x->rank : 0;
        seen |= axis < 2 || axis >= x->rank ? 1u : 1u << axis;
    }
    return seen == (x->rank == 3 ? 4u : 12u);
}

/* y = Reshape(what the average writes), to y's own shape. */
static octet_status reshape_to(oct_qdq *f, const oct_node *mean, const oct_quantized *y, const oct_value *x, oct_value_id *out)
{
    int64_t dims[OCTET_MAX_RANK], n = oct_graph_value(f->g, y->q)->rank, ones[OCTET_MAX_RANK] = {x->dims[0], x->dims[1], 1, 1};
    const int rank = x->rank;
    memcpy(dims, oct_graph_value(f->g, y->q)->dims, sizeof dims);
    OCT_TRY(oct_qdq_new_value(f, out, y, y->q));
    oct_value *v = oct_graph_value(f->g, *out);
    v->rank = rank;
    memcpy(v->dims, ones, sizeof ones);
    oct_value_id in[2] = {*out, OCT_NONE};
    OCT_TRY(oct_graph_add_const(f->g, &in[1], NULL, OCTET_I64, 1, &n, dims, true, f->err));
    oct_reshape_params *p = oct_graph_params(f->g, sizeof *p);
    if (!p)
        return oct_fail_memory(f->err, "a Reshape", sizeof *p);
    return oct_graph_add_node(f->g, NULL, OCT_OP_RESHAPE, mean->name, NULL, in, 2, &y->q, 1, p, f->err);
}

octet_status oct_qdq_reduce_mean(oct_qdq *f, const oct_node *mean, oct_quantized y, oct_integer *out)
{
    const oct_reduce_params *p = mean->params;
    oct_quantized x;
    if (!oct_qdq_activation(f->g, mean->in[0], &x))
        return oct_qdq_refuse(f, "its input does not come from 8 or 16 bits with one scale");
    if (!is_spatial(f->g, mean, oct_graph_value(f->g, x.q)))
        return oct_qdq_refuse(f, "only means over the whole image have an integer form");
    OCT_TRY(set_global(f, &x, &y, out));
    if (out->n_in == 0 || p->keepdims)
        return OCTET_OK;
    return reshape_to(f, mean, &y, oct_graph_value(f->g, x.q), &out->y);
}
