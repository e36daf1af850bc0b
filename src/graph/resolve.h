/* Inputs of data movers turned into numbers for every axis, exactly as ONNX says; shape inference and lowering both call
 * these, so that they cannot disagree. Inputs that carry parameters must be constants, else OCTET_UNSUPPORTED; the
 * node's params were normalized by shape inference or will be.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RESOLVE_H
#define OCT_RESOLVE_H

#include "graph/graph.h"

/* Slice: y[i] = x[begin + i * step] along each axis; size of y. step is never 0; untouched axes have 0, 1, dim. */
typedef struct oct_slice {
    int64_t begin[OCTET_MAX_RANK], step[OCTET_MAX_RANK], size[OCTET_MAX_RANK];
} oct_slice;
octet_status oct_resolve_slice(const oct_graph *g, const oct_node *n, oct_slice *out, octet_error *err);

/* Pad: elements added in front and behind along each axis, negative ones cut off. size[k] = dim + begin + end. */
typedef struct oct_padding {
    int64_t begin[OCTET_MAX_RANK], end[OCTET_MAX_RANK], size[OCTET_MAX_RANK];
} oct_padding;
octet_status oct_resolve_pad(const oct_graph *g, const oct_node *n, oct_padding *out, octet_error *err);

/* Resize: along each axis, size of the output, scale (output / input, as the coordinate formulas of ONNX use it: the one
 * given, or the ratio of sizes, or the common one of keep_aspect_ratio_policy) and region of interest (0 and 1 unless
 * tf_crop_and_resize). Axes that are not resized have scale 1. */
typedef struct oct_resize {
    double scale[OCTET_MAX_RANK], roi_begin[OCTET_MAX_RANK], roi_end[OCTET_MAX_RANK];
    int64_t size[OCTET_MAX_RANK];
} oct_resize;
octet_status oct_resolve_resize(const oct_graph *g, const oct_node *n, oct_resize *out, octet_error *err);

/* Reduce*: bit k of *axes says that axis k is reduced. No axes given: all, or none with noop_with_empty_axes. */
octet_status oct_resolve_reduce_axes(const oct_graph *g, const oct_node *n, uint32_t *axes, octet_error *err);

/* Split: size of every output along the axis; n_out entries, their sum is the input's dimension. */
octet_status oct_resolve_split(const oct_graph *g, const oct_node *n, int64_t *sizes, octet_error *err);

#endif
