/* Operators of the float provider that work through strides: every mix of layouts of inputs and outputs, every CPU
 * level and several threads must give the bits that row-major memory, level ref and one thread give. The operator's
 * inputs are copies that die there, so that results are computed in place where the provider allows it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdlib.h>

#include "dice.h"
#include "graph/shape.h"
#include "plan/plan.h"
#include "providers/float/float.h"

#define MAX_IN 5

typedef struct operand {
    octet_dtype dtype;
    int rank;
    int64_t dims[4];
    int is_const;        /* from `ints` if any, else random */
    const int64_t *ints; /* data of an int64 constant */
} operand;

typedef struct net_case {
    const char *name;
    oct_op op;
    int n_in, n_out;
    operand in[MAX_IN];
    const void *params;
    size_t n_params;
} net_case;

/* One choice of everything that must not matter. */
typedef struct variant {
    unsigned last; /* bit i: input i channels-last, bit 8 + i: output i */
    oct_cpu_level cpu;
    int n_threads;
} variant;

typedef struct result {
    size_t n_bytes[2];
    uint8_t *data[2];
} result;

static void must(octet_status status, const octet_error *err, const char *name)
{
    if (status == OCTET_OK)
        return;
    fprintf(stderr, "%s: %s\n", name, err->message);
    exit(1);
}

/* The same numbers for every variant of a case. */
static void fill(void *data, octet_dtype dtype, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (dtype == OCTET_F32)
            ((float *)data)[i] = dice_float() * 3;
        else if (dtype == OCTET_BOOL)
            ((uint8_t *)data)[i] = dice_u32() & 1;
        else if (dtype == OCTET_I32)
            ((int32_t *)data)[i] = dice_int(-9, 9);
        else
            ((int64_t *)data)[i] = dice_int(0, 9);
    }
}

/* Row-major `from` to the value's own layout, or back. */
static void relayout(const oct_value *v, uint8_t *plain, uint8_t *own, int to_own)
{
    int64_t strides[OCTET_MAX_RANK], size = (int64_t)octet_dtype_size(v->dtype);
    oct_value_strides(v, strides);
    for (int64_t i = 0, n = oct_value_elems(v); i < n; i++) {
        int64_t at = 0, rest = i;
        for (int a = v->rank - 1; a >= 0; a--) {
            at += rest % v->dims[a] * strides[a];
            rest /= v->dims[a];
        }
        memcpy(to_own ? own + at * size : plain + i * size, to_own ? plain + i * size : own + at * size, (size_t)size);
    }
}

/* ---- building ---- */

typedef struct net {
    oct_graph g;
    oct_value_id inputs[MAX_IN], outputs[2];
    int n_inputs;
} net;

static void set_shape(oct_value *v, const operand *o)
{
    v->dtype = o->dtype;
    v->rank = o->rank;
    memcpy(v->dims, o->dims, sizeof o->dims);
}

/* A graph input and a node that copies it (Cast to the same type would be an alias: x - 0, x xor 0). */
static oct_value_id add_input(net *t, const operand *o, int last)
{
    octet_error err;
    oct_value_id x, zero, copy;
    oct_node_id node;
    static const int64_t nothing = 0;
    must(oct_graph_add_value(&t->g, &x, NULL, &err), &err, "input");
    must(oct_graph_add_value(&t->g, &copy, NULL, &err), &err, "copy");
    must(oct_graph_add_const(&t->g, &zero, NULL, o->dtype, 0, NULL, &nothing, true, &err), &err, "zero");
    for (int i = 0; i < 2; i++) {
        oct_value *v = oct_graph_value(&t->g, i ? copy : x);
        set_shape(v, o);
        v->layout = last && o->rank >= 3 ? OCT_CHANNELS_LAST : OCT_PLAIN;
    }
    oct_graph_value(&t->g, x)->is_input = true;
    t->inputs[t->n_inputs++] = x;
    must(oct_graph_add_node(&t->g, &node, o->dtype == OCTET_BOOL ? OCT_OP_XOR : OCT_OP_SUB, NULL, "copy",
                            (oct_value_id[]){x, zero}, 2, &copy, 1, NULL, &err), &err, "copy");
    return copy;
}

