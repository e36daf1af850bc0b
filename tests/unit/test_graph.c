/* graph/: building, uses, sorting, verifying, strides, constant readers, text.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* open_memstream */
#include "base/mem.h"
#include "graph/op_params.h"
#include "net.h"

/* Relu from value `in` to value `out`. */
static oct_node_id add_relu(oct_graph *g, const char *name, oct_value_id in, oct_value_id out)
{
    oct_node_id n = OCT_NONE;
    CHECK(oct_graph_add_node(g, &n, OCT_OP_RELU, name, "Relu", &in, 1, &out, 1, NULL, NULL) == OCTET_OK, "add node");
    return n;
}

/* x -> r0 -> v0 -> r1 -> v1 ... of n nodes, added in reverse order; x is an input, the last value an output. */
static void build_chain(oct_graph *g, int n, oct_value_id *values)
{
    oct_graph_init(g);
    for (int i = 0; i <= n; i++)
        oct_graph_add_value(g, &values[i], NULL, NULL);
    for (int i = n - 1; i >= 0; i--) {
        char name[16];
        snprintf(name, sizeof name, "r%d", i);
        add_relu(g, name, values[i], values[i + 1]);
    }
    g->inputs = oct_arena_array(&g->arena, 1, sizeof *g->inputs);
    g->outputs = oct_arena_array(&g->arena, 1, sizeof *g->outputs);
    g->inputs[0] = values[0];
    g->outputs[0] = values[n];
    g->n_inputs = g->n_outputs = 1;
    g->values[values[0]].is_input = true;
    g->values[values[n]].is_output = true;
}

static void check_sorted(const oct_graph *g, int n)
{
    CHECK(g->n_nodes == n, "%d nodes", g->n_nodes);
    for (int i = 0; i < g->n_nodes; i++) {
        const oct_node *before = oct_graph_producer(g, g->nodes[i].in[0]);
        CHECK(i == 0 ? !before : before == &g->nodes[i - 1], "node %d '%s' is out of order", i, g->nodes[i].name);
    }
}

static void test_sort(void)
{
    enum { N = 5000 }; /* deep: recursion would show */
    static oct_value_id v[N + 1];
    oct_graph g;
    octet_error err;
    build_chain(&g, N, v);
    CHECK(oct_graph_sort(&g, &err) == OCTET_OK, "%s", err.message);
    check_sorted(&g, N);
    CHECK(strcmp(g.nodes[0].name, "r0") == 0, "first is '%s'", g.nodes[0].name);
    CHECK(oct_graph_verify(&g, &err) == OCTET_OK, "%s", err.message);
    CHECK(oct_graph_sort(&g, &err) == OCTET_OK, "again: %s", err.message);
    check_sorted(&g, N);
    oct_graph_fini(&g);
}

static void test_sort_is_stable(void)
{
    oct_graph g;
    oct_value_id v[4];
    build_chain(&g, 1, v);
    oct_graph_add_value(&g, &v[2], "side", NULL);
    oct_graph_add_value(&g, &v[3], "end", NULL);
    add_relu(&g, "s", v[0], v[2]);
    add_relu(&g, "e", v[2], v[3]);
    CHECK(oct_graph_sort(&g, NULL) == OCTET_OK, "sort");
    CHECK(strcmp(g.nodes[0].name, "r0") == 0 && strcmp(g.nodes[1].name, "s") == 0, "'%s', '%s'", g.nodes[0].name,
          g.nodes[1].name);
    oct_graph_fini(&g);
}

static void test_sort_drops_dead(void)
{
    oct_graph g;
    oct_value_id v[4];
    build_chain(&g, 3, v);
    oct_node *middle = oct_graph_producer(&g, v[2]);
    CHECK(strcmp(middle->name, "r1") == 0, "'%s'", middle->name);
    middle->dead = true;
    oct_graph_replace_uses(&g, v[2], v[1]);
    CHECK(oct_graph_sort(&g, NULL) == OCTET_OK, "sort");
    check_sorted(&g, 2);
    CHECK(g.values[v[2]].producer == OCT_NONE, "the dead node still produces");
    oct_graph_fini(&g);
}

