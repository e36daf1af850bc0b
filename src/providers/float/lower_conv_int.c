/* Lowering of ConvInteger, QLinearConv, MatMulInteger, QLinearMatMul and QLinearGemm: exact integer arithmetic on 8-bit operands.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "providers/float/int_product.h"
#include "providers/float/lower.h"

static oct_value_id input_id(const oct_node *n, int i)
{
    return i < n->n_in ? n->in[i] : OCT_NONE;
}

static bool is_byte(const oct_value *v)
{
    return v->dtype == OCTET_U8 || v->dtype == OCTET_I8;
}

static bool is_word(const oct_value *v)
{
    return v->dtype == OCTET_U16 || v->dtype == OCTET_I16;
}

static int64_t count(const oct_graph *g, oct_value_id id)
{
    return id == OCT_NONE ? 0 : oct_value_elems(oct_graph_value(g, id));
}

/* `id` has one element, or n and *per_oc is then set. */
static octet_status check_channels(const oct_graph *g, const oct_node *n, oct_value_id id, int64_t channels,
                                   const char *what, bool *per_oc, octet_error *err)
{
    int64_t elems = count(g, id);
    if (elems > 1 && elems != channels)
        return oct_lower_refuse(n, err, "%s has %lld elements; 1 or %lld are supported", what, (long long)elems,
                                (long long)channels);
    *per_oc = elems > 1;
    return OCTET_OK;
}

static octet_status check_scalar(const oct_graph *g, const oct_node *n, oct_value_id id, const char *what,
                                 octet_error *err)
{
    if (count(g, id) > 1)
        return oct_lower_refuse(n, err, "%s has %lld elements; 1 is supported", what, (long long)count(g, id));
    return OCTET_OK;
}

/* Types and the shapes of scales and zero points. x_zero is left to the caller. */
static octet_status check_operands(const oct_graph *g, const oct_node *n, oct_int_product *p, octet_error *err)
{
    const oct_value *x = oct_graph_value(g, p->x), *w = oct_graph_value(g, p->w), *y = oct_node_out(g, n, 0);
    const bool words = is_word(x) && is_word(y) && (is_byte(w) || is_word(w));
    if (!words &&
        (!is_byte(x) || !is_byte(w) || !(is_byte(y) || (y->dtype == OCTET_I32 && p->y_scale == OCT_NONE))))
        return oct_lower_refuse(n, err, "operands of types %s and %s with result %s; 8-bit integers, or 16-bit ones for "
                                "input and result, are supported",
                                octet_dtype_name(x->dtype), octet_dtype_name(w->dtype), octet_dtype_name(y->dtype));
    if (p->y_scale != OCT_NONE && (oct_graph_value(g, p->x_scale)->dtype != OCTET_F32 ||
                                   oct_graph_value(g, p->w_scale)->dtype != OCTET_F32 ||
                                   oct_graph_value(g, p->y_scale)->dtype != OCTET_F32))
        return oct_lower_refuse(n, err, "scales must be float32");
    OCT_TRY(check_channels(g, n, p->w_zero, p->shape.OC, "the weights' zero point", &p->zero_per_oc, err));
    OCT_TRY(check_channels(g, n, p->w_scale, p->shape.OC, "the weights' scale", &p->scale_per_oc, err));
    OCT_TRY(check_scalar(g, n, p->x_scale, "the input's scale", err));
    OCT_TRY(check_scalar(g, n, p->y_scale, "the output's scale", err));
    OCT_TRY(check_scalar(g, n, p->y_zero, "the output's zero point", err));
    p->shape.x_signed = x->dtype == OCTET_I8 || x->dtype == OCTET_I16;
    p->shape.w_signed = w->dtype == OCTET_I8;
    p->shape.out = words                   ? (y->dtype == OCTET_I16 ? OCT_CONV_INT_I16 : OCT_CONV_INT_U16)
                   : y->dtype == OCTET_I32 ? OCT_CONV_INT_I32
                   : y->dtype == OCTET_I8  ? OCT_CONV_INT_I8
                                           : OCT_CONV_INT_U8;
    return OCTET_OK;
}

static octet_status build(oct_builder *b, const oct_node *n, oct_int_product *p, octet_error *err)
{
    if (p->shape.out == OCT_CONV_INT_U16 || p->shape.out == OCT_CONV_INT_I16)
        return oct_u16_product_build(b, n, p, err);
    return oct_int_product_build(b, p, n->out[0], err);
}

