/* QLinearConv and QLinearMatMul: which weights take the uint8 x int8 kernels, at every level, and that the results are those
 * of the same product with weights that are only known at run time, bit for bit.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "passes/passes.h"
#include "plan/plan.h"
#include "providers/float/float.h"
#include "providers/int8/int8.h"
#include "tests/check.h"

enum { C = 8, OC = 5, H = 9, W = 7, K = 3, N_W = OC * C * K * K };

typedef struct integer_case {
    const char *name;
    bool matmul;           /* [H, W] x [W, OC] instead of a 3x3 convolution */
    octet_dtype x, w;
    int x_zero, y_zero;    /* -1: the zero point is an input of the network */
    int w_low, w_high;     /* of w */
    int w_zero, w_zero_1;  /* of output channel 0 and of the others; equal: a scalar */
    bool takes;
} integer_case;

static const integer_case cases[] = {
    {"int8 weights", false, OCTET_U8, OCTET_I8, 114, 3, -128, 127, 0, 0, true},
    {"int8 image", false, OCTET_I8, OCTET_I8, -7, -100, -128, 127, 0, 0, true},
    {"uint8 weights around 128", false, OCTET_U8, OCTET_U8, 114, 3, 0, 255, 128, 128, true},
    {"uint8 weights around 133", false, OCTET_U8, OCTET_U8, 114, 3, 0, 255, 133, 133, true},
    {"small uint8 weights", false, OCTET_U8, OCTET_U8, 0, 0, 20, 120, 100, 90, true},
    {"a channel that does not fit int8", false, OCTET_U8, OCTET_I8, 5, 0, -128, 100, 0, 1, true},
    {"a channel that just fits", false, OCTET_U8, OCTET_I8, 5, 0, -127, 100, 0, 1, true},
    {"unknown zero point of the image", false, OCTET_U8, OCTET_I8, -1, 3, -128, 127, 0, 0, false},
    {"unknown zero point of the result", false, OCTET_U8, OCTET_I8, 4, -1, -128, 127, 0, 0, false},
    {"matrix", true, OCTET_U8, OCTET_I8, 114, 3, -128, 127, 0, 0, true},
    {"matrix, uint8 weights", true, OCTET_I8, OCTET_U8, 11, 3, 0, 255, 127, 127, true},
    {"a weight of 255", false, OCTET_U8, OCTET_U8, 114, 3, 0, 255, 0, 0, false},
};

static uint32_t state;

static int dice(int low, int high)
{
    state = state * 1664525u + 1013904223u;
    return low + (int)((state >> 8) % (uint32_t)(high - low + 1));
}

static void fill(uint8_t *p, int n, int low, int high, uint32_t seed)
{
    state = seed;
    for (int i = 0; i < n; i++)
        p[i] = (uint8_t)dice(low, high);
    p[0] = (uint8_t)low;
    p[n - 1] = (uint8_t)high;
}

/* ---- building ---- */

static oct_value_id input(oct_graph *g, octet_dtype dtype, int rank, const int64_t *dims)
{
    oct_value_id v;
    oct_graph_add_value(g, &v, NULL, NULL);
    g->values[v].dtype = dtype;
    g->values[v].rank = rank;
    if (rank > 0)
        memcpy(g->values[v].dims, dims, (size_t)rank * sizeof *dims);
    g->values[v].is_input = true;
    oct_value_id *ids = oct_arena_array(&g->arena, (size_t)g->n_inputs + 1, sizeof *ids);
    if (g->n_inputs)
        memcpy(ids, g->inputs, (size_t)g->n_inputs * sizeof *ids);
    ids[g->n_inputs++] = v;
    g->inputs = ids;
    return v;
}

static oct_value_id scalar(oct_graph *g, octet_dtype dtype, const void *data)
{
    oct_value_id v;
    oct_graph_add_const(g, &v, NULL, dtype, 0, NULL, data, true, NULL);
    return v;
}

static oct_value_id zero_point(oct_graph *g, octet_dtype dtype, int zero)
{
    const uint8_t byte = (uint8_t)zero;
    return zero == -1 ? input(g, dtype, 0, NULL) : scalar(g, dtype, &byte);
}

static oct_value_id weights(oct_graph *g, const integer_case *c, bool known)
{
    uint8_t data[N_W];
    const int64_t conv[] = {OC, C, K, K}, matrix[] = {W, OC};
    const int64_t *dims = c->matmul ? matrix : conv;
    oct_value_id v;
    if (!known)
        return input(g, c->w, c->matmul ? 2 : 4, dims);
    fill(data, c->matmul ? W * OC : N_W, c->w_low, c->w_high, 5);
    oct_graph_add_const(g, &v, NULL, c->w, c->matmul ? 2 : 4, dims, data, true, NULL);
    return v;
}

static oct_value_id weight_zeros(oct_graph *g, const integer_case *c)
{
    const int64_t n = OC;
    uint8_t data[OC];
    oct_value_id v;
    memset(data, c->w_zero_1, OC);
    data[0] = (uint8_t)c->w_zero;
    oct_graph_add_const(g, &v, NULL, c->w, c->w_zero == c->w_zero_1 ? 0 : 1, &n, data, true, NULL);
    return v;
}

