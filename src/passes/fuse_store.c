/* QLinearConv -> QLinearAdd of the same shape becomes one QLinearConv with a residual: the sum is rounded to 8 bits and then
 * added and rounded again, as the two nodes would, without a pass over the data. A Table behind it that only clamps (Relu, Clip)
 * goes into it too.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "passes/passes.h"

#define MOST_KERNEL 7 /* along an axis: then the border classes are few, whatever strides and pads are */

enum { X, X_SCALE, X_ZERO, W, W_SCALE, W_ZERO, Y_SCALE, Y_ZERO, BIAS, N_INPUTS = OCT_QCONV_SUM_ZERO + 1 }; /* QLinearConv */
enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, SUM_SCALE, SUM_ZERO };                                      /* QLinearAdd */

static bool is_byte(const oct_value *v)
{
    return v->dtype == OCTET_U8 || v->dtype == OCTET_I8;
}

static bool is_known(const oct_graph *g, const oct_node *n, int first, int last)
{
    for (int i = first; i <= last; i++) {
        const oct_value *v = oct_node_in(g, n, i);
        if (v && !v->data)
            return false;
    }
    return true;
}

/* Every w - w_zero is in -255..254: the zero point is not the type's smallest number. */
static bool fits_weights(const oct_value *w, const oct_value *zero)
{
    for (int64_t i = 0; zero && i < oct_value_elems(zero); i++)
        if (oct_const_int(zero, i) == (w->dtype == OCTET_I8 ? -128 : 0))
            return false;
    return zero || w->dtype == OCTET_I8;
}

static int64_t largest(const oct_value *bias)
{
    int64_t most = 0;
    for (int64_t i = 0; bias && i < oct_value_elems(bias); i++) {
        const int64_t v = oct_const_int(bias, i);
        most = v > most ? v : -v > most ? -v : most;
    }
    return most;
}

bool oct_fuse_fits_store(const oct_value *w, const oct_value *y, const oct_conv_params *p, int64_t most_bias)
{
    return y->rank >= 3 && oct_value_elems(y) > 0 && p->kernel[0] <= MOST_KERNEL && p->kernel[1] <= MOST_KERNEL &&
           w->dims[1] * p->kernel[0] * p->kernel[1] * 255 * 255 + most_bias <= INT32_MAX;
}

bool oct_fuse_has_store(const oct_graph *g, const oct_node *n)
{
    if (n->op != OCT_OP_QLINEAR_CONV || !is_known(g, n, X_SCALE, BIAS))
        return false;
    const oct_value *w = oct_node_in(g, n, W), *zero = oct_node_in(g, n, W_ZERO), *y = oct_node_out(g, n, 0);
    return is_byte(oct_node_in(g, n, X)) && is_byte(w) && is_byte(y) && fits_weights(w, zero) &&
           oct_fuse_fits_store(w, y, n->params, largest(oct_node_in(g, n, BIAS)));
}