/* ---- convolution ---- */

static oct_conv_int_shape conv_shape(const oct_value *x, const oct_value *y, const oct_conv_params *p)
{
    bool flat = x->rank == 3;
    return (oct_conv_int_shape){
        .N = (int32_t)x->dims[0], .C = (int32_t)x->dims[1], .OC = (int32_t)y->dims[1],
        .H = flat ? 1 : (int32_t)x->dims[2], .W = (int32_t)x->dims[x->rank - 1],
        .OH = flat ? 1 : (int32_t)y->dims[2], .OW = (int32_t)y->dims[y->rank - 1],
        .KH = p->kernel[0], .KW = p->kernel[1], .G = p->group,
        .stride_h = p->stride[0], .stride_w = p->stride[1],
        .dilation_h = p->dilation[0], .dilation_w = p->dilation[1],
        .pad_top = p->pad_begin[0], .pad_left = p->pad_begin[1],
    };
}

static float float_at(const oct_value *v)
{
    return (float)oct_const_float(v, 0);
}

/* A zero point in the numbers that are added; raised: where it is uint8, it is 128 more. */
static float zero_at(const oct_value *v, bool raised)
{
    return v ? (float)(oct_const_int(v, 0) - (raised && v->dtype == OCTET_U8 ? 128 : 0)) : 0;
}

/* The result rounded to 8 bits, then added as kernels/qlinear.h has it. */
static oct_conv_u8s8_store rounded_add(const oct_graph *g, const oct_node *n, const oct_int_product *p)
{
    const oct_conv_params *conv = n->params;
    const bool r_first = conv->residual_first, raised = conv->raised_add;
    const float sum_scale = float_at(oct_node_in(g, n, OCT_QCONV_SUM_SCALE));
    const float q = float_at(oct_graph_value(g, p->y_scale)) / sum_scale, q_at = zero_at(oct_graph_value(g, p->y_zero), raised);
    const float r = float_at(oct_node_in(g, n, OCT_QCONV_RESIDUAL_SCALE)) / sum_scale;
    const float r_at = zero_at(oct_node_in(g, n, OCT_QCONV_RESIDUAL_ZERO), raised);
    const float zeros = r_first ? fmaf(r, r_at, q * q_at) : fmaf(q, q_at, r * r_at);
    return (oct_conv_u8s8_store){.add = OCT_CONV_U8S8_ADD_ROUNDED, .r_first = r_first, .q_zero = (int32_t)q_at, .q_scale = q,
                                 .r_scale = r, .fixed = zero_at(oct_node_in(g, n, OCT_QCONV_SUM_ZERO), raised) - zeros};
}

/* The sum itself added, rounded once: r_scale = scale of r / y_scale, fixed = -(r_scale * zero of r). */
static oct_conv_u8s8_store exact_add(const oct_graph *g, const oct_node *n, const oct_int_product *p)
{
    const bool raised = ((const oct_conv_params *)n->params)->raised_add;
    const float r = float_at(oct_node_in(g, n, OCT_QCONV_RESIDUAL_SCALE)) / float_at(oct_graph_value(g, p->y_scale));
    return (oct_conv_u8s8_store){.add = OCT_CONV_U8S8_ADD_EXACT, .r_scale = r,
                                 .fixed = -(r * zero_at(oct_node_in(g, n, OCT_QCONV_RESIDUAL_ZERO), raised))};
}

/* conv_u8s8's addition; everything is a known scalar (passes/fuse_store.c). */
static void read_store(const oct_graph *g, const oct_node *n, oct_int_product *p)
{
    p->residual = n->in[OCT_QCONV_RESIDUAL];
    p->store = oct_node_in(g, n, OCT_QCONV_SUM_SCALE) ? rounded_add(g, n, p) : exact_add(g, n, p);
    const bool raised = ((const oct_conv_params *)n->params)->raised_add;
    p->store.r_numbers = oct_node_in(g, n, OCT_QCONV_RESIDUAL)->dtype == OCTET_I8 ? OCT_NUMBERS_I8
                         : raised                                                 ? OCT_NUMBERS_RAISED
                                                                                  : OCT_NUMBERS_U8;
}

static bool adds(const oct_node *n)
{
    return n->op == OCT_OP_QLINEAR_CONV && n->n_in > OCT_QCONV_RESIDUAL;
}

