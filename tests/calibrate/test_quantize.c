/* The pass `quantize` on small graphs: which tensors get quantizers and with which scales, the integers that weights and biases
 * become, and what stays in float.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "passes/passes.h"
#include "tests/check.h"

/* ---- building ---- */

static oct_graph g;
static oct_ranges ranges;

static oct_value_id image(const char *name, int64_t channels, int64_t side)
{
    oct_value_id v;
    oct_graph_add_value(&g, &v, name, NULL);
    g.values[v].dtype = OCTET_F32;
    g.values[v].rank = 4;
    const int64_t dims[] = {1, channels, side, side};
    memcpy(g.values[v].dims, dims, sizeof dims);
    return v;
}

static oct_value_id matrix(const char *name, int64_t columns)
{
    oct_value_id v = image(name, columns, 1);
    g.values[v].rank = 2;
    return v;
}

static oct_value_id constant(const float *x, int rank, const int64_t *dims)
{
    oct_value_id v;
    oct_graph_add_const(&g, &v, NULL, OCTET_F32, rank, dims, x, true, NULL);
    return v;
}

static void *params(size_t n, const void *p)
{
    return memcpy(oct_graph_params(&g, n), p, n);
}

static oct_node_id node(oct_op op, oct_value_id y, void *p, int n_in, ...)
{
    oct_value_id in[8];
    oct_node_id id;
    va_list list;
    va_start(list, n_in);
    for (int i = 0; i < n_in; i++)
        in[i] = va_arg(list, oct_value_id);
    va_end(list);
    oct_graph_add_node(&g, &id, op, NULL, NULL, in, n_in, &y, 1, p, NULL);
    return id;
}

static oct_node_id conv1x1(oct_value_id y, oct_value_id x, const float *w, const float *bias, const float *oc_scale)
{
    const int64_t OC = g.values[y].dims[1], C = g.values[x].dims[1], dims[] = {OC, C, 1, 1};
    const oct_conv_params p = {.n_spatial = 2, .kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .group = 1};
    return node(OCT_OP_CONV, y, params(sizeof p, &p), 5, x, constant(w, 4, dims), bias ? constant(bias, 1, &OC) : OCT_NONE, OCT_NONE,
                oc_scale ? constant(oc_scale, 1, &OC) : OCT_NONE);
}

static void begin(oct_value_id (*build)(void))
{
    static oct_value_id in, out;
    oct_graph_init(&g);
    out = build();
    in = 0; /* every graph here begins with its input */
    g.inputs = &in;
    g.outputs = &out;
    g.n_inputs = g.n_outputs = 1;
    g.values[in].is_input = g.values[out].is_output = true;
    octet_error err;
    CHECK(oct_graph_sort(&g, &err) == OCTET_OK, "%s", err.message);
}

static void end(void)
{
    oct_graph_fini(&g);
    oct_ranges_free(&ranges);
}

static void set_range(const char *name, float min, float max)
{
    oct_ranges_add(&ranges, name, NULL);
    ranges.at[ranges.n - 1].min = min;
    ranges.at[ranges.n - 1].max = max;
}

static void quantize(void)
{
    octet_error err;
    const oct_pass_env env = {.quantize = {.ranges = &ranges}};
    octet_status status = oct_pass_quantize(&g, &env, &err);
    if (status == OCTET_OK)
        status = oct_graph_sort(&g, &err);
    if (status == OCTET_OK)
        status = oct_graph_verify(&g, &err);
    CHECK(status == OCTET_OK, "%s", err.message);
}

/* ---- asking ---- */

static oct_value_id by_name(const char *name)
{
    for (oct_value_id v = 0; v < g.n_values; v++)
        if (strcmp(g.values[v].name, name) == 0)
            return v;
    return OCT_NONE;
}

/* The QuantizeLinear behind a tensor, or NULL. */
static const oct_node *quantizer(const char *name)
{
    const oct_value_id v = by_name(name);
    for (oct_node_id i = 0; i < g.n_nodes; i++)
        if (g.nodes[i].op == OCT_OP_QUANTIZE_LINEAR && g.nodes[i].in[0] == v)
            return &g.nodes[i];
    return NULL;
}

