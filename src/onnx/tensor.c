/* TensorProto to constants: element types, claimed sizes against the bytes that are there, raw and typed data.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "onnx/reader.h"

#define STAYS_IN_FILE (64u << 10) /* graph.h: larger constants may lie unaligned in the file */
#define FAULT_BYTES (64u << 10)   /* what one page fault maps */
#define DROP_EVERY (1u << 20)
#define MOST_TENSOR_BYTES ((uint64_t)1 << 48)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "ONNX data is little-endian and is used in place"
#endif

enum { FLOAT_DATA = 4, RAW_DATA = 9, DOUBLE_DATA = 10 }; /* fields of TensorProto that skeleton.c leaves in the file */

typedef struct tensor {
    octet_dtype dtype;
    int rank;
    int64_t n_elems;
    size_t n_bytes;
    const void *data; /* dense elements */
    enum { PASSING, IN_FILE, IN_ARENA } home; /* PASSING: gone when the call returns */
} tensor;

const char *oct_dims_text(char text[OCT_DIMS_TEXT], const int64_t *dims, int rank)
{
    size_t n = 0;
    text[n++] = '[';
    for (int i = 0; i < rank && n < OCT_DIMS_TEXT - 24; i++)
        n += (size_t)snprintf(text + n, OCT_DIMS_TEXT - n, i ? ",%" PRId64 : "%" PRId64, dims[i]);
    text[n++] = ']';
    text[n] = '\0';
    return text;
}

/* ONNX's numbers for types that Octet does not have. */
static const char *foreign_dtype(int32_t data_type)
{
    static const char *const names[] = {[8] = "string", [14] = "complex64", [15] = "complex128", [17] = "float8e4m3fn",
                                        [18] = "float8e4m3fnuz", [19] = "float8e5m2", [20] = "float8e5m2fnuz",
                                        [21] = "uint4", [22] = "int4", [23] = "float4e2m1"};
    if (data_type < 0 || data_type >= (int32_t)OCT_COUNT(names))
        return NULL;
    return names[data_type];
}

octet_status oct_read_dtype(oct_reader *r, octet_dtype *dtype, int32_t data_type, const char *what)
{
    const char *foreign = foreign_dtype(data_type);
    *dtype = OCTET_UNDEFINED;
    if (foreign)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: element type %s", what, foreign);
    if (data_type == 0)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: no element type", what);
    if (data_type < 0 || octet_dtype_size((octet_dtype)data_type) == 0)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: unknown element type %d", what, data_type);
    *dtype = (octet_dtype)data_type;
    return OCTET_OK;
}

static octet_status read_shape(oct_reader *r, tensor *out, const OctPb__TensorProto *t, const char *what)
{
    char text[OCT_DIMS_TEXT];
    if (t->n_dims > OCTET_MAX_RANK)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: %zu dimensions, at most %d", what, t->n_dims, OCTET_MAX_RANK);
    out->rank = (int)t->n_dims;
    for (int i = 0; i < out->rank; i++)
        if (t->dims[i] < 0 || t->dims[i] > INT32_MAX)
            return oct_fail(r->err, OCTET_BAD_INPUT, "%s: impossible shape %s", what,
                            oct_dims_text(text, t->dims, out->rank));
    uint64_t size = octet_dtype_size(out->dtype);
    if (!oct_shape_elems(t->dims, out->rank, &out->n_elems) || (uint64_t)out->n_elems > MOST_TENSOR_BYTES / size)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: shape %s is too large", what,
                        oct_dims_text(text, t->dims, out->rank));
    out->n_bytes = (size_t)((uint64_t)out->n_elems * size);
    return OCTET_OK;
}

static octet_status wrong_size(oct_reader *r, const OctPb__TensorProto *t, const char *what, size_t needs,
                               const char *unit, size_t holds)
{
    char text[OCT_DIMS_TEXT];
    return oct_fail(r->err, OCTET_BAD_INPUT, "%s: shape %s needs %zu %s, the file holds %zu", what,
                    oct_dims_text(text, t->dims, (int)t->n_dims), needs, unit, holds);
}

/* ---- typed fields ---- */

enum { FLOATS, DOUBLES, INT32S, INT64S, UINT64S, N_TYPED };

