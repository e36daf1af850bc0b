/* QDQ networks with 16-bit activations, from ONNX's form: everything between the first QuantizeLinear and the last
 * DequantizeLinear runs in 16-bit integers, close to the float detour and equal at all levels; what has no such form stays in
 * float.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include <octet/octet.h>

#include "tests/check.h"
#include "tests/onnx/message.h"

enum { FLOAT = 1, UINT8 = 2, INT8 = 3, UINT16 = 4, INT16 = 5, INT32 = 6 }; /* of TensorProto */
enum { C = 6, OC = 20, H = 9, CLASSES = 7, MOST_K = 9, N_W = OC * C * MOST_K * MOST_K };

typedef struct words_case {
    const char *name;
    int x, w;           /* types */
    int w_zero, kernel; /* of the first convolution; padded to the same size */
    const char *clip;   /* behind it: "Relu", "Clip" (0..1.5) */
    int n_u16;          /* kernels of 16 bits */
} words_case;

static const words_case cases[] = {
    {"uint16 by int8", UINT16, INT8, 0, 3, "Relu", 6},
    {"uint16 by int16", UINT16, INT16, 0, 3, "Relu", 6},
    {"int16 by int16", INT16, INT16, 0, 3, "Relu", 6},
    {"int16 by int8, 1x1", INT16, INT8, 0, 1, "Relu", 6},
    {"int8 weights with a zero point", UINT16, INT8, 5, 3, "Relu", 6},
    {"a Clip that the type does not do", UINT16, INT8, 0, 3, "Clip", 6},
    {"int16 weights with a zero point stay in float", UINT16, INT16, 5, 3, "Relu", 5},
    {"so does a padded 9x9 kernel", UINT16, INT16, 0, 9, "Relu", 5},
};

static uint32_t state;

static int dice(int low, int high)
{
    state = state * 1664525u + 1013904223u;
    return low + (int)((state >> 8) % (uint32_t)(high - low + 1));
}

/* ---- building ---- */

static void scalar_tensor(msg *m, const char *name, int dtype, const void *data, size_t n)
{
    msg_tensor(m, name, dtype, 0, NULL, data, n);
}

/* Scale and zero point NAME_s, NAME_z. */
static void put_scale(msg *m, const char *name, int dtype, float scale, int zero)
{
    char text[64];
    const int16_t word = (int16_t)zero;
    const int8_t byte = (int8_t)zero;
    snprintf(text, sizeof text, "%s_s", name);
    scalar_tensor(m, text, FLOAT, &scale, sizeof scale);
    snprintf(text, sizeof text, "%s_z", name);
    if (dtype == UINT16 || dtype == INT16)
        scalar_tensor(m, text, dtype, &word, 2);
    else
        scalar_tensor(m, text, dtype, &byte, 1);
}

static void put_node(msg *m, const char *op, const char *inputs, const char *outputs)
{
    msg_close(m, msg_node(m, op, outputs, inputs, outputs));
}

/* FROM -> QuantizeLinear -> DequantizeLinear -> NAME, with a scale of its own. */
static void put_pair(msg *m, const char *from, const char *name, int dtype, float scale, int zero)
{
    char in[200], out[64];
    put_scale(m, name, dtype, scale, zero);
    snprintf(in, sizeof in, "%s,%s_s,%s_z", from, name, name);
    snprintf(out, sizeof out, "%s_q", name);
    put_node(m, "QuantizeLinear", in, out);
    snprintf(in, sizeof in, "%s_q,%s_s,%s_z", name, name, name);
    put_node(m, "DequantizeLinear", in, name);
}

/* Weights NAME of random integers, and their DequantizeLinear NAME_f. */
static void put_weights(msg *m, const char *name, int dtype, int zero, int rank, const int64_t *dims, float scale)
{
    static int16_t words[N_W];
    static int8_t bytes[N_W];
    char in[200], out[64];
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    for (int64_t i = 0; i < n; i++) {
        words[i] = (int16_t)dice(-32768, 32767);
        bytes[i] = (int8_t)dice(-128, 127);
    }
    if (dtype == INT16)
        msg_tensor(m, name, dtype, rank, dims, words, (size_t)n * 2);
    else
        msg_tensor(m, name, dtype, rank, dims, bytes, (size_t)n);
    put_scale(m, name, dtype, dtype == INT16 ? scale / 256 : scale, zero);
    snprintf(in, sizeof in, "%s,%s_s,%s_z", name, name, name);
    snprintf(out, sizeof out, "%s_f", name);
    put_node(m, "DequantizeLinear", in, out);
}

static void put_conv(msg *m, const words_case *c)
{
    const int64_t dims[] = {OC, C, c->kernel, c->kernel}, pad = c->kernel / 2, pads[] = {pad, pad, pad, pad};
    put_weights(m, "w", c->w, c->w_zero, 4, dims, 0.002f);
    const size_t node = msg_node(m, "Conv", "conv", "x,w_f", "conv");
    msg_attr_ints(m, "pads", 4, pads);
    msg_close(m, node);
    if (c->clip[0] == 'C') {
        const float low = 0, high = 1.5f;
        scalar_tensor(m, "low", FLOAT, &low, sizeof low);
        scalar_tensor(m, "high", FLOAT, &high, sizeof high);
        put_node(m, "Clip", "conv,low,high", "active");
    } else {
        put_node(m, "Relu", "conv", "active");
    }
}

