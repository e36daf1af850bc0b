/* Questions to the serialized graph, answered by walking over it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "onnx/folding.h"

bool oct_fold_find(const oct_folding *f, uint32_t number, uint32_t name_number, oct_slice name, oct_field *field)
{
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, field);)
        if (field->number == number && field->wire == OCT_WIRE_BYTES &&
            oct_slice_equal(oct_wire_bytes(oct_field_slice(field), name_number), name))
            return true;
    return false;
}

oct_slice oct_node_value(oct_slice node, uint32_t number, int i)
{
    oct_field f;
    for (oct_wire w = oct_wire_of(node); oct_wire_next(&w, &f);)
        if (f.number == number && f.wire == OCT_WIRE_BYTES && i-- == 0)
            return oct_field_slice(&f);
    return (oct_slice){0};
}

static bool has_value(oct_slice node, uint32_t number, oct_slice value)
{
    oct_field f;
    for (oct_wire w = oct_wire_of(node); oct_wire_next(&w, &f);)
        if (f.number == number && f.wire == OCT_WIRE_BYTES && oct_slice_equal(oct_field_slice(&f), value))
            return true;
    return false;
}

bool oct_fold_producer(const oct_folding *f, oct_slice value, oct_field *node)
{
    if (value.n_bytes == 0)
        return false;
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, node);)
        if (node->number == OCT_GRAPH_NODE && node->wire == OCT_WIRE_BYTES &&
            has_value(oct_field_slice(node), OCT_NODE_OUTPUT, value))
            return true;
    return false;
}

static size_t count_in_node(oct_slice node, oct_slice value);

static size_t count_in_graph(oct_slice graph, oct_slice value)
{
    size_t n = 0;
    oct_field f;
    for (oct_wire w = oct_wire_of(graph); oct_wire_next(&w, &f);) {
        if (f.wire != OCT_WIRE_BYTES)
            continue;
        if (f.number == OCT_GRAPH_NODE)
            n += count_in_node(oct_field_slice(&f), value);
        else if (f.number == OCT_GRAPH_OUTPUT)
            n += oct_slice_equal(oct_wire_bytes(oct_field_slice(&f), OCT_VALUE_NAME), value);
    }
    return n;
}

static size_t count_in_node(oct_slice node, oct_slice value)
{
    size_t n = 0;
    oct_field f, a;
    for (oct_wire w = oct_wire_of(node); oct_wire_next(&w, &f);) {
        if (f.wire != OCT_WIRE_BYTES)
            continue;
        if (f.number == OCT_NODE_INPUT)
            n += oct_slice_equal(oct_field_slice(&f), value);
        if (f.number != OCT_NODE_ATTRIBUTE)
            continue;
        for (oct_wire v = oct_wire_of(oct_field_slice(&f)); oct_wire_next(&v, &a);)
            if ((a.number == OCT_ATTRIBUTE_GRAPH || a.number == OCT_ATTRIBUTE_GRAPHS) && a.wire == OCT_WIRE_BYTES)
                n += count_in_graph(oct_field_slice(&a), value);
    }
    return n;
}

size_t oct_fold_count_uses(const oct_folding *f, oct_slice value, oct_field *node)
{
    size_t n = 0;
    oct_field field;
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);) {
        if (field.number != OCT_GRAPH_NODE || field.wire != OCT_WIRE_BYTES)
            continue;
        size_t uses = count_in_node(oct_field_slice(&field), value);
        if (n == 0 && uses > 0)
            *node = field;
        n += uses;
    }
    return n;
}

bool oct_node_is(oct_slice node, const char *op)
{
    oct_slice domain = oct_wire_bytes(node, OCT_NODE_DOMAIN);
    return oct_slice_is(oct_wire_bytes(node, OCT_NODE_OP), op) && (domain.n_bytes == 0 || oct_slice_is(domain, "ai.onnx"));
}

oct_slice oct_node_attribute(oct_slice node, const char *name)
{
    oct_field f;
    for (oct_wire w = oct_wire_of(node); oct_wire_next(&w, &f);)
        if (f.number == OCT_NODE_ATTRIBUTE && f.wire == OCT_WIRE_BYTES &&
            oct_slice_is(oct_wire_bytes(oct_field_slice(&f), OCT_ATTRIBUTE_NAME), name))
            return oct_field_slice(&f);
    return (oct_slice){0};
}

int oct_transposed_axis(oct_slice transpose, int axis)
{
    oct_slice attribute = oct_node_attribute(transpose, "perm");
    oct_field field;
    int i = 0;
    for (oct_wire w = oct_wire_of(attribute); oct_wire_next(&w, &field);) {
        if (field.number != OCT_ATTRIBUTE_INTS)
            continue;
        if (field.wire == OCT_WIRE_VARINT) {
            if (field.value == (uint64_t)axis)
                return i;
            i++;
            continue;
        }
        oct_wire packed = {.at = field.data, .end = field.end};
        for (uint64_t value; field.wire == OCT_WIRE_BYTES && oct_wire_packed(&packed, &value); i++)
            if (value == (uint64_t)axis)
                return i;
    }
    return -1;
}

octet_status oct_fold_copy(const oct_folding *f, const char **text, oct_slice s)
{
    *text = oct_arena_strndup(f->arena, s.data ? (const char *)s.data : "", s.n_bytes);
    return *text ? OCTET_OK : oct_fail_memory(f->err, "a name", s.n_bytes);
}

const char *oct_fold_text(const oct_folding *f, oct_slice s)
{
    const char *text = oct_arena_strndup(f->arena, s.data ? (const char *)s.data : "", s.n_bytes);
    return text ? text : "?";
}

#define LONGEST_NAME 512 /* in messages */

