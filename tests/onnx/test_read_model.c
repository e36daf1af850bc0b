/* A whole model through the reader: structure, names, types, constants in all their encodings, description.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "check.h"
#include "message.h"
#include "onnx/read.h"

enum { F32 = 1, U8 = 2, I8 = 3, U16 = 4, I16 = 5, I32 = 6, I64 = 7, BOOL = 9, F16 = 10, F64 = 11, U32 = 12, U64 = 13,
       BF16 = 16 };

static const oct_value *find(const oct_graph *g, const char *name)
{
    for (int32_t i = 0; i < g->n_values; i++)
        if (strcmp(g->values[i].name, name) == 0)
            return &g->values[i];
    return NULL;
}

static void check_small_graph(const oct_graph *g)
{
    static const char *const ops[] = {"Conv", "BatchNormalization", "Clip", "Reshape", "Gemm", "Softmax"};
    CHECK(g->n_nodes == 6, "%d nodes", g->n_nodes);
    for (int i = 0; i < 6 && i < g->n_nodes; i++)
        CHECK(strcmp(g->nodes[i].onnx_op, ops[i]) == 0, "node %d is %s", i, g->nodes[i].onnx_op);
    CHECK(strcmp(g->nodes[3].name, "Reshape_f") == 0, "made-up name '%s'", g->nodes[3].name);
    CHECK(g->n_inputs == 1 && g->n_outputs == 1, "%d inputs, %d outputs", g->n_inputs, g->n_outputs);
    const oct_value *x = oct_graph_value(g, g->inputs[0]), *y = oct_graph_value(g, g->outputs[0]);
    CHECK(x->is_input && x->rank == 4 && x->dims[0] == -1 && x->dims[1] == 3 && x->dtype == OCTET_F32, "x");
    CHECK(x->dim_names[0] && strcmp(x->dim_names[0], "N") == 0 && !x->dim_names[1], "names of x's dimensions");
    CHECK(y->is_output && y->rank == 2 && y->dims[1] == 3, "y");
    CHECK(g->n_parameters == 54 + 8 + 96 + 3, "%d parameters", (int)g->n_parameters);
    const oct_value *shape = oct_node_in(g, &g->nodes[3], 1), *max = oct_node_in(g, &g->nodes[2], 2);
    CHECK(shape->data && oct_const_int(shape, 1) == -1, "Constant became no constant");
    CHECK(max && max->data && max->rank == 0 && oct_const_float(max, 0) == 6, "max of Clip became no input");
    CHECK(oct_const_float(find(g, "fc.bias"), 2) == 3, "typed data");
    CHECK(oct_const_float(find(g, "w"), 0) == -27.0 / 16, "raw data");
}

static void check_info(const oct_onnx_info *info)
{
    CHECK(info && info->ir_version == 3 && strcmp(info->producer_name, "octet-test") == 0, "producer");
    CHECK(info->n_opsets == 1 && info->opsets[0].version == 9 && !*info->opsets[0].domain, "opsets");
    CHECK(info->n_metadata == 1 && strcmp(info->metadata[0].key, "octet.mean") == 0 &&
          strcmp(info->metadata[0].value, "1,2,3") == 0, "metadata");
    CHECK(info->n_nodes == 7 && info->n_ops == 7, "%d nodes, %d operators", info->n_nodes, info->n_ops);
    CHECK(strcmp(info->ops[0].op, "BatchNormalization") == 0 && info->ops[0].count == 1, "operators in order");
}

static void test_small_model(void)
{
    oct_graph g;
    octet_error err = {.message = ""};
    msg m = msg_small_model();
    oct_graph_init(&g);
    octet_status status = oct_onnx_read_memory(&g, m.data, m.n, &err);
    CHECK(status == OCTET_OK, "%s", err.message);
    if (status == OCTET_OK) {
        CHECK(oct_graph_verify(&g, &err) == OCTET_OK, "%s", err.message);
        check_small_graph(&g);
        check_info(g.onnx_info);
    }
    oct_graph_fini(&g);
    msg_free(&m);
}

/* ---- tensors ---- */

/* One tensor that `put` fills, read as a constant. */
static octet_status read_tensor(msg *m, oct_graph *g, const oct_value **v, octet_error *err)
{
    oct_value_id id;
    oct_graph_init(g);
    octet_status status = oct_onnx_read_tensor(g, &id, m->data, m->n, err);
    *v = status == OCTET_OK ? oct_graph_value(g, id) : NULL;
    msg_free(m);
    return status;
}

