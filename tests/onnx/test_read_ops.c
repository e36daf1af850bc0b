/* Operators of older opsets mean what the newest form says: attributes that became inputs, changed defaults, refusals.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "graph/op_params.h"
#include "message.h"
#include "onnx/read.h"

/* One node under test, between the graph inputs x, a, b, c and the outputs that it names. */
typedef struct one {
    msg m;
    size_t graph, node;
    const char *outputs;
    oct_graph g;
    octet_error err;
    octet_status status;
    const oct_node *n;
} one;

static void start(one *t, int opset, const char *op, const char *inputs, const char *outputs)
{
    *t = (one){.outputs = outputs};
    t->graph = msg_model(&t->m, 8, opset);
    t->node = msg_node(&t->m, op, "n", inputs, outputs);
}

static bool finish(one *t)
{
    msg_close(&t->m, t->node);
    for (int i = 0; i < 4; i++)
        msg_image(&t->m, MSG_INPUT, (const char *[]){"x", "a", "b", "c"}[i]);
    for (const char *c = t->outputs; *c; c++)
        if (*c != ',')
            msg_image(&t->m, MSG_OUTPUT, (const char[]){*c, '\0'});
    msg_model_end(&t->m, t->graph);
    msg_opset(&t->m, "com.microsoft", 1);
    oct_graph_init(&t->g);
    t->status = oct_onnx_read_memory(&t->g, t->m.data, t->m.n, &t->err);
    t->n = t->status == OCTET_OK && t->g.n_nodes == 1 ? &t->g.nodes[0] : NULL;
    return t->n != NULL;
}

static void done(one *t)
{
    oct_graph_fini(&t->g);
    msg_free(&t->m);
}

static bool ints_are(const one *t, int i, int n, const int64_t *values)
{
    const oct_value *v = oct_node_in(&t->g, t->n, i);
    if (!v || !v->data || v->dtype != OCTET_I64 || v->rank != 1 || v->dims[0] != n)
        return false;
    for (int j = 0; j < n; j++)
        if (oct_const_int(v, j) != values[j])
            return false;
    return true;
}

static bool float_is(const one *t, int i, double value)
{
    const oct_value *v = oct_node_in(&t->g, t->n, i);
    return v && v->data && v->dtype == OCTET_F32 && v->rank == 0 && oct_const_float(v, 0) == value;
}

static bool omitted(const one *t, int i)
{
    return oct_node_in(&t->g, t->n, i) == NULL;
}

#define READS(t) CHECK(finish(t), "%s", (t)->err.message)
#define REFUSED(t, wanted, part)                                                                       \
    do {                                                                                               \
        CHECK(!finish(t) && (t)->status == (wanted), "status %d: %s", (int)(t)->status, (t)->err.message); \
        CHECK(strstr((t)->err.message, part), "'%s' is not in: %s", part, (t)->err.message);           \
        done(t);                                                                                       \
    } while (0)

/* ---- attributes that became inputs ---- */

static void test_clip(void)
{
    one t;
    start(&t, 7, "Clip", "x", "y");
    msg_attr_float(&t.m, "max", 6);
    READS(&t);
    CHECK(t.n && omitted(&t, 1) && float_is(&t, 2, 6), "Clip with max only");
    done(&t);
    start(&t, 10, "Clip", "x", "y");
    READS(&t);
    CHECK(t.n && t.n->n_in == 1, "Clip without bounds");
    done(&t);
    start(&t, 11, "Clip", "x,,a", "y");
    READS(&t);
    CHECK(t.n && t.n->n_in == 3 && t.n->in[1] == OCT_NONE, "Clip with inputs");
    done(&t);
    start(&t, 11, "Clip", "x", "y");
    msg_attr_float(&t.m, "max", 6);
    REFUSED(&t, OCTET_UNSUPPORTED, "Clip 'n': attribute 'max' is not supported");
}

