/* Entry of shape inference and the helpers that every inference function uses.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "graph/shape_check.h"

#define MAX_TENSOR_BYTES (INT64_C(1) << 40)
#define MOST_INFERRED_BYTES (UINT64_C(1) << 29) /* all constants made from a few numbers: keeps hostile files harmless */

/* ---- texts and failures ---- */

octet_status oct_infer_fail(oct_infer *ctx, octet_status status, const char *format, ...)
{
    if (!ctx->err)
        return status;
    char reason[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return oct_fail(ctx->err, status, "%s '%s': %s", ctx->node->onnx_op, ctx->node->name, reason);
}

oct_dims_text oct_dims_to_text(const int64_t *dims, int rank)
{
    oct_dims_text t;
    size_t used = 0;
    t.text[used++] = '[';
    for (int i = 0; i < rank && i < OCTET_MAX_RANK; i++)
        used += (size_t)snprintf(t.text + used, sizeof t.text - used, i ? ",%" PRId64 : "%" PRId64, dims[i]);
    t.text[used++] = ']';
    t.text[used] = '\0';
    return t;
}

oct_dims_text oct_shape_text(const oct_value *v)
{
    return oct_dims_to_text(v->dims, v->rank);
}

/* ---- inputs ---- */

oct_value *oct_infer_in(const oct_infer *ctx, int i)
{
    return oct_node_in(ctx->graph, ctx->node, i);
}

oct_value *oct_infer_out(const oct_infer *ctx, int i)
{
    return oct_node_out(ctx->graph, ctx->node, i);
}

octet_status oct_infer_present(oct_infer *ctx, int i)
{
    if (!oct_infer_in(ctx, i))
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input %d is missing", i);
    return OCTET_OK;
}

octet_status oct_infer_types(oct_infer *ctx, int i, uint32_t types)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v || (types >> v->dtype & 1))
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has type %s, which this operator does not take there",
                          v->name, octet_dtype_name(v->dtype));
}

octet_status oct_infer_same_type(oct_infer *ctx, int i, int j)
{
    const oct_value *a = oct_infer_in(ctx, i), *b = oct_infer_in(ctx, j);
    if (!a || !b || a->dtype == b->dtype)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "inputs '%s' (%s) and '%s' (%s) must have the same type", a->name,
                          octet_dtype_name(a->dtype), b->name, octet_dtype_name(b->dtype));
}

octet_status oct_infer_rank(oct_infer *ctx, int i, int min, int max)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v || (v->rank >= min && v->rank <= max))
        return OCTET_OK;
    if (min == max)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has shape %s, but must have %d dimensions", v->name,
                              oct_shape_text(v).text, min);
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has shape %s, but must have %d to %d dimensions", v->name,
                          oct_shape_text(v).text, min, max);
}

octet_status oct_infer_vector(oct_infer *ctx, int i, int64_t n, const char *what)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v || (v->rank == 1 && v->dims[0] == n))
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has shape %s, but must be [%" PRId64 "], one for each %s",
                          v->name, oct_shape_text(v).text, n, what);
}

octet_status oct_infer_scalar(oct_infer *ctx, int i)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v || oct_value_elems(v) == 1)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has shape %s, but must be a scalar", v->name,
                          oct_shape_text(v).text);
}

octet_status oct_infer_not_empty(oct_infer *ctx, int i)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v || oct_value_elems(v) > 0)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' of shape %s has no elements", v->name,
                          oct_shape_text(v).text);
}

octet_status oct_infer_broadcasts_to(oct_infer *ctx, int i, const int64_t *dims, int rank)
{
    const oct_value *v = oct_infer_in(ctx, i);
    if (!v)
        return OCTET_OK;
    bool fits = v->rank <= rank;
    for (int k = 0; fits && k < v->rank; k++)
        fits = v->dims[k] == 1 || v->dims[k] == dims[rank - v->rank + k];
    if (fits)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' of shape %s does not broadcast to %s", v->name,
                          oct_shape_text(v).text, oct_dims_to_text(dims, rank).text);
}