static void check_sort_fails(oct_graph *g, const char *reason)
{
    octet_error err = {0};
    uint64_t n_nodes = (uint64_t)g->n_nodes;
    CHECK(oct_graph_sort(g, &err) == OCTET_BAD_INPUT && strstr(err.message, reason), "got '%s'", err.message);
    CHECK((uint64_t)g->n_nodes == n_nodes, "nodes are gone");
    oct_graph_fini(g);
}

static void test_sort_failures(void)
{
    oct_graph g;
    oct_value_id v[4];
    build_chain(&g, 3, v);
    g.nodes[2].in[0] = v[3]; /* r0 */
    check_sort_fails(&g, "is part of a cycle");
    build_chain(&g, 1, v);
    g.nodes[0].in[0] = v[1];
    check_sort_fails(&g, "Relu 'r0' is part of a cycle through its input '#1'");
    build_chain(&g, 2, v);
    add_relu(&g, "twin", v[0], v[2]);
    check_sort_fails(&g, "Relu 'twin': output '#2' is also produced by Relu 'r1'");
    build_chain(&g, 2, v);
    g.values[v[0]].is_input = false;
    check_sort_fails(&g, "Relu 'r0': input '#0' is produced by no node");
    build_chain(&g, 2, v);
    add_relu(&g, "back", v[1], v[0]);
    check_sort_fails(&g, "Relu 'back': output '#0' is also a graph input");
    build_chain(&g, 2, v);
    g.nodes[0].dead = true; /* r1 */
    check_sort_fails(&g, "graph output '#2' is produced by no node");
}

static void test_folded_output(void)
{
    static const float one = 1;
    oct_graph g;
    oct_value_id v[3];
    octet_error err;
    build_chain(&g, 2, v);
    oct_value *folded = oct_graph_value(&g, v[1]);
    folded->dtype = OCTET_F32;
    folded->rank = 0;
    folded->data = &one;
    CHECK(oct_graph_sort(&g, &err) == OCTET_OK, "%s", err.message);
    CHECK(oct_graph_value(&g, v[1])->producer == OCT_NONE, "a constant has a producer");
    CHECK(oct_graph_verify(&g, &err) == OCTET_OK, "%s", err.message);
    oct_graph_fini(&g);
}

static void test_uses(void)
{
    oct_graph g;
    oct_value_id v[4], in[2];
    int32_t uses[8];
    build_chain(&g, 3, v);
    in[0] = in[1] = v[3];
    oct_value_id sum;
    oct_graph_add_value(&g, &sum, "sum", NULL);
    oct_graph_add_node(&g, NULL, OCT_OP_ADD, NULL, NULL, in, 2, &sum, 1, NULL, NULL);
    CHECK(oct_graph_count_uses(&g, v[3]) == 3, "%d uses", oct_graph_count_uses(&g, v[3])); /* twice, and output */
    CHECK(oct_graph_count_uses(&g, sum) == 0, "%d uses", oct_graph_count_uses(&g, sum));
    oct_graph_uses(&g, uses);
    for (int i = 0; i < g.n_values; i++)
        CHECK(uses[i] == oct_graph_count_uses(&g, i), "value %d has %d uses", i, uses[i]);
    oct_graph_replace_uses(&g, v[3], sum);
    CHECK(g.outputs[0] == sum && g.values[sum].is_output && !g.values[v[3]].is_output, "output not moved");
    CHECK(oct_graph_count_uses(&g, v[3]) == 0 && oct_graph_count_uses(&g, sum) == 3, "uses not moved");
    g.nodes[3].dead = true;
    CHECK(oct_graph_count_uses(&g, sum) == 1, "a dead node uses nothing");
    oct_graph_fini(&g);
}

