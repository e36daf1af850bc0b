/* Inference of quantization: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear and com.microsoft's QLinear operators
 * (onnxruntime's docs/ContribOperators.md).
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "graph/shape_window.h"

/* Blocked: the shape of x but for the axis, which has one scale for each block. */
static octet_status check_blocks(oct_infer *ctx, const oct_quant_params *p)
{
    const oct_value *x = oct_infer_in(ctx, 0), *scale = oct_infer_in(ctx, 1);
    bool fits = p->block_size > 0 && scale->rank == x->rank;
    for (int k = 0; fits && k < x->rank; k++) {
        int64_t blocks = (x->dims[k] + p->block_size - 1) / p->block_size;
        fits = scale->dims[k] == (k == p->axis ? blocks : x->dims[k]);
    }
    if (fits)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                          "scale '%s' of shape %s does not fit blocks of %" PRId32 " along axis %" PRId32
                          " of '%s' with shape %s",
                          scale->name, oct_shape_text(scale).text, p->block_size, p->axis, x->name,
                          oct_shape_text(x).text);
}

/* Scale (input 1): one for the tensor, one for each index of the axis, or one for each block. Zero point (input 2): of the
 * same shape. The axis counts only where it is needed. */
static octet_status check_scale(oct_infer *ctx, oct_quant_params *p)
{
    const oct_value *x = oct_infer_in(ctx, 0), *scale = oct_infer_in(ctx, 1), *zero = oct_infer_in(ctx, 2);
    OCT_TRY(oct_infer_present(ctx, 1));
    OCT_TRY(oct_infer_types(ctx, 1, OCT_TYPES_FLOAT & ~OCT_TYPE(F64)));
    if (zero && oct_value_elems(zero) != oct_value_elems(scale))
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "zero point '%s' has shape %s, but scale '%s' has %s", zero->name,
                              oct_shape_text(zero).text, scale->name, oct_shape_text(scale).text);
    if (p->block_size == 0 && oct_value_elems(scale) == 1) {
        if (p->axis < -x->rank || p->axis >= x->rank)
            p->axis = 0;
        return p->axis < 0 ? oct_infer_axis_param(ctx, &p->axis, x->rank) : OCTET_OK;
    }
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    if (p->block_size != 0)
        return check_blocks(ctx, p);
    return oct_infer_vector(ctx, 1, x->dims[p->axis], "index of the axis");
}

octet_status oct_infer_quantize(oct_infer *ctx)
{
    oct_quant_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0), *zero = oct_infer_in(ctx, 2);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT | OCT_TYPE(I32)));
    OCT_TRY(oct_infer_types(ctx, 2, OCT_TYPES_QUANTIZED));
    OCT_TRY(check_scale(ctx, p));
    octet_dtype given = p->output_dtype, dtype = zero ? zero->dtype : given ? given : OCTET_U8;
    if (given != OCTET_UNDEFINED && given != dtype)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "output_dtype is %s, but zero point '%s' has type %s",
                              octet_dtype_name(given), zero->name, octet_dtype_name(dtype));
    if (!(OCT_TYPES_QUANTIZED >> dtype & 1))
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "output_dtype %s", octet_dtype_name(dtype));
    return oct_infer_set_like(ctx, 0, dtype, x);
}

octet_status oct_infer_dequantize(oct_infer *ctx)
{
    oct_quant_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_QUANTIZED | OCT_TYPE(I32)));
    OCT_TRY(oct_infer_same_type(ctx, 0, 2));
    OCT_TRY(check_scale(ctx, p));
    octet_dtype dtype = p->output_dtype ? p->output_dtype : oct_infer_in(ctx, 1)->dtype;
    if (!(OCT_TYPES_FLOAT >> dtype & 1))
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "output_dtype is %s, but must be a float type",
                              octet_dtype_name(dtype));
    return oct_infer_set_like(ctx, 0, dtype, x);
}

/* Outputs: y, scale, zero point */
octet_status oct_infer_dynamic_quantize(oct_infer *ctx)
{
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPE(F32)));
    OCT_TRY(oct_infer_set_like(ctx, 0, OCTET_U8, oct_infer_in(ctx, 0)));
    OCT_TRY(oct_infer_set(ctx, 1, OCTET_F32, 0, NULL));
    return oct_infer_set(ctx, 2, OCTET_U8, 0, NULL);
}

/* A tensor of 8 or 16 bits at input i with its scale at `scale` and its zero point, which may be omitted, behind. */
static octet_status check_quantized(oct_infer *ctx, int i, int scale)
{
    if (i >= 0) {
        OCT_TRY(oct_infer_present(ctx, i));
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_QUANTIZED));
        OCT_TRY(oct_infer_same_type(ctx, i, scale + 1));
    }
    OCT_TRY(oct_infer_present(ctx, scale));
    OCT_TRY(oct_infer_types(ctx, scale, OCT_TYPE(F32)));
    OCT_TRY(oct_infer_scalar(ctx, scale));
    return oct_infer_scalar(ctx, scale + 1);
}