static oct_value_id add_operand(net *t, const operand *o, int last)
{
    octet_error err;
    oct_value_id id;
    int64_t n;
    if (!o->is_const)
        return add_input(t, o, last);
    oct_shape_elems(o->dims, o->rank, &n);
    void *data = malloc((size_t)n * 8);
    if (o->ints)
        memcpy(data, o->ints, (size_t)n * 8);
    else
        fill(data, o->dtype, n);
    must(oct_graph_add_const(&t->g, &id, NULL, o->dtype, o->rank, o->dims, data, true, &err), &err, "constant");
    free(data);
    return id;
}

static void build(net *t, const net_case *c, const variant *v)
{
    octet_error err;
    oct_value_id in[MAX_IN];
    oct_node_id node;
    oct_graph_init(&t->g);
    for (int i = 0; i < c->n_in; i++)
        in[i] = add_operand(t, &c->in[i], (int)(v->last >> i & 1));
    for (int i = 0; i < c->n_out; i++)
        must(oct_graph_add_value(&t->g, &t->outputs[i], NULL, &err), &err, c->name);
    void *params = c->params ? oct_graph_params(&t->g, c->n_params) : NULL;
    if (params)
        memcpy(params, c->params, c->n_params);
    must(oct_graph_add_node(&t->g, &node, c->op, NULL, c->name, in, c->n_in, t->outputs, c->n_out, params, &err), &err,
         c->name);
    must(oct_infer_node(&t->g, &t->g.nodes[node], &err), &err, c->name);
    for (int i = 0; i < c->n_out; i++) {
        oct_value *y = oct_graph_value(&t->g, t->outputs[i]);
        y->is_output = true;
        y->layout = (v->last >> (8 + i) & 1) && y->rank >= 3 ? OCT_CHANNELS_LAST : OCT_PLAIN;
    }
}

/* ---- running ---- */

static void set_inputs(const net *t, octet_session *s)
{
    for (int i = 0; i < t->n_inputs; i++) {
        const oct_value *v = oct_graph_value(&t->g, t->inputs[i]);
        int64_t n = oct_value_elems(v);
        uint8_t *plain = malloc((size_t)n * 8 + 1);
        fill(plain, v->dtype, n);
        relayout(v, plain, octet_session_input(s, i), 1);
        free(plain);
    }
}

static result run(const net_case *c, const variant *v)
{
    net t = {0};
    octet_error err;
    octet_program *p;
    octet_session *s;
    const oct_node *nodes[MAX_IN + 1];
    const oct_provider *provider = &oct_provider_float;
    result r = {0};
    dice_state = 7;
    build(&t, c, v);
    for (int i = 0; i < t.g.n_nodes; i++)
        nodes[i] = &t.g.nodes[i];
    oct_plan_request request = {.graph = &t.g, .nodes = nodes, .n_nodes = t.g.n_nodes, .inputs = t.inputs,
                                .n_inputs = t.n_inputs, .outputs = t.outputs, .n_outputs = c->n_out,
                                .cpu = v->cpu, .providers = &provider, .n_providers = 1};
    must(oct_plan_build(&p, &request, &err), &err, c->name);
    must(octet_session_new(&s, p, &(octet_session_opts){.n_threads = v->n_threads}, &err), &err, c->name);
    set_inputs(&t, s);
    must(octet_session_run(s, &err), &err, c->name);
    for (int i = 0; i < c->n_out; i++) {
        const oct_value *y = oct_graph_value(&t.g, t.outputs[i]);
        r.n_bytes[i] = oct_value_bytes(y);
        r.data[i] = malloc(r.n_bytes[i] + 1);
        relayout(y, r.data[i], (uint8_t *)(uintptr_t)octet_session_output(s, i), 0);
    }
    octet_session_free(s);
    octet_program_free(p);
    oct_graph_fini(&t.g);
    return r;
}

