/* Random nodes with extreme sizes, attributes and constants: inference answers with a status, never with a crash or an
 * overflow (run under the sanitizers), and what it accepts is within the limits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/shape.h"
#include "net.h"

enum { N_ROUNDS = 300000 };

static uint64_t seed = 1;

/* 0 .. n-1; xorshift64*, Vigna 2016 */
static unsigned pick(unsigned n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * 0x2545F4914F6CDD1Du) >> 33) % n;
}

static int64_t pick_dim(void)
{
    static const int64_t extreme[] = {0, 65536, 0x7fffffff, 0x80000000, INT64_MAX, 1 << 24, 46341, -1};
    unsigned i = pick(40);
    return i < OCT_COUNT(extreme) ? extreme[i] : 1 + pick(9);
}

static int32_t pick_i32(void)
{
    static const int32_t extreme[] = {INT32_MIN, INT32_MAX, -1, INT32_MIN + 1, 65536, 1 << 30};
    unsigned i = pick(24);
    return i < OCT_COUNT(extreme) ? extreme[i] : (int32_t)pick(5) - 1;
}

static int64_t pick_i64(void)
{
    static const int64_t extreme[] = {INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, INT64_MIN + 1};
    unsigned i = pick(30);
    return i < OCT_COUNT(extreme) ? extreme[i] : (int64_t)pick(8) - 2;
}

static octet_dtype pick_dtype(void)
{
    static const octet_dtype types[] = {OCTET_F32, OCTET_F32, OCTET_F32, OCTET_U8,   OCTET_I8,
                                        OCTET_I32, OCTET_I64, OCTET_F16, OCTET_BOOL, (octet_dtype)8};
    return types[pick(100) == 0 ? pick(OCT_COUNT(types)) : pick(2) ? 0 : pick(OCT_COUNT(types) - 1)];
}

static void fill_i32(void *p, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes / sizeof(int32_t); i++)
        ((int32_t *)p)[i] = pick_i32();
}

/* Any operator's params: a union, so that whatever inference takes it for has extreme values; bools stay 0 or 1. */
typedef union any_params {
    oct_conv_params conv;
    oct_pool_params pool;
    oct_gemm_params gemm;
    oct_norm_params norm;
    oct_axis_params axis;
    oct_reduce_params reduce;
    oct_cast_params cast;
    oct_transpose_params transpose;
    oct_pad_params pad;
    oct_resize_params resize;
    oct_depth_params depth;
    oct_lrn_params lrn;
    oct_quant_params quant;
    oct_mod_params mod;
    oct_shape_params shape;
    oct_fill_params fill;
    oct_reshape_params reshape;
    oct_lp_params lp;
    oct_qconcat_params qconcat;
} any_params;

static void pick_window(int32_t *window, int32_t *auto_pad)
{
    fill_i32(window, 10 * sizeof(int32_t)); /* kernel, stride, dilation, pads */
    *auto_pad = (int32_t)pick(4);
}

static void pick_params(any_params *p, oct_op op)
{
    memset(p, 0, sizeof *p);
    if (op >= OCT_OP_REDUCE_SUM && op <= OCT_OP_REDUCE_SUM_SQUARE)
        op = OCT_OP_REDUCE_SUM;
    switch (op) {
    case OCT_OP_CONV:
    case OCT_OP_CONV_TRANSPOSE:
    case OCT_OP_CONV_INTEGER:
    case OCT_OP_QLINEAR_CONV:
        pick_window(p->conv.kernel, &p->conv.auto_pad);
        if (pick(2))
            p->conv.kernel[0] = p->conv.kernel[1] = 0;
        fill_i32(p->conv.output_pad, 2 * sizeof p->conv.output_pad);
        p->conv.group = pick(2) ? 1 : pick_i32();
        break;
    case OCT_OP_MAX_POOL:
    case OCT_OP_AVERAGE_POOL:
    case OCT_OP_LP_POOL:
        pick_window(p->pool.kernel, &p->pool.auto_pad);
        p->pool.ceil_mode = pick(2);
        p->pool.p = 2;
        break;
    case OCT_OP_GEMM:
        p->gemm.trans_a = pick(2);
        p->gemm.trans_b = pick(2);
        break;
    case OCT_OP_TRANSPOSE:
    case OCT_OP_SHAPE:
    case OCT_OP_PAD:
    case OCT_OP_LRN:
    case OCT_OP_LP_NORM:
        fill_i32(p, sizeof p->transpose);
        break;
    case OCT_OP_RESIZE:
        fill_i32(p->resize.axes, sizeof p->resize.axes);
        p->resize.n_axes = pick(2) ? 0 : pick_i32();
        p->resize.policy = (int32_t)pick(3);
        p->resize.coord = (int32_t)pick(7);
        break;
    case OCT_OP_QUANTIZE_LINEAR:
    case OCT_OP_DEQUANTIZE_LINEAR:
        fill_i32(p, 2 * sizeof(int32_t)); /* axis, block_size */
        p->quant.output_dtype = pick(3) ? OCTET_UNDEFINED : pick_dtype();
        break;
    case OCT_OP_DEPTH_TO_SPACE:
    case OCT_OP_SPACE_TO_DEPTH:
        p->depth.block = pick_i32();
        break;
    case OCT_OP_CONSTANT_OF_SHAPE:
        p->fill.dtype = pick_dtype();
        break;
    case OCT_OP_CAST:
        p->cast.to = pick_dtype();
        break;
    case OCT_OP_LAYER_NORM:
        p->norm.axis = pick_i32();
        break;
    case OCT_OP_RESHAPE:
    case OCT_OP_MOD:
        p->reshape.allow_zero = pick(2);
        break;
    case OCT_OP_REDUCE_SUM:
        p->reduce.keepdims = pick(2);
        p->reduce.noop_with_empty_axes = pick(2);
        break;
    default:
        p->axis.axis = pick_i32();
        p->axis.num_outputs = op == OCT_OP_SPLIT && pick(2) ? pick_i32() : 0;
        break;
    }
}