/* Common part of the constant readers: *n elements (-1 when omitted), at most `max`, of one of the types. */
static octet_status constant_input(oct_infer *ctx, int i, uint32_t types, int max, int *n)
{
    const oct_value *v = oct_infer_in(ctx, i);
    *n = -1;
    if (!v)
        return OCTET_OK;
    OCT_TRY(oct_infer_types(ctx, i, types));
    if (!oct_value_is_const(v))
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' must be a constant", v->name);
    if (v->rank > 1)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has shape %s, but must be one-dimensional", v->name,
                              oct_shape_text(v).text);
    int64_t count = oct_value_elems(v);
    if (count > max)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has %" PRId64 " elements, but at most %d fit here",
                              v->name, count, max);
    *n = (int)count;
    return OCTET_OK;
}

octet_status oct_infer_ints(oct_infer *ctx, int i, int64_t *values, int max, int *n)
{
    OCT_TRY(constant_input(ctx, i, OCT_TYPES_INDEX, max, n));
    for (int k = 0; k < *n; k++)
        values[k] = oct_const_int(oct_infer_in(ctx, i), k);
    return OCTET_OK;
}

octet_status oct_infer_floats(oct_infer *ctx, int i, double *values, int max, int *n)
{
    OCT_TRY(constant_input(ctx, i, OCT_TYPES_FLOAT, max, n));
    for (int k = 0; k < *n; k++)
        values[k] = oct_const_float(oct_infer_in(ctx, i), k);
    return OCTET_OK;
}

octet_status oct_infer_axis(oct_infer *ctx, int64_t axis, int rank, int *out)
{
    if (axis < -rank || axis >= rank)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %" PRId64 " is outside %d dimensions", axis, rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return OCTET_OK;
}

octet_status oct_infer_axis_param(oct_infer *ctx, int32_t *axis, int rank)
{
    int resolved = 0;
    OCT_TRY(oct_infer_axis(ctx, *axis, rank, &resolved));
    *axis = resolved;
    return OCTET_OK;
}

/* ---- broadcasting ---- */

octet_status oct_infer_widen(oct_infer *ctx, int *rank, int64_t *dims, const oct_value *v)
{
    int wider = v->rank > *rank ? v->rank : *rank;
    int64_t old[OCTET_MAX_RANK];
    memcpy(old, dims, sizeof old);
    for (int k = 0; k < wider; k++) { /* from the last axis */
        int64_t a = k < *rank ? old[*rank - 1 - k] : 1, b = k < v->rank ? v->dims[v->rank - 1 - k] : 1;
        if (a != b && a != 1 && b != 1)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' of shape %s does not broadcast with %s", v->name,
                                  oct_shape_text(v).text, oct_dims_to_text(old, *rank).text);
        dims[wider - 1 - k] = a == 1 ? b : a;
    }
    *rank = wider;
    return OCTET_OK;
}

octet_status oct_infer_broadcast_dims(oct_infer *ctx, const oct_value *a, const oct_value *b, int *rank, int64_t *dims)
{
    *rank = a->rank;
    memcpy(dims, a->dims, sizeof a->dims);
    return oct_infer_widen(ctx, rank, dims, b);
}

/* ---- outputs ---- */

/* The limits of every tensor: rank, each dimension, bytes. */
static octet_status check_shape(oct_infer *ctx, const char *what, const char *name, octet_dtype dtype, int rank,
                                const int64_t *dims)
{
    if (rank < 0 || rank > OCTET_MAX_RANK)
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "%s '%s' has %d dimensions, more than %d", what, name, rank,
                              OCTET_MAX_RANK);
    for (int k = 0; k < rank; k++)
        if (dims[k] < 0 || dims[k] > OCT_MAX_DIM)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%s '%s' of shape %s: %" PRId64 " is no valid size", what,
                                  name, oct_dims_to_text(dims, rank).text, dims[k]);
    int64_t n_elems;
    if (!oct_shape_elems(dims, rank, &n_elems) || n_elems > MAX_TENSOR_BYTES / (int64_t)octet_dtype_size(dtype))
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "%s '%s' of shape %s is too large", what, name,
                              oct_dims_to_text(dims, rank).text);
    return OCTET_OK;
}

