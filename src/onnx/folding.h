/* State of one planned rewriting, shared by the fold_*.c files: what was found in the model, what is to be renamed, replaced
 * and added. fold_walk.c turns it into edits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_FOLDING_H
#define OCT_FOLDING_H

#include "onnx/emit.h"
#include "onnx/schema.h"
#include "onnx/write.h"

/* A value gets another name where it is used: inputs of nodes, captures of subgraphs, its type and its annotation. */
typedef struct oct_rename {
    oct_slice from; /* empty: none */
    const char *to;
    bool produced; /* outputs of nodes too */
} oct_rename;

/* Another field in the place of one of the graph's. */
typedef struct oct_replacement {
    const uint8_t *start; /* of the field */
    oct_bytes bytes;
} oct_replacement;

#define OCT_FOLD_MOST_REPLACEMENTS 8

typedef struct oct_folding {
    const octet_fold_opts *opts;
    const char *path;          /* of the model; NULL: nowhere */
    oct_onnx_fold *out;
    oct_arena *arena;          /* of names and messages */
    oct_slice model, graph;
    oct_field graph_field;
    int64_t ir_version, opset; /* opset: of ONNX's own domain */
    oct_field input;           /* ValueInfoProto of the graph's inputs */
    oct_slice input_name;
    int c_axis;                /* of the input before */
    const char *prefix;        /* of new names; nothing in the file begins with it */
    oct_bytes head, tail, constants; /* GraphProto fields: before the first node, behind the last, at the end */
    const char *current;       /* the value that the next node of the head takes */
    oct_rename renames[2];     /* the input, the output */
    oct_replacement replacements[OCT_FOLD_MOST_REPLACEMENTS];
    int n_replacements;
    const uint8_t *dropped;    /* field of the graph that goes away; NULL: none */
    const uint8_t *conv;       /* field of the node whose second input becomes `weights`; NULL: none */
    const char *weights;
    octet_error *err;
} oct_folding;

/* ---- asking (fold_find.c) ---- */

/* The graph's field `number` whose string `name_number` is `name`; the first. */
bool oct_fold_find(const oct_folding *f, uint32_t number, uint32_t name_number, oct_slice name, oct_field *field);
/* The node of the main graph that makes `value`; false if none does. */
bool oct_fold_producer(const oct_folding *f, oct_slice value, oct_field *node);
/* The TensorProto of an initializer or of a Constant node; empty if the value is neither. */
oct_slice oct_fold_tensor(const oct_folding *f, oct_slice value);
/* Uses of a value by the main graph's nodes and inside their subgraphs; *node is the first user (a node of the main graph). */
size_t oct_fold_count_uses(const oct_folding *f, oct_slice value, oct_field *node);
/* Input or output i of a node, empty where there is none. */
oct_slice oct_node_value(oct_slice node, uint32_t number, int i);
bool oct_node_is(oct_slice node, const char *op); /* of ONNX's own domain */
/* Attribute of a node; empty if it has none of this name. */
oct_slice oct_node_attribute(oct_slice node, const char *name);
/* Where the axis is behind a Transpose; -1 if its perm does not say. */
int oct_transposed_axis(oct_slice transpose, int axis);
/* "Conv 'name'", or its first output where it has no name; in the arena. */
const char *oct_node_text(const oct_folding *f, oct_slice node);
/* A string of the file in the arena. */
octet_status oct_fold_copy(const oct_folding *f, const char **text, oct_slice s);
/* The same for messages, "?" when out of memory. */
const char *oct_fold_text(const oct_folding *f, oct_slice s);
/* Some tensor of the graph or its subgraphs lies in another file. */
bool oct_graph_has_external(oct_slice graph);
/* Some name of the model begins with `prefix`. */
bool oct_graph_uses_prefix(oct_slice graph, const char *prefix);

/* ---- adding (fold_add.c) ---- */

/* prefix + suffix in the arena; NULL when out of memory. */
const char *oct_fold_name(const oct_folding *f, const char *suffix);
/* A node of the head: takes f->current unless node->in[0] is set, is named after its first output prefix + suffix unless
 * node->out[0] is set, and its first output becomes f->current. */
octet_status oct_fold_add(oct_folding *f, oct_emit_node node, const char *suffix);
/* A constant named prefix + suffix: an initializer, or a Constant node where initializers must be inputs (IR 3). */
octet_status oct_fold_add_constant(oct_folding *f, const char **name, const char *suffix, oct_emit_tensor tensor);
/* Replace a field of the graph; *bytes is to be filled with the whole field. */
octet_status oct_fold_replace(oct_folding *f, const oct_field *field, oct_bytes **bytes);

/* ---- types (fold_type.c) ---- */

typedef struct oct_dims {
    int rank;
    oct_slice dim[OCTET_MAX_RANK]; /* TensorShapeProto.Dimension */
} oct_dims;

/* The TypeProto.Tensor of a ValueInfoProto; empty if there is none. */
oct_slice oct_value_tensor_type(oct_slice value_info);
/* Its dimensions; false if the file does not tell, or they are more than OCTET_MAX_RANK. */
bool oct_value_dims(oct_slice value_info, oct_dims *d);
/* Value of a dimension, -1 if it is free. */
int64_t oct_dim_value(oct_slice dim);

typedef struct oct_type_change {
    const char *name;           /* NULL: as it was */
    octet_dtype dtype;          /* OCTET_UNDEFINED: as it was */
    int rank;                   /* of the new shape */
    int from[OCTET_MAX_RANK];   /* dimension i is the old one of this number, */
    int64_t size[OCTET_MAX_RANK]; /* with this value; -1: as it was */
} oct_type_change;

/* Replace a ValueInfoProto field of the graph by the same with another type. A shape that is not in the file stays so. */
octet_status oct_fold_retype(oct_folding *f, const oct_field *value_info, const oct_type_change *change);
/* All types of the value `name` (inputs, value_info): dimension `axis` gets this size; the name becomes `to` (NULL: stays). */
octet_status oct_fold_resize_axis(oct_folding *f, oct_slice name, int axis, int64_t size, const char *to);

/* ---- the parts ---- */

octet_status oct_fold_parts(oct_folding *f);  /* fold.c: graph and versions of f->model */
octet_status oct_fold_input(oct_folding *f);  /* fold_input.c: choose the input; its type becomes that of the pixels */
octet_status oct_fold_transpose(oct_folding *f); /* fold_layer.c: from the pixels' axes to the model's */
octet_status oct_fold_pixels(oct_folding *f); /* fold_layer.c: from pixels as given to pixels as the model orders them */
octet_status oct_fold_yuv(oct_folding *f);    /* fold_yuv.c: from a frame to R, G, B as the model orders them */
octet_status oct_fold_yuv_type(oct_folding *f, oct_type_change *change);
octet_status oct_fold_cast(oct_folding *f, octet_dtype dtype, const char *suffix);
octet_status oct_fold_layer(oct_folding *f);  /* fold_layer.c: Cast, Sub, Mul */
octet_status oct_fold_rgbx(oct_folding *f);   /* fold_rgbx.c: Cast, and the first convolution's weights */
octet_status oct_fold_found(oct_folding *f);  /* fold_found.c: a model that normalizes uint8 by itself */
octet_status oct_fold_tail(oct_folding *f);   /* fold_tail.c: Softmax, ArgMax */
octet_status oct_fold_walk(oct_folding *f);   /* fold_walk.c: all that was planned to edits */

#endif
