/* Checks that inference functions share: types, ranks, counts. All fail with a sentence that names the node, the input and
 * what it has. An omitted input passes every check.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_SHAPE_CHECK_H
#define OCT_SHAPE_CHECK_H

#include "graph/shape.h"

/* Sets of element types, one bit each. */
#define OCT_TYPE(T) (1u << OCTET_##T)
#define OCT_TYPES_8 (OCT_TYPE(U8) | OCT_TYPE(I8))
#define OCT_TYPES_QUANTIZED (OCT_TYPES_8 | OCT_TYPE(U16) | OCT_TYPE(I16))
#define OCT_TYPES_SIGNED (OCT_TYPE(I8) | OCT_TYPE(I16) | OCT_TYPE(I32) | OCT_TYPE(I64))
#define OCT_TYPES_UNSIGNED (OCT_TYPE(U8) | OCT_TYPE(U16) | OCT_TYPE(U32) | OCT_TYPE(U64))
#define OCT_TYPES_FLOAT (OCT_TYPE(F16) | OCT_TYPE(BF16) | OCT_TYPE(F32) | OCT_TYPE(F64))
#define OCT_TYPES_WIDE_INT (OCT_TYPE(I32) | OCT_TYPE(I64) | OCT_TYPE(U32) | OCT_TYPE(U64))
#define OCT_TYPES_NUMERIC (OCT_TYPES_SIGNED | OCT_TYPES_UNSIGNED | OCT_TYPES_FLOAT)
#define OCT_TYPES_ANY (OCT_TYPES_NUMERIC | OCT_TYPE(BOOL))
#define OCT_TYPES_INDEX (OCT_TYPE(I32) | OCT_TYPE(I64))

#define OCT_MAX_DIM INT64_C(0x7fffffff)

/* "[1,3,224,224]"; for use inside one expression: oct_shape_text(v).text */
typedef struct oct_dims_text {
    char text[OCTET_MAX_RANK * 21 + 3];
} oct_dims_text;
oct_dims_text oct_dims_to_text(const int64_t *dims, int rank);
oct_dims_text oct_shape_text(const oct_value *v);

/* Input or output i of the node under inference, NULL when omitted. */
oct_value *oct_infer_in(const oct_infer *ctx, int i);
oct_value *oct_infer_out(const oct_infer *ctx, int i);

/* Input i has one of the types of the set. */
octet_status oct_infer_types(oct_infer *ctx, int i, uint32_t types);
/* Inputs i and j have one type. */
octet_status oct_infer_same_type(oct_infer *ctx, int i, int j);
/* min <= rank of input i <= max */
octet_status oct_infer_rank(oct_infer *ctx, int i, int min, int max);
/* Input i is one-dimensional and has n elements; `what` says what they belong to. */
octet_status oct_infer_vector(oct_infer *ctx, int i, int64_t n, const char *what);
/* Input i has one element, whatever its rank. */
octet_status oct_infer_scalar(oct_infer *ctx, int i);
/* OCTET_UNSUPPORTED when a dimension of input i is 0. */
octet_status oct_infer_not_empty(oct_infer *ctx, int i);
/* Input i broadcasts to this shape without enlarging it. */
octet_status oct_infer_broadcasts_to(oct_infer *ctx, int i, const int64_t *dims, int rank);
/* Input i (default first) is neither omitted nor unknown: for operators whose optional inputs lie in the middle. */
octet_status oct_infer_present(oct_infer *ctx, int i);
/* axis of an attribute, written back as 0..rank-1 */
octet_status oct_infer_axis_param(oct_infer *ctx, int32_t *axis, int rank);
/* Output i of this type and the shape of v. */
octet_status oct_infer_set_like(oct_infer *ctx, int i, octet_dtype dtype, const oct_value *v);
/* Output i becomes a constant of n_elems elements that the caller fills: *data is zeroed memory of the arena, valid also if
 * the output is omitted. */
octet_status oct_infer_fold_buffer(oct_infer *ctx, int i, octet_dtype dtype, int rank, const int64_t *dims,
                                   void **data);
/* Enlarge dims (rank *rank) by NumPy's broadcasting so that it holds v too. */
octet_status oct_infer_widen(oct_infer *ctx, int *rank, int64_t *dims, const oct_value *v);

#endif