/* The field that holds elements of this type. */
static int typed_kind(octet_dtype dtype)
{
    switch (dtype) {
    case OCTET_F32: return FLOATS;
    case OCTET_F64: return DOUBLES;
    case OCTET_I64: return INT64S;
    case OCTET_U32:
    case OCTET_U64: return UINT64S;
    default: return INT32S;
    }
}

static size_t typed_count(const OctPb__TensorProto *t, int kind)
{
    switch (kind) {
    case FLOATS: return t->n_float_data;
    case DOUBLES: return t->n_double_data;
    case INT32S: return t->n_int32_data;
    case INT64S: return t->n_int64_data;
    default: return t->n_uint64_data;
    }
}

/* Least and largest number that int32_data may hold for a narrower type; half floats are bit patterns there. */
static void int32_range(octet_dtype dtype, int32_t *lo, int32_t *hi)
{
    *lo = INT32_MIN;
    *hi = INT32_MAX;
    switch (dtype) {
    case OCTET_U8: *lo = 0, *hi = UINT8_MAX; break;
    case OCTET_I8: *lo = INT8_MIN, *hi = INT8_MAX; break;
    case OCTET_I16: *lo = INT16_MIN, *hi = INT16_MAX; break;
    case OCTET_BOOL: *lo = 0, *hi = 1; break;
    case OCTET_U16:
    case OCTET_F16:
    case OCTET_BF16: *lo = 0, *hi = UINT16_MAX; break;
    default: break;
    }
}

static octet_status narrow_int32(oct_reader *r, uint8_t *to, const tensor *x, const OctPb__TensorProto *t,
                                 const char *what)
{
    int32_t lo, hi;
    size_t size = octet_dtype_size(x->dtype);
    int32_range(x->dtype, &lo, &hi);
    for (size_t i = 0; i < t->n_int32_data; i++) {
        int32_t v = t->int32_data[i];
        if (v < lo || v > hi)
            return oct_fail(r->err, OCTET_BAD_INPUT, "%s: element %zu is %d, no %s", what, i, v,
                            octet_dtype_name(x->dtype));
        memcpy(to + i * size, &v, size); /* little-endian: the low bytes come first */
    }
    return OCTET_OK;
}

static octet_status narrow_uint64(oct_reader *r, uint8_t *to, const tensor *x, const OctPb__TensorProto *t,
                                  const char *what)
{
    size_t size = octet_dtype_size(x->dtype);
    for (size_t i = 0; i < t->n_uint64_data; i++) {
        uint64_t v = t->uint64_data[i];
        if (x->dtype == OCTET_U32 && v > UINT32_MAX)
            return oct_fail(r->err, OCTET_BAD_INPUT, "%s: element %zu is %" PRIu64 ", no uint32", what, i, v);
        memcpy(to + i * size, &v, size);
    }
    return OCTET_OK;
}

static octet_status read_typed(oct_reader *r, tensor *out, const OctPb__TensorProto *t, const char *what)
{
    int kind = typed_kind(out->dtype);
    size_t n = typed_count(t, kind);
    if (n != (size_t)out->n_elems)
        return wrong_size(r, t, what, (size_t)out->n_elems, "elements", n);
    uint8_t *to = oct_arena_alloc(&r->graph->arena, out->n_bytes);
    if (!to)
        return oct_fail_memory(r->err, what, out->n_bytes);
    out->data = to;
    out->home = IN_ARENA;
    if (kind == INT32S)
        return narrow_int32(r, to, out, t, what);
    if (kind == UINT64S)
        return narrow_uint64(r, to, out, t, what);
    const void *from = kind == FLOATS ? (const void *)t->float_data
                       : kind == DOUBLES ? (const void *)t->double_data : (const void *)t->int64_data;
    if (n)
        memcpy(to, from, out->n_bytes);
    return OCTET_OK;
}

/* ---- where the data lies ---- */

/* Data of float_data or double_data in a tensor of that type, or raw data. */
static bool refers_to_own_type(const OctPb__TensorProto *t, octet_dtype dtype)
{
    switch (t->file_field) {
    case FLOAT_DATA: return dtype == OCTET_F32;
    case DOUBLE_DATA: return dtype == OCTET_F64;
    default: return true;
    }
}

