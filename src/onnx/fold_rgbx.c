/* Placement `rgbx`: the first convolution gets a fourth input channel, always 255.
 *
 *     W'[o, c, k] = W[o, c, k] * scale[c]
 *     W'[o, 3, k] = -(sum over c of W[o, c, k] * scale[c] * mean[c]) / 255
 *
 * Where padding cuts the kernel it makes the fourth channel zero as well, so the border comes out right by itself. Sums are
 * in double, each weight is rounded once.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "base/half.h"
#include "base/mem.h"
#include "graph/graph.h"
#include "onnx/folding.h"
#include "onnx/read.h"

#define WHITE 255.0 /* what the application puts into the fourth channel */

/* ---- from the input to the convolution, through transpositions ---- */

typedef struct first_conv {
    oct_field node;
    const char *text; /* for messages */
    int c_axis;       /* of the channels where the convolution reads them */
} first_conv;

/* The only node that uses `value`, and only once. */
static octet_status only_user(oct_folding *f, oct_slice value, oct_field *node)
{
    oct_field output;
    size_t n = oct_fold_count_uses(f, value, node);
    n += oct_fold_find(f, OCT_GRAPH_OUTPUT, OCT_VALUE_NAME, value, &output);
    if (n == 1)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_UNSUPPORTED, "'%s' is used %zu times; placement rgbx needs one convolution that uses the "
                                               "input alone: use layer", oct_fold_text(f, value), n);
}

#define MOST_TRANSPOSES 8 /* in a damaged graph they may go round in a circle */

static octet_status find_conv(oct_folding *f, first_conv *conv)
{
    oct_slice value = f->input_name;
    conv->c_axis = f->c_axis;
    for (int steps = 0;; steps++) {
        if (steps == MOST_TRANSPOSES)
            return oct_fail(f->err, OCTET_UNSUPPORTED, "more than %d Transposes before the first convolution", MOST_TRANSPOSES);
        OCT_TRY(only_user(f, value, &conv->node));
        oct_slice node = oct_field_slice(&conv->node);
        conv->text = oct_node_text(f, node);
        if (!oct_node_is(node, "Transpose"))
            break;
        conv->c_axis = oct_transposed_axis(node, conv->c_axis);
        if (conv->c_axis < 0)
            return oct_fail(f->err, OCTET_UNSUPPORTED, "%s: placement rgbx needs its perm: use layer", conv->text);
        value = oct_node_value(node, OCT_NODE_OUTPUT, 0);
        OCT_TRY(oct_fold_resize_axis(f, value, conv->c_axis, f->out->pixel_channels, NULL));
    }
    oct_slice node = oct_field_slice(&conv->node), group = oct_node_attribute(node, "group");
    if (!oct_node_is(node, "Conv") || !oct_slice_equal(oct_node_value(node, OCT_NODE_INPUT, 0), value))
        return oct_fail(f->err, OCTET_UNSUPPORTED, "%s comes first, and is no convolution of the input; placement rgbx needs "
                                                   "one: use layer", conv->text);
    if (oct_wire_varint(group, OCT_ATTRIBUTE_I, 1) != 1)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "%s has group %llu; placement rgbx needs 1: use layer", conv->text,
                        (unsigned long long)oct_wire_varint(group, OCT_ATTRIBUTE_I, 1));
    if (conv->c_axis != 1)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "%s convolves along dimension %d of the input (axes %s), which is no "
                                                   "channel: say the right --axes", conv->text, conv->c_axis, f->out->axes);
    return OCTET_OK;
}

/* ---- its weights ---- */

typedef struct weights {
    oct_slice name;
    oct_field field;    /* initializer, Constant or ConstantOfShape node of the graph */
    bool is_node;
    oct_slice tensor;   /* TensorProto; of ConstantOfShape its value, empty: 0 */
    oct_slice shape;    /* TensorProto of ConstantOfShape's input; empty: none */
    const oct_value *value; /* what is in it */
    size_t n_uses;
} weights;

