/* Random quantized networks out of bytes, see quantized_graph.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "quantized_graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FLOAT = 1, UINT8 = 2, INT8 = 3, UINT16 = 4, INT16 = 5, INT32 = 6, INT64 = 7 }; /* of TensorProto */
enum { MOST_TENSORS = 40, MOST_CHANNELS = 40, MOST_SIZE = 12, MOST_OPS = 12, MOST_WEIGHTS = 40 * 40 * 25 };

/* A quantized tensor tI of the network, with scale tI_s and zero point tI_z. */
typedef struct tensor {
    int64_t dims[4];
    int rank, dtype;
    float scale;
} tensor;

typedef struct builder {
    msg m;
    const uint8_t *data; /* decisions, byte by byte; zeros behind the end */
    size_t n_bytes, at;
    tensor t[MOST_TENSORS];
    int n_tensors, n_names, words;
    uint32_t state; /* of weights */
} builder;

/* ---- decisions ---- */

static int take(builder *b, int below)
{
    return b->at < b->n_bytes ? b->data[b->at++] % below : 0;
}

static int between(builder *b, int low, int high)
{
    return low + take(b, high - low + 1);
}

/* 1 in 64 is no usual one; the others lie around 2^-exponent. */
static float take_scale(builder *b, int exponent)
{
    static const float special[] = {0.0f, 1e-38f, 1e-45f, 1e30f, INFINITY, NAN, -0.02f, 1.0f};
    const int i = take(b, 256);
    return i >= 252 ? special[take(b, 8)] : ldexpf(1.0f + (float)i / 256, -exponent - take(b, 5));
}

static int random_below(builder *b, int below)
{
    b->state = b->state * 1664525u + 1013904223u;
    return (int)((b->state >> 9) % (uint32_t)below);
}

/* ---- parts of the message ---- */

static int size_of(int dtype)
{
    return dtype == INT16 || dtype == UINT16 ? 2 : 1;
}

static int least_of(int dtype)
{
    return dtype == INT8 ? -128 : dtype == INT16 ? -32768 : 0;
}

static int take_type(builder *b)
{
    return b->words ? between(b, UINT16, INT16) : between(b, UINT8, INT8);
}

static int take_zero(builder *b, int dtype)
{
    static const int at[] = {0, 1, 2, 3}; /* quarters of the range */
    const int most = size_of(dtype) == 2 ? 65535 : 255, i = take(b, 8);
    return least_of(dtype) + (i < 4 ? at[i] * (most / 3) : take(b, 256) * most / 255);
}

/* n integers of `dtype`, all alike or random. */
static void put_integers(builder *b, const char *name, int dtype, int rank, const int64_t *dims, int low, int high, int pattern)
{
    static int16_t words[MOST_WEIGHTS];
    static int8_t bytes[MOST_WEIGHTS];
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= (size_t)dims[i];
    for (size_t i = 0; i < n; i++) {
        const int v = pattern == 0 ? low : pattern == 1 ? high : pattern == 2 ? (i & 1 ? low : high)
                                                                              : low + random_below(b, high - low + 1);
        words[i] = (int16_t)v;
        bytes[i] = (int8_t)v;
    }
    const void *data = size_of(dtype) == 2 ? (const void *)words : bytes;
    msg_tensor(&b->m, name, dtype, rank, dims, data, n * (size_t)size_of(dtype));
}

static void put_scalar(builder *b, const char *name, int dtype, float scale, int zero)
{
    char text[40];
    snprintf(text, sizeof text, "%s_s", name);
    msg_tensor(&b->m, text, FLOAT, 0, NULL, &scale, sizeof scale);
    snprintf(text, sizeof text, "%s_z", name);
    put_integers(b, text, dtype, 0, NULL, zero, zero, 0);
}

/* A node of operator `op`, to be closed. */
static size_t open_node(builder *b, const char *op, const char *inputs, const char *output, int microsoft)
{
    const size_t node = msg_node(&b->m, op, output, inputs, output);
    if (microsoft)
        msg_node_domain(&b->m, "com.microsoft");
    return node;
}