static oct_value_id pick_const(oct_graph *g)
{
    oct_value_id v = OCT_NONE;
    int64_t data[20], n = pick(12) ? pick(5) : pick(20);
    octet_dtype dtype = pick(3) ? OCTET_I64 : OCTET_F32;
    for (int i = 0; i < n; i++) {
        if (dtype == OCTET_I64)
            data[i] = pick_i64();
        else
            ((float *)data)[i] = (float)pick_i64() * (pick(2) ? 0.37f : 1e30f);
    }
    oct_graph_add_const(g, &v, "k", dtype, n == 1 ? (int)pick(2) : 1, &n, data, true, NULL);
    return v;
}

static oct_value_id pick_value(oct_graph *g, const oct_value *like)
{
    oct_value_id v = OCT_NONE;
    if (pick(3) == 0)
        return pick_const(g);
    oct_graph_add_value(g, &v, "v", NULL);
    oct_value *value = oct_graph_value(g, v);
    value->dtype = pick_dtype();
    value->rank = pick(3) ? 4 : (int32_t)pick(OCTET_MAX_RANK + 1);
    for (int i = 0; i < value->rank; i++)
        value->dims[i] = pick_dim();
    if (like && pick(2)) {
        const char *name = value->name;
        *value = *like;
        value->name = name;
    }
    return v;
}

static void check_accepted(const oct_graph *g, const oct_node *n)
{
    for (int i = 0; i < n->n_out; i++) {
        const oct_value *v = oct_node_out(g, n, i);
        if (!v)
            continue;
        CHECK(oct_value_known(v), "%s: output %d is not known", n->onnx_op, i);
        int64_t n_elems;
        CHECK(oct_shape_elems(v->dims, v->rank, &n_elems) && n_elems <= INT64_C(1) << 40, "%s: too large", n->onnx_op);
        for (int k = 0; k < v->rank; k++)
            CHECK(v->dims[k] <= INT32_MAX, "%s: dimension %" PRId64, n->onnx_op, v->dims[k]);
    }
}

static bool try_node(oct_op op)
{
    oct_graph g;
    oct_value_id in[24], out[4];
    oct_node_id id;
    any_params params;
    octet_error err = {0};
    const oct_op_info *info = oct_op_get_info(op);
    oct_graph_init(&g);
    int n_in = info->min_in + (int)pick((unsigned)(info->max_in < 0 ? 3 : info->max_in - info->min_in) + 1);
    int n_out = info->min_out + (int)pick((unsigned)(info->max_out < 0 ? 3 : info->max_out - info->min_out) + 1);
    n_out = n_out > 4 ? 4 : n_out;
    for (int i = 0; i < n_in; i++) {
        oct_value first = i ? *oct_graph_value(&g, in[0] == OCT_NONE ? 0 : in[0]) : (oct_value){0};
        in[i] = i && pick(30) == 0 ? OCT_NONE : pick_value(&g, i ? &first : NULL);
    }
    for (int i = 0; i < n_out; i++) {
        out[i] = OCT_NONE;
        if (pick(20))
            oct_graph_add_value(&g, &out[i], "y", NULL);
    }
    pick_params(&params, op);
    oct_graph_add_node(&g, &id, op, "n", NULL, in, n_in, out, n_out, &params, NULL);
    octet_status status = oct_infer_node(&g, &g.nodes[id], &err);
    if (status == OCTET_OK)
        check_accepted(&g, &g.nodes[id]);
    else
        CHECK(status == err.status && strstr(err.message, " 'n': "), "%s: status %d, '%s'", info->onnx_name, status, err.message);
    oct_graph_fini(&g);
    return status == OCTET_OK;
}

int main(void)
{
    int n_accepted = 0;
    for (int i = 0; i < N_ROUNDS; i++)
        n_accepted += try_node((oct_op)(i % OCT_N_OPS));
    printf("%d of %d nodes accepted\n", n_accepted, N_ROUNDS);
    CHECK(n_accepted > N_ROUNDS / 50, "hardly any node is accepted: the test tests nothing");
    return check_done();
}
