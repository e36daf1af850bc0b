/* Integer forms of Conv, Gemm and MatMul: QLinearConv, QGemm, QLinearMatMul.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "passes/qdq.h"

/* A bias that is no int32 of the products' own scale is rounded to it, where that moves a result by less than this many of
 * its steps. */
#define MOST_BIAS_ERROR (1.0 / 32)

/* A product's operands, all but the bias. */
typedef struct factors {
    oct_quantized x, w;
    int64_t channels; /* of the result */
    int w_axis;       /* axis of w that they are */
} factors;

/* Scales of the products: x_scale * w_scale[o]. */
static double product_scale(const oct_graph *g, const factors *p, int64_t o)
{
    const oct_value *ws = oct_graph_value(g, p->w.scale);
    return (double)oct_qdq_scale(g, &p->x) * oct_const_float(ws, oct_value_elems(ws) == 1 ? 0 : o);
}

/* x and w as x_id and w_id have them; f->why tells what is wrong if the result is false. */
static bool read_factors(oct_qdq *f, oct_value_id x_id, oct_value_id w_id, int w_axis, factors *p)
{
    const oct_graph *g = f->g;
    f->why = NULL;
    if (!oct_qdq_activation(g, x_id, &p->x))
        f->why = "its input does not come from 8 or 16 bits with one scale";
    else if (!oct_qdq_dequantized(g, w_id, &p->w))
        f->why = "its weights are float32";
    if (f->why)
        return false;
    const oct_value *w = oct_graph_value(g, p->w.q), *ws = oct_graph_value(g, p->w.scale),
                    *wz = oct_graph_value(g, p->w.zero);
    p->w_axis = w_axis;
    p->channels = w->dims[w_axis];
    if (!w->data || (wz && !wz->data))
        f->why = "its weights are not known before the run";
    else if (octet_dtype_size(w->dtype) > octet_dtype_size(oct_qdq_dtype(g, &p->x)))
        f->why = "its weights have more bits than its input";
    else if (oct_value_elems(ws) != 1 && (ws->rank != 1 || ws->dims[0] != p->channels || p->w.axis != w_axis))
        f->why = "the scales of its weights do not run along the output channels";
    return !f->why;
}

/* ---- 16 bits: what kernels/conv_u16.h takes ---- */

#define MOST_TERMS (1 << 19)
#define MOST_BORDERS 256

/* Weights of 16 bits without a zero point or with the middle one: differences to any other may be no int16. */
static bool fits_words(const oct_graph *g, const oct_quantized *w)
{
    const oct_value *zero = oct_graph_value(g, w->zero);
    const int32_t middle = oct_qdq_dtype(g, w) == OCTET_U16 ? 32768 : 0;
    if (!oct_qdq_is_words(g, w))
        return true;
    for (int64_t i = 0; zero && i < oct_value_elems(zero); i++)
        if (oct_const_int(zero, i) != middle)
            return false;
    return zero || middle == 0;
}

/* A kernel of KH x KW sees at most (2 KH + 1)(2 KW + 1) different borders, and none without padding. */
static bool few_borders(const oct_conv_params *p)
{
    const bool padded = p->auto_pad || p->pad_begin[0] || p->pad_begin[1] || p->pad_end[0] || p->pad_end[1];
    return !padded || (2 * (int64_t)p->kernel[0] + 1) * (2 * (int64_t)p->kernel[1] + 1) <= MOST_BORDERS;
}

/* Whether x, w and y may be multiplied; f->why tells what is wrong otherwise. conv: NULL for matrix products. */
static bool check_words(oct_qdq *f, const factors *p, const oct_quantized *y, const oct_conv_params *conv)
{
    const oct_graph *g = f->g;
    const oct_value *w = oct_graph_value(g, p->w.q);
    const bool words = oct_qdq_is_words(g, &p->x);
    if (y->q == OCT_NONE ? words : words != oct_qdq_is_words(g, y))
        f->why = "its input and its result have not the same number of bits";
    else if (words && !fits_words(g, &p->w))
        f->why = "its weights minus their zero points do not fit int16";
    else if (words && (oct_value_elems(w) / p->channels > MOST_TERMS || (conv && !few_borders(conv))))
        f->why = "its kernel is too large for 16 bits";
    return !f->why;
}

/* ---- bias ---- */

/* A bias as double: element i of constant v, or of what a DequantizeLinear makes of one. */
typedef struct addend {
    const oct_value *v, *scale; /* scale NULL: v is float32 itself */
    const oct_value *zero;
} addend;

static double bias_at(const addend *b, int64_t i)
{
    if (!b->scale)
        return oct_const_float(b->v, i);
    const int64_t zero = b->zero ? oct_const_int(b->zero, oct_value_elems(b->zero) == 1 ? 0 : i) : 0;
    return (double)(oct_const_int(b->v, i) - zero) * oct_const_float(b->scale, oct_value_elems(b->scale) == 1 ? 0 : i);
}

