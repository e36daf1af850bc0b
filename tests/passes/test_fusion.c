/* The fusing passes: the same network compiled with and without them gives the same numbers (the same bits where the fused
 * kernel does the same roundings), in as many steps as expected; and what must not be fused is left alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "passes/passes.h"
#include "plan/plan.h"
#include "providers/float/float.h"
#include "tests/check.h"

/* ---- building small graphs ---- */

static uint32_t state;

static float noise(void)
{
    state = state * 1664525u + 1013904223u;
    return (float)(int32_t)state / 2147483648.0f;
}

static oct_value_id input(oct_graph *g, const char *name, int rank, const int64_t *dims)
{
    oct_value_id v;
    oct_graph_add_value(g, &v, name, NULL);
    g->values[v].dtype = OCTET_F32;
    g->values[v].rank = rank;
    memcpy(g->values[v].dims, dims, (size_t)rank * sizeof *dims);
    g->values[v].is_input = true;
    oct_value_id *ids = oct_arena_array(&g->arena, (size_t)g->n_inputs + 1, sizeof *ids);
    if (g->n_inputs)
        memcpy(ids, g->inputs, (size_t)g->n_inputs * sizeof *ids);
    ids[g->n_inputs++] = v;
    g->inputs = ids;
    return v;
}

static void output(oct_graph *g, oct_value_id v)
{
    oct_value_id *ids = oct_arena_array(&g->arena, (size_t)g->n_outputs + 1, sizeof *ids);
    if (g->n_outputs)
        memcpy(ids, g->outputs, (size_t)g->n_outputs * sizeof *ids);
    ids[g->n_outputs++] = v;
    g->outputs = ids;
    g->values[v].is_output = true;
}

/* Constant of noise, `low` added to every element. */
static oct_value_id constant(oct_graph *g, int rank, const int64_t *dims, float low)
{
    int64_t n;
    oct_shape_elems(dims, rank, &n);
    float *data = malloc((size_t)(n ? n : 1) * sizeof *data);
    for (int64_t i = 0; i < n; i++)
        data[i] = low + 0.5f * (noise() + 1.0f);
    oct_value_id v;
    oct_graph_add_const(g, &v, NULL, OCTET_F32, rank, dims, data, true, NULL);
    free(data);
    return v;
}

static oct_value_id node(oct_graph *g, oct_op op, const oct_value_id *in, int n_in, void *params)
{
    oct_value_id out;
    oct_node_id id;
    oct_graph_add_value(g, &out, NULL, NULL);
    oct_graph_add_node(g, &id, op, g->values[out].name, oct_op_get_info(op)->onnx_name, in, n_in, &out, 1, params, NULL);
    return out;
}

#define NODE(g, op, params, ...) \
    node(g, op, (oct_value_id[]){__VA_ARGS__}, (int)(sizeof((oct_value_id[]){__VA_ARGS__}) / sizeof(oct_value_id)), params)

static oct_value_id conv(oct_graph *g, oct_value_id x, int64_t c, int64_t oc, int k)
{
    oct_conv_params *p = oct_graph_params(g, sizeof *p);
    *p = (oct_conv_params){.n_spatial = 2, .kernel = {k, k}, .stride = {1, 1}, .dilation = {1, 1},
                           .pad_begin = {k / 2, k / 2}, .pad_end = {k / 2, k / 2}, .group = 1};
    oct_value_id w = constant(g, 4, (int64_t[]){oc, c, k, k}, -0.5f), b = constant(g, 1, &oc, -0.5f);
    return NODE(g, OCT_OP_CONV, p, x, w, b);
}

static oct_value_id batch_norm(oct_graph *g, oct_value_id x, int64_t c)
{
    oct_norm_params *p = oct_graph_params(g, sizeof *p);
    p->epsilon = 1e-5f;
    oct_value_id scale = constant(g, 1, &c, 0.5f), bias = constant(g, 1, &c, -0.5f), mean = constant(g, 1, &c, -0.5f);
    oct_value_id variance = constant(g, 1, &c, 0.5f);
    return NODE(g, OCT_OP_BATCH_NORM, p, x, scale, bias, mean, variance);
}

static oct_value_id relu(oct_graph *g, oct_value_id x)
{
    return NODE(g, OCT_OP_RELU, NULL, x);
}

