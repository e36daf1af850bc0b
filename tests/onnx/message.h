/* Writes ONNX messages byte by byte, so that tests can make models that no library would write.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* A growing message. Nested ones are opened and closed in place; aborts when out of memory. */
typedef struct msg {
    uint8_t *data;
    size_t n, capacity;
} msg;

void msg_free(msg *m);
void msg_raw(msg *m, const void *data, size_t n);
void msg_int(msg *m, uint32_t field, int64_t value);
void msg_float(msg *m, uint32_t field, float value);
void msg_bytes(msg *m, uint32_t field, const void *data, size_t n);
void msg_text(msg *m, uint32_t field, const char *text);
size_t msg_open(msg *m, uint32_t field); /* returns the mark for msg_close */
void msg_close(msg *m, size_t mark);

/* ---- ONNX ---- */

/* ModelProto with one opset import, its graph left open; further opsets may follow msg_model_end. */
size_t msg_model(msg *m, int ir_version, int opset);
void msg_model_end(msg *m, size_t graph);
void msg_opset(msg *m, const char *domain, int version);

/* Graph input (field 11) or output (12): dims below 0 are free and named "N". */
enum { MSG_INPUT = 11, MSG_OUTPUT = 12 };
void msg_value(msg *m, uint32_t field, const char *name, int dtype, int rank, const int64_t *dims);
/* The same, float32 [1,3,4,4] */
void msg_image(msg *m, uint32_t field, const char *name);

/* Initializer (field 5) or attribute tensor (field 5 of AttributeProto too) with raw data. */
void msg_tensor(msg *m, const char *name, int dtype, int rank, const int64_t *dims, const void *data, size_t n);
void msg_tensor_f32(msg *m, const char *name, int n, const float *values);   /* vector */
void msg_tensor_i64(msg *m, const char *name, int n, const int64_t *values); /* vector */

/* A node, left open for attributes. inputs and outputs are lists like "x,w,,b". */
size_t msg_node(msg *m, const char *op, const char *name, const char *inputs, const char *outputs);
void msg_node_domain(msg *m, const char *domain);
void msg_attr_int(msg *m, const char *name, int64_t value);
void msg_attr_float(msg *m, const char *name, float value);
void msg_attr_text(msg *m, const char *name, const char *value);
void msg_attr_ints(msg *m, const char *name, int n, const int64_t *values);
void msg_attr_floats(msg *m, const char *name, int n, const float *values);
void msg_attr_tensor(msg *m, const char *name, int dtype, int rank, const int64_t *dims, const void *data, size_t n);

/* ---- whole models ---- */

/* x [N,3,4,4] -> Conv -> BatchNormalization -> Clip(6) -> Reshape (Constant) -> Gemm -> Softmax -> y, opset 9, with raw and
 * typed initializers, one of them listed as input, and metadata. */
msg msg_small_model(void);
/* x -> one node of `op` with no attributes -> y */
msg msg_one_node(int opset, const char *op, const char *inputs, const char *outputs);

#endif