static bool read_bias(const oct_graph *g, oct_value_id id, int64_t channels, addend *b, oct_quantized *q)
{
    const oct_value *v = oct_graph_value(g, id);
    *b = (addend){.v = v};
    if (oct_qdq_dequantized(g, id, q)) {
        *b = (addend){oct_graph_value(g, q->q), oct_graph_value(g, q->scale), oct_graph_value(g, q->zero)};
        if (b->zero && !b->zero->data)
            return false;
    } else if (v->dtype != OCTET_F32) {
        return false;
    }
    return b->v->data && oct_value_elems(b->v) == channels && b->v->dims[b->v->rank - 1] == channels;
}

/* int32 with zero point 0 and scale x_scale * w_scale[o] already (converters write that to some ulp). */
static bool is_exact(const oct_graph *g, const factors *p, const addend *b)
{
    if (!b->scale || b->v->dtype != OCTET_I32 || b->v->rank != 1)
        return false;
    for (int64_t o = 0; b->zero && o < oct_value_elems(b->zero); o++)
        if (oct_const_int(b->zero, o) != 0)
            return false;
    for (int64_t o = 0; o < p->channels; o++) {
        double want = product_scale(g, p, o), have = oct_const_float(b->scale, oct_value_elems(b->scale) == 1 ? 0 : o);
        if (!(fabs(have - want) <= 1e-5 * fabs(want)))
            return false;
    }
    return true;
}

static octet_status round_bias(oct_qdq *f, const factors *p, const addend *b, oct_value_id *out)
{
    int32_t *q = oct_arena_array(&f->g->arena, (size_t)p->channels, sizeof *q);
    if (!q)
        return oct_fail_memory(f->err, "a bias", (unsigned long long)p->channels * sizeof *q);
    for (int64_t o = 0; o < p->channels; o++) {
        double v = rint(bias_at(b, o) / product_scale(f->g, p, o));
        if (!(fabs(v) < 2147483648.0))
            return oct_qdq_refuse(f, "its bias does not fit 32 bits of the products' scale");
        q[o] = (int32_t)v;
    }
    return oct_graph_add_const(f->g, out, NULL, OCTET_I32, 1, &p->channels, q, false, f->err);
}

/* *out = the bias `id` as int32, OCT_NONE if there is none. f->why is set if it has no such form. */
static octet_status find_bias(oct_qdq *f, const factors *p, oct_value_id id, const oct_quantized *y, oct_value_id *out)
{
    addend b;
    oct_quantized q;
    *out = OCT_NONE;
    if (id == OCT_NONE)
        return OCTET_OK;
    if (!read_bias(f->g, id, p->channels, &b, &q))
        return oct_qdq_refuse(f, "its bias is no constant with one number for each output channel");
    if (is_exact(f->g, p, &b)) {
        *out = q.q;
        return OCTET_OK;
    }
    for (int64_t o = 0; o < p->channels; o++)
        if (y->q == OCT_NONE || !(product_scale(f->g, p, o) <= 2 * MOST_BIAS_ERROR * (double)oct_qdq_scale(f->g, y)))
            return oct_qdq_refuse(f, "its bias has another scale than its products, and they are too coarse to round it");
    return round_bias(f, p, &b, out);
}

/* ---- forms ---- */

/* One zero point for each scale of the weights, if they have none. */
static octet_status need_weight_zero(oct_qdq *f, factors *p)
{
    if (p->w.zero != OCT_NONE || oct_value_elems(oct_graph_value(f->g, p->w.scale)) == 1)
        return oct_qdq_need_zero(f, &p->w);
    const void *zeros = oct_arena_array(&f->g->arena, (size_t)p->channels, sizeof(uint16_t));
    if (!zeros)
        return oct_fail_memory(f->err, "zero points", (unsigned long long)p->channels);
    return oct_graph_add_const(f->g, &p->w.zero, NULL, oct_qdq_dtype(f->g, &p->w), 1, &p->channels, zeros, false, f->err);
}

static octet_status need_zeros(oct_qdq *f, factors *p, oct_quantized *y)
{
    OCT_TRY(oct_qdq_need_zero(f, &p->x));
    OCT_TRY(need_weight_zero(f, p));
    return y->q == OCT_NONE ? OCTET_OK : oct_qdq_need_zero(f, y);
}

/* The float operator's parameters and y's way to multiply. */
static octet_status conv_params(oct_qdq *f, const oct_node *conv, const oct_quantized *y, oct_integer *out)
{
    oct_conv_params *p = oct_graph_params(f->g, sizeof *p);
    if (!p)
        return oct_fail_memory(f->err, "a QLinearConv", sizeof *p);
    *p = *(const oct_conv_params *)conv->params;
    p->double_mult = y->double_mult;
    out->params = p;
    return OCTET_OK;
}

