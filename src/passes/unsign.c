/* int8 activations become uint8 ones: scale unchanged, zero point 128 higher, every byte flipped (x ^ 128). The same real numbers
 * and the same results, bit for bit: sums of x - x_zero are what they were, and a zero point is added after rounding. An addition
 * does not round shifted numbers as it rounds the others, so it is told to compute on those (`raised`). Kernels then see int8 images
 * at the borders of a network only: its inputs and outputs, and what shares a type with them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "passes/qdq.h"

#define FLIP 128

/* ---- what operators do with bytes ---- */

enum { ALL = -1, NO_ZERO = 0 };

/* An operator that computes the same whether its tensors are int8 or uint8. Its tensors are its results and, of its inputs, first,
 * first + step, ...: `count` of them; the zero point of each is `zero` inputs behind it. */
typedef struct form {
    oct_op op;
    int first, step, count, zero;
    int y_zero;    /* input that is the result's zero point */
    bool one_type; /* tensors are all int8 or all uint8 */
} form;

static const form forms[] = {
    {OCT_OP_QUANTIZE_LINEAR, 0, 1, 0, NO_ZERO, 2, false},
    {OCT_OP_QUANTIZE_LINEAR_MS, 0, 1, 0, NO_ZERO, 2, false},
    {OCT_OP_DEQUANTIZE_LINEAR, 0, 1, 1, 2, NO_ZERO, false},
    {OCT_OP_DEQUANTIZE_LINEAR_MS, 0, 1, 1, 2, NO_ZERO, false},
    {OCT_OP_QLINEAR_CONV, 0, OCT_QCONV_RESIDUAL, 2, 2, 7, false},
    {OCT_OP_QLINEAR_GEMM, 0, 1, 1, 2, 8, false},
    {OCT_OP_QLINEAR_MATMUL, 0, 1, 1, 2, 7, false},
    {OCT_OP_CONV_INTEGER, 0, 1, 1, 2, NO_ZERO, false},
    {OCT_OP_MATMUL_INTEGER, 0, 1, 1, 2, NO_ZERO, false},
    {OCT_OP_TABLE, 0, 1, 1, NO_ZERO, NO_ZERO, false},
    {OCT_OP_QLINEAR_ADD, 0, 3, 2, 2, 7, true},
    {OCT_OP_QLINEAR_SUB, 0, 3, 2, 2, 7, true},
    {OCT_OP_QLINEAR_MUL, 0, 3, 2, 2, 7, true},
    {OCT_OP_QLINEAR_AVERAGE_POOL, 0, 1, 1, 2, 4, true},
    {OCT_OP_QLINEAR_GLOBAL_AVERAGE_POOL, 0, 1, 1, 2, 4, true},
    {OCT_OP_QLINEAR_CONCAT, 2, 3, ALL, 2, 1, true},
    {OCT_OP_CONCAT, 0, 1, ALL, NO_ZERO, NO_ZERO, true},
    {OCT_OP_PAD, 0, 1, 1, NO_ZERO, NO_ZERO, true},
};
static const form moving = {OCT_OP_IDENTITY, 0, 1, 1, NO_ZERO, NO_ZERO, true};

static const form *find_form(const oct_node *n)
{
    for (size_t i = 0; i < OCT_COUNT(forms); i++)
        if (forms[i].op == n->op)
            return &forms[i];
    return oct_qdq_moves(n) ? &moving : NULL;
}

/* Tensor k of a node, and the input that is its zero point or NO_ZERO; false behind the last. *v may be OCT_NONE. */
static bool get_tensor(const oct_node *n, const form *f, int k, oct_value_id *v, int *zero)
{
    const int i = f->first + f->step * (k - n->n_out);
    *v = k < n->n_out ? n->out[k] : oct_qdq_in(n, i);
    *zero = k < n->n_out ? f->y_zero : f->zero ? i + f->zero : NO_ZERO;
    return k < n->n_out || (f->count == ALL ? i < n->n_in : k - n->n_out < f->count);
}

/* ---- which tensors ---- */

typedef struct unsigner {
    oct_graph *g;
    bool *flips;          /* [n_values] becomes uint8 */
    oct_value_id *raised; /* [n_values] this zero point as uint8; OCT_NONE: not made yet */
    oct_value_id middle;  /* 128, for those that are omitted; OCT_NONE: not made yet */
    bool changed;
    octet_error *err;
} unsigner;

static bool is_flipping(const unsigner *u, oct_value_id v)
{
    return v != OCT_NONE && u->flips[v];
}

