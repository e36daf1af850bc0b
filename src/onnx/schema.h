/* Field numbers of the ONNX messages that the rewriter looks at, and a check that a serialized model can be walked by them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_SCHEMA_H
#define OCT_SCHEMA_H

#include "onnx/wire.h"

enum { OCT_MODEL_IR_VERSION = 1, OCT_MODEL_GRAPH = 7, OCT_MODEL_OPSET = 8, OCT_MODEL_METADATA = 14 };
enum { OCT_OPSET_DOMAIN = 1, OCT_OPSET_VERSION = 2 };
enum { OCT_ENTRY_KEY = 1, OCT_ENTRY_VALUE = 2 }; /* StringStringEntryProto */
enum {
    OCT_GRAPH_NODE = 1,
    OCT_GRAPH_INITIALIZER = 5,
    OCT_GRAPH_INPUT = 11,
    OCT_GRAPH_OUTPUT = 12,
    OCT_GRAPH_VALUE_INFO = 13,
    OCT_GRAPH_ANNOTATION = 14, /* TensorAnnotation: the tensor's name is field 1 */
    OCT_GRAPH_SPARSE_INITIALIZER = 15
};
enum { OCT_NODE_INPUT = 1, OCT_NODE_OUTPUT, OCT_NODE_NAME, OCT_NODE_OP, OCT_NODE_ATTRIBUTE, OCT_NODE_DOMAIN = 7 };
enum {
    OCT_ATTRIBUTE_NAME = 1,
    OCT_ATTRIBUTE_F = 2,
    OCT_ATTRIBUTE_I = 3,
    OCT_ATTRIBUTE_T = 5,
    OCT_ATTRIBUTE_GRAPH = 6,
    OCT_ATTRIBUTE_INTS = 8,
    OCT_ATTRIBUTE_GRAPHS = 11,
    OCT_ATTRIBUTE_TYPE = 20
};
enum { OCT_TENSOR_DIMS = 1, OCT_TENSOR_TYPE = 2, OCT_TENSOR_NAME = 8, OCT_TENSOR_RAW = 9, OCT_TENSOR_LOCATION = 14 };
enum { OCT_SPARSE_VALUES = 1 };
enum { OCT_VALUE_NAME = 1, OCT_VALUE_TYPE = 2 };
enum { OCT_TYPE_TENSOR = 1 };
enum { OCT_TENSOR_TYPE_ELEM = 1, OCT_TENSOR_TYPE_SHAPE = 2 };
enum { OCT_SHAPE_DIM = 1 };
enum { OCT_DIM_VALUE = 1, OCT_DIM_PARAM = 2 };

#define OCT_DEEPEST_GRAPH 32 /* subgraphs inside subgraphs */

/* Every message that a walk may enter is well-formed, and what protobuf would merge (a second graph, a second type of a
 * value) occurs once. OCTET_BAD_INPUT names the byte; OCTET_UNSUPPORTED: subgraphs nested deeper than OCT_DEEPEST_GRAPH. */
octet_status oct_schema_check(oct_slice model, octet_error *err);

#endif