static void put_node(builder *b, const char *op, const char *inputs, const char *output, int microsoft)
{
    msg_close(&b->m, open_node(b, op, inputs, output, microsoft));
}

static int new_tensor(builder *b, int rank, const int64_t *dims, int dtype)
{
    tensor *t = &b->t[b->n_tensors];
    char name[16];
    *t = (tensor){.rank = rank, .dtype = dtype, .scale = take_scale(b, b->words ? 11 : 3)};
    memcpy(t->dims, dims, (size_t)rank * sizeof *dims);
    snprintf(name, sizeof name, "t%d", b->n_tensors);
    put_scalar(b, name, dtype, t->scale, take_zero(b, dtype));
    return b->n_tensors++;
}

/* Writes "tI" or, with its scale and zero point, "tI,tI_s,tI_z". */
static const char *name_of(int i)
{
    static char text[4][16];
    static int turn;
    char *out = text[turn++ & 3];
    snprintf(out, sizeof text[0], "t%d", i);
    return out;
}

static const char *triple(int i)
{
    static char text[4][48];
    static int turn;
    char *out = text[turn++ & 3];
    snprintf(out, sizeof text[0], "t%d,t%d_s,t%d_z", i, i, i);
    return out;
}

/* The name of a new float value. */
static void new_name(builder *b, char out[16])
{
    snprintf(out, 16, "f%d", b->n_names++);
}

static void dequantize(builder *b, int i, char out[16])
{
    new_name(b, out);
    put_node(b, "DequantizeLinear", triple(i), out, 0);
}

static void quantize(builder *b, const char *from, int i)
{
    char in[80];
    snprintf(in, sizeof in, "%s,t%d_s,t%d_z", from, i, i);
    put_node(b, "QuantizeLinear", in, name_of(i), 0);
}

/* ---- products ---- */

typedef struct weights {
    char name[16];
    int axis, per_channel, has_bias, dtype;
    int64_t channels;
} weights;

/* Weights of the given shape, their scales and zero points, to multiply tensor x with; channels are its axis `axis`. */
static weights put_weights(builder *b, int x, int rank, const int64_t *dims, int axis)
{
    weights w = {.axis = axis, .per_channel = take(b, 2), .has_bias = take(b, 2), .channels = dims[axis]};
    static float scales[MOST_CHANNELS];
    char text[40];
    w.dtype = b->words && take(b, 2) ? INT16 : between(b, UINT8, INT8);
    const int low = least_of(w.dtype), high = low + (size_of(w.dtype) == 2 ? 65535 : 255);
    const int zero = w.dtype == UINT8 ? take(b, 2) ? 128 : take(b, 256) : take(b, 8) ? 0 : take(b, 100);
    b->state = (uint32_t)take(b, 256) * 2654435761u;
    new_name(b, w.name);
    put_integers(b, w.name, w.dtype, rank, dims, low, high, take(b, 8));
    for (int64_t o = 0; o < w.channels; o++)
        scales[o] = o == 0 || o % 7 == 3 ? take_scale(b, size_of(w.dtype) == 2 ? 14 : 6) : scales[o - 1];
    snprintf(text, sizeof text, "%s_s", w.name);
    msg_tensor(&b->m, text, FLOAT, w.per_channel, &w.channels, scales, w.per_channel ? (size_t)w.channels * 4 : 4);
    snprintf(text, sizeof text, "%s_z", w.name);
    put_integers(b, text, w.dtype, w.per_channel, &w.channels, zero, zero, 0);
    if (w.has_bias) {
        static int32_t bias[MOST_CHANNELS];
        for (int64_t o = 0; o < w.channels; o++)
            bias[o] = (random_below(b, 1 << 22) - (1 << 21)) >> take(b, 16);
        snprintf(text, sizeof text, "%s_b", w.name);
        msg_tensor(&b->m, text, INT32, 1, &w.channels, bias, (size_t)w.channels * 4);
    }
    for (int64_t o = w.channels - 1; o >= 0; o--)
        scales[o] = scales[w.per_channel ? o : 0] * b->t[x].scale;
    snprintf(text, sizeof text, "%s_bs", w.name);
    msg_tensor(&b->m, text, FLOAT, 1, &w.channels, scales, (size_t)w.channels * 4);
    return w;
}

