/* ModelProto to graph: initializers, inputs, nodes, outputs, in this order; refused parts are gathered on the way.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "onnx/import.h"

#define WHAT_SIZE 320      /* "initializer '<name>'", long names cut */
#define MOST_DECLARED 1024 /* operator sets or functions: every node is looked up among them */
#define MOST_NODES 65536   /* networks of today have a few thousand; a node costs some 20 times its bytes in the file */
#define MOST_PORTS (1 << 20) /* inputs and outputs of all nodes */

const char *oct_domain(const char *domain)
{
    return !domain || strcmp(domain, "ai.onnx") == 0 ? "" : domain;
}

int64_t oct_reader_opset(const oct_reader *r, const char *domain)
{
    for (size_t i = 0; i < r->model->n_opset_import; i++)
        if (strcmp(oct_domain(r->model->opset_import[i]->domain), domain) == 0)
            return r->model->opset_import[i]->version;
    return 0;
}

static octet_status check_opset(oct_reader *r)
{
    int64_t version = oct_reader_opset(r, "");
    if (r->model->n_opset_import == 0)
        return oct_fail(r->err, OCTET_BAD_INPUT, "no ONNX model: it imports no operator set");
    if (r->model->n_opset_import > MOST_DECLARED || r->model->n_functions > MOST_DECLARED)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%zu operator sets and %zu functions, at most %d",
                        r->model->n_opset_import, r->model->n_functions, MOST_DECLARED);
    if (version < 0 || version > OCT_ONNX_LAST_OPSET) /* below the first, nodes are looked at one by one */
        return oct_fail(r->err, OCTET_UNSUPPORTED, "opset %" PRId64 " of ONNX's operators; %d to %d are read", version,
                        OCT_ONNX_FIRST_OPSET, OCT_ONNX_LAST_OPSET);
    return OCTET_OK;
}

/* New value under a name that nothing else has. `what` says what defines it. */
static octet_status define(oct_reader *r, oct_value_id *id, const char *name, const char *what)
{
    if (!*name)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: no name", what);
    if (oct_names_find(&r->names, name) != OCT_NONE)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: '%s' is defined more than once", what, name);
    OCT_TRY(oct_graph_add_value(r->graph, id, name, r->err));
    return oct_names_add(&r->names, oct_graph_value(r->graph, *id)->name, *id, r->err);
}

/* ---- initializers ---- */

static octet_status add_initializer(oct_reader *r, const OctPb__TensorProto *t)
{
    char what[WHAT_SIZE];
    oct_value_id id;
    snprintf(what, sizeof what, "initializer '%s'", oct_text(t->name));
    OCT_TRY(define(r, &id, oct_text(t->name), what));
    OCT_TRY(oct_refuse(r, oct_read_tensor(r, id, t, what)));
    const oct_value *v = oct_graph_value(r->graph, id);
    r->graph->n_parameters += v->data ? (uint64_t)oct_value_elems(v) : 0;
    return OCTET_OK;
}

static octet_status add_initializers(oct_reader *r, const OctPb__GraphProto *g)
{
    oct_value_id id;
    for (size_t i = 0; i < g->n_initializer; i++)
        OCT_TRY(add_initializer(r, g->initializer[i]));
    for (size_t i = 0; i < g->n_sparse_initializer; i++) {
        const OctPb__TensorProto *values = g->sparse_initializer[i]->values;
        const char *name = values ? oct_text(values->name) : "";
        OCT_TRY(define(r, &id, name, "sparse initializer"));
        OCT_TRY(oct_refuse(r, oct_fail(r->err, OCTET_UNSUPPORTED, "initializer '%s': sparse tensor", name)));
    }
    return OCTET_OK;
}

/* ---- inputs and outputs ---- */

static octet_status set_dims(oct_reader *r, oct_value *v, const OctPb__TensorShapeProto *shape, const char *what)
{
    if (shape->n_dim > OCTET_MAX_RANK)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: %zu dimensions, at most %d", what, shape->n_dim,
                        OCTET_MAX_RANK);
    for (size_t i = 0; i < shape->n_dim; i++) {
        const OctPb__DimensionProto *dim = shape->dim[i];
        bool fixed = dim->has_dim_value && dim->dim_value >= 0; /* some exporters write -1 for a free dimension */
        if (fixed && dim->dim_value > INT32_MAX)
            return oct_fail(r->err, OCTET_BAD_INPUT, "%s: dimension %" PRId64, what, dim->dim_value);
        v->dims[i] = fixed ? dim->dim_value : -1;
        if (fixed || !*oct_text(dim->dim_param))
            continue;
        v->dim_names[i] = oct_arena_strdup(&r->graph->arena, dim->dim_param);
        if (!v->dim_names[i])
            return oct_fail_memory(r->err, what, strlen(dim->dim_param));
    }
    v->rank = (int32_t)shape->n_dim;
    return OCTET_OK;
}

static const char *type_kind(const OctPb__TypeProto *type)
{
    if (type->has_sequence_type)
        return "sequence";
    if (type->has_map_type)
        return "map";
    if (type->has_optional_type)
        return "optional value";
    if (type->has_sparse_tensor_type)
        return "sparse tensor";
    return type->has_opaque_type ? "opaque value" : NULL;
}

/* Type and shape of an input or output that the file declares. */
static octet_status set_type(oct_reader *r, oct_value_id id, const OctPb__TypeProto *type, const char *what)
{
    oct_value *v = oct_graph_value(r->graph, id);
    const char *kind = type ? type_kind(type) : NULL;
    if (kind)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: %s", what, kind);
    if (!type || !type->tensor_type)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: no type", what);
    OCT_TRY(oct_read_dtype(r, &v->dtype, type->tensor_type->elem_type, what));
    return type->tensor_type->shape ? set_dims(r, v, type->tensor_type->shape, what) : OCTET_OK;
}

