/* Import of one node: the context that the oct_import_<x> functions of ops.def work on. Each reads the attributes of every
 * opset from 7 to 21, fills the typed parameters, and turns attributes that became inputs later into constant inputs.
 * An attribute that no function read is refused by the caller, so nothing is ignored by accident.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ONNX_IMPORT_H
#define OCT_ONNX_IMPORT_H

#include "graph/op_params.h"
#include "onnx/reader.h"

#define OCT_MOST_ATTRIBUTES 64

typedef struct oct_import {
    oct_reader *reader;
    oct_graph *graph;
    const OctPb__NodeProto *node;
    const char *name;   /* of the node, made up if it has none */
    const char *onnx_op;
    oct_op op;          /* OCT_N_OPS for operators that are translated away; may be set by the function */
    int64_t opset;      /* of the node's domain */
    oct_value_id *in;   /* room for OCT_EXTRA_INPUTS more than the file gives */
    int n_in;
    oct_value_id *out;
    int n_out;
    void *params;
    uint64_t read;      /* bit i: attribute i was read */
    octet_error *err;
} oct_import;

#define OCT_EXTRA_INPUTS 8

#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) \
    octet_status oct_import_##IMPORT(oct_import *ctx);
#include "graph/ops.def"
#undef OCT_OP
octet_status oct_import_upsample(oct_import *ctx);
/* com.microsoft's, which become DequantizeLinear, operator, QuantizeLinear (import_qlinear.c). */
octet_status oct_import_qlinear_mul(oct_import *ctx);
octet_status oct_import_qlinear_sigmoid(oct_import *ctx);
octet_status oct_import_qlinear_leaky_relu(oct_import *ctx);
octet_status oct_import_qlinear_softmax(oct_import *ctx);
octet_status oct_import_qlinear_average_pool(oct_import *ctx);
octet_status oct_import_qlinear_reduce_mean(oct_import *ctx);
octet_status oct_import_qgemm(oct_import *ctx);

/* A Constant node: its output becomes a constant, no node remains (constant.c). */
octet_status oct_import_constant(oct_import *ctx);

/* "Conv 'name': ..." */
octet_status oct_import_fail(oct_import *ctx, octet_status status, const char *format, ...) OCT_PRINTF(3, 4);

/* Zeroed parameters of n bytes, also in ctx->params; NULL (and ctx->err filled) when out of memory. */
void *oct_import_params(oct_import *ctx, size_t n);

/* ---- attributes (attribute.c): OCTET_BAD_INPUT for a wrong type or a value out of range ---- */

bool oct_attr_has(const oct_import *ctx, const char *name);
/* OCTET_BAD_INPUT if there is none. */
octet_status oct_attr_require(oct_import *ctx, const char *name);
/* Read it and forget it: it has no effect on inference. */
void oct_attr_ignore(oct_import *ctx, const char *name);
octet_status oct_attr_int(oct_import *ctx, const char *name, int64_t otherwise, int64_t *value);
octet_status oct_attr_int32(oct_import *ctx, const char *name, int32_t otherwise, int32_t lo, int32_t hi,
                            int32_t *value);
octet_status oct_attr_bool(oct_import *ctx, const char *name, bool otherwise, bool *value);
octet_status oct_attr_float(oct_import *ctx, const char *name, float otherwise, float *value);
/* *n = -1 if there is none; the values live as long as the message. */
octet_status oct_attr_ints(oct_import *ctx, const char *name, const int64_t **values, int *n);
octet_status oct_attr_floats(oct_import *ctx, const char *name, const float **values, int *n);
/* A string that must be one of `choices` (ends with NULL; OCTET_UNSUPPORTED if not): its index. */
octet_status oct_attr_choice(oct_import *ctx, const char *name, const char *const *choices, int32_t otherwise,
                             int32_t *index);
/* An element type; OCTET_UNDEFINED if there is none or it is 0. */
octet_status oct_attr_dtype(oct_import *ctx, const char *name, octet_dtype *dtype);
/* *value = NULL if there is none. */
octet_status oct_attr_tensor(oct_import *ctx, const char *name, const OctPb__TensorProto **value);

/* ---- inputs ---- */

/* Input i, OCT_NONE when omitted. */
oct_value_id oct_import_in(const oct_import *ctx, int i);
/* Put a value at input i; those between are omitted ones. i is below OCT_EXTRA_INPUTS. */
void oct_import_set_in(oct_import *ctx, int i, oct_value_id id);
/* Constants named after node and attribute, put at input i: int64 or float32 vector, float32 scalar. */
octet_status oct_import_ints_in(oct_import *ctx, int i, const char *attribute, const int64_t *values, int n);
octet_status oct_import_floats_in(oct_import *ctx, int i, const char *attribute, const float *values, int n);
octet_status oct_import_float_in(oct_import *ctx, int i, const char *attribute, float value);
/* Attribute `name` (if there is one) becomes input i, as int64 vector. */
octet_status oct_import_ints_to_in(oct_import *ctx, int i, const char *name);
/* A tensor attribute as constant of the graph. */
octet_status oct_import_tensor(oct_import *ctx, oct_value_id *out, const char *attribute, const OctPb__TensorProto *t);
/* More than `most` inputs, or outputs, in the file: OCTET_BAD_INPUT. */
octet_status oct_import_most_inputs(oct_import *ctx, int most);

#endif