/* com.microsoft QLinearAdd, QLinearSub, QLinearMul: inputs a, scale, [zero], b, scale, [zero], y scale, [y zero]; all of one type */
octet_status oct_infer_qlinear_add(oct_infer *ctx)
{
    int rank;
    int64_t dims[OCTET_MAX_RANK];
    OCT_TRY(check_quantized(ctx, 0, 1));
    OCT_TRY(check_quantized(ctx, 3, 4));
    OCT_TRY(check_quantized(ctx, -1, 6));
    OCT_TRY(oct_infer_same_type(ctx, 0, 3));
    OCT_TRY(oct_infer_same_type(ctx, 0, 7));
    OCT_TRY(oct_infer_broadcast_dims(ctx, oct_infer_in(ctx, 0), oct_infer_in(ctx, 3), &rank, dims));
    return oct_infer_set(ctx, 0, oct_infer_in(ctx, 0)->dtype, rank, dims);
}

/* com.microsoft QLinearGlobalAveragePool: inputs x, scale, zero, y scale, y zero */
octet_status oct_infer_qlinear_global_average_pool(oct_infer *ctx)
{
    const oct_qconcat_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(check_quantized(ctx, 0, 1));
    OCT_TRY(check_quantized(ctx, -1, 3));
    OCT_TRY(oct_infer_same_type(ctx, 0, 4));
    OCT_TRY(oct_infer_rank(ctx, 0, 3, 4));
    OCT_TRY(oct_infer_not_empty(ctx, 0));
    int64_t dims[OCTET_MAX_RANK];
    int channels = p->channels_last ? x->rank - 1 : 1;
    for (int k = 0; k < x->rank; k++)
        dims[k] = k == 0 || k == channels ? x->dims[k] : 1;
    return oct_infer_set(ctx, 0, x->dtype, x->rank, dims);
}

/* Tensor number t of QLinearConcat fits the first one but for the axis; its size there is added. */
static octet_status add_tensor(oct_infer *ctx, int t, int axis, int64_t *dims)
{
    const oct_value *first = oct_infer_in(ctx, 2), *v = oct_infer_in(ctx, 2 + 3 * t);
    bool fits = v->rank == first->rank && v->dtype == first->dtype;
    for (int k = 0; fits && k < v->rank; k++)
        fits = k == axis || v->dims[k] == first->dims[k];
    if (!fits)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                              "inputs '%s' (%s %s) and '%s' (%s %s) do not concatenate along axis %d", first->name,
                              octet_dtype_name(first->dtype), oct_shape_text(first).text, v->name,
                              octet_dtype_name(v->dtype), oct_shape_text(v).text, axis);
    dims[axis] += t ? v->dims[axis] : 0;
    return OCTET_OK;
}

/* com.microsoft QLinearConcat: inputs y scale, y zero, then tensor, scale, zero for each */
octet_status oct_infer_qlinear_concat(oct_infer *ctx)
{
    oct_qconcat_params *p = ctx->node->params;
    int n_tensors = (ctx->node->n_in - 2) / 3;
    if (ctx->node->n_in != 2 + 3 * n_tensors)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%" PRId32 " inputs are no 2 + 3 n", ctx->node->n_in);
    OCT_TRY(check_quantized(ctx, -1, 0));
    OCT_TRY(oct_infer_present(ctx, 2));
    const oct_value *first = oct_infer_in(ctx, 2);
    int64_t dims[OCTET_MAX_RANK];
    memcpy(dims, first->dims, sizeof dims);
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, first->rank));
    for (int t = 0; t < n_tensors; t++) {
        OCT_TRY(check_quantized(ctx, 2 + 3 * t, 3 + 3 * t));
        OCT_TRY(add_tensor(ctx, t, p->axis, dims));
    }
    OCT_TRY(oct_infer_same_type(ctx, 2, 1));
    return oct_infer_set(ctx, 0, first->dtype, first->rank, dims);
}

/* QLinearAveragePool: inputs x, scale, zero, y scale, y zero */
octet_status oct_infer_qlinear_average_pool(oct_infer *ctx)
{
    OCT_TRY(check_quantized(ctx, 0, 1));
    OCT_TRY(check_quantized(ctx, -1, 3));
    OCT_TRY(oct_infer_same_type(ctx, 0, 4));
    return oct_infer_pool(ctx);
}

/* Table: inputs x, the 256 bytes that x's bytes become; their type is that of y */
octet_status oct_infer_table(oct_infer *ctx)
{
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_8));
    OCT_TRY(oct_infer_types(ctx, 1, OCT_TYPES_8));
    OCT_TRY(oct_infer_vector(ctx, 1, 256, "byte"));
    return oct_infer_set_like(ctx, 0, oct_infer_in(ctx, 1)->dtype, oct_infer_in(ctx, 0));
}
