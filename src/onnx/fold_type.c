/* Types of values: read, and written anew with everything kept that is not changed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "onnx/folding.h"

oct_slice oct_value_tensor_type(oct_slice value_info)
{
    return oct_wire_bytes(oct_wire_bytes(value_info, OCT_VALUE_TYPE), OCT_TYPE_TENSOR);
}

bool oct_value_dims(oct_slice value_info, oct_dims *d)
{
    oct_field field;
    oct_slice type = oct_value_tensor_type(value_info);
    bool has_shape = false;
    d->rank = 0;
    for (oct_wire w = oct_wire_of(type); oct_wire_next(&w, &field);)
        has_shape |= field.number == OCT_TENSOR_TYPE_SHAPE && field.wire == OCT_WIRE_BYTES;
    for (oct_wire w = oct_wire_of(oct_wire_bytes(type, OCT_TENSOR_TYPE_SHAPE)); oct_wire_next(&w, &field);) {
        if (field.number != OCT_SHAPE_DIM || field.wire != OCT_WIRE_BYTES)
            continue;
        if (d->rank == OCTET_MAX_RANK)
            return false;
        d->dim[d->rank++] = oct_field_slice(&field);
    }
    return has_shape;
}

int64_t oct_dim_value(oct_slice dim)
{
    return (int64_t)oct_wire_varint(dim, OCT_DIM_VALUE, (uint64_t)-1);
}

static octet_status put_rest(oct_bytes *b, const oct_field *field, octet_error *err)
{
    return oct_bytes_put(b, field->start, (size_t)(field->end - field->start), err);
}

static octet_status put_dim(oct_bytes *b, oct_slice dim, int64_t size, octet_error *err)
{
    oct_field field;
    size_t at;
    if (size < 0)
        return oct_bytes_field(b, OCT_SHAPE_DIM, dim.data, dim.n_bytes, err);
    OCT_TRY(oct_bytes_begin(b, OCT_SHAPE_DIM, &at, err));
    OCT_TRY(oct_bytes_number(b, OCT_DIM_VALUE, (uint64_t)size, err));
    for (oct_wire w = oct_wire_of(dim); oct_wire_next(&w, &field);)
        if (field.number != OCT_DIM_VALUE && field.number != OCT_DIM_PARAM)
            OCT_TRY(put_rest(b, &field, err));
    return oct_bytes_end(b, at, err);
}

/* ---- the message again, level by level: ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto ---- */

enum { VALUE, TYPE, TENSOR, SHAPE };

typedef struct retype {
    const oct_type_change *change;
    oct_dims dims;
    octet_error *err;
} retype;

static octet_status put_shape(const retype *r, oct_bytes *b, oct_slice shape)
{
    oct_field field;
    for (int i = 0; i < r->change->rank; i++)
        OCT_TRY(put_dim(b, r->dims.dim[r->change->from[i]], r->change->size[i], r->err));
    for (oct_wire w = oct_wire_of(shape); oct_wire_next(&w, &field);)
        if (field.number != OCT_SHAPE_DIM)
            OCT_TRY(put_rest(b, &field, r->err));
    return OCTET_OK;
}

static octet_status put_level(const retype *r, oct_bytes *b, oct_slice message, int level)
{
    static const uint32_t inside[] = {OCT_VALUE_TYPE, OCT_TYPE_TENSOR, OCT_TENSOR_TYPE_SHAPE};
    const oct_type_change *change = r->change;
    oct_field field;
    size_t at;
    for (oct_wire w = oct_wire_of(message); oct_wire_next(&w, &field);) {
        if (field.number == inside[level] && field.wire == OCT_WIRE_BYTES) {
            OCT_TRY(oct_bytes_begin(b, field.number, &at, r->err));
            OCT_TRY(level == TENSOR ? put_shape(r, b, oct_field_slice(&field))
                                    : put_level(r, b, oct_field_slice(&field), level + 1));
            OCT_TRY(oct_bytes_end(b, at, r->err));
        } else if (level == TENSOR && field.number == OCT_TENSOR_TYPE_ELEM && change->dtype) {
            OCT_TRY(oct_bytes_number(b, field.number, (uint64_t)change->dtype, r->err));
        } else if (level == VALUE && field.number == OCT_VALUE_NAME && change->name) {
            OCT_TRY(oct_bytes_field(b, field.number, change->name, strlen(change->name), r->err));
        } else {
            OCT_TRY(put_rest(b, &field, r->err));
        }
    }
    return OCTET_OK;
}

octet_status oct_fold_retype(oct_folding *f, const oct_field *value_info, const oct_type_change *change)
{
    retype r = {.change = change, .err = f->err};
    oct_bytes *b;
    size_t at;
    oct_value_dims(oct_field_slice(value_info), &r.dims);
    OCT_TRY(oct_fold_replace(f, value_info, &b));
    OCT_TRY(oct_bytes_begin(b, value_info->number, &at, f->err));
    OCT_TRY(put_level(&r, b, oct_field_slice(value_info), VALUE));
    return oct_bytes_end(b, at, f->err);
}

octet_status oct_fold_resize_axis(oct_folding *f, oct_slice name, int axis, int64_t size, const char *to)
{
    oct_field field;
    oct_dims d;
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);) {
        if ((field.number != OCT_GRAPH_INPUT && field.number != OCT_GRAPH_VALUE_INFO) || field.wire != OCT_WIRE_BYTES ||
            field.start == f->input.start ||
            !oct_slice_equal(oct_wire_bytes(oct_field_slice(&field), OCT_VALUE_NAME), name))
            continue;
        if (!oct_value_dims(oct_field_slice(&field), &d) || d.rank <= axis)
            continue;
        oct_type_change change = {.name = to, .rank = d.rank};
        for (int i = 0; i < d.rank; i++) {
            change.from[i] = i;
            change.size[i] = i == axis ? size : -1;
        }
        OCT_TRY(oct_fold_retype(f, &field, &change));
    }
    return OCTET_OK;
}
