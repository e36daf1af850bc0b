/* Protobuf wire format and the messages of ONNX by field number.
 * SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, BYTES = 2, FIXED32 = 5 };
enum { FLOAT = 1, INT = 2, STRING = 3, TENSOR = 4, FLOATS = 6, INTS = 7 }; /* AttributeProto.AttributeType */
enum { F32 = 1, I64 = 7 };                                                /* TensorProto.DataType */

void msg_free(msg *m)
{
    free(m->data);
    *m = (msg){0};
}

void msg_raw(msg *m, const void *data, size_t n)
{
    if (m->n + n > m->capacity) {
        m->capacity = (m->n + n) * 2 + 64;
        m->data = realloc(m->data, m->capacity);
        if (!m->data)
            abort();
    }
    if (n)
        memcpy(m->data + m->n, data, n);
    m->n += n;
}

static void put_varint(msg *m, uint64_t v)
{
    do {
        uint8_t byte = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        msg_raw(m, &byte, 1);
        v >>= 7;
    } while (v);
}

static void put_tag(msg *m, uint32_t field, int wire)
{
    put_varint(m, (uint64_t)field << 3 | (uint64_t)wire);
}

void msg_int(msg *m, uint32_t field, int64_t value)
{
    put_tag(m, field, VARINT);
    put_varint(m, (uint64_t)value);
}

void msg_float(msg *m, uint32_t field, float value)
{
    put_tag(m, field, FIXED32);
    msg_raw(m, &value, 4);
}

void msg_bytes(msg *m, uint32_t field, const void *data, size_t n)
{
    put_tag(m, field, BYTES);
    put_varint(m, n);
    msg_raw(m, data, n);
}

void msg_text(msg *m, uint32_t field, const char *text)
{
    msg_bytes(m, field, text, strlen(text));
}

size_t msg_open(msg *m, uint32_t field)
{
    put_tag(m, field, BYTES);
    msg_raw(m, (const uint8_t[4]){0}, 4);
    return m->n;
}

void msg_close(msg *m, size_t mark)
{
    size_t n = m->n - mark;
    for (size_t i = 0; i < 4; i++)
        m->data[mark - 4 + i] = (uint8_t)((n >> (7 * i) & 0x7f) | (i < 3 ? 0x80 : 0));
}

/* ---- ONNX ---- */

void msg_opset(msg *m, const char *domain, int version)
{
    size_t opset = msg_open(m, 8);
    if (*domain)
        msg_text(m, 1, domain);
    msg_int(m, 2, version);
    msg_close(m, opset);
}

size_t msg_model(msg *m, int ir_version, int opset)
{
    msg_int(m, 1, ir_version);
    msg_text(m, 2, "octet-test");
    msg_opset(m, "", opset);
    size_t graph = msg_open(m, 7);
    msg_text(m, 2, "g");
    return graph;
}

void msg_model_end(msg *m, size_t graph)
{
    msg_close(m, graph);
}

void msg_value(msg *m, uint32_t field, const char *name, int dtype, int rank, const int64_t *dims)
{
    size_t value = msg_open(m, field);
    msg_text(m, 1, name);
    size_t type = msg_open(m, 2), tensor = msg_open(m, 1);
    msg_int(m, 1, dtype);
    size_t shape = msg_open(m, 2);
    for (int i = 0; i < rank; i++) {
        size_t dim = msg_open(m, 1);
        if (dims[i] >= 0)
            msg_int(m, 1, dims[i]);
        else
            msg_text(m, 2, "N");
        msg_close(m, dim);
    }
    msg_close(m, shape);
    msg_close(m, tensor);
    msg_close(m, type);
    msg_close(m, value);
}

void msg_image(msg *m, uint32_t field, const char *name)
{
    msg_value(m, field, name, F32, 4, (const int64_t[]){1, 3, 4, 4});
}

void msg_tensor(msg *m, const char *name, int dtype, int rank, const int64_t *dims, const void *data, size_t n)
{
    size_t tensor = msg_open(m, 5);
    for (int i = 0; i < rank; i++)
        msg_int(m, 1, dims[i]); /* not packed, as most exporters write them */
    msg_int(m, 2, dtype);
    msg_text(m, 8, name);
    msg_bytes(m, 9, data, n);
    msg_close(m, tensor);
}

void msg_tensor_f32(msg *m, const char *name, int n, const float *values)
{
    msg_tensor(m, name, F32, 1, (const int64_t[]){n}, values, (size_t)n * sizeof *values);
}

void msg_tensor_i64(msg *m, const char *name, int n, const int64_t *values)
{
    msg_tensor(m, name, I64, 1, (const int64_t[]){n}, values, (size_t)n * sizeof *values);
}

static void put_names(msg *m, uint32_t field, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        msg_bytes(m, field, list, n);
        list += n + (list[n] == ',');
    }
}

size_t msg_node(msg *m, const char *op, const char *name, const char *inputs, const char *outputs)
{
    size_t node = msg_open(m, 1);
    put_names(m, 1, inputs);
    put_names(m, 2, outputs);
    msg_text(m, 3, name);
    msg_text(m, 4, op);
    return node;
}

void msg_node_domain(msg *m, const char *domain)
{
    msg_text(m, 7, domain);
}