/* Conv, clip, MaxPool, depthwise Conv, Add, GlobalAveragePool, Flatten, Gemm: six kernels of 16 bits but for the Flatten */
static msg make_model(const words_case *c)
{
    const int64_t image[] = {1, C, H, H}, result[] = {1, CLASSES}, two[] = {2, 2}, three[] = {3, 3}, ones[] = {1, 1, 1, 1};
    const int64_t depthwise[] = {OC, 1, 3, 3}, matrix[] = {OC, CLASSES};
    const int low = c->x == INT16 ? -32768 : 0;
    msg m = {0};
    state = 3;
    const size_t graph = msg_model(&m, 10, 21);
    msg_value(&m, MSG_INPUT, "in", FLOAT, 4, image);
    msg_value(&m, MSG_OUTPUT, "out", FLOAT, 2, result);
    put_pair(&m, "in", "x", c->x, 1.0f / 30000, low + 30000);
    put_conv(&m, c);
    put_pair(&m, "active", "a", c->x, 3.0f / 65535, low);
    size_t node = msg_node(&m, "MaxPool", "pool", "a", "pool");
    msg_attr_ints(&m, "kernel_shape", 2, three);
    msg_attr_ints(&m, "strides", 2, two);
    msg_attr_ints(&m, "pads", 4, ones);
    msg_close(&m, node);
    put_pair(&m, "pool", "p", c->x, 3.0f / 65535, low);
    put_weights(&m, "d", c->w, 0, 4, depthwise, 0.004f);
    node = msg_node(&m, "Conv", "depthwise", "p,d_f", "depthwise");
    msg_attr_int(&m, "group", OC);
    msg_attr_ints(&m, "pads", 4, ones);
    msg_close(&m, node);
    put_pair(&m, "depthwise", "e", c->x, 8.0f / 65535, low + 32000);
    put_node(&m, "Add", "e,p", "sum");
    put_pair(&m, "sum", "s", c->x, 10.0f / 65535, low + 20000);
    put_node(&m, "GlobalAveragePool", "s", "mean");
    put_pair(&m, "mean", "g", c->x, 6.0f / 65535, low + 20000);
    put_node(&m, "Flatten", "g", "flat");
    put_pair(&m, "flat", "f", c->x, 6.0f / 65535, low + 20000);
    put_weights(&m, "k", c->w, 0, 2, matrix, 0.005f);
    put_node(&m, "Gemm", "f,k_f", "gemm");
    put_pair(&m, "gemm", "out", c->x, 8.0f / 65535, low + 30000);
    msg_model_end(&m, graph);
    return m;
}

/* ---- running ---- */

typedef struct outcome {
    float y[CLASSES];
    int n_u16;
} outcome;

static outcome run(const msg *m, const char *cpu, const char *providers, int n_threads)
{
    outcome r = {.n_u16 = -1};
    octet_error err = {0};
    octet_model *model = NULL;
    octet_program *program = NULL;
    octet_session *session = NULL;
    const octet_compile_opts opts = {.cpu = cpu, .providers = providers};
    if (octet_model_load(&model, m->data, m->n, &err) == OCTET_OK &&
        octet_compile(&program, model, &opts, &err) == OCTET_OK &&
        octet_session_new(&session, program, &(octet_session_opts){.n_threads = n_threads}, &err) == OCTET_OK) {
        float *x = octet_session_input(session, 0);
        state = 8;
        for (int i = 0; i < C * H * H; i++)
            x[i] = (float)dice(-1000, 1000) / 1000;
        octet_step_info step;
        r.n_u16 = 0;
        for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++)
            r.n_u16 += strstr(step.kernel, "u16") != NULL || (step.dtype == OCTET_U16 && strstr(step.op, "MaxPool")) ||
                       (step.dtype == OCTET_I16 && strstr(step.op, "MaxPool"));
        if (octet_session_run(session, &err) == OCTET_OK)
            memcpy(r.y, octet_session_output(session, 0), sizeof r.y);
    }
    CHECK(err.message[0] == 0, "%s", err.message);
    octet_session_free(session);
    octet_program_free(program);
    octet_model_free(model);
    return r;
}

static void check_case(const words_case *c)
{
    msg m = make_model(c);
    const outcome detour = run(&m, "ref", "float", 1), first = run(&m, "ref", NULL, 1);
    float most = 0, least = INFINITY, largest = -INFINITY;
    CHECK(first.n_u16 == c->n_u16, "%s: %d kernels of 16 bits", c->name, first.n_u16);
    for (int i = 0; i < CLASSES; i++) {
        most = fmaxf(most, fabsf(first.y[i] - detour.y[i]));
        least = fminf(least, first.y[i]);
        largest = fmaxf(largest, first.y[i]);
    }
    CHECK(most <= 4 * 8.0f / 65535, "%s: %g from the float detour", c->name, (double)most);
    CHECK(largest - least > 0.05f, "%s: results are in %g..%g", c->name, (double)least, (double)largest);
    for (int i = 0, available; octet_cpu_level(i, &available); i++)
        for (int threads = 1; available && threads <= 3; threads++) {
            const outcome other = run(&m, octet_cpu_level(i, &available), NULL, threads);
            CHECK(memcmp(other.y, first.y, sizeof first.y) == 0, "%s: other bits at %s with %d threads", c->name,
                  octet_cpu_level(i, &available), threads);
        }
    msg_free(&m);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
    return check_done();
}
