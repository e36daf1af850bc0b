/* Inference of matrix products: Gemm, MatMul, MatMulInteger, QLinearMatMul, QLinearGemm.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "graph/shape_check.h"

/* dims of op(a) op(b), a being input 0 and b input j */
static octet_status general_product(oct_infer *ctx, int j, int64_t dims[2])
{
    const oct_gemm_params *p = ctx->node->params;
    const oct_value *a = oct_infer_in(ctx, 0), *b = oct_infer_in(ctx, j);
    OCT_TRY(oct_infer_rank(ctx, 0, 2, 2));
    OCT_TRY(oct_infer_rank(ctx, j, 2, 2));
    dims[0] = a->dims[p->trans_a];
    dims[1] = b->dims[!p->trans_b];
    int64_t k_a = a->dims[!p->trans_a], k_b = b->dims[p->trans_b];
    if (k_a != k_b)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                              "'%s' of shape %s (transA = %d) and '%s' of shape %s (transB = %d) do not multiply",
                              a->name, oct_shape_text(a).text, p->trans_a, b->name, oct_shape_text(b).text, p->trans_b);
    return OCTET_OK;
}

/* Gemm: inputs a, b, [c] */
octet_status oct_infer_gemm(oct_infer *ctx)
{
    int64_t dims[2];
    for (int i = 0; i < 3; i++) {
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_FLOAT | OCT_TYPES_WIDE_INT));
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
    }
    OCT_TRY(general_product(ctx, 1, dims));
    OCT_TRY(oct_infer_broadcasts_to(ctx, 2, dims, 2));
    return oct_infer_set(ctx, 0, oct_infer_in(ctx, 0)->dtype, 2, dims);
}

/* The product of inputs i and j after numpy.matmul: a 1-D operand is a row or a column whose axis the result drops, the
 * axes before the last two are broadcast. */
static octet_status multiply(oct_infer *ctx, int i, int j, octet_dtype dtype)
{
    const oct_value *a = oct_infer_in(ctx, i), *b = oct_infer_in(ctx, j);
    OCT_TRY(oct_infer_rank(ctx, i, 1, OCTET_MAX_RANK));
    OCT_TRY(oct_infer_rank(ctx, j, 1, OCTET_MAX_RANK));
    int64_t k_a = a->dims[a->rank - 1], k_b = b->rank == 1 ? b->dims[0] : b->dims[b->rank - 2];
    if (k_a != k_b)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "inputs '%s' of shape %s and '%s' of shape %s do not multiply",
                              a->name, oct_shape_text(a).text, b->name, oct_shape_text(b).text);
    oct_value batch = *b; /* the axes before the matrix, to be broadcast with those of a */
    batch.rank = b->rank > 2 ? b->rank - 2 : 0;
    int rank = a->rank > 2 ? a->rank - 2 : 0;
    int64_t dims[OCTET_MAX_RANK];
    memcpy(dims, a->dims, sizeof dims);
    OCT_TRY(oct_infer_widen(ctx, &rank, dims, &batch));
    if (a->rank > 1)
        dims[rank++] = a->dims[a->rank - 2];
    if (b->rank > 1)
        dims[rank++] = b->dims[b->rank - 1];
    return oct_infer_set(ctx, 0, dtype, rank, dims);
}

/* MatMul: inputs a, b, [bias: made by fusion only] */
octet_status oct_infer_matmul(oct_infer *ctx)
{
    for (int i = 0; i < 3; i++) {
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_FLOAT | OCT_TYPES_WIDE_INT));
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
    }
    OCT_TRY(multiply(ctx, 0, 1, oct_infer_in(ctx, 0)->dtype));
    const oct_value *y = oct_infer_out(ctx, 0);
    return y ? oct_infer_broadcasts_to(ctx, 2, y->dims, y->rank) : OCTET_OK;
}

/* A scale or zero point of matrix m: one element, one for each row (left operand) or column (right operand), or the same
 * for each matrix of a batch: the shape of m with 1 for the axis that is summed over. */