static oct_value_id concat(oct_graph *g, oct_value_id a, oct_value_id b)
{
    oct_axis_params *p = oct_graph_params(g, sizeof *p);
    p->axis = 1;
    return NODE(g, OCT_OP_CONCAT, p, a, b);
}

/* ---- the cases: x is [1,8,9,7] ---- */

static void conv_bn_relu(oct_graph *g, oct_value_id x)
{
    output(g, relu(g, batch_norm(g, conv(g, x, 8, 20, 3), 20)));
}

static void conv_mul_add(oct_graph *g, oct_value_id x)
{
    oct_value_id y = conv(g, x, 8, 5, 1);
    y = NODE(g, OCT_OP_MUL, NULL, y, constant(g, 3, (int64_t[]){5, 1, 1}, 0.5f));
    y = NODE(g, OCT_OP_SUB, NULL, y, constant(g, 4, (int64_t[]){1, 5, 1, 1}, 0.5f));
    output(g, NODE(g, OCT_OP_DIV, NULL, y, constant(g, 0, NULL, 1.5f)));
}

static void residual(oct_graph *g, oct_value_id x)
{
    oct_value_id a = relu(g, conv(g, x, 8, 8, 3));
    oct_value_id b = conv(g, a, 8, 8, 3);
    output(g, relu(g, NODE(g, OCT_OP_ADD, NULL, x, b)));
}

static void two_branches(oct_graph *g, oct_value_id x)
{
    oct_value_id a = conv(g, relu(g, conv(g, x, 8, 8, 3)), 8, 12, 3), b = conv(g, x, 8, 12, 1);
    output(g, relu(g, NODE(g, OCT_OP_ADD, NULL, a, b)));
}

static void concat_in_place(oct_graph *g, oct_value_id x)
{
    oct_value_id a = relu(g, conv(g, x, 8, 6, 1)), b = relu(g, conv(g, x, 8, 11, 3));
    output(g, relu(g, conv(g, concat(g, a, b), 17, 4, 1)));
}

static void concat_partly(oct_graph *g, oct_value_id x)
{
    output(g, concat(g, concat(g, conv(g, x, 8, 6, 1), x), conv(g, x, 8, 3, 3)));
}

static void used_twice(oct_graph *g, oct_value_id x)
{
    oct_value_id y = conv(g, x, 8, 8, 3);
    output(g, relu(g, y));
    output(g, batch_norm(g, y, 8));
}

static void output_between(oct_graph *g, oct_value_id x)
{
    oct_value_id y = conv(g, x, 8, 8, 3);
    output(g, y);
    output(g, relu(g, y));
}

static void relu_before_bn(oct_graph *g, oct_value_id x)
{
    output(g, batch_norm(g, relu(g, conv(g, x, 8, 8, 3)), 8));
}

static void add_to_itself(oct_graph *g, oct_value_id x)
{
    oct_value_id y = conv(g, x, 8, 8, 1);
    output(g, NODE(g, OCT_OP_ADD, NULL, y, y));
}

static void add_broadcast(oct_graph *g, oct_value_id x)
{
    oct_value_id thin = conv(g, x, 8, 1, 1);
    output(g, NODE(g, OCT_OP_ADD, NULL, conv(g, x, 8, 8, 1), thin));
}

static void constant_minus_conv(oct_graph *g, oct_value_id x)
{
    oct_value_id y = conv(g, x, 8, 4, 1);
    output(g, NODE(g, OCT_OP_SUB, NULL, constant(g, 3, (int64_t[]){4, 1, 1}, 0.5f), y));
}

static void chain_of_residuals(oct_graph *g, oct_value_id x)
{
    oct_value_id y = x;
    for (int i = 0; i < 4; i++)
        y = relu(g, NODE(g, OCT_OP_ADD, NULL, conv(g, relu(g, conv(g, y, 8, 8, 1)), 8, 8, 3), y));
    output(g, y);
}

typedef struct fusion_case {
    const char *name;
    void (*build)(oct_graph *g, oct_value_id x);
    int n_steps;  /* of the fused program, relayouts counted */
    bool same_bits;
} fusion_case;