static size_t open_attribute(msg *m, const char *name, int type)
{
    size_t attribute = msg_open(m, 5);
    msg_text(m, 1, name);
    msg_int(m, 20, type);
    return attribute;
}

void msg_attr_int(msg *m, const char *name, int64_t value)
{
    size_t attribute = open_attribute(m, name, INT);
    msg_int(m, 3, value);
    msg_close(m, attribute);
}

void msg_attr_float(msg *m, const char *name, float value)
{
    size_t attribute = open_attribute(m, name, FLOAT);
    msg_float(m, 2, value);
    msg_close(m, attribute);
}

void msg_attr_text(msg *m, const char *name, const char *value)
{
    size_t attribute = open_attribute(m, name, STRING);
    msg_text(m, 4, value);
    msg_close(m, attribute);
}

void msg_attr_ints(msg *m, const char *name, int n, const int64_t *values)
{
    size_t attribute = open_attribute(m, name, INTS);
    for (int i = 0; i < n; i++)
        msg_int(m, 8, values[i]);
    msg_close(m, attribute);
}

void msg_attr_floats(msg *m, const char *name, int n, const float *values)
{
    size_t attribute = open_attribute(m, name, FLOATS);
    msg_bytes(m, 7, values, (size_t)n * sizeof *values);
    msg_close(m, attribute);
}

void msg_attr_tensor(msg *m, const char *name, int dtype, int rank, const int64_t *dims, const void *data, size_t n)
{
    size_t attribute = open_attribute(m, name, TENSOR);
    msg_tensor(m, "", dtype, rank, dims, data, n);
    msg_close(m, attribute);
}

/* ---- whole models ---- */

static void put_metadata(msg *m)
{
    size_t property = msg_open(m, 14);
    msg_text(m, 1, "octet.mean");
    msg_text(m, 2, "1,2,3");
    msg_close(m, property);
}

static void put_small_initializers(msg *m)
{
    float w[2 * 3 * 3 * 3], norm[4][2] = {{1, 2}, {0, 1}, {0.5f, 0.25f}, {1, 4}}, fc[3 * 32];
    for (int i = 0; i < 54; i++)
        w[i] = (float)(i - 27) / 16;
    for (int i = 0; i < 96; i++)
        fc[i] = (float)(i % 7) / 8;
    msg_tensor(m, "w", F32, 4, (const int64_t[]){2, 3, 3, 3}, w, sizeof w);
    for (int i = 0; i < 4; i++)
        msg_tensor_f32(m, (const char *[]){"gamma", "beta", "mean", "var"}[i], 2, norm[i]);
    msg_tensor(m, "fc", F32, 2, (const int64_t[]){3, 32}, fc, sizeof fc);
    size_t bias = msg_open(m, 5); /* typed data */
    msg_int(m, 1, 3);
    msg_int(m, 2, F32);
    msg_bytes(m, 4, (const float[]){1, 2, 3}, 12);
    msg_text(m, 8, "fc.bias");
    msg_close(m, bias);
}

static void put_small_nodes(msg *m)
{
    size_t node = msg_node(m, "Conv", "conv", "x,w", "c");
    msg_attr_ints(m, "kernel_shape", 2, (const int64_t[]){3, 3});
    msg_attr_ints(m, "pads", 4, (const int64_t[]){1, 1, 1, 1});
    msg_close(m, node);
    node = msg_node(m, "BatchNormalization", "norm", "c,gamma,beta,mean,var", "b");
    msg_attr_float(m, "epsilon", 1e-3f);
    msg_close(m, node);
    node = msg_node(m, "Clip", "relu6", "b", "r");
    msg_attr_float(m, "min", 0);
    msg_attr_float(m, "max", 6);
    msg_close(m, node);
    node = msg_node(m, "Constant", "", "", "shape");
    msg_attr_tensor(m, "value", I64, 1, (const int64_t[]){2}, (const int64_t[]){0, -1}, 16);
    msg_close(m, node);
    msg_close(m, msg_node(m, "Reshape", "", "r,shape", "f"));
    node = msg_node(m, "Gemm", "gemm", "f,fc,fc.bias", "l");
    msg_attr_int(m, "transB", 1);
    msg_close(m, node);
    node = msg_node(m, "Softmax", "softmax", "l", "y");
    msg_attr_int(m, "axis", 1);
    msg_close(m, node);
}

msg msg_small_model(void)
{
    msg m = {0};
    size_t graph = msg_model(&m, 3, 9);
    put_small_nodes(&m);
    put_small_initializers(&m);
    msg_value(&m, MSG_INPUT, "x", F32, 4, (const int64_t[]){-1, 3, 4, 4});
    msg_value(&m, MSG_INPUT, "w", F32, 4, (const int64_t[]){2, 3, 3, 3});
    msg_value(&m, MSG_OUTPUT, "y", F32, 2, (const int64_t[]){-1, 3});
    msg_model_end(&m, graph);
    put_metadata(&m);
    return m;
}

msg msg_one_node(int opset, const char *op, const char *inputs, const char *outputs)
{
    msg m = {0};
    size_t graph = msg_model(&m, 8, opset);
    msg_close(&m, msg_node(&m, op, "n", inputs, outputs));
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    return m;
}