static octet_status check_per_line(oct_infer *ctx, int i, const oct_value *m, bool left)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v || oct_value_elems(v) == 1)
        return OCTET_OK;
    int lines = m->rank < 2 ? 0 : left ? m->rank - 2 : m->rank - 1;
    bool fits = m->rank >= 2 && v->rank == 1 && v->dims[0] == m->dims[lines];
    if (m->rank >= 2 && v->rank == m->rank) {
        fits = true;
        for (int k = 0; k < m->rank; k++)
            fits &= v->dims[k] == (k >= m->rank - 2 && k != lines ? 1 : m->dims[k]);
    }
    if (fits)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' of shape %s fits neither '%s' of shape %s nor its %s",
                          v->name, oct_shape_text(v).text, m->name, oct_shape_text(m).text, left ? "rows" : "columns");
}

octet_status oct_infer_matmul_integer(oct_infer *ctx)
{
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_8));
    OCT_TRY(oct_infer_types(ctx, 1, OCT_TYPES_8));
    OCT_TRY(oct_infer_same_type(ctx, 0, 2));
    OCT_TRY(oct_infer_same_type(ctx, 1, 3));
    OCT_TRY(multiply(ctx, 0, 1, OCTET_I32));
    OCT_TRY(check_per_line(ctx, 2, oct_infer_in(ctx, 0), true));
    return check_per_line(ctx, 3, oct_infer_in(ctx, 1), false);
}

octet_status oct_infer_qlinear_matmul(oct_infer *ctx)
{
    enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, Y_SCALE, Y_ZERO };
    const uint32_t scales = OCT_TYPE(F32) | OCT_TYPE(F16) | OCT_TYPE(BF16);
    OCT_TRY(oct_infer_types(ctx, A, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, B, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, Y_ZERO, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, A_SCALE, scales));
    OCT_TRY(oct_infer_same_type(ctx, A, A_ZERO));
    OCT_TRY(oct_infer_same_type(ctx, B, B_ZERO));
    OCT_TRY(oct_infer_same_type(ctx, A_SCALE, B_SCALE));
    OCT_TRY(oct_infer_same_type(ctx, A_SCALE, Y_SCALE));
    OCT_TRY(multiply(ctx, A, B, oct_infer_in(ctx, Y_ZERO)->dtype));
    OCT_TRY(check_per_line(ctx, A_SCALE, oct_infer_in(ctx, A), true));
    OCT_TRY(check_per_line(ctx, A_ZERO, oct_infer_in(ctx, A), true));
    OCT_TRY(check_per_line(ctx, B_SCALE, oct_infer_in(ctx, B), false));
    OCT_TRY(check_per_line(ctx, B_ZERO, oct_infer_in(ctx, B), false));
    const oct_value *y = oct_infer_out(ctx, 0);
    OCT_TRY(y ? check_per_line(ctx, Y_SCALE, y, true) : OCTET_OK);
    return y ? check_per_line(ctx, Y_ZERO, y, true) : OCTET_OK;
}

/* Inputs a, its scale and zero point, b, the same, [bias], [y scale, y zero point]: without them y is the int32 sum. Made by a
 * pass that checked the scales. */
octet_status oct_infer_qlinear_gemm(oct_infer *ctx)
{
    enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, BIAS, Y_SCALE, Y_ZERO };
    int64_t dims[2];
    const oct_value *zero = oct_infer_in(ctx, Y_ZERO);
    OCT_TRY(oct_infer_types(ctx, A, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, B, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, BIAS, OCT_TYPE(I32)));
    OCT_TRY(oct_infer_types(ctx, Y_ZERO, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_same_type(ctx, A, A_ZERO));
    OCT_TRY(oct_infer_same_type(ctx, B, B_ZERO));
    OCT_TRY(general_product(ctx, B, dims));
    OCT_TRY(oct_infer_vector(ctx, BIAS, dims[1], "column"));
    return oct_infer_set(ctx, 0, zero ? zero->dtype : OCTET_I32, 2, dims);
}