octet_status oct_infer_set(oct_infer *ctx, int i, octet_dtype dtype, int rank, const int64_t *dims)
{
    oct_value *v = oct_infer_out(ctx, i);
    if (!v)
        return OCTET_OK;
    OCT_TRY(check_shape(ctx, "output", v->name, dtype, rank, dims));
    v->dtype = dtype;
    v->rank = rank;
    for (int k = 0; k < OCTET_MAX_RANK; k++)
        v->dims[k] = k < rank ? dims[k] : -1;
    return OCTET_OK;
}

octet_status oct_infer_set_like(oct_infer *ctx, int i, octet_dtype dtype, const oct_value *v)
{
    return oct_infer_set(ctx, i, dtype, v->rank, v->dims);
}

octet_status oct_infer_fold_buffer(oct_infer *ctx, int i, octet_dtype dtype, int rank, const int64_t *dims, void **data)
{
    oct_value *v = oct_infer_out(ctx, i);
    OCT_TRY(oct_infer_set(ctx, i, dtype, rank, dims));
    int64_t n_elems = 0;
    oct_shape_elems(dims, rank, &n_elems);
    int64_t n_bytes = n_elems * (int64_t)octet_dtype_size(dtype);
    uint64_t *made = &ctx->graph->inferred_bytes;
    if ((uint64_t)n_bytes > MOST_INFERRED_BYTES - *made)
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "a constant of shape %s is too large: with %" PRIu64 " bytes made before "
                              "it passes %" PRIu64, oct_dims_to_text(dims, rank).text, *made, MOST_INFERRED_BYTES);
    *made += (uint64_t)n_bytes;
    *data = oct_arena_alloc(&ctx->graph->arena, (size_t)n_bytes);
    if (!*data)
        return oct_fail_memory(ctx->err, "a constant", (unsigned long long)n_bytes);
    if (v)
        v->data = *data;
    return OCTET_OK;
}

octet_status oct_infer_fold(oct_infer *ctx, int i, octet_dtype dtype, int rank, const int64_t *dims, const void *data)
{
    void *mine;
    if (!oct_infer_out(ctx, i))
        return OCTET_OK;
    OCT_TRY(oct_infer_fold_buffer(ctx, i, dtype, rank, dims, &mine));
    size_t n_bytes = oct_value_bytes(oct_infer_out(ctx, i));
    if (n_bytes)
        memcpy(mine, data, n_bytes);
    return OCTET_OK;
}

/* ---- entry ---- */

static octet_status check_count(oct_infer *ctx, const char *what, int n, int min, int max)
{
    if (n >= min && (max < 0 || n <= max))
        return OCTET_OK;
    if (max < 0)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%d %s, but at least %d are needed", n, what, min);
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%d %s, but %d to %d are allowed", n, what, min, max);
}

static octet_status check_inputs(oct_infer *ctx, const oct_op_info *info)
{
    /* com.microsoft's operators leave optional zero points out in the middle; their own functions check them */
    int n_required = strcmp(info->domain, "com.microsoft") == 0 ? 1 : info->max_in < 0 ? ctx->node->n_in : info->min_in;
    for (int i = 0; i < n_required; i++)
        OCT_TRY(oct_infer_present(ctx, i));
    for (int i = 0; i < ctx->node->n_in; i++) {
        const oct_value *v = oct_infer_in(ctx, i);
        if (v && !oct_value_known(v))
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "type or shape of input '%s' is not known", v->name);
        if (v && v->training_only)
            return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' exists in training only", v->name);
        if (v && octet_dtype_size(v->dtype) == 0)
            return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' has type %d, which Octet does not know", v->name,
                                  (int)v->dtype);
        if (v)
            OCT_TRY(check_shape(ctx, "input", v->name, v->dtype, v->rank, v->dims));
    }
    return OCTET_OK;
}

octet_status oct_infer_node(oct_graph *g, oct_node *n, octet_error *err)
{
    oct_infer ctx = {.graph = g, .node = n, .err = err};
    const oct_op_info *info = oct_op_get_info(n->op);
    OCT_TRY(check_count(&ctx, "inputs", n->n_in, info->min_in, info->max_in));
    OCT_TRY(check_count(&ctx, "outputs", n->n_out, info->min_out, info->max_out));
    OCT_TRY(check_inputs(&ctx, info));
    return info->infer(&ctx);
}