static void test_building(void)
{
    oct_graph g;
    oct_value_id a, b, c, out;
    oct_node_id n;
    int64_t dims[2] = {2, 3};
    float data[6] = {1, 2, 3, 4, 5, 6};
    oct_graph_init(&g);
    oct_graph_add_const(&g, &a, "w", OCTET_F32, 2, dims, data, true, NULL);
    oct_graph_add_const(&g, &b, "v", OCTET_F32, 2, dims, data, false, NULL);
    data[0] = 7;
    CHECK(oct_const_float(oct_graph_value(&g, a), 0) == 1, "not copied");
    CHECK(oct_const_float(oct_graph_value(&g, b), 0) == 7, "copied");
    dims[1] = 0;
    oct_graph_add_const(&g, &c, NULL, OCTET_I64, 2, dims, NULL, false, NULL);
    CHECK(oct_value_is_const(oct_graph_value(&g, c)) && oct_value_elems(oct_graph_value(&g, c)) == 0, "empty constant");
    oct_graph_value(&g, b)->layout = OCT_CHANNELS_LAST;
    oct_graph_add_like(&g, &out, b, "_copy", NULL);
    const oct_value *like = oct_graph_value(&g, out);
    CHECK(strcmp(like->name, "v_copy") == 0 && like->dtype == OCTET_F32 && like->rank == 2 && like->dims[1] == 3 &&
              like->layout == OCT_CHANNELS_LAST && !like->data && like->producer == OCT_NONE, "like '%s'", like->name);
    oct_value_id in[3] = {a, OCT_NONE, c};
    oct_graph_add_node(&g, &n, OCT_OP_CLIP, "", NULL, in, 3, &out, 1, NULL, NULL);
    const oct_node *node = &g.nodes[n];
    CHECK(strcmp(node->name, "v_copy") == 0 && strcmp(node->onnx_op, "Clip") == 0, "'%s'", node->name);
    CHECK(oct_node_in(&g, node, 0) == oct_graph_value(&g, a) && !oct_node_in(&g, node, 1), "inputs");
    CHECK(!oct_node_in(&g, node, 3) && !oct_node_out(&g, node, 1), "beyond the last");
    CHECK(oct_graph_producer(&g, out) == node && !oct_graph_producer(&g, a), "producer");
    oct_graph_fini(&g);
    oct_graph_fini(&g); /* all-zero */
}

/* Every allocation fails once: a status each time, no crash, no leak. */
static void test_out_of_memory(void)
{
    for (uint64_t n = 1; n < 12; n++) {
        oct_graph g;
        oct_value_id a, b;
        octet_status status;
        int64_t dim = 100000;
        oct_graph_init(&g);
        oct_alloc_fail_after(n);
        OCT_TRY_GOTO(oct_graph_add_value(&g, &a, "a", NULL));
        OCT_TRY_GOTO(oct_graph_add_like(&g, &b, a, "b", NULL));
        OCT_TRY_GOTO(oct_graph_add_node(&g, NULL, OCT_OP_RELU, NULL, NULL, &a, 1, &b, 1, NULL, NULL));
        g.values[a].is_input = true;
        OCT_TRY_GOTO(oct_graph_sort(&g, NULL));
        status = oct_graph_add_const(&g, &a, "c", OCTET_F32, 1, &dim, NULL, false, NULL);
    fail:
        oct_alloc_fail_after(0);
        CHECK(status == (n <= 7 ? OCTET_NO_MEMORY : OCTET_OK), "status %d when allocation %d fails", status, (int)n);
        oct_graph_fini(&g);
    }
}

static void test_verify(void)
{
    oct_graph g;
    oct_value_id v[3];
    octet_error err = {0};
#define CHECK_BAD(REASON)                                                                                  \
    CHECK(oct_graph_verify(&g, &err) == OCTET_BAD_INPUT && strstr(err.message, REASON), "got '%s'", err.message); \
    oct_graph_fini(&g);                                                                                    \
    build_chain(&g, 2, v)
    build_chain(&g, 2, v);
    CHECK(oct_graph_verify(&g, &err) == OCTET_OK, "%s", err.message);
    g.nodes[0].in[0] = 3;
    CHECK_BAD("Relu 'r1': no such value at input 0");
    g.nodes[0].out[0] = -2;
    CHECK_BAD("no such value at output 0");
    g.nodes[0].n_in = 0;
    CHECK_BAD("wrong number of inputs: 0");
    g.values[v[2]].producer = 1;
    CHECK_BAD("its producer 'r0' has no such output");
    g.values[v[2]].producer = 7;
    CHECK_BAD("its producer 7 is no node");
    g.values[v[2]].producer = OCT_NONE;
    CHECK_BAD("names another producer");
    g.values[v[0]].is_input = false;
    CHECK_BAD("graph input 0");
    g.values[v[1]].rank = 9;
    CHECK_BAD("rank 9");
    g.values[v[1]].data = "";
    CHECK_BAD("constant '#1' has no known type");
    oct_graph_fini(&g);
}

