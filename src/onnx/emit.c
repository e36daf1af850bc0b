/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx/emit.h"

#include <string.h>

#include "base/err.h"
#include "onnx/schema.h"

enum { TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_TENSOR = 4, TYPE_INTS = 7 }; /* AttributeProto.AttributeType */

static octet_status put_text(oct_bytes *b, uint32_t number, const char *text, octet_error *err)
{
    return oct_bytes_field(b, number, text, strlen(text), err);
}

/* AttributeProto.ints is not packed in ONNX's proto2 schema. */
static octet_status put_value(oct_bytes *b, const oct_emit_attribute *a, octet_error *err)
{
    if (a->tensor.data) {
        OCT_TRY(oct_bytes_field(b, OCT_ATTRIBUTE_T, a->tensor.data, a->tensor.n_bytes, err));
        return oct_bytes_number(b, OCT_ATTRIBUTE_TYPE, TYPE_TENSOR, err);
    }
    if (a->real) {
        OCT_TRY(oct_bytes_varint(b, OCT_ATTRIBUTE_F << 3 | OCT_WIRE_FIXED32, err));
        OCT_TRY(oct_bytes_put(b, &a->number, sizeof a->number, err)); /* little-endian, as the machines that build this */
        return oct_bytes_number(b, OCT_ATTRIBUTE_TYPE, TYPE_FLOAT, err);
    }
    if (!a->list) {
        OCT_TRY(oct_bytes_number(b, OCT_ATTRIBUTE_I, (uint64_t)a->value, err));
        return oct_bytes_number(b, OCT_ATTRIBUTE_TYPE, TYPE_INT, err);
    }
    for (int i = 0; i < a->n_values; i++)
        OCT_TRY(oct_bytes_number(b, OCT_ATTRIBUTE_INTS, (uint64_t)a->values[i], err));
    return oct_bytes_number(b, OCT_ATTRIBUTE_TYPE, TYPE_INTS, err);
}

static octet_status put_attribute(oct_bytes *b, const oct_emit_attribute *a, octet_error *err)
{
    size_t at;
    OCT_TRY(oct_bytes_begin(b, OCT_NODE_ATTRIBUTE, &at, err));
    OCT_TRY(put_text(b, OCT_ATTRIBUTE_NAME, a->name, err));
    OCT_TRY(put_value(b, a, err));
    return oct_bytes_end(b, at, err);
}

octet_status oct_emit_put_node(oct_bytes *graph, const oct_emit_node *node, octet_error *err)
{
    size_t at;
    OCT_TRY(oct_bytes_begin(graph, OCT_GRAPH_NODE, &at, err));
    for (size_t i = 0; i < OCT_COUNT(node->in) && node->in[i]; i++)
        OCT_TRY(put_text(graph, OCT_NODE_INPUT, node->in[i], err));
    for (size_t i = 0; i < OCT_COUNT(node->out) && node->out[i]; i++)
        OCT_TRY(put_text(graph, OCT_NODE_OUTPUT, node->out[i], err));
    OCT_TRY(put_text(graph, OCT_NODE_NAME, node->name, err));
    OCT_TRY(put_text(graph, OCT_NODE_OP, node->op, err));
    for (int i = 0; i < OCT_EMIT_MOST_ATTRIBUTES && node->attributes[i].name; i++)
        OCT_TRY(put_attribute(graph, &node->attributes[i], err));
    return oct_bytes_end(graph, at, err);
}

octet_status oct_emit_put_tensor(oct_bytes *b, const oct_emit_tensor *t, octet_error *err)
{
    for (int i = 0; i < t->rank; i++)
        OCT_TRY(oct_bytes_number(b, OCT_TENSOR_DIMS, (uint64_t)t->dims[i], err));
    OCT_TRY(oct_bytes_number(b, OCT_TENSOR_TYPE, (uint64_t)t->dtype, err));
    if (t->name)
        OCT_TRY(put_text(b, OCT_TENSOR_NAME, t->name, err));
    return oct_bytes_field(b, OCT_TENSOR_RAW, t->data, t->n_bytes, err);
}

octet_status oct_emit_put_initializer(oct_bytes *graph, const oct_emit_tensor *tensor, octet_error *err)
{
    size_t at;
    OCT_TRY(oct_bytes_begin(graph, OCT_GRAPH_INITIALIZER, &at, err));
    OCT_TRY(oct_emit_put_tensor(graph, tensor, err));
    return oct_bytes_end(graph, at, err);
}