static void test_pad_and_slice(void)
{
    const int64_t pads[] = {0, 1, 0, 1}, starts[] = {1}, ends[] = {3}, axes[] = {2};
    one t;
    start(&t, 10, "Pad", "x", "y");
    msg_attr_ints(&t.m, "pads", 4, pads);
    msg_attr_float(&t.m, "value", 2);
    msg_attr_text(&t.m, "mode", "reflect");
    READS(&t);
    CHECK(t.n && ints_are(&t, 1, 4, pads) && float_is(&t, 2, 2), "Pad");
    CHECK(t.n && ((oct_pad_params *)t.n->params)->mode == OCT_PAD_REFLECT, "mode of Pad");
    done(&t);
    start(&t, 9, "Slice", "x", "y");
    msg_attr_ints(&t.m, "starts", 1, starts);
    msg_attr_ints(&t.m, "ends", 1, ends);
    msg_attr_ints(&t.m, "axes", 1, axes);
    READS(&t);
    CHECK(t.n && ints_are(&t, 1, 1, starts) && ints_are(&t, 2, 1, ends) && ints_are(&t, 3, 1, axes), "Slice");
    done(&t);
    start(&t, 9, "Slice", "x", "y");
    msg_attr_ints(&t.m, "starts", 1, starts);
    REFUSED(&t, OCTET_BAD_INPUT, "attribute 'ends' is missing");
}

/* Operators whose one list attribute became input 1 at `since`. */
static void test_lists(void)
{
    static const struct {
        const char *op, *attribute, *outputs;
        int since;
    } cases[] = {{"Split", "split", "y,z", 13},    {"Squeeze", "axes", "y", 13},   {"Unsqueeze", "axes", "y", 13},
                 {"ReduceMean", "axes", "y", 18},  {"ReduceSum", "axes", "y", 13}, {"ReduceMax", "axes", "y", 18},
                 {"ReduceL2", "axes", "y", 18},    {"ReduceLogSumExp", "axes", "y", 18}};
    const int64_t list[] = {1, 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        one t;
        start(&t, cases[i].since - 1, cases[i].op, "x", cases[i].outputs);
        msg_attr_ints(&t.m, cases[i].attribute, 2, list);
        READS(&t);
        CHECK(t.n && ints_are(&t, 1, 2, list), "%s", cases[i].op);
        done(&t);
        start(&t, cases[i].since, cases[i].op, "x,a", cases[i].outputs);
        READS(&t);
        CHECK(t.n && t.n->n_in == 2, "%s", cases[i].op);
        done(&t);
        start(&t, cases[i].since, cases[i].op, "x,a", cases[i].outputs);
        msg_attr_ints(&t.m, cases[i].attribute, 2, list);
        REFUSED(&t, OCTET_UNSUPPORTED, "is not supported");
    }
}

static void test_topk(void)
{
    const int64_t k[] = {5};
    one t;
    start(&t, 9, "TopK", "x", "y,i");
    msg_attr_int(&t.m, "k", 5);
    READS(&t);
    CHECK(t.n && ints_are(&t, 1, 1, k), "k of TopK");
    const oct_axis_params *p = t.n ? t.n->params : NULL;
    CHECK(p && p->axis == -1 && p->largest && p->sorted, "defaults of TopK");
    done(&t);
    start(&t, 11, "TopK", "x,a", "y,i");
    msg_attr_int(&t.m, "largest", 0);
    READS(&t);
    CHECK(t.n && !((oct_axis_params *)t.n->params)->largest, "largest of TopK");
    done(&t);
}

/* ---- resize ---- */

static void check_resize(const one *t, int coord, int nearest, int mode)
{
    const oct_resize_params *p = t->n ? t->n->params : NULL;
    CHECK(p && t->n->op == OCT_OP_RESIZE, "no Resize");
    CHECK(p && p->coord == coord && p->nearest == nearest && p->mode == mode, "coord %d nearest %d mode %d",
          p ? p->coord : -1, p ? p->nearest : -1, p ? p->mode : -1);
}