static void check_typed(int dtype, uint32_t field, int n, const int64_t *values)
{
    oct_graph g;
    octet_error err = {.message = ""};
    const oct_value *v;
    msg m = {0};
    msg_int(&m, 1, n);
    msg_int(&m, 2, dtype);
    for (int i = 0; i < n; i++)
        msg_int(&m, field, values[i]); /* unpacked */
    msg_text(&m, 8, "t");
    CHECK(read_tensor(&m, &g, &v, &err) == OCTET_OK, "%s: %s", octet_dtype_name((octet_dtype)dtype), err.message);
    for (int i = 0; v && i < n; i++)
        CHECK(oct_const_int(v, i) == values[i], "%s[%d]", octet_dtype_name((octet_dtype)dtype), i);
    CHECK(!v || ((int)v->dtype == dtype && v->rank == 1 && v->dims[0] == n && strcmp(v->name, "t") == 0), "description");
    oct_graph_fini(&g);
}

static void test_typed_data(void)
{
    check_typed(U8, 5, 3, (const int64_t[]){0, 128, 255});
    check_typed(I8, 5, 3, (const int64_t[]){-128, 0, 127});
    check_typed(U16, 5, 2, (const int64_t[]){0, 65535});
    check_typed(I16, 5, 2, (const int64_t[]){-32768, 32767});
    check_typed(I32, 5, 2, (const int64_t[]){INT32_MIN, INT32_MAX});
    check_typed(I64, 7, 2, (const int64_t[]){INT64_MIN, INT64_MAX});
    check_typed(BOOL, 5, 2, (const int64_t[]){1, 0});
    check_typed(U32, 11, 2, (const int64_t[]){0, UINT32_MAX});
    check_typed(U64, 11, 2, (const int64_t[]){0, INT64_MAX});
    check_typed(I64, 7, 0, NULL);
}

/* 1.5 in each float type, raw and as bit pattern in int32_data */
static void test_float_types(void)
{
    static const struct {
        int dtype;
        size_t size;
        uint64_t bits;
        bool in_int32;
    } cases[] = {{F16, 2, 0x3e00, true}, {BF16, 2, 0x3fc0, true}, {F32, 4, 0x3fc00000, false},
                 {F64, 8, 0x3ff8000000000000, false}};
    for (size_t i = 0; i < 8; i++) {
        oct_graph g;
        octet_error err = {.message = ""};
        const oct_value *v;
        msg m = {0};
        if (i % 2 && !cases[i / 2].in_int32)
            continue;
        msg_int(&m, 2, cases[i / 2].dtype); /* a scalar */
        if (i % 2)
            msg_int(&m, 5, (int64_t)cases[i / 2].bits);
        else
            msg_bytes(&m, 9, &cases[i / 2].bits, cases[i / 2].size);
        CHECK(read_tensor(&m, &g, &v, &err) == OCTET_OK, "case %zu: %s", i, err.message);
        CHECK(!v || (v->rank == 0 && oct_const_float(v, 0) == 1.5), "case %zu", i);
        oct_graph_fini(&g);
    }
}

/* Long data is left where it is by the skeleton, in every field that may hold it. */
static void check_long(uint32_t field, int dtype, size_t n)
{
    oct_graph g;
    octet_error err = {.message = ""};
    const oct_value *v;
    size_t size = octet_dtype_size((octet_dtype)dtype);
    uint8_t *bytes = calloc(n, size);
    for (size_t i = 0; i < n; i++)
        bytes[i * size + size - 2] = (uint8_t)i; /* keeps floats finite */
    msg m = {0};
    msg_int(&m, 1, (int64_t)n);
    msg_int(&m, 2, dtype);
    msg_bytes(&m, field, bytes, n * size);
    CHECK(read_tensor(&m, &g, &v, &err) == OCTET_OK, "%s", err.message);
    CHECK(!v || memcmp(v->data, bytes, n * size) == 0, "field %u, %zu elements", field, n);
    free(bytes);
    oct_graph_fini(&g);
}

static void test_long_data(void)
{
    check_long(9, F32, 300);
    check_long(9, F32, 20000);
    check_long(4, F32, 300);
    check_long(4, F32, 20000);
    check_long(10, F64, 200);
    check_long(9, U16, 513);
}

