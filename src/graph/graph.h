/* The IR: one network as arrays of values and nodes that refer to each other by index.
 *
 * Values carry ONNX's logical shape always (NCHW for images). How the elements lie in memory is `layout`; nothing but
 * passes/layout_nhwc.c decides it, and kernels see only the strides of oct_value_strides. Nodes mean what their newest
 * ONNX version means (opset 21): the importer translates older forms. The arrays of values and nodes lie on the heap, so a
 * pointer into them is good until the next one is added; everything else comes from the graph's arena.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_GRAPH_H
#define OCT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <octet/octet.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"

#define OCT_NONE (-1) /* no value, no node */

typedef int32_t oct_value_id; /* index into oct_graph.values */
typedef int32_t oct_node_id;  /* index into oct_graph.nodes */

typedef enum oct_op {
#define OCT_OP(NAME, ...) OCT_OP_##NAME,
#include "graph/ops.def"
#undef OCT_OP
    OCT_N_OPS
} oct_op;

typedef enum oct_layout {
    OCT_PLAIN = 0,    /* row-major as the shape says */
    OCT_CHANNELS_LAST /* rank >= 3: axis 1 lies innermost: N, spatial..., C */
} oct_layout;

typedef struct oct_value {
    const char *name;     /* ONNX name; never NULL, unique for values that ONNX named */
    octet_dtype dtype;    /* OCTET_UNDEFINED until inferred */
    int32_t rank;         /* -1 until known */
    int64_t dims[OCTET_MAX_RANK];          /* -1 until known */
    const char *dim_names[OCTET_MAX_RANK]; /* of graph inputs: name of a free dimension, else NULL */
    oct_layout layout;
    oct_value_id view_of; /* channels-last value that lies inside this wider one (passes/concat_in_place.c), from channel */
    int32_t view_channel; /* view_channel on, with */
    int32_t pixel_pitch;  /* that many elements from pixel to pixel; 0: a value with memory of its own */
    const void *data;     /* constant: elements, row-major and dense in the logical shape, aligned to the element size only;
                             NULL for values computed at run time */
    bool unaligned_data;  /* `data` (more than 64 KiB) lies in the mapped file at any address: read it through memcpy, or
                             call oct_graph_align_const first */
    oct_node_id producer; /* OCT_NONE for inputs and constants */
    bool is_input, is_output;
    bool training_only;   /* an output that a file may name, but nobody may read */
    octet_placement placement;     /* graph input: who normalizes it (passes/fold_normalize.c), and if that is not */
    const char *placement_reason;  /* what was asked for, why: one sentence; else NULL */
} oct_value;

typedef struct oct_node {
    oct_op op;
    const char *name;   /* ONNX node name, or one made up from its first output; never NULL */
    const char *onnx_op;/* operator as the file spells it, with the domain unless it is ONNX's own; fused ones: "Conv+Relu" */
    int32_t n_in, n_out;
    oct_value_id *in;   /* OCT_NONE for an omitted optional input */
    oct_value_id *out;  /* OCT_NONE for an omitted optional output */
    void *params;       /* the struct that ops.def names, NULL for `none` */
    const char *why_float; /* in a quantized graph: why it has no integer form (passes/fuse_qdq.c); else NULL */
    bool dead;          /* removed; skipped everywhere, swept by oct_graph_sort */
} oct_node;

typedef struct oct_graph {
    const char *name;
    oct_value *values;
    int32_t n_values, cap_values;
    oct_node *nodes;        /* in topological order after oct_graph_sort */
    int32_t n_nodes, cap_nodes;
    oct_value_id *inputs;   /* graph inputs, initializers not among them */
    int32_t n_inputs;
    oct_value_id *outputs;
    int32_t n_outputs;
    uint64_t n_parameters;  /* elements of the initializers as read */
    uint64_t inferred_bytes; /* of constants that shape inference made out of a few numbers; limited there */
    oct_arena arena;
    oct_file file;          /* the mapped ONNX file that `data` of constants may point into; released with the graph */
    oct_file *external;     /* further mapped files, n_external of them; the array is the arena's, the files the graph's */
    int32_t n_external;
    const struct oct_onnx_info *onnx_info; /* what else the file said (onnx/read.h); NULL if it came from elsewhere */
} oct_graph;

void oct_graph_init(oct_graph *g);
void oct_graph_fini(oct_graph *g); /* fine on an all-zero graph */

/* ---- building; all return OCTET_NO_MEMORY or OCTET_OK ---- */

/* New value with unknown type and shape. `name` is copied; NULL makes one up. */
octet_status oct_graph_add_value(oct_graph *g, oct_value_id *out, const char *name, octet_error *err);
/* New value like `like` (type and shape) without data or producer; its name is that of `like` with `suffix` behind. */
octet_status oct_graph_add_like(oct_graph *g, oct_value_id *out, oct_value_id like, const char *suffix, octet_error *err);
/* New constant; `data` (oct_shape_bytes long) is copied when `copy`, else it must live as long as the graph. */
octet_status oct_graph_add_const(oct_graph *g, oct_value_id *out, const char *name, octet_dtype dtype, int rank,
                                 const int64_t *dims, const void *data, bool copy, octet_error *err);