static void test_resize(void)
{
    one t;
    start(&t, 7, "Upsample", "x", "y");
    msg_attr_floats(&t.m, "scales", 4, (const float[]){1, 1, 2, 2});
    READS(&t);
    check_resize(&t, OCT_COORD_ASYMMETRIC, OCT_NEAREST_SIMPLE, OCT_RESIZE_NEAREST);
    CHECK(t.n && omitted(&t, 1) && oct_const_float(oct_node_in(&t.g, t.n, 2), 3) == 2, "scales of Upsample 7");
    done(&t);
    start(&t, 9, "Upsample", "x,a", "y");
    msg_attr_text(&t.m, "mode", "linear");
    READS(&t);
    check_resize(&t, OCT_COORD_ASYMMETRIC, OCT_NEAREST_SIMPLE, OCT_RESIZE_LINEAR);
    CHECK(t.n && omitted(&t, 1) && !omitted(&t, 2), "scales of Upsample 9");
    done(&t);
    start(&t, 10, "Resize", "x,a", "y");
    READS(&t);
    check_resize(&t, OCT_COORD_ASYMMETRIC, OCT_NEAREST_SIMPLE, OCT_RESIZE_NEAREST);
    CHECK(t.n && omitted(&t, 1) && !omitted(&t, 2), "scales of Resize 10");
    done(&t);
    start(&t, 11, "Resize", "x,a,b", "y");
    msg_attr_text(&t.m, "coordinate_transformation_mode", "align_corners");
    msg_attr_text(&t.m, "mode", "cubic");
    READS(&t);
    check_resize(&t, OCT_COORD_ALIGN_CORNERS, OCT_NEAREST_ROUND_PREFER_FLOOR, OCT_RESIZE_CUBIC);
    done(&t);
    start(&t, 19, "Resize", "x,,,a", "y");
    msg_attr_ints(&t.m, "axes", 2, (const int64_t[]){2, 3});
    msg_attr_text(&t.m, "keep_aspect_ratio_policy", "not_larger");
    READS(&t);
    const oct_resize_params *p = t.n ? t.n->params : NULL;
    CHECK(p && p->n_axes == 2 && p->axes[1] == 3 && p->policy == OCT_NOT_LARGER && p->cubic_a == -0.75f, "Resize 19");
    done(&t);
    start(&t, 13, "Resize", "x,,a", "y");
    msg_attr_text(&t.m, "mode", "lanczos");
    REFUSED(&t, OCTET_UNSUPPORTED, "Resize 'n': attribute 'mode' is 'lanczos'");
    start(&t, 10, "Upsample", "x,a", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "not an operator of opset 10");
}

/* ---- defaults and meanings that changed ---- */

static void test_softmax(void)
{
    for (int opset = 12; opset <= 13; opset++) {
        one t;
        start(&t, opset, "LogSoftmax", "x", "y");
        READS(&t);
        const oct_axis_params *p = t.n ? t.n->params : NULL;
        CHECK(p && p->axis == (opset == 12 ? 1 : -1) && p->coerce_2d == (opset == 12), "LogSoftmax of opset %d", opset);
        done(&t);
    }
}

static void test_normalization(void)
{
    one t;
    start(&t, 7, "BatchNormalization", "x,a,b,c,a", "y");
    msg_attr_int(&t.m, "spatial", 1);
    msg_attr_float(&t.m, "momentum", 0.5f);
    READS(&t);
    CHECK(t.n && ((oct_norm_params *)t.n->params)->epsilon == 1e-5f, "epsilon");
    done(&t);
    start(&t, 7, "BatchNormalization", "x,a,b,c,a", "y");
    msg_attr_int(&t.m, "spatial", 0);
    REFUSED(&t, OCTET_UNSUPPORTED, "spatial");
    start(&t, 14, "BatchNormalization", "x,a,b,c,a", "y");
    msg_attr_int(&t.m, "training_mode", 1);
    REFUSED(&t, OCTET_UNSUPPORTED, "BatchNormalization 'n': training mode");
    start(&t, 9, "BatchNormalization", "x,a,b,c,a", "y,m,v");
    REFUSED(&t, OCTET_UNSUPPORTED, "training mode");
    start(&t, 17, "LayerNormalization", "x,a", "y");
    READS(&t);
    CHECK(t.n && ((oct_norm_params *)t.n->params)->axis == -1, "axis");
    done(&t);
}