static octet_status check_one_place(oct_reader *r, const tensor *x, const OctPb__TensorProto *t, const char *what)
{
    int n_places = (t->data_location == 1) + (t->has_raw_data != 0) + (t->has_file_offset != 0);
    bool own = t->n_string_data == 0 && refers_to_own_type(t, x->dtype);
    for (int kind = 0; kind < N_TYPED; kind++)
        if (typed_count(t, kind)) {
            n_places++;
            own &= kind == typed_kind(x->dtype);
        }
    if (t->has_segment)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: data in segments", what);
    if (n_places > 1)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: data is given more than once", what);
    if (!own)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: data of another type than %s", what, octet_dtype_name(x->dtype));
    return OCTET_OK;
}

static octet_status read_referred(oct_reader *r, tensor *out, const OctPb__TensorProto *t, const char *what)
{
    if (t->file_offset > r->n_file || t->file_length > r->n_file - t->file_offset)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: data outside the file", what);
    if (t->file_length != out->n_bytes)
        return wrong_size(r, t, what, out->n_bytes, "bytes", (size_t)t->file_length);
    out->data = r->file + t->file_offset;
    out->home = r->copy ? PASSING : IN_FILE;
    return OCTET_OK;
}

static octet_status read_raw(oct_reader *r, tensor *out, const OctPb__TensorProto *t, const char *what)
{
    if (t->raw_data.len != out->n_bytes)
        return wrong_size(r, t, what, out->n_bytes, "bytes", t->raw_data.len);
    out->data = t->raw_data.data;
    out->home = PASSING;
    return OCTET_OK;
}

static octet_status find_data(oct_reader *r, tensor *out, const OctPb__TensorProto *t, const char *what)
{
    OCT_TRY(check_one_place(r, out, t, what));
    if (t->data_location == 1) {
        const uint8_t *data;
        OCT_TRY(oct_read_external(r, &data, out->n_bytes, t, what));
        out->data = data;
        out->home = IN_FILE;
        return OCTET_OK;
    }
    if (t->has_file_offset)
        return read_referred(r, out, t, what);
    return t->has_raw_data ? read_raw(r, out, t, what) : read_typed(r, out, t, what);
}

/* Raw bytes of a bool may be anything but 0 for true. */
static void normalize_bools(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] != 0;
}

void oct_reader_drop_pages(oct_reader *r)
{
    oct_graph *g = r->graph;
    oct_file_drop(&g->file, g->file.data, g->file.n_bytes);
    for (int i = 0; i < g->n_external; i++)
        oct_file_drop(&g->external[i], g->external[i].data, g->external[i].n_bytes);
    r->n_touched = 0;
}

/* n bytes of a file were read: now and then its pages go back. */
static void count_touched(oct_reader *r, size_t n)
{
    r->n_touched += n + FAULT_BYTES;
    if (r->n_touched > DROP_EVERY)
        oct_reader_drop_pages(r);
}

/* Copy into the arena what is short or does not live long enough. */
static octet_status settle(oct_reader *r, tensor *x, const char *what)
{
    bool stays = x->home == IN_FILE && x->n_bytes > STAYS_IN_FILE && x->dtype != OCTET_BOOL;
    if (stays || x->home == IN_ARENA)
        return OCTET_OK;
    uint8_t *copy = oct_arena_alloc(&r->graph->arena, x->n_bytes);
    if (!copy)
        return oct_fail_memory(r->err, what, x->n_bytes);
    if (x->n_bytes)
        memcpy(copy, x->data, x->n_bytes);
    if (x->dtype == OCTET_BOOL)
        normalize_bools(copy, x->n_bytes);
    if (x->home == IN_FILE)
        count_touched(r, x->n_bytes);
    x->data = copy;
    x->home = IN_ARENA;
    return OCTET_OK;
}

octet_status oct_read_tensor(oct_reader *r, oct_value_id id, const OctPb__TensorProto *t, const char *what)
{
    tensor x = {0};
    OCT_TRY(oct_read_dtype(r, &x.dtype, t->data_type, what));
    OCT_TRY(read_shape(r, &x, t, what));
    OCT_TRY(find_data(r, &x, t, what));
    OCT_TRY(settle(r, &x, what));
    oct_value *v = oct_graph_value(r->graph, id);
    v->dtype = x.dtype;
    v->rank = x.rank;
    for (int i = 0; i < x.rank; i++)
        v->dims[i] = t->dims[i];
    v->data = x.data;
    v->unaligned_data = (uintptr_t)x.data % octet_dtype_size(x.dtype) != 0;
    return OCTET_OK;
}