static octet_status find_weights(oct_folding *f, const first_conv *conv, weights *w)
{
    oct_field other;
    w->name = oct_node_value(oct_field_slice(&conv->node), OCT_NODE_INPUT, 1);
    w->n_uses = oct_fold_count_uses(f, w->name, &other) +
                oct_fold_find(f, OCT_GRAPH_OUTPUT, OCT_VALUE_NAME, w->name, &other);
    w->tensor = oct_fold_tensor(f, w->name);
    if (oct_fold_find(f, OCT_GRAPH_INITIALIZER, OCT_TENSOR_NAME, w->name, &w->field))
        return OCTET_OK;
    bool made = oct_fold_producer(f, w->name, &w->field);
    oct_slice node = made ? oct_field_slice(&w->field) : (oct_slice){0};
    w->is_node = true;
    if (oct_node_is(node, "ConstantOfShape")) {
        w->shape = oct_fold_tensor(f, oct_node_value(node, OCT_NODE_INPUT, 0));
        w->tensor = oct_wire_bytes(oct_node_attribute(node, "value"), OCT_ATTRIBUTE_T);
    }
    if (w->shape.n_bytes || w->tensor.n_bytes)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_UNSUPPORTED, "%s: its weights '%s' are %s%s, no constant; placement rgbx cannot change them: "
                                               "use layer", conv->text, oct_fold_text(f, w->name),
                    made ? "computed by " : "an input", made ? oct_node_text(f, node) : "");
}

#define MOST_FILLED (1 << 24) /* elements; a first convolution has some thousands */

static octet_status read_filled(const oct_folding *f, const weights *w, oct_graph *g, oct_value_id *out)
{
    static const float zero = 0;
    oct_value_id shape_id, fill_id;
    int64_t dims[OCTET_MAX_RANK], n_elems;
    OCT_TRY(oct_onnx_read_tensor_beside(g, &shape_id, w->shape.data, w->shape.n_bytes, f->path, f->err));
    if (w->tensor.n_bytes)
        OCT_TRY(oct_onnx_read_tensor_beside(g, &fill_id, w->tensor.data, w->tensor.n_bytes, f->path, f->err));
    else
        OCT_TRY(oct_graph_add_const(g, &fill_id, NULL, OCTET_F32, 0, NULL, &zero, true, f->err));
    const oct_value *shape = oct_graph_value(g, shape_id), *fill = oct_graph_value(g, fill_id);
    int rank = (int)(oct_value_elems(shape) <= OCTET_MAX_RANK ? oct_value_elems(shape) : 0);
    for (int i = 0; i < rank; i++)
        dims[i] = oct_const_int(shape, i);
    if (!oct_shape_elems(dims, rank, &n_elems) || n_elems > MOST_FILLED || oct_value_elems(fill) != 1)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "weights '%s': ConstantOfShape of an impossible shape or value",
                        oct_fold_text(f, w->name));
    size_t size = octet_dtype_size(fill->dtype);
    uint8_t *data = oct_arena_array(&g->arena, (size_t)n_elems + 1, size);
    if (!data)
        return oct_fail_memory(f->err, "weights", (size_t)n_elems * size);
    for (int64_t i = 0; i < n_elems; i++)
        memcpy(data + (size_t)i * size, fill->data, size);
    return oct_graph_add_const(g, out, NULL, fill->dtype, rank, dims, data, false, f->err);
}

static octet_status read_weights(const oct_folding *f, weights *w, oct_graph *g)
{
    oct_value_id id;
    if (w->shape.n_bytes)
        OCT_TRY(read_filled(f, w, g, &id));
    else
        OCT_TRY(oct_onnx_read_tensor_beside(g, &id, w->tensor.data, w->tensor.n_bytes, f->path, f->err));
    w->value = oct_graph_value(g, id);
    return OCTET_OK;
}

static octet_status check_weights(const oct_folding *f, const first_conv *conv, const oct_value *v)
{
    if (v->dtype != f->out->dtype)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "%s: its weights are %s, the input is %s", conv->text,
                        octet_dtype_name(v->dtype), octet_dtype_name(f->out->dtype));
    if (v->rank < 3 || v->dims[1] != 3)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "%s: its weights have %d dimensions and %lld input channels, not 3",
                        conv->text, (int)v->rank, v->rank > 1 ? (long long)v->dims[1] : 0);
    return OCTET_OK;
}