static bool same_dims(const oct_value *a, const oct_value *b)
{
    return a->dtype == b->dtype && a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* The convolution that makes operand i (A or B) of the addition, if it can do both. */
static oct_node *adding_conv(const oct_graph *g, const int32_t *uses, const oct_node *add, int i)
{
    oct_node *conv = oct_fuse_sole_producer(g, uses, add, i);
    const oct_value *sum = oct_node_out(g, add, 0), *other = oct_node_in(g, add, A + B - i);
    if (!conv || !oct_fuse_has_store(g, conv) || conv->n_in > OCT_QCONV_RESIDUAL || other->data ||
        ((const oct_conv_params *)conv->params)->act.kind != OCT_FUSED_NONE)
        return NULL;
    return same_dims(oct_node_out(g, conv, 0), sum) && same_dims(other, sum) ? conv : NULL;
}

/* The convolution's own scale is what the addition reads its operand with. */
static bool same_scale(const oct_graph *g, const oct_node *conv, const oct_node *add, int i)
{
    const oct_value *scale = oct_node_in(g, conv, Y_SCALE), *read = oct_node_in(g, add, i + 1);
    const oct_value *zero = oct_node_in(g, conv, Y_ZERO), *read_zero = oct_node_in(g, add, i + 2);
    return oct_const_float(scale, 0) == oct_const_float(read, 0) &&
           oct_const_int(zero, 0) == (read_zero ? oct_const_int(read_zero, 0) : 0);
}

static octet_status attach(oct_graph *g, oct_node *conv, oct_node *add, int own, octet_error *err)
{
    const int other = A + B - own;
    oct_value_id *in = oct_arena_array(&g->arena, N_INPUTS, sizeof *in);
    oct_conv_params *p = oct_graph_params(g, sizeof *p);
    if (!in || !p)
        return oct_fail_memory(err, "a fused node", N_INPUTS * sizeof *in);
    for (int i = 0; i <= BIAS; i++)
        in[i] = i < conv->n_in ? conv->in[i] : OCT_NONE;
    for (int i = 0; i < 3; i++)
        in[OCT_QCONV_RESIDUAL + i] = add->in[other + i];
    in[OCT_QCONV_SUM_SCALE] = add->in[SUM_SCALE];
    in[OCT_QCONV_SUM_ZERO] = add->n_in > SUM_ZERO ? add->in[SUM_ZERO] : OCT_NONE;
    *p = *(const oct_conv_params *)conv->params;
    p->residual_first = other == A;
    conv->params = p;
    conv->in = in;
    conv->n_in = N_INPUTS;
    return oct_fuse_swallow(g, conv, add, err);
}

static octet_status try_add(oct_graph *g, const int32_t *uses, oct_node *add, octet_error *err)
{
    oct_node *a = adding_conv(g, uses, add, A), *b = adding_conv(g, uses, add, B);
    if (!is_known(g, add, A_SCALE, A_ZERO) || !is_known(g, add, B_SCALE, SUM_ZERO))
        return OCTET_OK;
    if (a && b && a < b) /* of two convolutions the later one adds, so that the earlier one's result exists */
        a = NULL;
    if (a && same_scale(g, a, add, A))
        return attach(g, a, add, A, err);
    return b && same_scale(g, b, add, B) ? attach(g, b, add, B, err) : OCTET_OK;
}

/* ---- clamps ---- */

/* Whether table[i] = max(lo, min(hi, i)) for all i of the type. */
static bool is_clamp(const oct_value *table, int *lo, int *hi)
{
    const int least = table->dtype == OCTET_I8 ? -128 : 0;
    *lo = (int)oct_const_int(table, (uint8_t)least);
    *hi = (int)oct_const_int(table, (uint8_t)(least + 255));
    for (int i = least; i < least + 256; i++)
        if (oct_const_int(table, (uint8_t)i) != (i < *lo ? *lo : i > *hi ? *hi : i))
            return false;
    return *lo <= *hi;
}

static octet_status try_table(oct_graph *g, const int32_t *uses, oct_node *table, octet_error *err)
{
    int lo, hi;
    oct_node *conv = oct_fuse_sole_producer(g, uses, table, 0);
    if (!conv || !oct_fuse_has_store(g, conv) || oct_node_in(g, table, 0)->dtype != oct_node_out(g, table, 0)->dtype ||
        ((const oct_conv_params *)conv->params)->act.kind != OCT_FUSED_NONE || !is_clamp(oct_node_in(g, table, 1), &lo, &hi))
        return OCTET_OK;
    oct_conv_params *p = oct_graph_params(g, sizeof *p);
    if (!p)
        return oct_fail_memory(err, "a fused node", sizeof *p);
    *p = *(const oct_conv_params *)conv->params;
    p->act = (oct_fused_act){.kind = OCT_FUSED_CLAMP, .lo = (float)lo, .hi = (float)hi};
    conv->params = p;
    if (strncmp(table->onnx_op, "Table+", 6) == 0)
        table->onnx_op += 6; /* Relu */
    return oct_fuse_swallow(g, conv, table, err);
}

octet_status oct_pass_fuse_store(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0; i < g->n_nodes && status == OCTET_OK; i++) {
        oct_node *n = &g->nodes[i];
        if (!n->dead && n->op == OCT_OP_QLINEAR_ADD && n->in[A] != n->in[B])
            status = try_add(g, uses, n, err);
        else if (!n->dead && n->op == OCT_OP_TABLE)
            status = try_table(g, uses, n, err);
    }
    oct_free(uses);
    return status;
}
