/* ONNX files and messages to graphs: opsets 7 to 21 (older ones where all operators have the form of opset 7), external
 * data in the model's folder, raw and typed tensors.
 * Long tensors stay where they are in the mapped file; nothing of protobuf is left when a call returns.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ONNX_READ_H
#define OCT_ONNX_READ_H

#include "graph/graph.h"

#define OCT_ONNX_FIRST_OPSET 7
#define OCT_ONNX_LAST_OPSET 21

/* Fill a graph that oct_graph_init made; the caller ends it with oct_graph_fini, after a failure too. The graph is sorted.
 * OCTET_BAD_INPUT: not an ONNX model, or an inconsistent one. OCTET_UNSUPPORTED: one line for each refused node or tensor,
 * "<op_type> '<node name>': <reason>". Messages begin with the path. */
octet_status oct_onnx_read(oct_graph *g, const char *path, octet_error *err);

/* The same from memory, which must stay valid as long as the graph: constants point into it. External data is refused. */
octet_status oct_onnx_read_memory(oct_graph *g, const void *data, size_t n_bytes, octet_error *err);

/* One serialized TensorProto as a constant of g; the data is copied. */
octet_status oct_onnx_read_tensor(oct_graph *g, oct_value_id *out, const void *data, size_t n_bytes, octet_error *err);

/* The same; external data is looked for in the folder of the model at `model_path` (NULL: refused). */
octet_status oct_onnx_read_tensor_beside(oct_graph *g, oct_value_id *out, const void *data, size_t n_bytes,
                                         const char *model_path, octet_error *err);

typedef struct oct_onnx_opset {
    const char *domain; /* "" for ONNX's own */
    int64_t version;
} oct_onnx_opset;

typedef struct oct_onnx_property {
    const char *key, *value;
} oct_onnx_property;

typedef struct oct_onnx_op_count {
    const char *op; /* as oct_node.onnx_op spells it */
    int32_t count;
} oct_onnx_op_count;

/* What a file says besides its graph: oct_graph.onnx_info. Strings are never NULL; all memory is the graph's. */
typedef struct oct_onnx_info {
    int64_t ir_version, model_version;
    const char *producer_name, *producer_version, *domain;
    const oct_onnx_opset *opsets;
    const oct_onnx_property *metadata; /* metadata_props */
    const oct_onnx_op_count *ops;      /* nodes of the file by operator, sorted by name; Constant nodes among them */
    int32_t n_opsets, n_metadata, n_ops;
    int32_t n_nodes;                   /* nodes of the file */
} oct_onnx_info;

#endif