static void test_spatial(void)
{
    const int64_t three[] = {3, 3}, pads[] = {0, 1, 2, 3}, one_d[] = {5}, cube[] = {1, 1, 1};
    one t;
    start(&t, 11, "Conv", "x,a", "y");
    msg_attr_ints(&t.m, "kernel_shape", 2, three);
    msg_attr_ints(&t.m, "pads", 4, pads);
    msg_attr_int(&t.m, "group", 4);
    READS(&t);
    const oct_conv_params *p = t.n ? t.n->params : NULL;
    CHECK(p && p->n_spatial == 2 && p->kernel[0] == 3 && p->stride[1] == 1 && p->group == 4, "Conv");
    CHECK(p && p->pad_begin[1] == 1 && p->pad_end[0] == 2 && p->auto_pad == OCT_PAD_EXPLICIT, "pads of Conv");
    done(&t);
    start(&t, 11, "Conv", "x,a", "y");
    READS(&t);
    p = t.n ? t.n->params : NULL;
    CHECK(p && p->n_spatial == 0 && p->kernel[0] == 0 && p->stride[0] == 1 && p->dilation[1] == 1, "bare Conv");
    done(&t);
    start(&t, 11, "MaxPool", "x", "y");
    msg_attr_ints(&t.m, "kernel_shape", 1, one_d);
    msg_attr_text(&t.m, "auto_pad", "SAME_LOWER");
    READS(&t);
    const oct_pool_params *q = t.n ? t.n->params : NULL;
    CHECK(q && q->n_spatial == 1 && q->kernel[0] == 1 && q->kernel[1] == 5 && q->auto_pad == OCT_PAD_SAME_LOWER, "1-D");
    done(&t);
    start(&t, 11, "Conv", "x,a", "y");
    msg_attr_ints(&t.m, "strides", 3, cube);
    REFUSED(&t, OCTET_UNSUPPORTED, "Conv 'n': 3 spatial axes");
    start(&t, 11, "Conv", "x,a", "y");
    msg_attr_ints(&t.m, "kernel_shape", 2, three);
    msg_attr_ints(&t.m, "pads", 3, pads);
    REFUSED(&t, OCTET_BAD_INPUT, "attribute 'pads' has 3 values, not 4");
    start(&t, 11, "Conv", "x,a,b,c", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "Conv 'n': 4 inputs, at most 3");
    start(&t, 11, "Conv", "x,a", "y");
    msg_attr_ints(&t.m, "output_shape", 2, three);
    REFUSED(&t, OCTET_UNSUPPORTED, "attribute 'output_shape' is not supported");
    start(&t, 11, "AveragePool", "x", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "attribute 'kernel_shape' is missing");
    start(&t, 11, "ConvTranspose", "x,a", "y");
    msg_attr_ints(&t.m, "output_shape", 1, one_d);
    READS(&t);
    p = t.n ? t.n->params : NULL;
    CHECK(p && p->n_spatial == 1 && p->output_shape[0] == 1 && p->output_shape[1] == 5 && p->kernel[0] == 1, "output_shape");
    done(&t);
}

static void test_quantized(void)
{
    one t;
    start(&t, 10, "QuantizeLinear", "x,a,b", "y");
    READS(&t);
    const oct_quant_params *p = t.n ? t.n->params : NULL;
    CHECK(p && p->axis == 1 && p->saturate && p->output_dtype == OCTET_UNDEFINED, "QuantizeLinear 10");
    done(&t);
    start(&t, 21, "QuantizeLinear", "x,a", "y");
    msg_attr_int(&t.m, "output_dtype", OCTET_I16);
    msg_attr_int(&t.m, "block_size", 32);
    READS(&t);
    p = t.n ? t.n->params : NULL;
    CHECK(p && p->output_dtype == OCTET_I16 && p->block_size == 32, "QuantizeLinear 21");
    done(&t);
    start(&t, 21, "QuantizeLinear", "x,a", "y");
    msg_attr_int(&t.m, "output_dtype", 17);
    REFUSED(&t, OCTET_UNSUPPORTED, "QuantizeLinear 'n': attribute 'output_dtype': element type float8e4m3fn");
    start(&t, 13, "QLinearAdd", "x,a,b,c,a,b,c", "y");
    msg_node_domain(&t.m, "com.microsoft");
    READS(&t);
    CHECK(t.n && strcmp(t.n->onnx_op, "com.microsoft.QLinearAdd") == 0, "domain in the operator's name");
    done(&t);
}