/* A large initializer points into the message, at any alignment, until it is aligned. */
static void test_unaligned(void)
{
    enum { N = 32768 };
    static float values[N];
    const int64_t dims[] = {N};
    for (int i = 0; i < N; i++)
        values[i] = (float)i;
    for (size_t shift = 0; shift < 4; shift++) {
        oct_graph g;
        octet_error err = {.message = ""};
        msg m = {0};
        size_t graph = msg_model(&m, 8, 13);
        msg_bytes(&m, 10, "xxxx", shift); /* doc_string */
        msg_tensor(&m, "w", F32, 1, dims, values, sizeof values);
        msg_close(&m, msg_node(&m, "Relu", "relu", "w", "y"));
        msg_value(&m, MSG_OUTPUT, "y", F32, 1, dims);
        msg_model_end(&m, graph);
        oct_graph_init(&g);
        CHECK(oct_onnx_read_memory(&g, m.data, m.n, &err) == OCTET_OK, "%s", err.message);
        oct_value_id id = g.nodes[0].in[0];
        const uint8_t *data = oct_graph_value(&g, id)->data;
        CHECK(data >= m.data && data < m.data + m.n, "copied");
        CHECK(oct_graph_value(&g, id)->unaligned_data == ((uintptr_t)data % 4 != 0), "shift %zu", shift);
        CHECK(oct_const_float(oct_graph_value(&g, id), N - 1) == N - 1, "last element");
        CHECK(oct_graph_align_const(&g, id, &err) == OCTET_OK, "%s", err.message);
        data = oct_graph_value(&g, id)->data;
        CHECK((uintptr_t)data % 4 == 0 && memcmp(data, values, sizeof values) == 0, "aligned");
        CHECK(!oct_graph_value(&g, id)->unaligned_data, "flag");
        oct_graph_fini(&g);
        msg_free(&m);
    }
}

/* ---- Constant in all its forms ---- */

static void test_constants(void)
{
    oct_graph g;
    octet_error err = {.message = ""};
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13), node;
    node = msg_node(&m, "Constant", "", "", "f");
    msg_attr_float(&m, "value_float", 2.5f);
    msg_close(&m, node);
    node = msg_node(&m, "Constant", "", "", "i");
    msg_attr_int(&m, "value_int", -3);
    msg_close(&m, node);
    node = msg_node(&m, "Constant", "", "", "fs");
    msg_attr_floats(&m, "value_floats", 2, (const float[]){1, 2});
    msg_close(&m, node);
    node = msg_node(&m, "Constant", "", "", "is");
    msg_attr_ints(&m, "value_ints", 3, (const int64_t[]){4, 5, 6});
    msg_close(&m, node);
    for (int i = 0; i < 4; i++)
        msg_value(&m, MSG_OUTPUT, (const char *[]){"f", "i", "fs", "is"}[i], F32, 0, NULL);
    msg_model_end(&m, graph);
    oct_graph_init(&g);
    CHECK(oct_onnx_read_memory(&g, m.data, m.n, &err) == OCTET_OK, "%s", err.message);
    CHECK(g.n_nodes == 0 && g.n_outputs == 4, "%d nodes, %d outputs", g.n_nodes, g.n_outputs);
    CHECK(oct_const_float(find(&g, "f"), 0) == 2.5 && find(&g, "f")->rank == 0, "value_float");
    CHECK(oct_const_int(find(&g, "i"), 0) == -3 && find(&g, "i")->dtype == OCTET_I64, "value_int");
    CHECK(oct_const_float(find(&g, "fs"), 1) == 2 && find(&g, "fs")->dims[0] == 2, "value_floats");
    CHECK(oct_const_int(find(&g, "is"), 2) == 6 && find(&g, "is")->dims[0] == 3, "value_ints");
    oct_graph_fini(&g);
    msg_free(&m);
}

/* Nodes may stand in any order; trailing omitted inputs vanish. */
static void test_order(void)
{
    oct_graph g;
    octet_error err = {.message = ""};
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    msg_close(&m, msg_node(&m, "Relu", "last", "a", "y"));
    msg_close(&m, msg_node(&m, "Clip", "first", "x,,", "a"));
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    oct_graph_init(&g);
    CHECK(oct_onnx_read_memory(&g, m.data, m.n, &err) == OCTET_OK, "%s", err.message);
    CHECK(g.n_nodes == 2 && strcmp(g.nodes[0].name, "first") == 0 && g.nodes[0].n_in == 1, "order");
    oct_graph_fini(&g);
    msg_free(&m);
}

int main(void)
{
    test_small_model();
    test_typed_data();
    test_float_types();
    test_long_data();
    test_unaligned();
    test_constants();
    test_order();
    return check_done();
}
