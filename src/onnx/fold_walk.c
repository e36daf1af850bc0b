/* From the plan to edits: one walk over the model from front to back.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/folding.h"

static const oct_rename *find_rename(const oct_folding *f, oct_slice name)
{
    for (size_t i = 0; i < OCT_COUNT(f->renames); i++)
        if (f->renames[i].from.data && oct_slice_equal(f->renames[i].from, name))
            return &f->renames[i];
    return NULL;
}

static octet_status replace_text(oct_folding *f, const oct_field *field, const char *to)
{
    size_t frame;
    oct_edits *e = &f->out->edits;
    OCT_TRY(oct_edits_enter(e, field, &frame, f->err));
    OCT_TRY(oct_edits_replace(e, field->data, (size_t)(field->end - field->data), to, strlen(to), f->err));
    return oct_edits_leave(e, field, frame, f->err);
}

/* ---- subgraphs: an outer value is used by its name unless the subgraph has one of its own ---- */

static bool defines(oct_slice graph, oct_slice name)
{
    oct_field f, o;
    for (oct_wire w = oct_wire_of(graph); oct_wire_next(&w, &f);) {
        if (f.wire != OCT_WIRE_BYTES)
            continue;
        oct_slice inside = oct_field_slice(&f);
        if (f.number == OCT_GRAPH_INPUT && oct_slice_equal(oct_wire_bytes(inside, OCT_VALUE_NAME), name))
            return true;
        if (f.number == OCT_GRAPH_INITIALIZER && oct_slice_equal(oct_wire_bytes(inside, OCT_TENSOR_NAME), name))
            return true;
        for (oct_wire v = oct_wire_of(inside); f.number == OCT_GRAPH_NODE && oct_wire_next(&v, &o);)
            if (o.number == OCT_NODE_OUTPUT && o.wire == OCT_WIRE_BYTES && oct_slice_equal(oct_field_slice(&o), name))
                return true;
    }
    return false;
}

static octet_status walk_node(oct_folding *f, const oct_field *node, bool is_main);

/* A message whose string `number` is a name of the graph: a ValueInfoProto, a TensorAnnotation. */
static octet_status walk_named(oct_folding *f, const oct_field *field, uint32_t number)
{
    oct_field name;
    size_t frame;
    OCT_TRY(oct_edits_enter(&f->out->edits, field, &frame, f->err));
    for (oct_wire w = oct_wire_of(oct_field_slice(field)); oct_wire_next(&w, &name);) {
        const oct_rename *r = name.number == number && name.wire == OCT_WIRE_BYTES
                                  ? find_rename(f, oct_field_slice(&name)) : NULL;
        if (r)
            OCT_TRY(replace_text(f, &name, r->to));
    }
    return oct_edits_leave(&f->out->edits, field, frame, f->err);
}

static octet_status walk_subgraph_inside(oct_folding *f, oct_slice graph)
{
    oct_field field;
    for (oct_wire w = oct_wire_of(graph); oct_wire_next(&w, &field);) {
        if (field.wire != OCT_WIRE_BYTES)
            continue;
        if (field.number == OCT_GRAPH_NODE)
            OCT_TRY(walk_node(f, &field, false));
        else if (field.number == OCT_GRAPH_OUTPUT || field.number == OCT_GRAPH_VALUE_INFO ||
                 field.number == OCT_GRAPH_ANNOTATION)
            OCT_TRY(walk_named(f, &field, OCT_VALUE_NAME));
    }
    return OCTET_OK;
}

static octet_status walk_subgraph(oct_folding *f, const oct_field *field)
{
    oct_slice hidden[OCT_COUNT(f->renames)];
    oct_slice graph = oct_field_slice(field);
    size_t frame;
    for (size_t i = 0; i < OCT_COUNT(hidden); i++) {
        hidden[i] = f->renames[i].from;
        if (hidden[i].data && defines(graph, hidden[i]))
            f->renames[i].from = (oct_slice){0};
    }
    OCT_TRY(oct_edits_enter(&f->out->edits, field, &frame, f->err));
    OCT_TRY(walk_subgraph_inside(f, graph));
    OCT_TRY(oct_edits_leave(&f->out->edits, field, frame, f->err));
    for (size_t i = 0; i < OCT_COUNT(hidden); i++)
        f->renames[i].from = hidden[i];
    return OCTET_OK;
}

static octet_status walk_attribute(oct_folding *f, const oct_field *attribute)
{
    oct_field field;
    size_t frame;
    OCT_TRY(oct_edits_enter(&f->out->edits, attribute, &frame, f->err));
    for (oct_wire w = oct_wire_of(oct_field_slice(attribute)); oct_wire_next(&w, &field);)
        if ((field.number == OCT_ATTRIBUTE_GRAPH || field.number == OCT_ATTRIBUTE_GRAPHS) && field.wire == OCT_WIRE_BYTES)
            OCT_TRY(walk_subgraph(f, &field));
    return oct_edits_leave(&f->out->edits, attribute, frame, f->err);
}

/* ---- the main graph ---- */

/* The new name of input or output i of a node, NULL if it keeps the old one. */
static const char *new_name(const oct_folding *f, const oct_field *node, const oct_field *field, int i, bool is_main)
{
    if (field->number == OCT_NODE_INPUT && i == 1 && f->conv && node->start == f->conv)
        return f->weights;
    const oct_rename *r = find_rename(f, oct_field_slice(field));
    return r && (field->number == OCT_NODE_INPUT || (r->produced && is_main)) ? r->to : NULL;
}