static void put_element(void *data, octet_dtype dtype, size_t i, double value)
{
    switch (dtype) {
    case OCTET_F64: ((double *)data)[i] = value; break;
    case OCTET_F16: ((uint16_t *)data)[i] = oct_f16_from_f64(value); break;
    case OCTET_BF16: ((uint16_t *)data)[i] = oct_bf16_from_f64(value); break;
    default: ((float *)data)[i] = (float)value; break;
    }
}

/* The weights of one output channel, `taps` a channel. Pixels in the other order than the model's come from the other end. */
static void fold_row(const oct_folding *f, void *out, const oct_value *v, int64_t o, int64_t taps)
{
    const octet_recipe *recipe = &f->out->recipe;
    bool swaps = (f->opts->pixels.format == OCTET_PIXELS_BGR) != (recipe->order == OCTET_BGR);
    for (int64_t k = 0; k < taps; k++) {
        double constant = 0;
        for (int c = 0; c < 3; c++) {
            double w = oct_const_float(v, (o * 3 + c) * taps + k) * (double)recipe->scale[c];
            constant -= w * (double)recipe->mean[c];
            put_element(out, v->dtype, (size_t)((o * 4 + (swaps ? 2 - c : c)) * taps + k), w);
        }
        put_element(out, v->dtype, (size_t)((o * 4 + 3) * taps + k), constant / WHITE);
    }
}

/* In the place of the old ones where nobody else uses them, else beside them. */
static octet_status put_weights(oct_folding *f, const first_conv *conv, const weights *w, const void *data, size_t n_bytes)
{
    oct_emit_tensor tensor = {.dtype = w->value->dtype, .rank = w->value->rank, .data = data, .n_bytes = n_bytes};
    memcpy(tensor.dims, w->value->dims, sizeof tensor.dims);
    tensor.dims[1] = 4;
    if (w->is_node || w->n_uses > 1) {
        f->conv = conv->node.start;
        if (w->n_uses == 1)
            f->dropped = w->field.start;
        return oct_fold_add_constant(f, &f->weights, "weights", tensor);
    }
    oct_bytes *b;
    OCT_TRY(oct_fold_copy(f, &tensor.name, w->name));
    OCT_TRY(oct_fold_resize_axis(f, w->name, 1, 4, NULL));
    OCT_TRY(oct_fold_replace(f, &w->field, &b));
    return oct_emit_put_initializer(b, &tensor, f->err);
}

static octet_status fold_weights(oct_folding *f, const first_conv *conv, const weights *w)
{
    const oct_value *v = w->value;
    OCT_TRY(check_weights(f, conv, v));
    int64_t n_out = v->dims[0], taps = n_out ? oct_value_elems(v) / (3 * n_out) : 0;
    size_t n_bytes = oct_value_bytes(v) / 3 * 4;
    void *data = oct_malloc(n_bytes + 1);
    if (!data)
        return oct_fail_memory(f->err, "weights", n_bytes);
    for (int64_t o = 0; o < n_out; o++)
        fold_row(f, data, v, o, taps);
    octet_status status = put_weights(f, conv, w, data, n_bytes);
    oct_free(data);
    return status;
}

octet_status oct_fold_rgbx(oct_folding *f)
{
    first_conv conv;
    weights w = {0};
    oct_graph g;
    OCT_TRY(find_conv(f, &conv));
    OCT_TRY(find_weights(f, &conv, &w));
    oct_graph_init(&g);
    octet_status status = read_weights(f, &w, &g);
    if (status == OCTET_OK)
        status = fold_weights(f, &conv, &w);
    oct_graph_fini(&g);
    OCT_TRY(status);
    OCT_TRY(oct_fold_transpose(f));
    OCT_TRY(oct_fold_cast(f, f->out->dtype, "cast"));
    return oct_fold_resize_axis(f, f->input_name, f->c_axis, f->out->pixel_channels, f->current);
}