static void check_scale(const char *name, float scale, int zero)
{
    const oct_node *q = quantizer(name);
    CHECK(q, "'%s' has no quantizer", name);
    if (!q)
        return;
    const float have = (float)oct_const_float(oct_node_in(&g, q, 1), 0);
    const int have_zero = (int)oct_const_int(oct_node_in(&g, q, 2), 0);
    CHECK(have == scale && have_zero == zero, "'%s': scale %.9g, zero %d; wanted %.9g, %d", name, (double)have, have_zero,
          (double)scale, zero);
}

static const oct_node *find(oct_op op)
{
    for (oct_node_id i = 0; i < g.n_nodes; i++)
        if (g.nodes[i].op == op)
            return &g.nodes[i];
    return NULL;
}

/* The integer constant behind input i, through its DequantizeLinear. */
static const oct_value *integers(const oct_node *n, int i)
{
    const oct_node *d = oct_graph_producer(&g, n->in[i]);
    return d && d->op == OCT_OP_DEQUANTIZE_LINEAR ? oct_node_in(&g, d, 0) : NULL;
}

static void check_ints(const char *what, const oct_value *v, const int *want, int n)
{
    CHECK(v && oct_value_elems(v) == n, "%s", what);
    for (int i = 0; v && i < n; i++)
        CHECK(oct_const_int(v, i) == want[i], "%s: %d is %d, wanted %d", what, i, (int)oct_const_int(v, i), want[i]);
}

/* ---- a convolution: channel scales, the scale that BatchNormalization left, bias, Relu ---- */

static oct_value_id build_conv(void)
{
    const float w[] = {1, -0.5f, 4, 2, 0, 0}, bias[] = {0.25f, -1, 3}, oc_scale[] = {127, 1, 1};
    const oct_value_id x = image("x", 2, 4), y = image("y", 3, 4), r = image("r", 3, 4);
    conv1x1(y, x, w, bias, oc_scale);
    node(OCT_OP_RELU, r, NULL, 1, y);
    return r;
}

static void test_conv(void)
{
    static const int w[] = {127, -64, 127, 64, 0, 0};
    begin(build_conv);
    set_range("x", -1.0f, 254);
    set_range("r", 0, 510);
    quantize();
    check_scale("x", 1, 1);
    CHECK(!quantizer("y"), "a quantizer in front of Relu");
    const oct_node *conv = find(OCT_OP_CONV);
    CHECK(conv->n_in == 3, "the channel scales are in the weights, n_in is %d", (int)conv->n_in);
    check_ints("weights", integers(conv, 1), w, 6); /* -63.5 and 63.5 round to even */
    const int bias[] = {0, (int)rint(-1 / ((double)(float)(4.0 / 127))), 1 << 24};
    check_ints("bias", integers(conv, 2), bias, 3); /* of weights 0: as wide as it takes */
    const oct_value *out = oct_graph_value(&g, g.outputs[0]);
    CHECK(strcmp(out->name, "r") == 0 && out->is_output, "the output is called '%s'", out->name);
    const oct_node *last = oct_graph_producer(&g, g.outputs[0]);
    CHECK(last && last->op == OCT_OP_DEQUANTIZE_LINEAR, "the output is float again");
    CHECK((float)oct_const_float(oct_node_in(&g, last, 1), 0) == 2, "its scale");
    end();
}

/* ---- shared scales: pool and Concat; a convolution that is added has none ---- */

