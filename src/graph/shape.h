/* Shape and type inference, one function per operator family, named by the infer column of ops.def.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_SHAPE_H
#define OCT_SHAPE_H

#include "graph/graph.h"
#include "graph/op_params.h"

/* One call: the inputs' types and shapes are known (all dimensions >= 0), constants have data. The function checks the
 * node (ranks, axes, channel counts; errors name node, attribute and value), normalizes its params (negative axes, auto_pad,
 * defaults that depend on the shape), and sets dtype, rank and dims of every output, or calls oct_infer_fold where the
 * value itself is known (Shape, Size, Range, ConstantOfShape). */
struct oct_infer {
    oct_graph *graph;
    oct_node *node;
    octet_error *err;
};

/* Infer one node. OCTET_BAD_INPUT for an inconsistent node; OCTET_UNSUPPORTED with "must be a constant" when an input
 * whose value is needed is not known (the message ends in: input '<name>' must be a constant). */
octet_status oct_infer_node(oct_graph *g, oct_node *n, octet_error *err);

#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) \
    octet_status oct_infer_##INFER(oct_infer *ctx);
#include "graph/ops.def"
#undef OCT_OP

/* ---- for the infer functions (graph/shape.c) ---- */

/* OCTET_BAD_INPUT "Conv 'name': ..." */
octet_status oct_infer_fail(oct_infer *ctx, octet_status status, const char *format, ...) OCT_PRINTF(3, 4);
/* Set output i (no effect if omitted). dims are checked: each in 0..2^31-1, product below 2^40 bytes. */
octet_status oct_infer_set(oct_infer *ctx, int i, octet_dtype dtype, int rank, const int64_t *dims);
/* Give output i a constant value (copied into the arena). */
octet_status oct_infer_fold(oct_infer *ctx, int i, octet_dtype dtype, int rank, const int64_t *dims, const void *data);
/* Input i as a list of integers: *n and at most `max` values; must be constant. Omitted: *n = -1. */
octet_status oct_infer_ints(oct_infer *ctx, int i, int64_t *values, int max, int *n);
/* The same for floats. */
octet_status oct_infer_floats(oct_infer *ctx, int i, double *values, int max, int *n);
/* axis in -rank..rank-1 to 0..rank-1 */
octet_status oct_infer_axis(oct_infer *ctx, int64_t axis, int rank, int *out);
/* NumPy broadcasting of two shapes. */
octet_status oct_infer_broadcast_dims(oct_infer *ctx, const oct_value *a, const oct_value *b, int *rank, int64_t *dims);

#endif