static octet_status add_input(oct_reader *r, const OctPb__ValueInfoProto *info)
{
    char what[WHAT_SIZE];
    oct_graph *g = r->graph;
    oct_value_id id = oct_names_find(&r->names, oct_text(info->name));
    if (id != OCT_NONE && !oct_graph_value(g, id)->is_input)
        return OCTET_OK; /* an initializer, listed as input by files of IR version 3 and as a default by later ones */
    snprintf(what, sizeof what, "graph input '%s'", oct_text(info->name));
    OCT_TRY(define(r, &id, oct_text(info->name), what));
    oct_graph_value(g, id)->is_input = true;
    g->inputs[g->n_inputs++] = id;
    return oct_refuse(r, set_type(r, id, info->type, what));
}

static octet_status add_inputs(oct_reader *r, const OctPb__GraphProto *proto)
{
    r->graph->inputs = oct_arena_array(&r->graph->arena, proto->n_input, sizeof *r->graph->inputs);
    if (!r->graph->inputs || proto->n_input > INT32_MAX)
        return oct_fail_memory(r->err, "the inputs of the graph", proto->n_input);
    for (size_t i = 0; i < proto->n_input; i++)
        OCT_TRY(add_input(r, proto->input[i]));
    return OCTET_OK;
}

static octet_status add_output(oct_reader *r, const OctPb__ValueInfoProto *info)
{
    char what[WHAT_SIZE];
    oct_graph *g = r->graph;
    oct_value_id id = oct_names_find(&r->names, oct_text(info->name));
    snprintf(what, sizeof what, "graph output '%s'", oct_text(info->name));
    if (id == OCT_NONE)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: nothing produces it", what);
    oct_value *v = oct_graph_value(g, id);
    if (v->is_output)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: listed more than once", what);
    v->is_output = true;
    g->outputs[g->n_outputs++] = id;
    if (v->is_input || v->data || !info->type)
        return OCTET_OK; /* the type is known already, or left to shape inference */
    return oct_refuse(r, set_type(r, id, info->type, what));
}

static octet_status add_outputs(oct_reader *r, const OctPb__GraphProto *proto)
{
    r->graph->outputs = oct_arena_array(&r->graph->arena, proto->n_output, sizeof *r->graph->outputs);
    if (!r->graph->outputs || proto->n_output > INT32_MAX)
        return oct_fail_memory(r->err, "the outputs of the graph", proto->n_output);
    if (proto->n_output == 0)
        return oct_fail(r->err, OCTET_BAD_INPUT, "the graph has no output");
    for (size_t i = 0; i < proto->n_output; i++)
        OCT_TRY(add_output(r, proto->output[i]));
    return OCTET_OK;
}

/* ---- nodes ---- */

/* All outputs get their values first, so nodes may stand in any order. */
static octet_status define_outputs(oct_reader *r, const OctPb__NodeProto *node)
{
    char what[WHAT_SIZE];
    oct_value_id id;
    snprintf(what, sizeof what, "%s '%s'", oct_text(node->op_type), oct_text(node->name));
    for (size_t i = 0; i < node->n_output; i++)
        if (*node->output[i])
            OCT_TRY(define(r, &id, node->output[i], what));
    return OCTET_OK;
}

static bool is_constant(const OctPb__NodeProto *node)
{
    return strcmp(oct_text(node->op_type), "Constant") == 0 && !*oct_domain(node->domain);
}

static octet_status check_counts(oct_reader *r, const OctPb__GraphProto *proto)
{
    size_t n_ports = 0;
    for (size_t i = 0; i < proto->n_node; i++)
        n_ports += proto->node[i]->n_input + proto->node[i]->n_output;
    if (proto->n_node <= MOST_NODES && n_ports <= MOST_PORTS)
        return OCTET_OK;
    return oct_fail(r->err, OCTET_UNSUPPORTED, "a graph of %zu nodes with %zu inputs and outputs, at most %d with %d",
                    proto->n_node, n_ports, MOST_NODES, MOST_PORTS);
}

/* Constants go first: other nodes may want to see their values. */
static octet_status add_nodes(oct_reader *r, const OctPb__GraphProto *proto)
{
    OCT_TRY(check_counts(r, proto));
    for (size_t i = 0; i < proto->n_node; i++)
        OCT_TRY(define_outputs(r, proto->node[i]));
    for (int constants = 1; constants >= 0; constants--)
        for (size_t i = 0; i < proto->n_node; i++)
            if (is_constant(proto->node[i]) == (constants != 0))
                OCT_TRY(oct_refuse(r, oct_import_node(r, proto->node[i])));
    return OCTET_OK;
}

octet_status oct_import_graph(oct_reader *r)
{
    const OctPb__GraphProto *proto = r->model->graph;
    if (!proto)
        return oct_fail(r->err, OCTET_BAD_INPUT, "no ONNX model: it has no graph");
    OCT_TRY(check_opset(r));
    r->graph->name = oct_arena_strdup(&r->graph->arena, oct_text(proto->name));
    if (!r->graph->name)
        return oct_fail_memory(r->err, "the name of the graph", strlen(oct_text(proto->name)));
    OCT_TRY(oct_read_info(r));
    OCT_TRY(add_initializers(r, proto));
    OCT_TRY(add_inputs(r, proto));
    OCT_TRY(add_nodes(r, proto));
    OCT_TRY(add_outputs(r, proto));
    OCT_TRY(oct_refuse_report(r));
    return oct_graph_sort(r->graph, r->err);
}