static void keep(unsigner *u, oct_value_id v)
{
    if (!is_flipping(u, v))
        return;
    u->flips[v] = false;
    u->changed = true;
}

static bool is_tensor(const oct_node *n, const form *f, int input)
{
    oct_value_id v;
    int zero;
    for (int k = n->n_out; get_tensor(n, f, k, &v, &zero); k++)
        if (f->first + f->step * (k - n->n_out) == input)
            return true;
    return false;
}

/* The constant that goes with a tensor is known, and one that is omitted stands for a single number. */
static bool is_known(const unsigner *u, const oct_node *n, int zero)
{
    const oct_value *v = oct_node_in(u->g, n, zero), *scale = oct_node_in(u->g, n, 1);
    const bool scaled = oct_qdq_is_quantize(n) || oct_qdq_is_dequantize(n);
    return v ? v->data != NULL : !scaled || oct_value_elems(scale) == 1;
}

static bool can_flip(const unsigner *u, const oct_node *n, const form *f)
{
    oct_value_id v;
    int zero;
    bool flips = false, stays = false;
    for (int k = 0; get_tensor(n, f, k, &v, &zero); k++) {
        if (is_flipping(u, v) && zero != NO_ZERO && !is_known(u, n, zero))
            return false;
        flips |= is_flipping(u, v);
        stays |= v != OCT_NONE && u->g->values[v].dtype == OCTET_I8 && !u->flips[v];
    }
    return !(f->one_type && flips && stays) && (n->op != OCT_OP_PAD || is_known(u, n, 2));
}

/* Tensors of this node that cannot become uint8 are kept as they are. */
static void look_at(unsigner *u, const oct_node *n)
{
    const form *f = find_form(n);
    const bool fits = f && can_flip(u, n, f);
    for (int i = 0; i < n->n_in; i++)
        if (!fits || !is_tensor(n, f, i))
            keep(u, n->in[i]);
    for (int i = 0; i < n->n_out && !fits; i++)
        keep(u, n->out[i]);
}

static void choose(unsigner *u)
{
    for (oct_value_id v = 0; v < u->g->n_values; v++) {
        const oct_value *x = &u->g->values[v];
        u->raised[v] = OCT_NONE;
        u->flips[v] = x->dtype == OCTET_I8 && !x->data && !x->is_input && !x->is_output;
    }
    for (u->changed = true; u->changed;) {
        u->changed = false;
        for (oct_node_id i = 0; i < u->g->n_nodes; i++)
            if (!u->g->nodes[i].dead)
                look_at(u, &u->g->nodes[i]);
    }
}

/* ---- the change ---- */

static octet_status set_input(unsigner *u, oct_node *n, int i, oct_value_id v)
{
    if (i >= n->n_in) {
        oct_value_id *in = oct_arena_array(&u->g->arena, (size_t)i + 1, sizeof *in);
        if (!in)
            return oct_fail_memory(u->err, "a zero point", ((size_t)i + 1) * sizeof *in);
        for (int k = 0; k < i; k++)
            in[k] = oct_qdq_in(n, k);
        n->in = in;
        n->n_in = i + 1;
    }
    n->in[i] = v;
    return OCTET_OK;
}