static void check_case(const net_case *c)
{
    result expected = run(c, &(variant){.n_threads = 1});
    for (unsigned last = 0; last < 1u << (c->n_in + c->n_out); last++) {
        unsigned in = last & ((1u << c->n_in) - 1), out = last >> c->n_in;
        for (int cpu = 0; cpu <= (int)oct_cpu_detect(); cpu++) {
            result r = run(c, &(variant){in | out << 8, (oct_cpu_level)cpu, 1 + (int)(last % 3)});
            for (int i = 0; i < c->n_out; i++) {
                CHECK(r.n_bytes[i] == expected.n_bytes[i] && memcmp(r.data[i], expected.data[i], r.n_bytes[i]) == 0,
                      "%s, output %d, inputs channels-last %x, outputs %x, level %s", c->name, i, in, out,
                      oct_cpu_name((oct_cpu_level)cpu));
                free(r.data[i]);
            }
        }
    }
    for (int i = 0; i < c->n_out; i++)
        free(expected.data[i]);
}

/* ---- cases ---- */

#define TENSOR(TYPE, RANK, ...) {TYPE, RANK, {__VA_ARGS__}, 0, NULL}
#define CONST(TYPE, RANK, ...) {TYPE, RANK, {__VA_ARGS__}, 1, NULL}
#define F(RANK, ...) TENSOR(OCTET_F32, RANK, __VA_ARGS__)
#define C(RANK, ...) CONST(OCTET_F32, RANK, __VA_ARGS__)
#define X F(4, 2, 13, 5, 7)
#define PARAMS(type, ...) &(const type){__VA_ARGS__}, sizeof(type)
#define AXES(n, ...) {OCTET_I64, 1, {n}, 1, (const int64_t[]){__VA_ARGS__}}
#define AXIS(...) PARAMS(oct_axis_params, __VA_ARGS__)
#define KEEP PARAMS(oct_reduce_params, .keepdims = true)
#define DROP PARAMS(oct_reduce_params, .keepdims = false)

