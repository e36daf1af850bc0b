/* Postprocessing behind the logits: Softmax or ArgMax. The output keeps its name, the logits get a new one.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "onnx/folding.h"

typedef struct output {
    oct_field field; /* ValueInfoProto of the graph's outputs */
    oct_slice name;
    const char *text;
    oct_dims dims;
    int axis;        /* of the classes */
} output;

/* ---- choose ---- */

static octet_status choose(const oct_folding *f, output *o)
{
    char list[1024] = "";
    const char *wanted = f->opts->output;
    oct_field field;
    int n = 0, n_fitting = 0;
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);) {
        if (field.number != OCT_GRAPH_OUTPUT || field.wire != OCT_WIRE_BYTES)
            continue;
        oct_slice name = oct_wire_bytes(oct_field_slice(&field), OCT_VALUE_NAME);
        size_t used = strlen(list);
        const char *text;
        OCT_TRY(oct_fold_copy(f, &text, name));
        snprintf(list + used, sizeof list - used, "%s'%.128s'", n++ ? ", " : "", text);
        if (wanted && !oct_slice_is(name, wanted))
            continue;
        n_fitting++;
        o->field = field;
        o->name = name;
        o->text = text;
    }
    if (n_fitting == 1 && strlen(o->text) == o->name.n_bytes && o->name.n_bytes)
        return OCTET_OK;
    if (wanted)
        return oct_fail(f->err, OCTET_USAGE, "no output is named '%s'; there %s %s", wanted, n > 1 ? "are" : "is", list);
    return oct_fail(f->err, OCTET_USAGE, "the model has %d outputs; name the one of the logits (--output): %s", n, list);
}

/* ---- check ---- */

/* [classes], [N, classes], or [N, classes, 1, ..., 1]. */
static octet_status find_classes(const oct_folding *f, output *o)
{
    bool known = oct_value_dims(oct_field_slice(&o->field), &o->dims) && o->dims.rank >= 1;
    o->axis = o->dims.rank == 1 ? 0 : 1;
    for (int i = 2; known && i < o->dims.rank; i++)
        known = oct_dim_value(o->dims.dim[i]) == 1;
    uint64_t type = oct_wire_varint(oct_value_tensor_type(oct_field_slice(&o->field)), OCT_TENSOR_TYPE_ELEM, 0);
    bool is_float = type == OCTET_F32 || type == OCTET_F16 || type == OCTET_F64 || type == OCTET_BF16;
    if (known && is_float)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_UNSUPPORTED, "output '%s' is no row of logits: it needs a float type and the shape Nxclasses "
                                               "in the file", o->text);
}

/* The node that made what an output holds, looking through those that only give it another shape. */
static bool real_producer(const oct_folding *f, oct_slice value, oct_slice *node)
{
    static const char *const reshapes[] = {"Reshape", "Flatten", "Identity", "Squeeze", "Unsqueeze", "Cast"};
    oct_field field;
    for (int steps = 0; steps < 16 && oct_fold_producer(f, value, &field); steps++) {
        *node = oct_field_slice(&field);
        bool looks_through = false;
        for (size_t i = 0; i < OCT_COUNT(reshapes); i++)
            looks_through |= oct_node_is(*node, reshapes[i]);
        if (!looks_through)
            return true;
        value = oct_node_value(*node, OCT_NODE_INPUT, 0);
    }
    return false;
}

static octet_status check_producer(const oct_folding *f, const output *o)
{
    oct_slice node;
    oct_field field;
    if (!oct_fold_producer(f, o->name, &field))
        return oct_fail(f->err, OCTET_UNSUPPORTED, "output '%s' is made by no node", o->text);
    if (!real_producer(f, o->name, &node) || f->opts->tail != OCTET_FOLD_SOFTMAX ||
        (!oct_node_is(node, "Softmax") && !oct_node_is(node, "LogSoftmax")))
        return OCTET_OK;
    return oct_fail(f->err, OCTET_USAGE, "output '%s' comes from %s: it needs no softmax", o->text, oct_node_text(f, node));
}

/* ---- ArgMax's type ---- */

static octet_status check_range(const oct_folding *f, const output *o)
{
    octet_dtype type = f->opts->argmax_type;
    int64_t n_classes = oct_dim_value(o->dims.dim[o->axis]);
    int64_t holds = type == OCTET_U8 ? 256 : type == OCTET_U16 ? 65536 : INT32_MAX;
    if (type == OCTET_UNDEFINED || type == OCTET_I64)
        return OCTET_OK;
    if (type != OCTET_U8 && type != OCTET_U16 && type != OCTET_I32)
        return oct_fail(f->err, OCTET_USAGE, "the class number cannot be %s: there are int64, int32, uint16 and uint8",
                        octet_dtype_name(type));
    if (n_classes < 0)
        return oct_fail(f->err, OCTET_USAGE, "output '%s' has a free number of classes, which %s may not hold: use int64",
                        o->text, octet_dtype_name(type));
    if (n_classes <= holds)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_USAGE, "output '%s' has %lld classes, and %s holds %lld: use %s", o->text,
                    (long long)n_classes, octet_dtype_name(type), (long long)holds, n_classes <= 65536 ? "uint16" : "int64");
}

/* ---- add ---- */

static octet_status put_node(oct_folding *f, oct_emit_node node, const char *suffix, const char *in, const char *out)
{
    node.name = oct_fold_name(f, suffix);
    node.in[0] = in;
    node.out[0] = out;
    return node.name && in && out ? oct_emit_put_node(&f->tail, &node, f->err) : oct_fail_memory(f->err, "a name", 0);
}

static octet_status put_argmax(oct_folding *f, const output *o, const char *logits)
{
    octet_dtype type = f->opts->argmax_type ? f->opts->argmax_type : OCTET_I64;
    const char *best = type == OCTET_I64 ? o->text : oct_fold_name(f, "class");
    oct_emit_node argmax = {.op = "ArgMax",
                            .attributes = {{.name = "axis", .value = o->axis}, {.name = "keepdims", .value = 0}}};
    oct_emit_node cast = {.op = "Cast", .attributes = {{.name = "to", .value = (int64_t)type}}};
    OCT_TRY(put_node(f, argmax, "argmax", logits, best));
    if (type != OCTET_I64)
        OCT_TRY(put_node(f, cast, "narrowed", best, o->text));
    oct_type_change change = {.dtype = type, .rank = o->dims.rank - 1};
    for (int i = 0; i < change.rank; i++) {
        change.from[i] = i < o->axis ? i : i + 1;
        change.size[i] = -1;
    }
    return oct_fold_retype(f, &o->field, &change);
}

octet_status oct_fold_tail(oct_folding *f)
{
    output o = {0};
    if (f->opts->tail == OCTET_FOLD_NO_TAIL)
        return OCTET_OK;
    OCT_TRY(choose(f, &o));
    OCT_TRY(find_classes(f, &o));
    OCT_TRY(check_producer(f, &o));
    const char *logits = oct_fold_name(f, "logits");
    f->out->tail = f->opts->tail;
    f->out->output = o.text;
    f->out->class_axis = o.axis;
    f->renames[1] = (oct_rename){.from = o.name, .to = logits, .produced = true};
    if (f->opts->tail == OCTET_FOLD_ARGMAX) {
        OCT_TRY(check_range(f, &o));
        return put_argmax(f, &o, logits);
    }
    oct_emit_node softmax = {.op = "Softmax", .attributes = {{.name = "axis", .value = o.axis}}};
    return put_node(f, softmax, "softmax", logits, o.text);
}