/* New node; in and out are copied. Sets the producer of its outputs. params must come from g->arena or be NULL. */
octet_status oct_graph_add_node(oct_graph *g, oct_node_id *out, oct_op op, const char *name, const char *onnx_op,
                                const oct_value_id *in, int n_in, const oct_value_id *value_out, int n_out, void *params,
                                octet_error *err);
/* Make `data` of a constant aligned: copies it into the arena once if it is not. No effect on other values. */
octet_status oct_graph_align_const(oct_graph *g, oct_value_id v, octet_error *err);
/* zeroed params of n bytes from the arena */
void *oct_graph_params(oct_graph *g, size_t n);

/* ---- editing ---- */

/* Every use of `from` (node inputs and graph outputs) becomes `to`. */
void oct_graph_replace_uses(oct_graph *g, oct_value_id from, oct_value_id to);
/* How often the value is used: node inputs of live nodes plus graph outputs. */
int oct_graph_count_uses(const oct_graph *g, oct_value_id v);
/* uses[v] for all values at once; n_values entries. */
void oct_graph_uses(const oct_graph *g, int32_t *uses);
/* Topological order (a sorted graph stays as it is), dead nodes dropped (node ids change), producers set afresh; a value
 * with data loses its producer, whose output was folded. OCTET_BAD_INPUT names a node on a cycle, a value that is
 * produced twice, or an input that nobody produces. */
octet_status oct_graph_sort(oct_graph *g, octet_error *err);

/* ---- asking ---- */

oct_value *oct_graph_value(const oct_graph *g, oct_value_id v); /* NULL for OCT_NONE */
oct_node *oct_graph_producer(const oct_graph *g, oct_value_id v); /* NULL for inputs and constants */
/* Input i of the node: NULL when omitted or beyond n_in. */
oct_value *oct_node_in(const oct_graph *g, const oct_node *n, int i);
oct_value *oct_node_out(const oct_graph *g, const oct_node *n, int i);

bool oct_value_is_const(const oct_value *v); /* data known */
bool oct_value_known(const oct_value *v);    /* type and every dimension known */
/* Product of the dimensions; false on overflow (above 2^48) or unknown dimensions. */
bool oct_shape_elems(const int64_t *dims, int rank, int64_t *n_elems);
int64_t oct_value_elems(const oct_value *v); /* of a known value */
size_t oct_value_bytes(const oct_value *v);  /* of a known value */
/* Element strides of the logical axes in the value's layout. */
void oct_value_strides(const oct_value *v, int64_t strides[OCTET_MAX_RANK]);
/* Element i of a constant of any integer, bool or float type, as int64 or double. */
int64_t oct_const_int(const oct_value *v, int64_t i);
double oct_const_float(const oct_value *v, int64_t i);

/* ---- operators ---- */

typedef struct oct_infer oct_infer; /* shape.h */

typedef struct oct_op_info {
    const char *onnx_name;   /* "Conv" */
    const char *domain;      /* "" for ONNX's own, "com.microsoft", "octet" for internal ones */
    int8_t min_in, max_in;   /* inputs; max_in -1: any number */
    int8_t min_out, max_out;
    int8_t layout;           /* enum oct_layout_class */
    octet_status (*infer)(oct_infer *ctx); /* graph/shape*.c */
} oct_op_info;

/* How an operator takes part in channels-last layout. */
typedef enum oct_layout_class {
    OCT_LC_PLAIN = 0, /* inputs and outputs row-major */
    OCT_LC_IMAGE,     /* first input and first output channels-last (rank >= 3), the rest row-major */
    OCT_LC_ANY,       /* works through strides: any layout, inputs and outputs need not agree */
    OCT_LC_PIXELS     /* the first input is pixels as they lie; a residual and the output are channels-last */
} oct_layout_class;

const oct_op_info *oct_op_get_info(oct_op op);
/* Whether it computes on integers that stand for real numbers: ConvInteger, QLinear*, Table... */
bool oct_op_is_integer(oct_op op);
/* Operator by ONNX name and domain; OCT_N_OPS if there is none. */
oct_op oct_op_find(const char *onnx_name, const char *domain);

/* Invariants of the whole graph (indices in range, producers right, arity within ops.def): OCTET_BAD_INPUT or OCTET_OK. */
octet_status oct_graph_verify(const oct_graph *g, octet_error *err);

/* Readable text, one line a node, for tests and debugging; written with fprintf. */
void oct_graph_print(const oct_graph *g, void *file);

#endif