static void check_strides(oct_layout layout, int rank, const int64_t *dims, const int64_t *want)
{
    oct_value v = {.rank = rank, .layout = layout};
    int64_t strides[OCTET_MAX_RANK];
    for (int i = 0; i < rank; i++)
        v.dims[i] = dims[i];
    oct_value_strides(&v, strides);
    for (int i = 0; i < rank; i++)
        CHECK(strides[i] == want[i], "axis %d of rank %d: %" PRId64, i, rank, strides[i]);
}

static void test_strides(void)
{
    check_strides(OCT_PLAIN, 4, (int64_t[]){2, 3, 5, 7}, (int64_t[]){105, 35, 7, 1});
    check_strides(OCT_CHANNELS_LAST, 4, (int64_t[]){2, 3, 5, 7}, (int64_t[]){105, 1, 21, 3});
    check_strides(OCT_CHANNELS_LAST, 3, (int64_t[]){2, 3, 5}, (int64_t[]){15, 1, 3});
    check_strides(OCT_CHANNELS_LAST, 2, (int64_t[]){2, 3}, (int64_t[]){3, 1});
    check_strides(OCT_PLAIN, 0, NULL, NULL);
}

static void test_elems(void)
{
    int64_t n;
    CHECK(oct_shape_elems((int64_t[]){2, 3, 5}, 3, &n) && n == 30, "%" PRId64, n);
    CHECK(oct_shape_elems(NULL, 0, &n) && n == 1, "a scalar");
    CHECK(oct_shape_elems((int64_t[]){INT64_MAX, INT64_MAX, 0}, 3, &n) && n == 0, "empty");
    CHECK(oct_shape_elems((int64_t[]){1 << 24, 1 << 24}, 2, &n) && n == INT64_C(1) << 48, "the limit");
    CHECK(!oct_shape_elems((int64_t[]){(1 << 24) + 1, 1 << 24}, 2, &n), "above the limit");
    CHECK(!oct_shape_elems((int64_t[]){INT64_MAX, INT64_MAX}, 2, &n), "overflow");
    CHECK(!oct_shape_elems((int64_t[]){2, -1}, 2, &n) && !oct_shape_elems(NULL, -1, &n), "unknown");
    CHECK(!oct_shape_elems((int64_t[]){0, -1}, 2, &n), "unknown beside 0");
    oct_value v = {.dtype = OCTET_F32, .rank = 2, .dims = {2, 5}};
    CHECK(oct_value_known(&v) && oct_value_bytes(&v) == 40, "%zu bytes", oct_value_bytes(&v));
    v.dims[1] = -1;
    CHECK(!oct_value_known(&v) && !oct_value_known(NULL), "unknown");
}

static void check_element(octet_dtype dtype, const void *data, int64_t as_int, double as_float)
{
    oct_value v = {.dtype = dtype, .rank = 0, .data = data};
    CHECK(oct_const_int(&v, 0) == as_int, "%s reads as %" PRId64, octet_dtype_name(dtype), oct_const_int(&v, 0));
    CHECK(oct_const_float(&v, 0) == as_float, "%s reads as %g", octet_dtype_name(dtype), oct_const_float(&v, 0));
}