/* A convolution of single pixels is a matrix product over all of them: one long row. */
static void flatten_pixels(oct_conv_int_shape *s)
{
    int64_t pixels = (int64_t)s->N * s->H * s->W;
    if (s->KH * s->KW == 1 && s->H == s->OH && s->W == s->OW && s->stride_h == 1 && s->stride_w == 1 &&
        s->pad_top == 0 && s->pad_left == 0 && pixels <= INT32_MAX) {
        s->N = s->H = s->OH = 1;
        s->W = s->OW = (int32_t)pixels;
    }
}

static octet_status lower_conv(oct_builder *b, const oct_node *n, oct_int_product *p, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_graph_value(g, p->x), *y = oct_node_out(g, n, 0);
    if (oct_value_elems(y) == 0)
        return OCTET_OK;
    if (oct_value_elems(x) == 0)
        return oct_lower_refuse(n, err, "the input is empty");
    p->shape = conv_shape(x, y, n->params);
    p->stride_i = (int64_t)p->shape.KH * p->shape.KW;
    p->stride_o = p->stride_i * (p->shape.C / p->shape.G);
    OCT_TRY(check_operands(g, n, p, err));
    OCT_TRY(check_scalar(g, n, p->x_zero, "the input's zero point", err));
    flatten_pixels(&p->shape);
    p->shape.y_pitch = y->pixel_pitch;
    if (adds(n))
        read_store(g, n, p);
    const oct_fused_act *act = &((const oct_conv_params *)n->params)->act;
    p->store.clamps = act->kind == OCT_FUSED_CLAMP;
    p->store.lo = (int32_t)act->lo;
    p->store.hi = (int32_t)act->hi;
    if ((p->store.add || p->store.clamps || y->pixel_pitch) && !oct_u8s8_product_takes(g, p)) /* oct_fuse_has_store errs then */
        return oct_lower_refuse(n, err, "an addition, a clamp or a part of a Concat without a kernel for it");
    return build(b, n, p, err);
}

octet_status oct_lower_conv_integer(oct_builder *b, const oct_node *n, octet_error *err)
{
    oct_int_product p = {
        .x = n->in[0], .w = n->in[1], .x_zero = input_id(n, 2), .w_zero = input_id(n, 3), .bias = OCT_NONE,
        .x_scale = OCT_NONE, .w_scale = OCT_NONE, .y_scale = OCT_NONE, .y_zero = OCT_NONE,
    };
    return lower_conv(b, n, &p, err);
}

octet_status oct_lower_qlinear_conv(oct_builder *b, const oct_node *n, octet_error *err)
{
    oct_int_product p = {
        .x = n->in[0], .x_scale = n->in[1], .x_zero = n->in[2], .w = n->in[3], .w_scale = n->in[4], .w_zero = n->in[5],
        .y_scale = n->in[6], .y_zero = n->in[7], .bias = input_id(n, 8),
        .double_mult = ((const oct_conv_params *)n->params)->double_mult,
    };
    return lower_conv(b, n, &p, err);
}

/* ---- matrix product ---- */

/* [.., M, K] x [.., K, N]; a vector is a matrix of one row or one column. */
typedef struct matrices {
    int64_t M, K, N;
    int a_batch, b_batch;  /* number of batch axes */
    int64_t a_count, b_count;
} matrices;

static matrices get_matrices(const oct_value *a, const oct_value *b)
{
    matrices m = {
        .M = a->rank > 1 ? a->dims[a->rank - 2] : 1,
        .K = a->dims[a->rank - 1],
        .N = b->rank > 1 ? b->dims[b->rank - 1] : 1,
        .a_batch = a->rank > 2 ? a->rank - 2 : 0,
        .b_batch = b->rank > 2 ? b->rank - 2 : 0,
        .a_count = 1,
        .b_count = 1,
    };
    for (int i = 0; i < m.a_batch; i++)
        m.a_count *= a->dims[i];
    for (int i = 0; i < m.b_batch; i++)
        m.b_count *= b->dims[i];
    return m;
}

/* Axis i of n batch axes, counted from the outermost of `total`; those that are missing have one index. */
static int64_t batch_dim(const oct_value *v, int n, int total, int i)
{
    return i < total - n ? 1 : v->dims[i - (total - n)];
}

