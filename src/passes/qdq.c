/* Reading and writing DequantizeLinear and QuantizeLinear, for the passes on quantized graphs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/qdq.h"

#include <math.h>

#include <string.h>

#include "base/mem.h"

octet_status oct_qdq_begin(oct_qdq *f, oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    *f = (oct_qdq){.g = g, .env = env, .n_values = g->n_values, .err = err};
    f->uses = oct_calloc((size_t)g->n_values + 1, sizeof *f->uses);
    if (!f->uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *f->uses);
    oct_graph_uses(g, f->uses);
    return OCTET_OK;
}

void oct_qdq_end(oct_qdq *f)
{
    oct_free(f->uses);
}

/* ---- reading ---- */

bool oct_qdq_is_quantize(const oct_node *n)
{
    return n->op == OCT_OP_QUANTIZE_LINEAR || n->op == OCT_OP_QUANTIZE_LINEAR_MS;
}

bool oct_qdq_is_dequantize(const oct_node *n)
{
    return n->op == OCT_OP_DEQUANTIZE_LINEAR || n->op == OCT_OP_DEQUANTIZE_LINEAR_MS;
}

oct_value_id oct_qdq_in(const oct_node *n, int i)
{
    return i < n->n_in ? n->in[i] : OCT_NONE;
}

bool oct_qdq_is_scalar(const oct_graph *g, oct_value_id v)
{
    const oct_value *c = oct_graph_value(g, v);
    return c && c->data && oct_value_elems(c) == 1;
}

bool oct_qdq_dequantized(const oct_graph *g, oct_value_id v, oct_quantized *out)
{
    const oct_node *n = v == OCT_NONE ? NULL : oct_graph_producer(g, v);
    if (!n || n->dead || !oct_qdq_is_dequantize(n) || ((const oct_quant_params *)n->params)->block_size != 0)
        return false;
    *out = (oct_quantized){.q = n->in[0], .scale = n->in[1], .zero = oct_qdq_in(n, 2),
                           .axis = ((const oct_quant_params *)n->params)->axis};
    const oct_value *scale = oct_graph_value(g, out->scale), *y = oct_graph_value(g, v);
    return scale->data && scale->dtype == OCTET_F32 && y->dtype == OCTET_F32;
}

static bool is_quantized(octet_dtype t)
{
    return t == OCTET_U8 || t == OCTET_I8 || t == OCTET_U16 || t == OCTET_I16;
}

bool oct_qdq_activation(const oct_graph *g, oct_value_id v, oct_quantized *out)
{
    return oct_qdq_dequantized(g, v, out) && oct_qdq_is_scalar(g, out->scale) && is_quantized(oct_qdq_dtype(g, out)) &&
           (out->zero == OCT_NONE || oct_qdq_is_scalar(g, out->zero));
}

bool oct_qdq_quantizer(const oct_graph *g, const oct_node *n, oct_quantized *out)
{
    if (!oct_qdq_is_quantize(n))
        return false;
    *out = (oct_quantized){.q = n->out[0], .scale = n->in[1], .zero = oct_qdq_in(n, 2),
                           .double_mult = ((const oct_quant_params *)n->params)->double_mult};
    const oct_value *x = oct_node_in(g, n, 0);
    return ((const oct_quant_params *)n->params)->block_size == 0 && x->dtype == OCTET_F32 &&
           oct_qdq_is_scalar(g, out->scale) && oct_graph_value(g, out->scale)->dtype == OCTET_F32 &&
           (out->zero == OCT_NONE || oct_qdq_is_scalar(g, out->zero)) && is_quantized(oct_qdq_dtype(g, out));
}

octet_dtype oct_qdq_dtype(const oct_graph *g, const oct_quantized *x)
{
    return oct_graph_value(g, x->q)->dtype;
}

bool oct_qdq_is_words(const oct_graph *g, const oct_quantized *x)
{
    return octet_dtype_size(oct_qdq_dtype(g, x)) == 2;
}

