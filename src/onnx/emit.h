/* New nodes and tensors in the wire format, as fields of a GraphProto.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_EMIT_H
#define OCT_EMIT_H

#include <octet/octet.h>

#include "onnx/wire.h"

/* An attribute: an integer, integers, a float, a tensor. All-zero: none. */
typedef struct oct_emit_attribute {
    const char *name;
    bool list;              /* ints; else one int */
    int64_t value;
    const int64_t *values;  /* of a list */
    int n_values;
    bool real;              /* the float `number` */
    float number;
    oct_slice tensor;       /* a serialized TensorProto; makes it an attribute of type tensor */
} oct_emit_attribute;

#define OCT_EMIT_MOST_ATTRIBUTES 4

typedef struct oct_emit_node {
    const char *op, *name;
    const char *in[8], *out[8]; /* up to the first NULL */
    oct_emit_attribute attributes[OCT_EMIT_MOST_ATTRIBUTES];
} oct_emit_node;

octet_status oct_emit_put_node(oct_bytes *graph, const oct_emit_node *node, octet_error *err);

typedef struct oct_emit_tensor {
    const char *name; /* NULL: none */
    octet_dtype dtype;
    int rank;
    int64_t dims[OCTET_MAX_RANK];
    const void *data; /* little-endian, row-major */
    size_t n_bytes;
} oct_emit_tensor;

/* The message itself, and the message as an initializer. */
octet_status oct_emit_put_tensor(oct_bytes *b, const oct_emit_tensor *tensor, octet_error *err);
octet_status oct_emit_put_initializer(oct_bytes *graph, const oct_emit_tensor *tensor, octet_error *err);

#endif