static oct_value_id build_block(void)
{
    const float w[4] = {1, 2, 3, 4};
    const oct_pool_params pool = {.n_spatial = 2, .kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}};
    const oct_axis_params axis = {.axis = 1};
    const oct_value_id x = image("x", 2, 4), a = image("a", 2, 4), b = image("b", 2, 4), p = image("p", 2, 4),
                       c = image("c", 4, 4), d = image("d", 2, 4), s = image("s", 2, 4), y = image("y", 2, 4);
    const float wide[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    conv1x1(a, x, w, NULL, NULL);
    conv1x1(b, x, w, NULL, NULL);
    node(OCT_OP_MAX_POOL, p, params(sizeof pool, &pool), 1, b);
    node(OCT_OP_CONCAT, c, params(sizeof axis, &axis), 2, a, p);
    conv1x1(d, c, wide, NULL, NULL);
    node(OCT_OP_ADD, s, NULL, 2, d, x);
    conv1x1(y, s, w, NULL, NULL);
    return y;
}

static void test_sharing(void)
{
    begin(build_block);
    static const struct {
        const char *name;
        float max;
    } of[] = {{"x", 255}, {"a", 10}, {"b", 20}, {"c", 510}, {"s", 2.55f}, {"y", 1}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        set_range(of[i].name, 0, of[i].max);
    quantize();
    check_scale("x", 1, 0);
    check_scale("a", 2, 0); /* the Concat's */
    check_scale("b", 2, 0); /* through the pool */
    check_scale("p", 2, 0);
    check_scale("c", 2, 0);
    CHECK(!quantizer("d"), "the Add's convolution rounds");
    check_scale("s", (float)((double)2.55f / 255), 0);
    CHECK(quantizer("a")->in[1] == quantizer("p")->in[1], "one constant");
    end();
}

/* ---- additions: which convolution needs no quantizer, and where all need one ---- */

static oct_value_id build_additions(void)
{
    const float w[4] = {1, 2, 3, 4}, wide[2] = {1, 1};
    const oct_value_id x = image("x", 2, 4), a = image("a", 2, 4), b = image("b", 2, 4), s = image("s", 2, 4), c = image("c", 2, 4),
                       t = image("t", 2, 4), d = image("d", 2, 4), u = image("u", 2, 4), e = image("e", 1, 4), f = image("f", 2, 4);
    conv1x1(a, x, w, NULL, NULL);
    conv1x1(b, x, w, NULL, NULL);
    node(OCT_OP_ADD, s, NULL, 2, b, a); /* of two, the later one */
    conv1x1(c, s, w, NULL, NULL);
    node(OCT_OP_ADD, t, NULL, 2, c, c); /* read twice */
    conv1x1(d, t, w, NULL, NULL);
    conv1x1(e, d, wide, NULL, NULL);
    node(OCT_OP_ADD, u, NULL, 2, e, t); /* another shape */
    conv1x1(f, u, w, NULL, NULL);
    return f;
}

static void test_additions(void)
{
    static const char *const names[] = {"x", "a", "s", "c", "t", "d", "e", "u"};
    begin(build_additions);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        set_range(names[i], 0, 255);
    set_range("f", 0, 255);
    quantize();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(quantizer(names[i]), "'%s' has no quantizer", names[i]);
    CHECK(!quantizer("b"), "the later of two convolutions rounds");
    end();
}

/* ---- watching asks for the ranges that quantizing reads ---- */

static void test_watching(void)
{
    static const char *const wanted[] = {"x", "c", "s", "y"};
    begin(build_block);
    octet_error err;
    const oct_pass_env env = {.quantize = {.watched = &ranges}};
    CHECK(oct_pass_quantize(&g, &env, &err) == OCTET_OK, "%s", err.message);
    CHECK(ranges.n == 4 && g.n_outputs == 5, "%d ranges, %d outputs", (int)ranges.n, (int)g.n_outputs);
    for (int i = 0; i < 4 && i < ranges.n; i++)
        CHECK(strcmp(ranges.at[i].name, wanted[i]) == 0 && g.outputs[1 + i] == by_name(wanted[i]), "%s", ranges.at[i].name);
    end();
}

/* ---- products: alpha, beta and MatMul with a bias; the last one's result stays float ---- */

static oct_value_id build_mlp(void)
{
    const float w[] = {1, 0.5f, 0, -1}, bias[] = {4, -2};
    const int64_t dims[] = {2, 2}, n = 2;
    const oct_gemm_params gemm = {.alpha = 2, .beta = 0.5f, .trans_b = true}, plain = {.alpha = 1, .beta = 1};
    const oct_value_id x = matrix("x", 2), h = matrix("h", 2), s = matrix("s", 2), m = matrix("m", 2), y = matrix("y", 2);
    node(OCT_OP_GEMM, h, params(sizeof gemm, &gemm), 3, x, constant(w, 2, dims), constant(bias, 1, &n));
    node(OCT_OP_SIGMOID, s, NULL, 1, h);
    node(OCT_OP_MATMUL, m, params(sizeof plain, &plain), 3, s, constant(w, 2, dims), constant(bias, 1, &n));
    node(OCT_OP_SIGMOID, y, NULL, 1, m);
    return y;
}

static void test_products(void)
{
    static const int first[] = {127, 64, 0, -127}, second[] = {127, 64, 0, -127};
    begin(build_mlp);
    set_range("x", 0, 255);
    set_range("h", -10, 10);
    set_range("s", 0, 1);
    set_range("m", -5, 5);
    quantize();
    const oct_node *gemm = &g.nodes[0];
    int n_gemm = 0;
    for (oct_node_id i = 0; i < g.n_nodes; i++) {
        if (g.nodes[i].op != OCT_OP_GEMM)
            continue;
        const oct_gemm_params *p = g.nodes[i].params;
        const bool is_first = n_gemm++ == 0;
        gemm = &g.nodes[i];
        CHECK(p->alpha == 1 && p->beta == 1 && p->trans_b == is_first, "parameters");
        check_ints(is_first ? "first" : "second", integers(gemm, 1), is_first ? first : second, 4);
        const double step = is_first ? (double)(float)(2.0 / 127) : (double)(float)(1.0 / 255) * (double)(float)(1.0 / 127);
        const int bias[] = {(int)rint((is_first ? 2 : 4) / step), (int)rint((is_first ? -1 : -2) / step)};
        check_ints("bias", integers(gemm, 2), bias, 2);
    }
    CHECK(n_gemm == 2, "MatMul is a Gemm now, %d", n_gemm);
    check_scale("s", (float)(1.0 / 255), 0);
    CHECK(quantizer("h") && !quantizer("m") && !quantizer("y"), "the scores stay float");
    const oct_node *last = oct_graph_producer(&g, g.outputs[0]);
    CHECK(last->op == OCT_OP_SIGMOID && last->why_float, "and so does what comes behind");
    end();
}

/* ---- what cannot be quantized ---- */

static oct_value_id build_bad(void)
{
    const float w[] = {1, NAN, 1, 1}, fine[] = {1, 1, 1, 1};
    const oct_value_id x = image("x", 2, 4), a = image("a", 2, 4), b = image("b", 2, 4), c = image("c", 2, 4);
    conv1x1(a, x, w, NULL, NULL);
    conv1x1(b, a, fine, NULL, NULL);
    conv1x1(c, b, fine, NULL, NULL);
    return c;
}

static void test_refusals(void)
{
    begin(build_bad);
    set_range("x", 0, 1);
    set_range("a", NAN, NAN);
    set_range("b", 0, 1);
    set_range("c", 0, 1);
    quantize();
    static const char *const reasons[] = {"finite", "range", NULL};
    int n = 0;
    for (oct_node_id i = 0; i < g.n_nodes; i++) {
        const oct_node *conv = &g.nodes[i];
        if (conv->op != OCT_OP_CONV)
            continue;
        const char *want = reasons[n++ % 3];
        CHECK(want ? conv->why_float && strstr(conv->why_float, want) : !conv->why_float, "'%s': %s", conv->name,
              conv->why_float ? conv->why_float : "no reason");
        CHECK(!want == (integers(conv, 1) != NULL), "'%s' weights", conv->name);
    }
    CHECK(!quantizer("a") && quantizer("b"), "tensors");
    end();
}

int main(void)
{
    test_conv();
    test_sharing();
    test_additions();
    test_watching();
    test_products();
    test_refusals();
    return check_done();
}
