/* Gemm and MatMul in float32. A product with constant two-dimensional weights is a 1x1 convolution over M pixels; all
 * others pack the right-hand side at run time, matrix by matrix.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "providers/float/lower.h"
#include "providers/float/product.h"
#include "steps/matmul_f32.h"

static oct_conv_f32_shape matrix_shape(int64_t m, int64_t n, int64_t k, const oct_fused_act *act)
{
    return (oct_conv_f32_shape){
        .N = 1, .H = 1, .W = (int32_t)m, .C = (int32_t)k, .OH = 1, .OW = (int32_t)m, .OC = (int32_t)n, .KH = 1, .KW = 1,
        .G = 1, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .x_pitch = (int32_t)k,
        .y_pitch = (int32_t)n, .r_pitch = (int32_t)n, .act = oct_product_act(act),
    };
}

static oct_ref build_matrix(oct_builder *b, oct_value_id x, const oct_matrix_f32_step *params)
{
    oct_ref y = oct_build_temp(b, (size_t)(params->rows * params->columns) * sizeof(float));
    oct_ref operands[OCT_MATRIX_F32_N_OPERANDS] = {[OCT_MATRIX_F32_Y] = y, [OCT_MATRIX_F32_X] = oct_build_value(b, x)};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_matrix_f32, .params = params, .n_params = sizeof *params,
                                       .operands = operands, .n_operands = OCT_MATRIX_F32_N_OPERANDS, .n_out = 1});
    return y;
}

/* ---- MatMul over batches ---- */

/* Rows, columns and batch of an operand: a vector is a row on the left and a column on the right. */
static void matrix_of(const oct_value *v, bool left, int64_t *rows, int64_t *columns, int *batch_rank)
{
    *batch_rank = v->rank > 2 ? v->rank - 2 : 0;
    *rows = v->rank >= 2 ? v->dims[v->rank - 2] : (left ? 1 : v->dims[0]);
    *columns = v->rank >= 2 ? v->dims[v->rank - 1] : (left ? v->dims[0] : 1);
}

/* Steps of one operand over the result's batch. */
static void batch_steps(const oct_value *v, int batch_rank, int rank, int64_t matrix, int64_t *step)
{
    for (int d = rank - 1; d >= 0; d--) {
        int own = d - (rank - batch_rank);
        int64_t dim = own >= 0 ? v->dims[own] : 1;
        step[d] = dim == 1 ? 0 : matrix;
        matrix *= dim;
    }
}

static void build_batch(oct_builder *b, const oct_node *n, int64_t m, int64_t columns, int64_t k)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *w = oct_node_in(g, n, 1);
    const oct_gemm_params *gemm = n->params;
    oct_matmul_f32_step params = {.shape = matrix_shape(m, columns, k, &gemm->act)};
    int64_t rows, cols;
    int x_rank, w_rank;
    matrix_of(x, true, &rows, &cols, &x_rank);
    matrix_of(w, false, &rows, &cols, &w_rank);
    params.rank = x_rank > w_rank ? x_rank : w_rank;
    for (int d = 0; d < params.rank; d++) {
        int xd = d - (params.rank - x_rank), wd = d - (params.rank - w_rank);
        int64_t x_dim = xd >= 0 ? x->dims[xd] : 1, w_dim = wd >= 0 ? w->dims[wd] : 1;
        params.dims[d] = x_dim != 1 ? x_dim : w_dim;
    }
    batch_steps(x, x_rank, params.rank, m * k, params.a_step);
    batch_steps(w, w_rank, params.rank, k * columns, params.b_step);
    oct_ref operands[OCT_MATMUL_F32_N_OPERANDS] = {
        [OCT_MATMUL_F32_Y] = oct_build_value(b, n->out[0]),
        [OCT_MATMUL_F32_X] = oct_build_value(b, n->in[0]),
        [OCT_MATMUL_F32_W] = oct_build_value(b, n->in[1]),
        [OCT_MATMUL_F32_BIAS] = n->n_in > 2 ? oct_build_value(b, n->in[2]) : OCT_NO_REF,
        [OCT_MATMUL_F32_PACKED] = oct_build_temp(b, oct_conv_f32_most_packed(&params.shape))};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_matmul_f32, .params = &params, .n_params = sizeof params,
                                       .operands = operands, .n_operands = OCT_MATMUL_F32_N_OPERANDS, .n_out = 1,
                                       .macs = (uint64_t)oct_value_elems(oct_node_out(g, n, 0)) * (uint64_t)k});
}

