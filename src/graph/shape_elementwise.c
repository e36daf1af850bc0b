/* Inference of elementwise operators: one input, several with broadcasting, comparisons, Cast, Dropout, Where.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/shape_check.h"

/* Types of the inputs where they are not just the floats; the sets are ONNX's. */
static const uint32_t op_types[OCT_N_OPS] = {
    [OCT_OP_RELU] = OCT_TYPES_FLOAT | OCT_TYPES_SIGNED,
    [OCT_OP_ABS] = OCT_TYPES_NUMERIC,
    [OCT_OP_NEG] = OCT_TYPES_FLOAT | OCT_TYPES_SIGNED,
    [OCT_OP_SIGN] = OCT_TYPES_NUMERIC,
    [OCT_OP_ERF] = OCT_TYPES_NUMERIC,
    [OCT_OP_NOT] = OCT_TYPE(BOOL),
    [OCT_OP_IDENTITY] = OCT_TYPES_ANY,
    [OCT_OP_RELAYOUT] = OCT_TYPES_ANY,
    [OCT_OP_ADD] = OCT_TYPES_NUMERIC,
    [OCT_OP_SUB] = OCT_TYPES_NUMERIC,
    [OCT_OP_MUL] = OCT_TYPES_NUMERIC,
    [OCT_OP_DIV] = OCT_TYPES_NUMERIC,
    [OCT_OP_MOD] = OCT_TYPES_NUMERIC,
    [OCT_OP_MIN] = OCT_TYPES_NUMERIC,
    [OCT_OP_MAX] = OCT_TYPES_NUMERIC,
    [OCT_OP_EQUAL] = OCT_TYPES_ANY,
    [OCT_OP_GREATER] = OCT_TYPES_NUMERIC,
    [OCT_OP_GREATER_EQUAL] = OCT_TYPES_NUMERIC,
    [OCT_OP_LESS] = OCT_TYPES_NUMERIC,
    [OCT_OP_LESS_EQUAL] = OCT_TYPES_NUMERIC,
    [OCT_OP_AND] = OCT_TYPE(BOOL),
    [OCT_OP_OR] = OCT_TYPE(BOOL),
    [OCT_OP_XOR] = OCT_TYPE(BOOL),
};

static octet_status check_types(oct_infer *ctx, int i)
{
    uint32_t types = op_types[ctx->node->op];
    return oct_infer_types(ctx, i, types ? types : OCT_TYPES_FLOAT);
}

octet_status oct_infer_same(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(check_types(ctx, 0));
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

octet_status oct_infer_bool_like(oct_infer *ctx)
{
    OCT_TRY(check_types(ctx, 0));
    return oct_infer_set_like(ctx, 0, OCTET_BOOL, oct_infer_in(ctx, 0));
}

/* Clip: inputs x, [min], [max] */
octet_status oct_infer_clip(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_NUMERIC));
    for (int i = 1; i < 3; i++) {
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
        OCT_TRY(oct_infer_scalar(ctx, i));
    }
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

/* PRelu: inputs x, slope */
octet_status oct_infer_prelu(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT | OCT_TYPES_WIDE_INT));
    OCT_TRY(oct_infer_same_type(ctx, 0, 1));
    OCT_TRY(oct_infer_broadcasts_to(ctx, 1, x->dims, x->rank));
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

octet_status oct_infer_cast(oct_infer *ctx)
{
    const oct_cast_params *p = ctx->node->params;
    if (octet_dtype_size(p->to) == 0)
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "to = %d is no type that Octet knows", (int)p->to);
    return oct_infer_set_like(ctx, 0, p->to, oct_infer_in(ctx, 0));
}

/* Dropout: inputs x, [ratio], [training_mode]; outputs y, [mask]. Only inference: y = x, mask all true. */
octet_status oct_infer_dropout(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0), *training = oct_infer_in(ctx, 2);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_types(ctx, 1, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_types(ctx, 2, OCT_TYPE(BOOL)));
    OCT_TRY(oct_infer_scalar(ctx, 1));
    OCT_TRY(oct_infer_scalar(ctx, 2));
    if (training && !oct_value_is_const(training))
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' must be a constant", training->name);
    if (training && oct_const_int(training, 0))
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "training_mode '%s' is true", training->name);
    OCT_TRY(oct_infer_set_like(ctx, 0, x->dtype, x));
    return oct_infer_set_like(ctx, 1, OCTET_BOOL, x);
}

/* All inputs have one type of the set and broadcast together; the output has type `dtype`. */
static octet_status broadcast_all(oct_infer *ctx, octet_dtype dtype)
{
    int rank = 0;
    int64_t dims[OCTET_MAX_RANK] = {0};
    for (int i = 0; i < ctx->node->n_in; i++) {
        OCT_TRY(check_types(ctx, i));
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
        OCT_TRY(oct_infer_widen(ctx, &rank, dims, oct_infer_in(ctx, i)));
    }
    return oct_infer_set(ctx, 0, dtype, rank, dims);
}

octet_status oct_infer_broadcast(oct_infer *ctx)
{
    return broadcast_all(ctx, oct_infer_in(ctx, 0)->dtype);
}

octet_status oct_infer_compare(oct_infer *ctx)
{
    return broadcast_all(ctx, OCTET_BOOL);
}

/* Pow: base and exponent may have different types; the output has the base's. */
octet_status oct_infer_pow(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    int rank;
    int64_t dims[OCTET_MAX_RANK];
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT | OCT_TYPES_INDEX));
    OCT_TRY(oct_infer_types(ctx, 1, OCT_TYPES_NUMERIC));
    OCT_TRY(oct_infer_broadcast_dims(ctx, x, oct_infer_in(ctx, 1), &rank, dims));
    return oct_infer_set(ctx, 0, x->dtype, rank, dims);
}

octet_status oct_infer_mod(oct_infer *ctx)
{
    const oct_mod_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    if (!p->fmod && (OCT_TYPES_FLOAT >> x->dtype & 1))
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "fmod must be 1 for input '%s' of type %s", x->name,
                              octet_dtype_name(x->dtype));
    return broadcast_all(ctx, x->dtype);
}

/* Where: inputs condition, x, y */
octet_status oct_infer_where(oct_infer *ctx)
{
    int rank = 0;
    int64_t dims[OCTET_MAX_RANK] = {0};
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPE(BOOL)));
    OCT_TRY(oct_infer_same_type(ctx, 1, 2));
    for (int i = 0; i < 3; i++)
        OCT_TRY(oct_infer_widen(ctx, &rank, dims, oct_infer_in(ctx, i)));
    return oct_infer_set(ctx, 0, oct_infer_in(ctx, 1)->dtype, rank, dims);
}