const char *oct_node_text(const oct_folding *f, oct_slice node)
{
    oct_slice op = oct_wire_bytes(node, OCT_NODE_OP), name = oct_wire_bytes(node, OCT_NODE_NAME);
    if (name.n_bytes == 0)
        name = oct_node_value(node, OCT_NODE_OUTPUT, 0);
    const char *text = oct_arena_printf(f->arena, "%.*s '%.*s'", (int)(op.n_bytes < 64 ? op.n_bytes : 64),
                                        op.data ? (const char *)op.data : "",
                                        (int)(name.n_bytes < LONGEST_NAME ? name.n_bytes : LONGEST_NAME),
                                        name.data ? (const char *)name.data : "");
    return text ? text : "a node";
}

oct_slice oct_fold_tensor(const oct_folding *f, oct_slice value)
{
    oct_field field;
    if (oct_fold_find(f, OCT_GRAPH_INITIALIZER, OCT_TENSOR_NAME, value, &field))
        return oct_field_slice(&field);
    if (!oct_fold_producer(f, value, &field) || !oct_node_is(oct_field_slice(&field), "Constant"))
        return (oct_slice){0};
    return oct_wire_bytes(oct_node_attribute(oct_field_slice(&field), "value"), OCT_ATTRIBUTE_T);
}

/* ---- external data ---- */

#define IN_ANOTHER_FILE 1 /* TensorProto.DataLocation.EXTERNAL */

static bool is_external(oct_slice tensor)
{
    return oct_wire_varint(tensor, OCT_TENSOR_LOCATION, 0) == IN_ANOTHER_FILE;
}

static bool node_has_external(oct_slice node)
{
    oct_field f, a;
    for (oct_wire w = oct_wire_of(node); oct_wire_next(&w, &f);) {
        if (f.number != OCT_NODE_ATTRIBUTE || f.wire != OCT_WIRE_BYTES)
            continue;
        for (oct_wire v = oct_wire_of(oct_field_slice(&f)); oct_wire_next(&v, &a);) {
            if (a.wire != OCT_WIRE_BYTES)
                continue;
            if (a.number == OCT_ATTRIBUTE_T && is_external(oct_field_slice(&a)))
                return true;
            if ((a.number == OCT_ATTRIBUTE_GRAPH || a.number == OCT_ATTRIBUTE_GRAPHS) &&
                oct_graph_has_external(oct_field_slice(&a)))
                return true;
        }
    }
    return false;
}

bool oct_graph_has_external(oct_slice graph)
{
    oct_field f;
    for (oct_wire w = oct_wire_of(graph); oct_wire_next(&w, &f);) {
        if (f.wire != OCT_WIRE_BYTES)
            continue;
        if (f.number == OCT_GRAPH_INITIALIZER && is_external(oct_field_slice(&f)))
            return true;
        if (f.number == OCT_GRAPH_NODE && node_has_external(oct_field_slice(&f)))
            return true;
    }
    return false;
}

/* ---- names ---- */

static bool begins(oct_slice s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.n_bytes >= n && memcmp(s.data, prefix, n) == 0;
}

static bool node_uses_prefix(oct_slice node, const char *prefix)
{
    oct_field f, a;
    for (oct_wire w = oct_wire_of(node); oct_wire_next(&w, &f);) {
        if (f.wire != OCT_WIRE_BYTES)
            continue;
        if (f.number <= OCT_NODE_NAME && begins(oct_field_slice(&f), prefix))
            return true;
        if (f.number != OCT_NODE_ATTRIBUTE)
            continue;
        for (oct_wire v = oct_wire_of(oct_field_slice(&f)); oct_wire_next(&v, &a);)
            if ((a.number == OCT_ATTRIBUTE_GRAPH || a.number == OCT_ATTRIBUTE_GRAPHS) && a.wire == OCT_WIRE_BYTES &&
                oct_graph_uses_prefix(oct_field_slice(&a), prefix))
                return true;
    }
    return false;
}

bool oct_graph_uses_prefix(oct_slice graph, const char *prefix)
{
    oct_field f;
    for (oct_wire w = oct_wire_of(graph); oct_wire_next(&w, &f);) {
        oct_slice inside = oct_field_slice(&f);
        bool found = false;
        if (f.wire != OCT_WIRE_BYTES)
            continue;
        switch (f.number) {
        case OCT_GRAPH_NODE: found = node_uses_prefix(inside, prefix); break;
        case OCT_GRAPH_INITIALIZER: found = begins(oct_wire_bytes(inside, OCT_TENSOR_NAME), prefix); break;
        case OCT_GRAPH_SPARSE_INITIALIZER:
            found = begins(oct_wire_bytes(oct_wire_bytes(inside, OCT_SPARSE_VALUES), OCT_TENSOR_NAME), prefix);
            break;
        case OCT_GRAPH_INPUT:
        case OCT_GRAPH_OUTPUT:
        case OCT_GRAPH_VALUE_INFO: found = begins(oct_wire_bytes(inside, OCT_VALUE_NAME), prefix); break;
        default: break;
        }
        if (found)
            return true;
    }
    return false;
}