static const net_case cases[] = {
    {"Relu", OCT_OP_RELU, 1, 1, {X}, NULL, 0},
    {"Sigmoid", OCT_OP_SIGMOID, 1, 1, {X}, NULL, 0},
    {"Sigmoid of much", OCT_OP_SIGMOID, 1, 1, {F(4, 1, 24, 41, 43)}, NULL, 0},
    {"Elu", OCT_OP_ELU, 1, 1, {X}, PARAMS(oct_alpha_params, .alpha = 1)},
    {"Clip", OCT_OP_CLIP, 3, 1, {X, C(0, 0), C(0, 0)}, NULL, 0},
    {"Add", OCT_OP_ADD, 2, 1, {X, X}, NULL, 0},
    {"Add of much", OCT_OP_ADD, 2, 1, {F(4, 1, 24, 41, 43), F(4, 1, 24, 41, 43)}, NULL, 0},
    {"Add channels", OCT_OP_ADD, 2, 1, {X, C(3, 13, 1, 1)}, NULL, 0},
    {"Mul scale", OCT_OP_MUL, 2, 1, {X, F(4, 2, 13, 1, 1)}, NULL, 0},
    {"Mul map", OCT_OP_MUL, 2, 1, {X, F(4, 2, 1, 5, 7)}, NULL, 0},
    {"Mul scale of much", OCT_OP_MUL, 2, 1, {F(4, 1, 24, 41, 43), F(4, 1, 24, 1, 1)}, NULL, 0},
    {"Sub row", OCT_OP_SUB, 2, 1, {F(1, 7), X}, NULL, 0},
    {"Div number", OCT_OP_DIV, 2, 1, {X, C(0, 0)}, NULL, 0},
    {"Add outer", OCT_OP_ADD, 2, 1, {F(4, 2, 13, 1, 1), F(4, 2, 1, 5, 7)}, NULL, 0},
    {"PRelu", OCT_OP_PRELU, 2, 1, {X, C(3, 13, 1, 1)}, NULL, 0},
    {"Pow", OCT_OP_POW, 2, 1, {X, CONST(OCTET_I32, 0, 0)}, NULL, 0},
    {"Less", OCT_OP_LESS, 2, 1, {X, X}, NULL, 0},
    {"Where", OCT_OP_WHERE, 3, 1, {TENSOR(OCTET_BOOL, 4, 2, 13, 5, 7), X, F(4, 1, 13, 1, 1)}, NULL, 0},
    {"int32 Mul", OCT_OP_MUL, 2, 1, {TENSOR(OCTET_I32, 4, 2, 3, 5, 7), CONST(OCTET_I32, 3, 3, 1, 1)}, NULL, 0},
    {"Max", OCT_OP_MAX, 3, 1, {X, C(3, 13, 1, 1), X}, NULL, 0},
    {"Mean", OCT_OP_MEAN, 3, 1, {X, X, F(4, 2, 13, 1, 1)}, NULL, 0},
    {"Sum", OCT_OP_SUM, 2, 1, {X, X}, NULL, 0},
    {"Cast", OCT_OP_CAST, 1, 1, {X}, PARAMS(oct_cast_params, .to = OCTET_I32)},
    {"Dropout", OCT_OP_DROPOUT, 1, 2, {X}, NULL, 0},
    {"BatchNormalization", OCT_OP_BATCH_NORM, 5, 1,
     {X, C(1, 13), C(1, 13), C(1, 13), C(1, 13)}, PARAMS(oct_norm_params, .epsilon = 10)},
    {"InstanceNormalization", OCT_OP_INSTANCE_NORM, 3, 1, {X, C(1, 13), C(1, 13)},
     PARAMS(oct_norm_params, .epsilon = 1e-5f)},
    {"LpNormalization 1", OCT_OP_LP_NORM, 1, 1, {X}, PARAMS(oct_lp_params, .axis = 1, .p = 2)},
    {"LpNormalization 3", OCT_OP_LP_NORM, 1, 1, {X}, PARAMS(oct_lp_params, .axis = 3, .p = 1)},
    {"Softmax 1", OCT_OP_SOFTMAX, 1, 1, {X}, AXIS(.axis = 1)},
    {"Softmax 3", OCT_OP_SOFTMAX, 1, 1, {X}, AXIS(.axis = 3)},
    {"Softmax 1..3", OCT_OP_SOFTMAX, 1, 1, {X}, AXIS(.axis = 1, .coerce_2d = true)},
    {"Softmax classes", OCT_OP_SOFTMAX, 1, 1, {F(4, 2, 1000, 1, 1)}, AXIS(.axis = 1)},
    {"LogSoftmax 1", OCT_OP_LOG_SOFTMAX, 1, 1, {X}, AXIS(.axis = 1)},
    {"Hardmax 1", OCT_OP_HARDMAX, 1, 1, {X}, AXIS(.axis = 1)},
    {"ArgMax 1", OCT_OP_ARG_MAX, 1, 1, {X}, AXIS(.axis = 1, .keepdims = true)},
    {"ArgMin 2", OCT_OP_ARG_MIN, 1, 1, {X}, AXIS(.axis = 2)},
    {"TopK 1", OCT_OP_TOPK, 2, 2, {X, AXES(1, 3)}, AXIS(.axis = 1, .largest = true, .sorted = true)},
    {"TopK 3", OCT_OP_TOPK, 2, 2, {X, AXES(1, 5)}, AXIS(.axis = 3, .sorted = true)},
    {"ReduceMean 2 3", OCT_OP_REDUCE_MEAN, 2, 1, {X, AXES(2, 2, 3)}, KEEP},
    {"ReduceMean 2 3 dropped", OCT_OP_REDUCE_MEAN, 2, 1, {X, AXES(2, 2, 3)}, DROP},
    {"ReduceMean of much", OCT_OP_REDUCE_MEAN, 2, 1, {F(4, 1, 48, 31, 33), AXES(2, 2, 3)}, DROP},
    {"ReduceSum 1", OCT_OP_REDUCE_SUM, 2, 1, {X, AXES(1, 1)}, DROP},
    {"ReduceMax 0 2", OCT_OP_REDUCE_MAX, 2, 1, {X, AXES(2, 0, 2)}, KEEP},
    {"ReduceL2", OCT_OP_REDUCE_L2, 1, 1, {X}, DROP},
    {"ReduceLogSumExp 1 3", OCT_OP_REDUCE_LOG_SUM_EXP, 2, 1, {X, AXES(2, 1, 3)}, KEEP},
    {"int32 ReduceSum 1", OCT_OP_REDUCE_SUM, 2, 1, {TENSOR(OCTET_I32, 4, 2, 3, 5, 7), AXES(1, 1)}, KEEP},
};

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
    return check_done();
}
