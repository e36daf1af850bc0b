/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx/schema.h"

#include "base/err.h"

typedef struct shape shape;
typedef struct member {
    uint32_t number;
    bool once; /* protobuf would merge two */
    const shape *inside;
} member;
struct shape {
    const member *members;
    int n_members;
};

#define SHAPE(name, ...)                               \
    static const member name##_members[] = {__VA_ARGS__}; \
    static const shape name = {name##_members, OCT_COUNT(name##_members)}

static const shape graph; /* an attribute may hold graphs */
static const shape leaf = {NULL, 0};

SHAPE(sparse, {OCT_SPARSE_VALUES, true, &leaf});
SHAPE(attribute, {OCT_ATTRIBUTE_T, true, &leaf}, {OCT_ATTRIBUTE_GRAPH, true, &graph},
      {OCT_ATTRIBUTE_GRAPHS, false, &graph});
SHAPE(node, {OCT_NODE_ATTRIBUTE, false, &attribute});
SHAPE(dims, {OCT_SHAPE_DIM, false, &leaf});
SHAPE(tensor_type, {OCT_TENSOR_TYPE_SHAPE, true, &dims});
SHAPE(type, {OCT_TYPE_TENSOR, true, &tensor_type});
SHAPE(value_info, {OCT_VALUE_TYPE, true, &type});
static const member graph_members[] = {
    {OCT_GRAPH_NODE, false, &node},         {OCT_GRAPH_INITIALIZER, false, &leaf},
    {OCT_GRAPH_INPUT, false, &value_info},  {OCT_GRAPH_OUTPUT, false, &value_info},
    {OCT_GRAPH_VALUE_INFO, false, &value_info}, {OCT_GRAPH_ANNOTATION, false, &leaf},
    {OCT_GRAPH_SPARSE_INITIALIZER, false, &sparse},
};
static const shape graph = {graph_members, OCT_COUNT(graph_members)};
SHAPE(model, {OCT_MODEL_GRAPH, true, &graph}, {OCT_MODEL_OPSET, false, &leaf}, {OCT_MODEL_METADATA, false, &leaf});

typedef struct checker {
    const uint8_t *base;
    int depth; /* graphs around */
    octet_error *err;
} checker;

static octet_status damaged(const checker *c, const uint8_t *at, const char *what)
{
    return oct_fail(c->err, OCTET_BAD_INPUT, "not an ONNX model, or damaged: %s at byte %zu", what,
                    (size_t)(at - c->base));
}

static int find_member(const shape *s, uint32_t number)
{
    for (int i = 0; i < s->n_members; i++)
        if (s->members[i].number == number)
            return i;
    return -1;
}

static octet_status check(checker *c, const shape *s, oct_slice message)
{
    uint32_t seen = 0; /* bit i: member i */
    oct_field f;
    oct_wire w = oct_wire_of(message);
    c->depth += s == &graph;
    if (c->depth > OCT_DEEPEST_GRAPH)
        return oct_fail(c->err, OCTET_UNSUPPORTED, "subgraphs nested more than %d deep", OCT_DEEPEST_GRAPH);
    while (oct_wire_next(&w, &f)) {
        int i = find_member(s, f.number);
        if (i < 0 || f.wire != OCT_WIRE_BYTES)
            continue;
        if (s->members[i].once && (seen & 1u << i))
            return damaged(c, f.start, "a field that may occur only once occurs again");
        seen |= 1u << i;
        OCT_TRY(check(c, s->members[i].inside, oct_field_slice(&f)));
    }
    c->depth -= s == &graph;
    return w.damage ? damaged(c, w.at, w.damage) : OCTET_OK;
}

octet_status oct_schema_check(oct_slice bytes, octet_error *err)
{
    checker c = {.base = bytes.data, .err = err};
    if (bytes.n_bytes == 0)
        return oct_fail(err, OCTET_BAD_INPUT, "no ONNX model: empty");
    return check(&c, &model, bytes);
}