static void build(oct_graph *g, const integer_case *c, bool known)
{
    const float x_scale = 0.02f, w_scale = 0.013f, y_scale = 0.7f;
    const int64_t image[] = {1, C, H, W}, matrix[] = {H, W};
    const oct_value_id x = input(g, c->x, c->matmul ? 2 : 4, c->matmul ? matrix : image);
    oct_value_id in[] = {x, scalar(g, OCTET_F32, &x_scale), zero_point(g, c->x, c->x_zero), weights(g, c, known),
                         scalar(g, OCTET_F32, &w_scale), weight_zeros(g, c), scalar(g, OCTET_F32, &y_scale),
                         zero_point(g, c->x, c->y_zero)};
    oct_conv_params *p = oct_graph_params(g, sizeof *p);
    *p = (oct_conv_params){.n_spatial = 2, .kernel = {K, K}, .stride = {1, 1}, .dilation = {1, 1}, .pad_begin = {1, 1},
                           .pad_end = {1, 1}, .group = 1};
    const oct_op op = c->matmul ? OCT_OP_QLINEAR_MATMUL : OCT_OP_QLINEAR_CONV;
    oct_value_id *out = oct_arena_array(&g->arena, 1, sizeof *out);
    oct_node_id id;
    oct_graph_add_value(g, out, NULL, NULL);
    oct_graph_add_node(g, &id, op, "n", oct_op_get_info(op)->onnx_name, in, 8, out, 1, c->matmul ? NULL : p, NULL);
    g->outputs = out;
    g->n_outputs = 1;
    g->values[*out].is_output = true;
}

static octet_status no_evaluation(void *context, oct_graph *g, oct_node *n, octet_error *err)
{
    (void)context;
    (void)g;
    (void)n;
    (void)err;
    return OCTET_UNSUPPORTED;
}

static octet_program *compile(const integer_case *c, bool known, oct_cpu_level level)
{
    static const oct_pass_run passes[] = {oct_pass_bind_dims, oct_pass_fold_constants, oct_pass_layout_nhwc};
    oct_graph g;
    octet_error err = {.message = ""};
    octet_program *program = NULL;
    oct_pass_env env = {.evaluate = no_evaluation};
    oct_graph_init(&g);
    build(&g, c, known);
    octet_status status = oct_graph_sort(&g, &err);
    for (size_t i = 0; i < OCT_COUNT(passes) && status == OCTET_OK; i++) {
        status = passes[i](&g, &env, &err);
        if (status == OCTET_OK)
            status = oct_graph_sort(&g, &err);
    }
    const oct_node *nodes[16];
    int n_nodes = 0;
    for (int32_t i = 0; i < g.n_nodes && n_nodes < 16; i++)
        nodes[n_nodes++] = &g.nodes[i];
    const oct_provider *providers[] = {&oct_provider_int8, &oct_provider_float};
    const oct_plan_request request = {.graph = &g, .nodes = nodes, .n_nodes = n_nodes, .inputs = g.inputs,
                                      .n_inputs = g.n_inputs, .outputs = g.outputs, .n_outputs = g.n_outputs,
                                      .cpu = level, .providers = providers, .n_providers = 2};
    if (status == OCTET_OK)
        status = oct_plan_build(&program, &request, &err);
    CHECK(status == OCTET_OK, "%s: %s", c->name, err.message);
    oct_graph_fini(&g);
    return program;
}

/* ---- running ---- */

/* Whether one of the steps is conv_u8s8's: all other integer products are named after int16. */
static bool takes(const octet_program *p)
{
    octet_program_info info;
    octet_program_get_info(p, &info);
    for (int i = 0; i < info.n_steps; i++) {
        octet_step_info step;
        octet_program_step(p, i, &step);
        if (strstr(step.op, "QLinear"))
            return !strstr(step.kernel, "int16");
    }
    CHECK(0, "no step");
    return false;
}

static void run(const octet_program *p, const integer_case *c, uint8_t *y)
{
    octet_session *s = NULL;
    octet_session_new(&s, p, &(octet_session_opts){.n_threads = 2}, NULL);
    for (int i = 0; i < octet_program_n_inputs(p); i++) {
        const octet_tensor_info *info = octet_program_input(p, i);
        const bool is_w = i > 0 && info->n_bytes > 1;
        fill(octet_session_input(s, i), (int)info->n_bytes, is_w ? c->w_low : 0, is_w ? c->w_high : info->n_bytes > 1 ? 255 : 9,
             is_w ? 5 : 9);
    }
    octet_session_run(s, NULL);
    memcpy(y, octet_session_output(s, 0), octet_program_output(p, 0)->n_bytes);
    octet_session_free(s);
}

static void check_case(const integer_case *c)
{
    uint8_t expected[OC * H * W], y[OC * H * W];
    octet_program *late = compile(c, false, OCT_CPU_REF);
    if (!late)
        return;
    CHECK(!takes(late), "%s: weights that are not known", c->name);
    const size_t n_bytes = octet_program_output(late, 0)->n_bytes;
    run(late, c, expected);
    octet_program_free(late);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        octet_program *p = compile(c, true, (oct_cpu_level)level);
        if (!p)
            continue;
        CHECK(takes(p) == c->takes, "%s at %s", c->name, oct_cpu_name((oct_cpu_level)level));
        run(p, c, y);
        CHECK(memcmp(y, expected, n_bytes) == 0, "%s at %s: other bits", c->name, oct_cpu_name((oct_cpu_level)level));
        octet_program_free(p);
    }
}

int main(void)
{
    for (size_t i = 0; i < OCT_COUNT(cases); i++)
        check_case(&cases[i]);
    return check_done();
}
