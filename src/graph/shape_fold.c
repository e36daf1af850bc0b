/* Inference of operators whose value follows from shapes and constants: Shape, Size, ConstantOfShape, Range.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/shape_check.h"

static int32_t clamp_axis(int32_t axis, int32_t rank)
{
    if (axis < 0)
        axis += rank;
    return axis < 0 ? 0 : axis > rank ? rank : axis;
}

octet_status oct_infer_shape(oct_infer *ctx)
{
    const oct_shape_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    int32_t start = clamp_axis(p->start, x->rank), end = clamp_axis(p->end, x->rank);
    int64_t n = end > start ? end - start : 0;
    return oct_infer_fold(ctx, 0, OCTET_I64, 1, &n, x->dims + start);
}

octet_status oct_infer_size(oct_infer *ctx)
{
    int64_t n = oct_value_elems(oct_infer_in(ctx, 0));
    return oct_infer_fold(ctx, 0, OCTET_I64, 0, NULL, &n);
}

octet_status oct_infer_constant_of_shape(oct_infer *ctx)
{
    const oct_fill_params *p = ctx->node->params;
    int64_t dims[OCTET_MAX_RANK], n_elems;
    size_t size = octet_dtype_size(p->dtype);
    int rank;
    void *data;
    if (size == 0)
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "value has type %d, which Octet does not know", (int)p->dtype);
    OCT_TRY(oct_infer_ints(ctx, 0, dims, OCTET_MAX_RANK, &rank));
    OCT_TRY(oct_infer_fold_buffer(ctx, 0, p->dtype, rank, dims, &data));
    oct_shape_elems(dims, rank, &n_elems);
    for (int64_t i = 0; p->bits != 0 && i < n_elems; i++)
        memcpy((char *)data + (size_t)i * size, &p->bits, size); /* little-endian, like every platform of Octet */
    return OCTET_OK;
}

/* Elements of start, start + delta, ... before limit: ceil((limit - start) / delta), exact for all int64 values. */
static uint64_t count_ints(int64_t start, int64_t limit, int64_t delta)
{
    bool up = delta > 0;
    if (up ? limit <= start : limit >= start)
        return 0;
    uint64_t span = up ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
    uint64_t step = up ? (uint64_t)delta : 0 - (uint64_t)delta;
    return span / step + (span % step != 0);
}

static octet_status range_ints(oct_infer *ctx, octet_dtype dtype, const oct_value *const in[3])
{
    int64_t start = oct_const_int(in[0], 0), limit = oct_const_int(in[1], 0), delta = oct_const_int(in[2], 0);
    if (delta == 0)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "delta '%s' is 0", in[2]->name);
    uint64_t count = count_ints(start, limit, delta);
    int64_t n = count > INT64_MAX ? INT64_MAX : (int64_t)count;
    void *data;
    OCT_TRY(oct_infer_fold_buffer(ctx, 0, dtype, 1, &n, &data));
    size_t size = octet_dtype_size(dtype);
    for (int64_t i = 0; i < n; i++) {
        uint64_t x = (uint64_t)start + (uint64_t)i * (uint64_t)delta;
        memcpy((char *)data + (size_t)i * size, &x, size); /* the low bytes */
    }
    return OCTET_OK;
}

/* In the type's own arithmetic: start + i * delta */
static void fill_floats(octet_dtype dtype, void *data, int64_t n, double start, double delta)
{
    for (int64_t i = 0; i < n; i++) {
        if (dtype == OCTET_F32)
            ((float *)data)[i] = (float)start + (float)i * (float)delta;
        else
            ((double *)data)[i] = start + (double)i * delta;
    }
}

static octet_status range_floats(oct_infer *ctx, octet_dtype dtype, const oct_value *const in[3])
{
    double start = oct_const_float(in[0], 0), limit = oct_const_float(in[1], 0), delta = oct_const_float(in[2], 0);
    double count = ceil((limit - start) / delta);
    if (delta == 0 || isnan(count) || count > (double)OCT_MAX_DIM)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "no range from %g to %g in steps of %g", start, limit, delta);
    int64_t n = count > 0 ? (int64_t)count : 0;
    void *data;
    OCT_TRY(oct_infer_fold_buffer(ctx, 0, dtype, 1, &n, &data));
    fill_floats(dtype, data, n, start, delta);
    return OCTET_OK;
}

/* Range: inputs start, limit, delta */
octet_status oct_infer_range(oct_infer *ctx)
{
    const oct_value *in[3];
    for (int i = 0; i < 3; i++) {
        in[i] = oct_infer_in(ctx, i);
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPE(F32) | OCT_TYPE(F64) | OCT_TYPE(I16) | OCT_TYPES_INDEX));
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
        OCT_TRY(oct_infer_scalar(ctx, i));
        if (!oct_value_is_const(in[i]))
            return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' must be a constant", in[i]->name);
    }
    octet_dtype dtype = in[0]->dtype;
    bool is_float = dtype == OCTET_F32 || dtype == OCTET_F64;
    return is_float ? range_floats(ctx, dtype, in) : range_ints(ctx, dtype, in);
}