/* DequantizeLinear of weights and bias; out: ",w[,b]", to go behind x. */
static void dequantize_weights(builder *b, const weights *w, int with_bias, char *out, size_t n)
{
    char wf[16], bf[16], in[80];
    new_name(b, wf);
    snprintf(in, sizeof in, "%s,%s_s,%s_z", w->name, w->name, w->name);
    size_t node = open_node(b, "DequantizeLinear", in, wf, 0);
    msg_attr_int(&b->m, "axis", w->axis);
    msg_close(&b->m, node);
    if (!with_bias) {
        snprintf(out, n, ",%s", wf);
        return;
    }
    new_name(b, bf);
    snprintf(in, sizeof in, "%s_b,%s_bs", w->name, w->name);
    node = open_node(b, "DequantizeLinear", in, bf, 0);
    msg_attr_int(&b->m, "axis", 0);
    msg_close(&b->m, node);
    snprintf(out, n, ",%s,%s", wf, bf);
}

/* float -> now and then Relu or Clip -> QuantizeLinear */
static void finish(builder *b, const char *from, int y)
{
    char active[16], in[60];
    const int kind = take(b, 3);
    if (kind == 0) {
        quantize(b, from, y);
        return;
    }
    new_name(b, active);
    if (kind == 1) {
        put_node(b, "Relu", from, active, 0);
    } else {
        const float low = (float)take(b, 3) - 1, high = low + (float)take(b, 9);
        snprintf(in, sizeof in, "%s_lo", active);
        msg_tensor(&b->m, in, FLOAT, 0, NULL, &low, sizeof low);
        snprintf(in, sizeof in, "%s_hi", active);
        msg_tensor(&b->m, in, FLOAT, 0, NULL, &high, sizeof high);
        snprintf(in, sizeof in, "%s,%s_lo,%s_hi", from, active, active);
        put_node(b, "Clip", in, active, 0);
    }
    quantize(b, active, y);
}

typedef struct window {
    int64_t kernel[2], strides[2], dilations[2], pads[4];
} window;

/* A window that fits; dims become the result's. Paddings stay below the kernel, as pools want it. */
static window take_window(builder *b, int64_t dims[4], int dilates)
{
    window w;
    for (int i = 0; i < 2; i++) {
        const int64_t size = dims[2 + i];
        w.kernel[i] = between(b, 1, 5);
        w.strides[i] = between(b, 1, 3);
        w.dilations[i] = dilates ? between(b, 1, 2) : 1;
        const int64_t reach = w.dilations[i] * (w.kernel[i] - 1) + 1;
        w.pads[i] = take(b, (int)w.kernel[i]);
        w.pads[2 + i] = take(b, (int)w.kernel[i]);
        if (size + w.pads[i] + w.pads[2 + i] < reach) {
            w.kernel[i] = w.dilations[i] = 1;
            w.pads[i] = w.pads[2 + i] = 0;
        }
        dims[2 + i] = (size + w.pads[i] + w.pads[2 + i] - w.dilations[i] * (w.kernel[i] - 1) - 1) / w.strides[i] + 1;
    }
    return w;
}

static void put_window(builder *b, const window *w, int dilates)
{
    msg_attr_ints(&b->m, "kernel_shape", 2, w->kernel);
    msg_attr_ints(&b->m, "strides", 2, w->strides);
    msg_attr_ints(&b->m, "pads", 4, w->pads);
    if (dilates)
        msg_attr_ints(&b->m, "dilations", 2, w->dilations);
}