static oct_nd get_batch(const oct_value *a, const oct_value *b, const matrices *m)
{
    oct_nd nd = {0};
    int total = m->a_batch > m->b_batch ? m->a_batch : m->b_batch;
    int64_t dims[OCTET_MAX_RANK], y_stride = m->M * m->N, a_stride = m->M * m->K, b_stride = m->K * m->N;
    int64_t ys[OCTET_MAX_RANK], as[OCTET_MAX_RANK], bs[OCTET_MAX_RANK];
    for (int i = total - 1; i >= 0; i--) {
        int64_t ad = batch_dim(a, m->a_batch, total, i), bd = batch_dim(b, m->b_batch, total, i);
        dims[i] = ad > bd ? ad : bd;
        ys[i] = y_stride;
        as[i] = ad == 1 ? 0 : a_stride;
        bs[i] = bd == 1 ? 0 : b_stride;
        y_stride *= dims[i];
        a_stride *= ad;
        b_stride *= bd;
    }
    for (int i = 0; i < total; i++)
        oct_nd_push(&nd, dims[i], ys[i], as[i], bs[i]);
    return nd;
}

static oct_conv_int_shape product_shape(int64_t M, int64_t K, int64_t N)
{
    return (oct_conv_int_shape){.N = 1, .H = 1, .W = (int32_t)M, .C = (int32_t)K, .OH = 1, .OW = (int32_t)M,
                                .OC = (int32_t)N, .KH = 1, .KW = 1, .G = 1, .stride_h = 1, .stride_w = 1,
                                .dilation_h = 1, .dilation_w = 1};
}

static octet_status lower_matmul(oct_builder *b, const oct_node *n, oct_int_product *p, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_graph_value(g, p->x), *w = oct_graph_value(g, p->w);
    matrices m = get_matrices(x, w);
    if (oct_value_elems(oct_node_out(g, n, 0)) == 0)
        return OCTET_OK;
    if (m.b_count == 1) /* all rows of all batches in one product */
        m.M *= m.a_count;
    else
        p->batch = get_batch(x, w, &m);
    if (m.K == 0 || m.M > INT32_MAX)
        return oct_lower_refuse(n, err, "matrices of %lld x %lld", (long long)m.M, (long long)m.K);
    p->shape = product_shape(m.M, m.K, m.N);
    p->stride_o = 1;
    p->stride_i = m.N;
    OCT_TRY(check_operands(g, n, p, err));
    bool per_row = false;
    OCT_TRY(check_channels(g, n, p->x_zero, m.M, "the zero point of the left matrix", &per_row, err));
    p->shape.x_zero_per_column = per_row;
    return build(b, n, p, err);
}

octet_status oct_lower_matmul_integer(oct_builder *b, const oct_node *n, octet_error *err)
{
    oct_int_product p = {
        .x = n->in[0], .w = n->in[1], .x_zero = input_id(n, 2), .w_zero = input_id(n, 3), .bias = OCT_NONE,
        .x_scale = OCT_NONE, .w_scale = OCT_NONE, .y_scale = OCT_NONE, .y_zero = OCT_NONE,
    };
    return lower_matmul(b, n, &p, err);
}

octet_status oct_lower_qlinear_matmul(oct_builder *b, const oct_node *n, octet_error *err)
{
    oct_int_product p = {
        .x = n->in[0], .x_scale = n->in[1], .x_zero = n->in[2], .w = n->in[3], .w_scale = n->in[4], .w_zero = n->in[5],
        .y_scale = n->in[6], .y_zero = n->in[7], .bias = OCT_NONE,
    };
    return lower_matmul(b, n, &p, err);
}

octet_status oct_lower_qlinear_gemm(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    const bool trans_b = ((const oct_gemm_params *)n->params)->trans_b;
    oct_int_product p = {
        .x = n->in[0], .x_scale = n->in[1], .x_zero = n->in[2], .w = n->in[3], .w_scale = n->in[4], .w_zero = n->in[5],
        .bias = input_id(n, 6), .y_scale = input_id(n, 7), .y_zero = input_id(n, 8),
        .shape = product_shape(x->dims[0], x->dims[1], y->dims[1]),
        .stride_o = trans_b ? x->dims[1] : 1, .stride_i = trans_b ? 1 : y->dims[1],
        .double_mult = ((const oct_gemm_params *)n->params)->double_mult,
    };
    if (oct_value_elems(y) == 0)
        return OCTET_OK;
    if (x->dims[1] == 0)
        return oct_lower_refuse(n, err, "matrices of %lld x 0", (long long)x->dims[0]);
    OCT_TRY(check_operands(g, n, &p, err));
    return build(b, n, &p, err);
}
