/* y = conv(x) * s[c] + t[c] becomes one convolution: s goes into its per-channel weight scale (input 4, applied while the
 * weights are packed), t into its bias. Taken in: BatchNormalization, and Mul, Div, Add, Sub by a constant per channel.
 * A bias added behind a MatMul becomes its third input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include <math.h>

#include "base/mem.h"

enum { BIAS = 2, RESIDUAL = 3, OC_SCALE = 4 }; /* inputs of Conv */

/* The steps s[c], t[c] of one node, n channels, as doubles. */
typedef struct affine {
    double *scale, *shift;
    int64_t n;
} affine;

/* v is a constant scalar or one value per channel of a value of `rank` whose axis 1 is the channel. */
static bool per_channel(const oct_value *v, int rank, int64_t n_channels)
{
    if (!v || !v->data || v->dtype != OCTET_F32)
        return false;
    if (oct_value_elems(v) == 1)
        return v->rank <= rank;
    int axis = v->rank - (rank - 1);
    return axis >= 0 && v->rank <= rank && v->dims[axis] == n_channels && oct_value_elems(v) == n_channels;
}

static double channel_of(const oct_value *v, int64_t c)
{
    return oct_const_float(v, oct_value_elems(v) == 1 ? 0 : c);
}

static bool batch_norm_affine(const oct_graph *g, const oct_node *n, affine *a)
{
    const oct_value *in[5];
    for (int i = 1; i < 5; i++) {
        in[i] = oct_node_in(g, n, i);
        if (!in[i] || !in[i]->data || in[i]->dtype != OCTET_F32 || oct_value_elems(in[i]) != a->n)
            return false;
    }
    double epsilon = (double)((const oct_norm_params *)n->params)->epsilon;
    for (int64_t c = 0; c < a->n; c++) {
        a->scale[c] = oct_const_float(in[1], c) / sqrt(oct_const_float(in[4], c) + epsilon);
        a->shift[c] = oct_const_float(in[2], c) - oct_const_float(in[3], c) * a->scale[c];
    }
    return true;
}

/* The affine step that n makes of its input `from`; false if it is none. */
static bool affine_of(const oct_graph *g, const oct_node *n, int from, affine *a)
{
    if (n->op == OCT_OP_BATCH_NORM)
        return from == 0 && batch_norm_affine(g, n, a);
    const oct_value *v = oct_node_in(g, n, 1 - from);
    if (!per_channel(v, oct_node_out(g, n, 0)->rank, a->n))
        return false;
    bool division = n->op == OCT_OP_DIV, product = division || n->op == OCT_OP_MUL, negative = n->op == OCT_OP_SUB;
    if (from == 1 && (division || negative))
        return false;
    for (int64_t c = 0; c < a->n; c++) {
        double x = channel_of(v, c);
        a->scale[c] = product ? (division ? 1 / x : x) : 1;
        a->shift[c] = product ? 0 : (negative ? -x : x);
    }
    return true;
}

static bool is_affine_op(oct_op op)
{
    return op == OCT_OP_BATCH_NORM || op == OCT_OP_MUL || op == OCT_OP_DIV || op == OCT_OP_ADD || op == OCT_OP_SUB;
}

/* Float32 convolution with constant weights and nothing fused behind its bias yet. */
static bool takes_affine(const oct_graph *g, const oct_node *conv)
{
    const oct_conv_params *p = conv->params;
    const oct_value *w = oct_node_in(g, conv, 1), *bias = oct_node_in(g, conv, BIAS);
    return w && w->data && w->dtype == OCTET_F32 && (!bias || bias->data) && p->act.kind == OCT_FUSED_NONE &&
           !oct_node_in(g, conv, RESIDUAL);
}

static octet_status set_channels(oct_graph *g, oct_node *conv, int i, const char *what, const float *values, int64_t n,
                                 octet_error *err)
{
    if (conv->n_in < 5) {
        oct_value_id *in = oct_arena_array(&g->arena, 5, sizeof *in);
        if (!in)
            return oct_fail_memory(err, "a fused node", 5 * sizeof *in);
        for (int k = 0; k < 5; k++)
            in[k] = k < conv->n_in ? conv->in[k] : OCT_NONE;
        conv->in = in;
        conv->n_in = 5;
    }
    const char *name = oct_arena_printf(&g->arena, "%s.%s", g->values[conv->out[0]].name, what);
    if (!name)
        return oct_fail_memory(err, "a fused node", 64);
    return oct_graph_add_const(g, &conv->in[i], name, OCTET_F32, 1, &n, values, true, err);
}