static void test_others(void)
{
    one t;
    start(&t, 12, "Dropout", "x,a", "y,m");
    msg_attr_int(&t.m, "seed", 1);
    READS(&t);
    CHECK(t.n && t.n->n_in == 2 && t.n->n_out == 2, "Dropout");
    done(&t);
    start(&t, 9, "Cast", "x", "y");
    msg_attr_int(&t.m, "to", OCTET_U8);
    READS(&t);
    CHECK(t.n && ((oct_cast_params *)t.n->params)->to == OCTET_U8, "Cast");
    done(&t);
    start(&t, 15, "Shape", "x", "y");
    msg_attr_int(&t.m, "start", -2);
    READS(&t);
    const oct_shape_params *p = t.n ? t.n->params : NULL;
    CHECK(p && p->start == -2 && p->end == INT32_MAX, "Shape");
    done(&t);
    start(&t, 9, "ConstantOfShape", "x", "y");
    msg_attr_tensor(&t.m, "value", OCTET_I32, 1, (const int64_t[]){1}, (const int32_t[]){-7}, 4);
    READS(&t);
    const oct_fill_params *f = t.n ? t.n->params : NULL;
    CHECK(f && f->dtype == OCTET_I32 && (int32_t)f->bits == -7, "ConstantOfShape");
    done(&t);
    start(&t, 13, "Split", "x", "y,z");
    READS(&t);
    CHECK(t.n && ((oct_axis_params *)t.n->params)->num_outputs == 2, "Split into equal parts");
    done(&t);
    start(&t, 13, "Transpose", "x", "y");
    msg_attr_ints(&t.m, "perm", 2, (const int64_t[]){0, 2});
    REFUSED(&t, OCTET_BAD_INPUT, "Transpose 'n': attribute 'perm' names axis 2");
    start(&t, 20, "Gelu", "x", "y");
    msg_attr_text(&t.m, "approximate", "tanh");
    READS(&t);
    CHECK(t.n && ((oct_gelu_params *)t.n->params)->tanh, "Gelu");
    done(&t);
}

/* ---- what no importer accepts ---- */

static void test_wrong_nodes(void)
{
    one t;
    start(&t, 13, "Elu", "x", "y");
    msg_attr_int(&t.m, "alpha", 1);
    REFUSED(&t, OCTET_BAD_INPUT, "Elu 'n': attribute 'alpha' is not a float");
    start(&t, 13, "Elu", "x", "y");
    msg_attr_float(&t.m, "alpha", 1);
    msg_attr_float(&t.m, "alpha", 2);
    REFUSED(&t, OCTET_BAD_INPUT, "attribute 'alpha' is given twice");
    start(&t, 13, "Add", "x", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "Add 'n': 1 inputs, at least 2");
    start(&t, 13, "Add", ",x", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "Add 'n': input 0 is missing");
    start(&t, 13, "Concat", "x,,a", "y");
    msg_attr_int(&t.m, "axis", 1);
    REFUSED(&t, OCTET_BAD_INPUT, "input 1 is missing");
    start(&t, 13, "Relu", "x,a", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "Relu 'n': 2 inputs, at most 1");
    start(&t, 13, "Relu", "q", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "nothing produces its input 'q'");
    start(&t, 13, "Concat", "x", "y");
    REFUSED(&t, OCTET_BAD_INPUT, "attribute 'axis' is missing");
    start(&t, 13, "Concat", "x", "y");
    msg_attr_int(&t.m, "axis", INT64_MAX);
    REFUSED(&t, OCTET_BAD_INPUT, "not in -8..8");
    start(&t, 13, "Relayout", "x", "y");
    msg_node_domain(&t.m, "octet");
    REFUSED(&t, OCTET_UNSUPPORTED, "unknown operator of domain 'octet'");
    start(&t, 13, "Gelu", "x", "y");
    msg_node_domain(&t.m, "com.acme");
    REFUSED(&t, OCTET_UNSUPPORTED, "com.acme.Gelu 'n': unknown operator of domain 'com.acme'");
}

int main(void)
{
    test_clip();
    test_pad_and_slice();
    test_lists();
    test_topk();
    test_resize();
    test_softmax();
    test_normalization();
    test_spatial();
    test_quantized();
    test_others();
    test_wrong_nodes();
    return check_done();
}