static int64_t take_groups(builder *b, int64_t C)
{
    static const int64_t divisors[] = {1, 1, 2, 3, 4};
    const int i = take(b, 6);
    return i == 5 ? C : C % divisors[i] == 0 ? divisors[i] : 1;
}

static int find_other(builder *b, int x, int joins);

/* A convolution's result, or its sum with a tensor of y's shape; *from is the name. */
static void put_residual(builder *b, int y, char from[16])
{
    char r[16], in[40];
    const int other = take(b, 2) ? find_other(b, y, 0) : y;
    if (other == y)
        return;
    dequantize(b, other, r);
    const int first = take(b, 2);
    snprintf(in, sizeof in, "%s,%s", first ? r : from, first ? from : r);
    new_name(b, from);
    put_node(b, "Add", in, from, 0);
}

static int put_conv(builder *b, int x)
{
    const int qlinear = !b->words && take(b, 2), type = qlinear ? b->t[x].dtype : take_type(b);
    int64_t y_dims[4];
    memcpy(y_dims, b->t[x].dims, sizeof y_dims);
    const int64_t C = y_dims[1], G = take_groups(b, C), OC = G == C ? C : G * between(b, 1, (int)(MOST_CHANNELS / G));
    const window win = take_window(b, y_dims, 1);
    const int64_t w_dims[] = {OC, C / G, win.kernel[0], win.kernel[1]};
    char in[200], rest[60], out[16], xf[16];
    const weights w = put_weights(b, x, 4, w_dims, 0);
    y_dims[1] = OC;
    const int y = new_tensor(b, 4, y_dims, type);
    if (qlinear) {
        snprintf(in, sizeof in, "%s,%s,%s_s,%s_z,t%d_s,t%d_z%s%s%s", triple(x), w.name, w.name, w.name, y, y,
                 w.has_bias ? "," : "", w.has_bias ? w.name : "", w.has_bias ? "_b" : "");
        snprintf(out, sizeof out, "t%d", y);
    } else {
        dequantize(b, x, xf);
        dequantize_weights(b, &w, w.has_bias, rest, sizeof rest);
        snprintf(in, sizeof in, "%s%s", xf, rest);
        new_name(b, out);
    }
    const size_t node = open_node(b, qlinear ? "QLinearConv" : "Conv", in, out, 0);
    put_window(b, &win, 1);
    msg_attr_int(&b->m, "group", G);
    msg_close(&b->m, node);
    if (!qlinear) {
        put_residual(b, y, out);
        finish(b, out, y);
    }
    return y;
}

/* Flatten, then a matrix product. */
static int put_product(builder *b, int x)
{
    const tensor *t = &b->t[x];
    int64_t K = 1;
    char in[200], rest[60], out[16], xf[16];
    for (int i = 1; i < t->rank; i++)
        K *= t->dims[i];
    const int64_t N = between(b, 1, 24), dims[] = {K, N}, turned[] = {N, K}, y_dims[] = {t->dims[0], N};
    if (K * N > MOST_WEIGHTS)
        return x;
    const int gemm = take(b, 2), turns = gemm && take(b, 2), qlinear = !b->words && !gemm && take(b, 2);
    const weights w = put_weights(b, x, 2, turns ? turned : dims, turns ? 0 : 1);
    const int type = qlinear ? t->dtype : take_type(b);
    const int y = new_tensor(b, 2, y_dims, type);
    if (qlinear) {
        char bytes[16];
        new_name(b, bytes);
        put_node(b, "Flatten", name_of(x), bytes, 0);
        snprintf(in, sizeof in, "%s,t%d_s,t%d_z,%s,%s_s,%s_z,t%d_s,t%d_z", bytes, x, x, w.name, w.name, w.name, y, y);
        put_node(b, "QLinearMatMul", in, name_of(y), 0);
        return y;
    }
    dequantize(b, x, xf);
    new_name(b, out);
    put_node(b, "Flatten", xf, out, 0);
    dequantize_weights(b, &w, gemm && w.has_bias, rest, sizeof rest);
    snprintf(in, sizeof in, "%s%s", out, rest);
    new_name(b, out);
    const size_t node = open_node(b, gemm ? "Gemm" : "MatMul", in, out, 0);
    if (turns)
        msg_attr_int(&b->m, "transB", 1);
    msg_close(&b->m, node);
    finish(b, out, y);
    return y;
}