static void test_elements(void)
{
    check_element(OCTET_U8, &(uint8_t){200}, 200, 200);
    check_element(OCTET_I8, &(int8_t){-100}, -100, -100);
    check_element(OCTET_U16, &(uint16_t){60000}, 60000, 60000);
    check_element(OCTET_I16, &(int16_t){-30000}, -30000, -30000);
    check_element(OCTET_U32, &(uint32_t){4000000000u}, 4000000000, 4000000000.0);
    check_element(OCTET_I32, &(int32_t){INT32_MIN}, INT32_MIN, INT32_MIN);
    check_element(OCTET_I64, &(int64_t){INT64_MIN}, INT64_MIN, -0x1p63);
    check_element(OCTET_U64, &(uint64_t){UINT64_MAX}, INT64_MAX, 0x1p64);
    check_element(OCTET_BOOL, &(uint8_t){2}, 1, 1);
    check_element(OCTET_F32, &(float){-2.75f}, -2, -2.75);
    check_element(OCTET_F64, &(double){1e30}, INT64_MAX, 1e30);
    check_element(OCTET_F64, &(double){-1e30}, INT64_MIN, -1e30);
    check_element(OCTET_F16, &(uint16_t){0xc500}, -5, -5);
    check_element(OCTET_BF16, &(uint16_t){0x40a0}, 5, 5);
    const unsigned char bytes[9] = {0, 0, 0, 0x80, 0x3f};
    check_element(OCTET_F32, bytes + 1, 1, 1); /* unaligned */
}

static void test_ops(void)
{
    for (int i = 0; i < OCT_N_OPS; i++) {
        const oct_op_info *info = oct_op_get_info((oct_op)i);
        CHECK(info->infer && oct_op_find(info->onnx_name, info->domain) == (oct_op)i, "'%s'", info->onnx_name);
    }
    CHECK(oct_op_find("Conv", "ai.onnx") == OCT_OP_CONV, "the long domain");
    CHECK(oct_op_find("Gelu", "com.microsoft") == OCT_OP_GELU_MS, "a domain of its own");
    CHECK(oct_op_find("Conv", "com.microsoft") == OCT_N_OPS && oct_op_find("conv", "") == OCT_N_OPS, "unknown ones");
}

static void test_text(void)
{
    oct_graph g;
    oct_value_id in[4], y;
    char *text = NULL;
    size_t n;
    oct_graph_init(&g);
    g.name = "net";
    net_values(&g, "float32[1,3,8,8]; float32[4,3,3,3]; -; float32{0.5,2}", in);
    g.values[in[0]].dims[0] = -1;
    g.values[in[0]].dim_names[0] = "N";
    oct_graph_add_value(&g, &y, "y", NULL);
    g.inputs = in;
    g.n_inputs = 1;
    oct_conv_params conv = {.kernel = {3, 3}, .stride = {1, 2}, .dilation = {1, 1}, .pad_end = {1, 1}, .group = 1,
                            .act = {.kind = OCT_FUSED_CLAMP, .hi = 6}};
    oct_graph_add_node(&g, NULL, OCT_OP_CONV, "c1", "Conv+Clip", in, 4, &y, 1, &conv, NULL);
    oct_graph_add_node(&g, NULL, OCT_OP_SOFTMAX, "s", NULL, &y, 1, &y, 1, &(oct_axis_params){.axis = -1}, NULL);
    FILE *f = open_memstream(&text, &n);
    oct_graph_print(&g, f);
    fclose(f);
    CHECK(strcmp(text, "graph 'net'\n"
                       "  input %a: float32[N,3,8,8]\n"
                       "  const %d: float32[2]\n"
                       "  %y: undefined[...] = Conv+Clip 'c1' (%a, %b, -, %d) "
                       "{kernel 3x3, stride 1x2, pads 0,0,1,1, clamp 0..6}\n"
                       "  %y: undefined[...] = Softmax 's' (%y) {axis -1}\n") == 0,
          "got:\n%s", text);
    free(text);
    oct_graph_fini(&g);
}

int main(void)
{
    test_building();
    test_sort();
    test_sort_is_stable();
    test_sort_drops_dead();
    test_sort_failures();
    test_folded_output();
    test_uses();
    test_out_of_memory();
    test_verify();
    test_strides();
    test_elems();
    test_elements();
    test_ops();
    test_text();
    return check_done();
}