static octet_status walk_node(oct_folding *f, const oct_field *node, bool is_main)
{
    oct_field field;
    size_t frame;
    int n_inputs = 0;
    OCT_TRY(oct_edits_enter(&f->out->edits, node, &frame, f->err));
    for (oct_wire w = oct_wire_of(oct_field_slice(node)); oct_wire_next(&w, &field);) {
        if (field.wire != OCT_WIRE_BYTES)
            continue;
        if (field.number == OCT_NODE_INPUT || field.number == OCT_NODE_OUTPUT) {
            const char *to = new_name(f, node, &field, n_inputs, is_main);
            n_inputs += field.number == OCT_NODE_INPUT;
            if (to)
                OCT_TRY(replace_text(f, &field, to));
        } else if (field.number == OCT_NODE_ATTRIBUTE) {
            OCT_TRY(walk_attribute(f, &field));
        }
    }
    return oct_edits_leave(&f->out->edits, node, frame, f->err);
}

static oct_replacement *find_replacement(oct_folding *f, const oct_field *field)
{
    for (int i = 0; i < f->n_replacements; i++)
        if (f->replacements[i].start == field->start)
            return &f->replacements[i];
    return NULL;
}

static octet_status walk_field(oct_folding *f, const oct_field *field)
{
    const oct_replacement *r = find_replacement(f, field);
    if (field->start == f->dropped)
        return oct_edits_replace(&f->out->edits, field->start, (size_t)(field->end - field->start), NULL, 0, f->err);
    if (r)
        return oct_edits_replace(&f->out->edits, field->start, (size_t)(field->end - field->start), r->bytes.data,
                                 r->bytes.n_bytes, f->err);
    if (field->wire != OCT_WIRE_BYTES)
        return OCTET_OK;
    switch (field->number) {
    case OCT_GRAPH_NODE: return walk_node(f, field, true);
    case OCT_GRAPH_VALUE_INFO:
    case OCT_GRAPH_ANNOTATION: return walk_named(f, field, OCT_VALUE_NAME);
    default: return OCTET_OK;
    }
}

static octet_status insert(oct_folding *f, const uint8_t *at, const oct_bytes *bytes)
{
    return bytes->n_bytes ? oct_edits_replace(&f->out->edits, at, 0, bytes->data, bytes->n_bytes, f->err) : OCTET_OK;
}

static octet_status walk_graph(oct_folding *f)
{
    oct_field field, last_node = {0};
    bool begun = false;
    size_t frame;
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);)
        if (field.number == OCT_GRAPH_NODE && field.wire == OCT_WIRE_BYTES)
            last_node = field;
    OCT_TRY(oct_edits_enter(&f->out->edits, &f->graph_field, &frame, f->err));
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);) {
        if (field.number == OCT_GRAPH_NODE && field.wire == OCT_WIRE_BYTES && !begun) {
            OCT_TRY(insert(f, field.start, &f->head));
            begun = true;
        }
        OCT_TRY(walk_field(f, &field));
        if (field.start == last_node.start)
            OCT_TRY(insert(f, field.end, &f->tail));
    }
    OCT_TRY(insert(f, f->graph_field.end, &f->constants));
    return oct_edits_leave(&f->out->edits, &f->graph_field, frame, f->err);
}

/* ---- the model ---- */

/* Entries of ours, from a recipe that was recorded before. */
static bool is_stale(const oct_field *entry)
{
    static const char *const keys[] = {OCTET_RECIPE_METADATA, OCTET_PIXELS_METADATA, OCTET_PLACEMENT_METADATA, OCT_UNDO_KEY};
    oct_slice key = oct_wire_bytes(oct_field_slice(entry), OCT_ENTRY_KEY);
    for (size_t i = 0; i < OCT_COUNT(keys); i++)
        if (oct_slice_is(key, keys[i]))
            return true;
    return false;
}

static octet_status put_entry(oct_bytes *b, const char *key, const char *value, octet_error *err)
{
    size_t at;
    OCT_TRY(oct_bytes_begin(b, OCT_MODEL_METADATA, &at, err));
    OCT_TRY(oct_bytes_field(b, OCT_ENTRY_KEY, key, strlen(key), err));
    OCT_TRY(oct_bytes_field(b, OCT_ENTRY_VALUE, value, strlen(value), err));
    return oct_bytes_end(b, at, err);
}

static octet_status put_entries(oct_folding *f, oct_bytes *b)
{
    char recipe[OCTET_RECIPE_TEXT_SIZE], pixels[OCTET_PIXELS_NAME_SIZE];
    OCT_TRY(octet_recipe_format(recipe, sizeof recipe, &f->out->recipe, f->out->channels, f->err));
    OCT_TRY(put_entry(b, OCTET_RECIPE_METADATA, recipe, f->err));
    OCT_TRY(put_entry(b, OCTET_PLACEMENT_METADATA, f->out->placement == OCTET_FOLD_RGBX ? "rgbx" : "layer", f->err));
    return put_entry(b, OCTET_PIXELS_METADATA, octet_pixels_name(pixels, &f->out->pixels), f->err);
}

octet_status oct_fold_walk(oct_folding *f)
{
    oct_field field;
    oct_bytes entries = {0};
    oct_edits *e = &f->out->edits;
    for (oct_wire w = oct_wire_of(f->model); oct_wire_next(&w, &field);) {
        if (field.start == f->graph_field.start)
            OCT_TRY(walk_graph(f));
        else if (field.number == OCT_MODEL_METADATA && field.wire == OCT_WIRE_BYTES && is_stale(&field))
            OCT_TRY(oct_edits_replace(e, field.start, (size_t)(field.end - field.start), NULL, 0, f->err));
    }
    octet_status status = put_entries(f, &entries);
    if (status == OCTET_OK)
        status = oct_edits_replace(e, f->model.data + f->model.n_bytes, 0, entries.data, entries.n_bytes, f->err);
    oct_free(entries.data);
    return status == OCTET_OK ? oct_undo_append(e, f->err) : status;
}