static const fusion_case cases[] = {
    {"conv_bn_relu", conv_bn_relu, 3, false},
    {"conv_mul_add", conv_mul_add, 3, false},
    {"residual", residual, 4, true},
    {"two_branches", two_branches, 5, true},
    {"concat_in_place", concat_in_place, 5, true},
    {"concat_partly", concat_partly, 6, true},
    {"used_twice", used_twice, 6, true},
    {"output_between", output_between, 5, true},
    {"relu_before_bn", relu_before_bn, 4, true},
    {"add_to_itself", add_to_itself, 4, true},
    {"add_broadcast", add_broadcast, 5, true},
    {"constant_minus_conv", constant_minus_conv, 4, true},
    {"chain_of_residuals", chain_of_residuals, 10, true},
};

/* ---- running ---- */

static octet_status no_evaluation(void *context, oct_graph *g, oct_node *n, octet_error *err)
{
    (void)context;
    (void)g;
    (void)n;
    (void)err;
    return OCTET_UNSUPPORTED;
}

static octet_program *compile(const fusion_case *c, bool fuse)
{
    static const oct_pass_run plain[] = {oct_pass_bind_dims, oct_pass_fold_constants, oct_pass_layout_nhwc};
    oct_graph g;
    octet_error err = {.message = ""};
    octet_program *program = NULL;
    oct_pass_env env = {.evaluate = no_evaluation};
    oct_graph_init(&g);
    state = 7;
    c->build(&g, input(&g, "x", 4, (int64_t[]){1, 8, 9, 7}));
    octet_status status = oct_graph_sort(&g, &err);
    if (fuse && status == OCTET_OK)
        status = oct_passes_run(&g, &env, &err);
    for (size_t i = 0; !fuse && i < OCT_COUNT(plain) && status == OCTET_OK; i++) {
        status = plain[i](&g, &env, &err);
        if (status == OCTET_OK)
            status = oct_graph_sort(&g, &err);
    }
    const oct_node *nodes[64];
    int n_nodes = 0;
    for (int32_t i = 0; i < g.n_nodes && n_nodes < 64; i++)
        nodes[n_nodes++] = &g.nodes[i];
    const oct_provider *providers[] = {&oct_provider_float};
    oct_plan_request request = {.graph = &g, .nodes = nodes, .n_nodes = n_nodes, .inputs = g.inputs,
                                .n_inputs = g.n_inputs, .outputs = g.outputs, .n_outputs = g.n_outputs,
                                .cpu = oct_cpu_detect(), .providers = providers, .n_providers = 1};
    if (status == OCTET_OK)
        status = oct_plan_build(&program, &request, &err);
    CHECK(status == OCTET_OK, "%s: %s", c->name, err.message);
    oct_graph_fini(&g);
    return program;
}

static octet_session *run(const octet_program *p)
{
    octet_session *s = NULL;
    octet_session_new(&s, p, NULL, NULL);
    float *x = octet_session_input(s, 0);
    state = 99;
    for (size_t i = 0; i < octet_program_input(p, 0)->n_bytes / sizeof *x; i++)
        x[i] = 3.0f * noise();
    octet_session_run(s, NULL);
    return s;
}

static void compare(const fusion_case *c, const octet_program *a, const octet_program *b)
{
    octet_session *s = run(a), *t = run(b);
    for (int i = 0; i < octet_program_n_outputs(a); i++) {
        const float *x = octet_session_output(s, i), *y = octet_session_output(t, i);
        size_t n = octet_program_output(a, i)->n_bytes / sizeof *x;
        double worst = 0;
        for (size_t k = 0; k < n; k++)
            worst = fmax(worst, fabs((double)x[k] - (double)y[k]));
        CHECK(worst <= 1e-4, "%s: output %d differs by %g", c->name, i, worst);
        CHECK(!c->same_bits || memcmp(x, y, n * sizeof *x) == 0, "%s: output %d has other bits", c->name, i);
    }
    octet_session_free(s);
    octet_session_free(t);
}

int main(void)
{
    for (size_t i = 0; i < OCT_COUNT(cases); i++) {
        octet_program *plain = compile(&cases[i], false), *fused = compile(&cases[i], true);
        if (plain && fused) {
            octet_program_info info;
            octet_program_get_info(fused, &info);
            CHECK(info.n_steps == cases[i].n_steps, "%s: %d steps, expected %d", cases[i].name, info.n_steps, cases[i].n_steps);
            compare(&cases[i], plain, fused);
        }
        octet_program_free(plain);
        octet_program_free(fused);
    }
    return check_done();
}