/* ---- others ---- */

static int put_pool(builder *b, int x)
{
    static const char *const ops[] = {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"};
    const int op = take(b, 4), largest = op == 0 || op == 3, form = take(b, 2), same_scale = largest && form;
    const int microsoft = !b->words && !largest && form, type = microsoft ? b->t[x].dtype : take_type(b);
    int64_t y_dims[4];
    char in[100], from[16], out[16], name[40];
    memcpy(y_dims, b->t[x].dims, sizeof y_dims);
    const window w = op < 2 ? take_window(b, y_dims, 0) : (window){{0}, {0}, {0}, {0}};
    if (op >= 2)
        y_dims[2] = y_dims[3] = 1;
    const int y = new_tensor(b, 4, y_dims, type);
    if (microsoft) {
        snprintf(in, sizeof in, "%s,t%d_s,t%d_z", triple(x), y, y);
        snprintf(out, sizeof out, "t%d", y);
    } else {
        dequantize(b, x, from);
        snprintf(in, sizeof in, "%s", from);
        new_name(b, out);
    }
    snprintf(name, sizeof name, "%s%s", microsoft ? "QLinear" : "", ops[op]);
    const size_t node = open_node(b, name, in, out, microsoft);
    if (op < 2)
        put_window(b, &w, 0);
    msg_close(&b->m, node);
    if (same_scale) { /* quantized with the scale that it had: the integers themselves */
        char again[16], pair[80];
        new_name(b, again);
        snprintf(pair, sizeof pair, "%s,t%d_s,t%d_z", out, x, x);
        put_node(b, "QuantizeLinear", pair, again, 0);
        snprintf(pair, sizeof pair, "%s,t%d_s,t%d_z", again, x, x);
        new_name(b, out);
        put_node(b, "DequantizeLinear", pair, out, 0);
    }
    if (!microsoft)
        quantize(b, out, y);
    return y;
}

/* The last tensor that x can be added to, or joined with along the channels. */
static int find_other(builder *b, int x, int joins)
{
    const tensor *t = &b->t[x];
    for (int i = x - 1 - take(b, 3); i >= 0; i--) {
        int fits = b->t[i].rank == t->rank && b->t[i].dtype == t->dtype;
        for (int k = 0; fits && k < t->rank; k++)
            fits = b->t[i].dims[k] == t->dims[k] || (joins && k == 1);
        if (fits && (!joins || b->t[i].dims[1] + t->dims[1] <= MOST_CHANNELS))
            return i;
    }
    return x;
}

static int put_pair(builder *b, int x)
{
    static const char *const ops[] = {"Add", "Mul", "Sub"};
    const int op = take(b, 3), other = find_other(b, x, 0), qlinear = !b->words && op < 2 && take(b, 2);
    const int y = new_tensor(b, b->t[x].rank, b->t[x].dims, qlinear ? b->t[x].dtype : take_type(b));
    char in[120], a[16], c[16], out[16];
    if (qlinear) {
        snprintf(in, sizeof in, "%s,%s,t%d_s,t%d_z", triple(x), triple(other), y, y);
        put_node(b, op ? "QLinearMul" : "QLinearAdd", in, name_of(y), 1);
        return y;
    }
    dequantize(b, x, a);
    dequantize(b, other, c);
    snprintf(in, sizeof in, "%s,%s", a, c);
    new_name(b, out);
    put_node(b, ops[op], in, out, 0);
    finish(b, out, y);
    return y;
}

static int put_concat(builder *b, int x)
{
    const int other = find_other(b, x, 1), qlinear = !b->words && take(b, 2);
    int64_t dims[4];
    char in[140], a[16], c[16], out[16];
    memcpy(dims, b->t[x].dims, sizeof dims);
    dims[1] += b->t[other].dims[1];
    if (dims[1] > MOST_CHANNELS)
        return x;
    const int y = new_tensor(b, b->t[x].rank, dims, qlinear ? b->t[x].dtype : take_type(b));
    if (qlinear) {
        snprintf(in, sizeof in, "t%d_s,t%d_z,%s,%s", y, y, triple(x), triple(other));
        snprintf(out, sizeof out, "t%d", y);
    } else {
        dequantize(b, x, a);
        dequantize(b, other, c);
        snprintf(in, sizeof in, "%s,%s", a, c);
        new_name(b, out);
    }
    const size_t node = open_node(b, qlinear ? "QLinearConcat" : "Concat", in, out, qlinear);
    msg_attr_int(&b->m, "axis", 1);
    msg_close(&b->m, node);
    if (!qlinear)
        quantize(b, out, y);
    return y;
}

/* One operator on each number, or one that moves them. */
static int put_unary(builder *b, int x)
{
    static const char *const ops[] = {"Sigmoid", "HardSwish", "LeakyRelu", "Tanh", "HardSigmoid", "Softmax", "Transpose",
                                      "Elu", "Abs", "Identity"};
    static const int64_t turned[] = {0, 1, 3, 2};
    const int op = take(b, 10), turns = op == 6 && b->t[x].rank == 4;
    int64_t dims[4];
    char from[16], out[16];
    for (int i = 0; i < 4; i++)
        dims[i] = b->t[x].dims[turns ? turned[i] : i];
    const int y = new_tensor(b, b->t[x].rank, dims, take_type(b));
    dequantize(b, x, from);
    new_name(b, out);
    const size_t node = open_node(b, op == 6 && !turns ? "Identity" : ops[op], from, out, 0);
    if (turns)
        msg_attr_ints(&b->m, "perm", 4, turned);
    msg_close(&b->m, node);
    quantize(b, out, y);
    return y;
}

/* ---- the network ---- */

static int put_operator(builder *b, int x)
{
    const int op = take(b, 8);
    if (b->t[x].rank != 4)
        return op < 3 ? put_product(b, x) : op < 6 ? put_pair(b, x) : put_unary(b, x);
    switch (op) {
    case 0: case 1: case 2: return put_conv(b, x);
    case 3: return put_pool(b, x);
    case 4: return put_pair(b, x);
    case 5: return put_concat(b, x);
    case 6: return put_unary(b, x);
    default: return put_product(b, x);
    }
}

msg quantized_graph(const uint8_t *data, size_t n_bytes, int shows_all)
{
    builder b = {.data = data, .n_bytes = n_bytes};
    const size_t graph = msg_model(&b.m, 10, 21);
    b.words = take(&b, 4) == 3;
    const int64_t dims[] = {between(&b, 1, 2), between(&b, 1, 20), between(&b, 1, MOST_SIZE), between(&b, 1, MOST_SIZE)};
    msg_value(&b.m, MSG_INPUT, "in", FLOAT, 4, dims);
    int x = new_tensor(&b, 4, dims, take_type(&b));
    quantize(&b, "in", x);
    for (int i = 0; i < MOST_OPS && b.at < n_bytes; i++)
        x = put_operator(&b, x);
    put_node(&b, "DequantizeLinear", triple(x), "out", 0);
    msg_value(&b.m, MSG_OUTPUT, "out", FLOAT, b.t[x].rank, b.t[x].dims);
    for (int i = 0; shows_all && i < b.n_tensors; i++)
        msg_value(&b.m, MSG_OUTPUT, name_of(i), b.t[i].dtype, b.t[i].rank, b.t[i].dims);
    msg_model_end(&b.m, graph);
    msg_opset(&b.m, "com.microsoft", 1);
    return b.m;
}