static octet_status gemm_params(oct_qdq *f, const oct_node *gemm, const oct_quantized *y, oct_integer *out)
{
    oct_gemm_params *p = oct_graph_params(f->g, sizeof *p);
    if (!p)
        return oct_fail_memory(f->err, "a QLinearGemm", sizeof *p);
    *p = *(const oct_gemm_params *)gemm->params;
    p->double_mult = y->double_mult;
    out->params = p;
    return OCTET_OK;
}

octet_status oct_qdq_conv(oct_qdq *f, const oct_node *conv, oct_quantized y, oct_integer *out)
{
    factors p;
    oct_value_id bias;
    if (!read_factors(f, conv->in[0], conv->in[1], 0, &p) || !check_words(f, &p, &y, conv->params))
        return OCTET_OK;
    OCT_TRY(find_bias(f, &p, oct_qdq_in(conv, 2), &y, &bias));
    if (f->why)
        return OCTET_OK;
    OCT_TRY(need_zeros(f, &p, &y));
    const oct_value_id all[] = {p.x.q, p.x.scale, p.x.zero, p.w.q, p.w.scale, p.w.zero, y.scale, y.zero, bias};
    OCT_TRY(conv_params(f, conv, &y, out));
    return oct_qdq_set(f, out, OCT_OP_QLINEAR_CONV, all, bias == OCT_NONE ? 8 : 9);
}

octet_status oct_qdq_gemm(oct_qdq *f, const oct_node *gemm, oct_quantized y, oct_integer *out)
{
    const oct_gemm_params *q = gemm->params;
    const bool has_bias = oct_qdq_in(gemm, 2) != OCT_NONE;
    factors p;
    oct_value_id bias;
    if (q->trans_a || q->alpha != 1 || (has_bias && q->beta != 1))
        return oct_qdq_refuse(f, "alpha and beta must be 1 and transA 0");
    if (!read_factors(f, gemm->in[0], gemm->in[1], q->trans_b ? 0 : 1, &p) || !check_words(f, &p, &y, NULL))
        return OCTET_OK;
    OCT_TRY(find_bias(f, &p, oct_qdq_in(gemm, 2), &y, &bias));
    if (f->why)
        return OCTET_OK;
    OCT_TRY(need_zeros(f, &p, &y));
    const oct_value_id all[] = {p.x.q, p.x.scale, p.x.zero, p.w.q, p.w.scale, p.w.zero, bias, y.scale, y.zero};
    OCT_TRY(gemm_params(f, gemm, &y, out));
    return oct_qdq_set(f, out, OCT_OP_QLINEAR_GEMM, all, y.q != OCT_NONE ? 9 : bias == OCT_NONE ? 6 : 7);
}

/* Both factors may be activations. */
static octet_status activation_product(oct_qdq *f, const oct_node *matmul, oct_quantized y, oct_integer *out)
{
    oct_quantized a, b;
    if (!oct_qdq_activation(f->g, matmul->in[0], &a) || !oct_qdq_activation(f->g, matmul->in[1], &b))
        return oct_qdq_refuse(f, "its inputs do not come from 8 bits with one scale");
    if (oct_qdq_is_words(f->g, &a) || oct_qdq_is_words(f->g, &b) || oct_qdq_is_words(f->g, &y))
        return oct_qdq_refuse(f, "products of two tensors of 16 bits have no integer form");
    OCT_TRY(oct_qdq_need_zero(f, &a));
    OCT_TRY(oct_qdq_need_zero(f, &b));
    OCT_TRY(oct_qdq_need_zero(f, &y));
    const oct_value_id all[] = {a.q, a.scale, a.zero, b.q, b.scale, b.zero, y.scale, y.zero};
    return oct_qdq_set(f, out, OCT_OP_QLINEAR_MATMUL, all, 8);
}

octet_status oct_qdq_matmul(oct_qdq *f, const oct_node *matmul, oct_quantized y, oct_integer *out)
{
    factors p;
    const oct_value *w = oct_node_in(f->g, matmul, 1);
    if (w->rank != 2 || !read_factors(f, matmul->in[0], matmul->in[1], 1, &p))
        return activation_product(f, matmul, y, out);
    if (!check_words(f, &p, &y, NULL))
        return OCTET_OK;
    OCT_TRY(need_zeros(f, &p, &y));
    const oct_value_id all[] = {p.x.q, p.x.scale, p.x.zero, p.w.q, p.w.scale, p.w.zero, y.scale, y.zero};
    return oct_qdq_set(f, out, OCT_OP_QLINEAR_MATMUL, all, 8);
}
