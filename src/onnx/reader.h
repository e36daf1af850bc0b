/* State of one read, shared by the files of this folder, and the services that fill it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ONNX_READER_H
#define OCT_ONNX_READER_H

#include "graph/graph.h"
#include "onnx.pb-c.h"
#include "onnx/names.h"
#include "onnx/read.h"

/* What is refused, one line each, until the message is full. */
typedef struct oct_refusals {
    char text[sizeof((octet_error *)0)->message];
    size_t n_chars;
    int n_lines, n_left_out;
} oct_refusals;

typedef struct oct_reader {
    oct_graph *graph;
    const uint8_t *file; /* the original message, into which tensor references point */
    size_t n_file;
    size_t n_touched;    /* bytes of mapped pages that were read since the last oct_reader_drop_pages, an estimate */
    bool copy;           /* the message does not outlive the call: copy all data */
    const char *folder;  /* real path of the model's folder; NULL: external data is refused */
    const char **external_paths; /* real paths of graph->external */
    const OctPb__ModelProto *model;
    oct_names names;     /* value names */
    oct_refusals refusals;
    octet_error *err;    /* never NULL */
} oct_reader;

/* ---- text ---- */

/* protobuf-c leaves absent strings NULL. */
static inline const char *oct_text(const char *s)
{
    return s ? s : "";
}

/* "[1,3,224,224]" into a buffer that holds any shape */
#define OCT_DIMS_TEXT 200
const char *oct_dims_text(char text[OCT_DIMS_TEXT], const int64_t *dims, int rank);

/* ---- refusals (refuse.c) ---- */

/* A failed step: OCTET_UNSUPPORTED is noted from reader->err and becomes OCTET_OK, so that the next one is looked at. */
octet_status oct_refuse(oct_reader *r, octet_status status);
/* All that was noted as one OCTET_UNSUPPORTED message, or OCTET_OK. */
octet_status oct_refuse_report(oct_reader *r);
/* Why no operator of this name exists here: "control flow", "recurrent network", ...; NULL for one of a foreign domain. */
const char *oct_refuse_reason(const char *op_type, const char *domain);
/* First opset whose form of an operator of ops.def is that of OCT_ONNX_FIRST_OPSET: at most that. */
int oct_first_opset(const char *op_type);

/* ---- tensors (tensor.c) ---- */

/* Check a TensorProto and make the value `id` a constant of its type, shape and data. `what` names it in messages,
 * "initializer 'x'". Data of more than 64 KiB is not copied (unless reader->copy): it stays in the mapped file. */
octet_status oct_read_tensor(oct_reader *r, oct_value_id id, const OctPb__TensorProto *t, const char *what);

/* Give back the pages of the mapped files, which come again when touched. */
void oct_reader_drop_pages(oct_reader *r);

/* Element type of a TensorProto or type description: OCTET_UNSUPPORTED, named, for those that Octet does not have. */
octet_status oct_read_dtype(oct_reader *r, octet_dtype *dtype, int32_t data_type, const char *what);

/* The n_bytes of an external tensor in its mapped file (external.c). */
octet_status oct_read_external(oct_reader *r, const uint8_t **data, size_t n_bytes, const OctPb__TensorProto *t,
                               const char *what);

/* ---- graph (import.c), node (import_node.c), info.c ---- */

octet_status oct_import_graph(oct_reader *r);
octet_status oct_import_node(oct_reader *r, const OctPb__NodeProto *node);
octet_status oct_read_info(oct_reader *r);
/* Version of a domain that the model imports; 0 if it does not. */
int64_t oct_reader_opset(const oct_reader *r, const char *domain);
/* "" for ONNX's own domain in both spellings. */
const char *oct_domain(const char *domain);
/* Operator with its domain in front unless that is ONNX's own; from the arena, NULL when out of memory. */
const char *oct_op_text(oct_reader *r, const OctPb__NodeProto *node);

#endif
