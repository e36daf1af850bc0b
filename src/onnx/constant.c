/* Constant nodes: their output becomes a constant of the graph.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "onnx/import.h"

/* Fill the output with a scalar (rank 0) or vector. */
static octet_status set_value(oct_import *ctx, octet_dtype dtype, int rank, const void *values, int n)
{
    size_t n_bytes = (size_t)n * octet_dtype_size(dtype);
    void *copy = oct_arena_alloc(&ctx->graph->arena, n_bytes);
    if (!copy)
        return oct_fail_memory(ctx->err, ctx->name, n_bytes);
    if (n_bytes)
        memcpy(copy, values, n_bytes);
    oct_value *v = oct_graph_value(ctx->graph, ctx->out[0]);
    v->dtype = dtype;
    v->rank = rank;
    if (rank)
        v->dims[0] = n;
    v->data = copy;
    return OCTET_OK;
}

static octet_status set_tensor(oct_import *ctx)
{
    char what[320];
    const OctPb__TensorProto *t;
    snprintf(what, sizeof what, "Constant '%s'", ctx->name);
    OCT_TRY(oct_attr_tensor(ctx, "value", &t));
    return oct_read_tensor(ctx->reader, ctx->out[0], t, what);
}

static octet_status set_float(oct_import *ctx)
{
    float value;
    OCT_TRY(oct_attr_float(ctx, "value_float", 0, &value));
    return set_value(ctx, OCTET_F32, 0, &value, 1);
}

static octet_status set_int(oct_import *ctx)
{
    int64_t value;
    OCT_TRY(oct_attr_int(ctx, "value_int", 0, &value));
    return set_value(ctx, OCTET_I64, 0, &value, 1);
}

static octet_status set_floats(oct_import *ctx)
{
    const float *values;
    int n;
    OCT_TRY(oct_attr_floats(ctx, "value_floats", &values, &n));
    return set_value(ctx, OCTET_F32, 1, values, n);
}

static octet_status set_ints(oct_import *ctx)
{
    const int64_t *values;
    int n;
    OCT_TRY(oct_attr_ints(ctx, "value_ints", &values, &n));
    return set_value(ctx, OCTET_I64, 1, values, n);
}

octet_status oct_import_constant(oct_import *ctx)
{
    static const struct {
        const char *attribute;
        octet_status (*set)(oct_import *ctx);
    } forms[] = {{"value", set_tensor}, {"value_float", set_float}, {"value_int", set_int},
                 {"value_floats", set_floats}, {"value_ints", set_ints}};
    if (ctx->n_in != 0 || ctx->n_out != 1)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%d inputs and %d outputs, not 0 and 1", ctx->n_in, ctx->n_out);
    for (size_t i = 0; i < OCT_COUNT(forms); i++)
        if (oct_attr_has(ctx, forms[i].attribute))
            return forms[i].set(ctx); /* a second form is left over and refused as an attribute that was not read */
    if (ctx->node->n_attribute == 0)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "no value");
    return OCTET_OK; /* strings and sparse values are left over */
}