/* Constant v of int8 as uint8, 128 higher. */
static octet_status raise(unsigner *u, oct_value_id v, oct_value_id *out)
{
    const oct_value old = u->g->values[v];
    const int64_t n = oct_value_elems(&old);
    uint8_t *bytes = oct_arena_array(&u->g->arena, (size_t)n + 1, sizeof *bytes);
    if (!bytes)
        return oct_fail_memory(u->err, "zero points", (unsigned long long)n);
    for (int64_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(oct_const_int(&old, i) + FLIP);
    return oct_graph_add_const(u->g, out, NULL, OCTET_U8, old.rank, old.dims, bytes, false, u->err);
}

/* Input i, the zero point of a tensor that flips or the number of a Pad, is 128 higher. */
static octet_status raise_input(unsigner *u, oct_node *n, int i)
{
    static const uint8_t flip = FLIP;
    const oct_value_id old = oct_qdq_in(n, i);
    oct_value_id *made = old == OCT_NONE ? &u->middle : &u->raised[old];
    if (*made == OCT_NONE && old == OCT_NONE)
        OCT_TRY(oct_graph_add_const(u->g, made, NULL, OCTET_U8, 0, NULL, &flip, true, u->err));
    else if (*made == OCT_NONE)
        OCT_TRY(raise(u, old, made));
    return set_input(u, n, i, *made);
}

/* A copy of the node's parameters, which others may share, to be changed; NULL: no memory. */
static void *own_params(unsigner *u, oct_node *n, size_t n_bytes)
{
    void *p = oct_graph_params(u->g, n_bytes);
    if (p && n->params)
        memcpy(p, n->params, n_bytes);
    n->params = p;
    return p;
}

static octet_status flip_conv(unsigner *u, oct_node *n)
{
    const oct_value *r = oct_node_in(u->g, n, OCT_QCONV_RESIDUAL);
    oct_conv_params *p = own_params(u, n, sizeof *p);
    if (!p)
        return oct_fail_memory(u->err, "a convolution", sizeof *p);
    p->raised_add = r && r->dtype == OCTET_I8;
    if (!u->flips[n->out[0]])
        return OCTET_OK;
    if (p->act.kind == OCT_FUSED_CLAMP) {
        p->act.lo += FLIP;
        p->act.hi += FLIP;
    }
    return oct_qdq_in(n, OCT_QCONV_SUM_SCALE) == OCT_NONE ? OCTET_OK : raise_input(u, n, OCT_QCONV_SUM_ZERO);
}

static octet_status flip_table(unsigner *u, oct_node *n)
{
    const oct_value *old = oct_node_in(u->g, n, 1);
    const bool y = u->flips[n->out[0]];
    const int x_flip = is_flipping(u, n->in[0]) ? FLIP : 0, y_flip = y ? FLIP : 0;
    const int64_t dims[] = {256};
    uint8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (uint8_t)(oct_const_int(old, i ^ x_flip) ^ y_flip);
    return oct_graph_add_const(u->g, &n->in[1], NULL, y ? OCTET_U8 : old->dtype, 1, dims, table, true, u->err);
}

static octet_status flip_quantizer(unsigner *u, oct_node *n)
{
    oct_quant_params *p = own_params(u, n, sizeof *p);
    if (!p)
        return oct_fail_memory(u->err, "a quantizer", sizeof *p);
    p->output_dtype = OCTET_UNDEFINED;
    return OCTET_OK;
}

static octet_status flip_pair(unsigner *u, oct_node *n)
{
    oct_pair_params *p = own_params(u, n, sizeof *p);
    if (!p)
        return oct_fail_memory(u->err, "an addition", sizeof *p);
    p->raised = true;
    return OCTET_OK;
}

/* What else than zero points changes in an operator some of whose tensors flip. */
static octet_status flip_rest(unsigner *u, oct_node *n)
{
    switch (n->op) {
    case OCT_OP_QLINEAR_CONV: return flip_conv(u, n);
    case OCT_OP_QUANTIZE_LINEAR: case OCT_OP_QUANTIZE_LINEAR_MS: return flip_quantizer(u, n);
    case OCT_OP_QLINEAR_ADD: case OCT_OP_QLINEAR_SUB: return flip_pair(u, n);
    case OCT_OP_TABLE: return flip_table(u, n);
    case OCT_OP_PAD: return raise_input(u, n, 2);
    default: return OCTET_OK;
    }
}

static octet_status flip(unsigner *u, oct_node *n)
{
    const form *f = find_form(n);
    bool any = false;
    oct_value_id v;
    int zero;
    for (int k = 0; f && get_tensor(n, f, k, &v, &zero); k++) {
        if (!is_flipping(u, v))
            continue;
        any = true;
        if (zero != NO_ZERO)
            OCT_TRY(raise_input(u, n, zero));
    }
    return any ? flip_rest(u, n) : OCTET_OK;
}

static octet_status unsign(unsigner *u)
{
    const int32_t n_values = u->g->n_values;
    choose(u);
    for (oct_node_id i = 0; i < u->g->n_nodes; i++)
        if (!u->g->nodes[i].dead)
            OCT_TRY(flip(u, &u->g->nodes[i]));
    for (oct_value_id v = 0; v < n_values; v++)
        if (u->flips[v])
            u->g->values[v].dtype = OCTET_U8;
    return OCTET_OK;
}

octet_status oct_pass_unsign(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    const size_t n = (size_t)g->n_values + 1;
    unsigner u = {.g = g, .middle = OCT_NONE, .err = err};
    u.flips = oct_calloc(n, sizeof *u.flips);
    u.raised = oct_calloc(n, sizeof *u.raised);
    octet_status status = u.flips && u.raised ? unsign(&u) : oct_fail_memory(err, "types", n * sizeof *u.raised);
    oct_free(u.flips);
    oct_free(u.raised);
    return status;
}