int32_t oct_qdq_least(const oct_graph *g, const oct_quantized *x)
{
    const octet_dtype t = oct_qdq_dtype(g, x);
    return t == OCTET_I8 ? INT8_MIN : t == OCTET_I16 ? INT16_MIN : 0;
}

int32_t oct_qdq_most(const oct_graph *g, const oct_quantized *x)
{
    return oct_qdq_least(g, x) + (oct_qdq_is_words(g, x) ? UINT16_MAX : UINT8_MAX);
}

float oct_qdq_scale(const oct_graph *g, const oct_quantized *x)
{
    return (float)oct_const_float(oct_graph_value(g, x->scale), 0);
}

int32_t oct_qdq_zero(const oct_graph *g, const oct_quantized *x)
{
    return x->zero == OCT_NONE ? 0 : (int32_t)oct_const_int(oct_graph_value(g, x->zero), 0);
}

bool oct_qdq_saturates(const oct_graph *g, const oct_quantized *x, float lo, float hi)
{
    const double min = oct_qdq_least(g, x), max = oct_qdq_most(g, x), zero = oct_qdq_zero(g, x);
    const float scale = oct_qdq_scale(g, x);
    return rint((double)(lo / scale)) + zero <= min && rint((double)(hi / scale)) + zero >= max;
}

bool oct_qdq_same(const oct_graph *g, const oct_quantized *a, const oct_quantized *b)
{
    return oct_qdq_dtype(g, a) == oct_qdq_dtype(g, b) && oct_qdq_zero(g, a) == oct_qdq_zero(g, b) &&
           oct_qdq_scale(g, a) == oct_qdq_scale(g, b);
}

oct_node *oct_qdq_sole_producer(const oct_qdq *f, const oct_node *n, int i)
{
    const oct_value_id v = oct_qdq_in(n, i);
    return v == OCT_NONE || v >= f->n_values ? NULL : oct_fuse_sole_producer(f->g, f->uses, n, i);
}

/* ---- writing ---- */

octet_status oct_qdq_need_zero(oct_qdq *f, oct_quantized *x)
{
    static const uint16_t nothing[1] = {0};
    if (x->zero != OCT_NONE)
        return OCTET_OK;
    return oct_graph_add_const(f->g, &x->zero, NULL, oct_qdq_dtype(f->g, x), 0, NULL, nothing, true, f->err);
}

octet_status oct_qdq_dequantize(oct_qdq *f, const oct_quantized *x, oct_value_id y, const char *name)
{
    const oct_value_id in[] = {x->q, x->scale, x->zero};
    oct_quant_params *p = oct_graph_params(f->g, sizeof *p);
    if (!p)
        return oct_fail_memory(f->err, "a DequantizeLinear", sizeof *p);
    p->axis = x->axis;
    return oct_graph_add_node(f->g, NULL, OCT_OP_DEQUANTIZE_LINEAR, name, NULL, in, x->zero == OCT_NONE ? 2 : 3, &y, 1, p,
                              f->err);
}

octet_status oct_qdq_new_value(oct_qdq *f, oct_value_id *out, const oct_quantized *x, oct_value_id like)
{
    const octet_dtype dtype = oct_qdq_dtype(f->g, x);
    OCT_TRY(oct_graph_add_like(f->g, out, like, ".q", f->err));
    oct_graph_value(f->g, *out)->dtype = dtype;
    return OCTET_OK;
}

octet_status oct_qdq_set(oct_qdq *f, oct_integer *out, oct_op op, const oct_value_id *ids, int n)
{
    oct_value_id *in = oct_arena_array(&f->g->arena, (size_t)n, sizeof *in);
    if (!in)
        return oct_fail_memory(f->err, "the inputs of a node", (unsigned long long)n * sizeof *in);
    memcpy(in, ids, (size_t)n * sizeof *in);
    out->op = op;
    out->in = in;
    out->n_in = n;
    return OCTET_OK;
}

octet_status oct_qdq_refuse(oct_qdq *f, const char *why)
{
    f->why = why;
    return OCTET_OK;
}