octet_status oct_lower_matmul(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *w = oct_node_in(g, n, 1), *y = oct_node_out(g, n, 0);
    const oct_gemm_params *gemm = n->params;
    if (y->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "type %s; the float provider multiplies float32 only", octet_dtype_name(y->dtype));
    int64_t m, k, rows, columns;
    int x_rank, w_rank;
    matrix_of(x, true, &m, &k, &x_rank);
    matrix_of(w, false, &rows, &columns, &w_rank);
    if (m == 0 || k == 0 || columns == 0 || oct_value_elems(y) == 0)
        return oct_lower_refuse(n, err, "a matrix without elements");
    if (!w->data || w_rank > 0) {
        build_batch(b, n, m, columns, k);
        return OCTET_OK;
    }
    oct_product p = {
        .shape = matrix_shape(oct_value_elems(x) / k, columns, k, &gemm->act),
        .x = n->in[0], .w = n->in[1], .bias = n->n_in > 2 ? n->in[2] : OCT_NONE, .oc_scale = OCT_NONE,
        .residual = OCT_NONE, .x_ref = OCT_NO_REF, .residual_ref = OCT_NO_REF, .stride_o = 1, .stride_i = columns, .alpha = 1.0f, .beta = 1.0f,
        .macs = (uint64_t)oct_value_elems(x) * (uint64_t)columns,
    };
    oct_product_build(b, &p, n->out[0]);
    return OCTET_OK;
}

/* ---- Gemm ---- */

/* C as a bias: one value, or one per column and the same for all rows. */
static bool is_bias(const oct_value *c, int64_t n)
{
    int64_t last = c->rank > 0 ? c->dims[c->rank - 1] : 1;
    return oct_value_elems(c) == 1 || (oct_value_elems(c) == n && last == n);
}

octet_status oct_lower_gemm(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_gemm_params *gemm = n->params;
    const oct_value *a = oct_node_in(g, n, 0), *w = oct_node_in(g, n, 1), *c = oct_node_in(g, n, 2);
    const oct_value *y = oct_node_out(g, n, 0);
    if (y->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "type %s; the float provider multiplies float32 only", octet_dtype_name(y->dtype));
    int64_t m = y->dims[0], columns = y->dims[1], k = gemm->trans_a ? a->dims[0] : a->dims[1];
    if (m == 0 || columns == 0 || k == 0)
        return oct_lower_refuse(n, err, "a matrix without elements");
    bool bias = c && is_bias(c, columns);
    oct_product p = {
        .shape = matrix_shape(m, columns, k, &gemm->act),
        .x = n->in[0], .w = n->in[1], .bias = bias ? n->in[2] : OCT_NONE, .oc_scale = OCT_NONE, .residual = OCT_NONE,
        .x_ref = OCT_NO_REF, .residual_ref = OCT_NO_REF,
        .stride_o = gemm->trans_b ? w->dims[1] : 1, .stride_i = gemm->trans_b ? 1 : w->dims[1],
        .alpha = gemm->alpha, .beta = gemm->beta, .macs = (uint64_t)(m * columns) * (uint64_t)k,
    };
    if (gemm->trans_a)
        p.x_ref = build_matrix(b, n->in[0], &(oct_matrix_f32_step){m, k, 1, m, 1.0f, 0});
    if (c && !bias) {
        int64_t c_rows = c->rank > 1 ? c->dims[0] : 1, c_columns = c->dims[c->rank - 1];
        p.residual_ref = build_matrix(b, n->in[2], &(oct_matrix_f32_step){m, columns, c_rows == 1 ? 0 : c_columns,
                                                                    c_columns == 1 ? 0 : 1, gemm->beta, 0});
        p.shape.has_residual = 1;
    }
    oct_product_build(b, &p, n->out[0]);
    return OCTET_OK;
}