static octet_status fold_into(oct_graph *g, oct_node *conv, const affine *a, octet_error *err)
{
    const oct_value *old_scale = oct_node_in(g, conv, OC_SCALE), *old_bias = oct_node_in(g, conv, BIAS);
    float *values = oct_arena_array(&g->arena, (size_t)a->n, sizeof *values);
    if (!values)
        return oct_fail_memory(err, "a fused node", (unsigned long long)a->n * sizeof *values);
    bool scaled = false;
    for (int64_t c = 0; c < a->n; c++)
        scaled |= a->scale[c] != 1;
    for (int64_t c = 0; c < a->n; c++)
        values[c] = (float)(a->scale[c] * (old_scale ? oct_const_float(old_scale, c) : 1));
    float *bias = oct_arena_array(&g->arena, (size_t)a->n, sizeof *bias);
    if (!bias)
        return oct_fail_memory(err, "a fused node", (unsigned long long)a->n * sizeof *bias);
    for (int64_t c = 0; c < a->n; c++)
        bias[c] = (float)((old_bias ? oct_const_float(old_bias, c) : 0) * a->scale[c] + a->shift[c]);
    if (scaled)
        OCT_TRY(set_channels(g, conv, OC_SCALE, "oc_scale", values, a->n, err));
    return set_channels(g, conv, BIAS, "bias", bias, a->n, err);
}

static octet_status try_conv(oct_graph *g, const int32_t *uses, oct_node *n, oct_arena *scratch, octet_error *err)
{
    for (int from = 0; from < 2; from++) {
        oct_node *conv = oct_fuse_sole_producer(g, uses, n, from);
        if (!conv || conv->op != OCT_OP_CONV || !takes_affine(g, conv))
            continue;
        const oct_value *out = oct_node_out(g, n, 0), *before = oct_node_in(g, n, from);
        affine a = {.n = before->dims[1]};
        if (out->rank != before->rank || out->dims[1] != a.n)
            continue;
        a.scale = oct_arena_array(scratch, (size_t)a.n, sizeof *a.scale);
        a.shift = oct_arena_array(scratch, (size_t)a.n, sizeof *a.shift);
        if (!a.scale || !a.shift)
            return oct_fail_memory(err, "a fused node", (unsigned long long)a.n * sizeof *a.scale);
        if (!affine_of(g, n, from, &a))
            continue;
        oct_node_id conv_id = (oct_node_id)(conv - g->nodes), n_id = (oct_node_id)(n - g->nodes);
        OCT_TRY(fold_into(g, conv, &a, err));
        return oct_fuse_swallow(g, &g->nodes[conv_id], &g->nodes[n_id], err);
    }
    return OCTET_OK;
}

/* MatMul -> Add(constant [N]) */
static octet_status try_matmul_bias(oct_graph *g, const int32_t *uses, oct_node *n, octet_error *err)
{
    for (int from = 0; from < 2; from++) {
        oct_node *product = oct_fuse_sole_producer(g, uses, n, from);
        if (!product || product->op != OCT_OP_MATMUL || oct_node_in(g, product, BIAS))
            continue;
        const oct_value *bias = oct_node_in(g, n, 1 - from), *out = oct_node_out(g, n, 0);
        const oct_value *before = oct_node_in(g, n, from);
        if (!bias || !bias->data || bias->dtype != OCTET_F32 || bias->rank < 1 || out->rank != before->rank ||
            out->rank < 1 || bias->rank > out->rank)
            continue;
        int64_t n_columns = before->dims[before->rank - 1];
        if (bias->dims[bias->rank - 1] != n_columns || oct_value_elems(bias) != n_columns)
            continue;
        oct_value_id *in = oct_arena_array(&g->arena, 3, sizeof *in);
        if (!in)
            return oct_fail_memory(err, "a fused node", 3 * sizeof *in);
        in[0] = product->in[0];
        in[1] = product->in[1];
        in[BIAS] = n->in[1 - from];
        product->in = in;
        product->n_in = 3;
        return oct_fuse_swallow(g, product, n, err);
    }
    return OCTET_OK;
}

octet_status oct_pass_fuse_affine(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    oct_arena scratch = {0};
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0; i < g->n_nodes && status == OCTET_OK; i++) {
        oct_node *n = &g->nodes[i];
        if (n->dead || !is_affine_op(n->op) || n->n_in < 2)
            continue;
        status = try_conv(g, uses, n, &scratch, err);
        n = &g->nodes[i];
        if (status == OCTET_OK && !n->dead && n->op == OCT_OP_ADD)
            status = try_matmul_bias(g, uses, n, err);
    }
    oct_arena_fini(&scratch);
    oct_free(uses);
    return status;
}
