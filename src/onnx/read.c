/* Entry points: map the file, make its skeleton, let protobuf-c unpack that within a memory budget, import, let go.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "onnx/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "onnx/reader.h"
#include "onnx/skeleton.h"

#define MOST_FILE_BYTES ((uint64_t)1 << 31) /* protobuf's own limit */

/* protobuf-c may take this many times the bytes of a skeleton. The worst in real models is an integer attribute with a
 * short name: 11 bytes, and 250 in memory. An empty NodeProto, 2 bytes and 160 in memory, is an attack. */
#define BUDGET_FACTOR 40u
#define BUDGET_FLOOR (1u << 20)

/* The message of a skeleton, to be freed with the same allocator. */
static octet_status unpack(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const oct_skeleton *s,
                           ProtobufCAllocator *allocator, octet_error *err)
{
    oct_budget *b = allocator->allocator_data;
    *b = (oct_budget){.left = (uint64_t)s->n_bytes * BUDGET_FACTOR + BUDGET_FLOOR};
    *out = protobuf_c_message_unpack(type, allocator, s->n_bytes, s->data);
    if (*out)
        return OCTET_OK;
    if (b->exceeded)
        return oct_fail(err, OCTET_BAD_INPUT, "the message needs more than %u times its size in memory", BUDGET_FACTOR);
    if (b->no_memory)
        return oct_fail_memory(err, "an ONNX message", s->n_bytes);
    return oct_fail(err, OCTET_BAD_INPUT, "no ONNX message, or a damaged one");
}

static octet_status import_model(oct_reader *r, oct_skeleton *s)
{
    oct_budget b;
    ProtobufCAllocator allocator = {oct_budget_alloc, oct_budget_free, &b};
    ProtobufCMessage *message;
    OCT_TRY(unpack(&message, &oct_pb__model_proto__descriptor, s, &allocator, r->err));
    oct_skeleton_free(s); /* all of it was copied */
    r->model = (const OctPb__ModelProto *)message;
    octet_status status = oct_import_graph(r);
    protobuf_c_message_free_unpacked(message, &allocator);
    r->model = NULL;
    return status;
}

static octet_status read_model(oct_reader *r)
{
    oct_skeleton skeleton;
    const oct_file *file = r->graph->file.data ? &r->graph->file : NULL;
    if (r->n_file == 0)
        return oct_fail(r->err, OCTET_BAD_INPUT, "no ONNX model: empty");
    octet_status status = oct_skeleton_model(&skeleton, r->file, r->n_file, file, r->err);
    if (status == OCTET_OK)
        status = import_model(r, &skeleton);
    oct_skeleton_free(&skeleton);
    oct_names_fini(&r->names);
    oct_reader_drop_pages(r);
    return status;
}

/* Real path of the folder of `path`, to be freed; NULL if there is none. */
static char *folder_of(const char *path)
{
    char *real = realpath(path, NULL);
    char *slash = real ? strrchr(real, '/') : NULL;
    if (slash)
        slash[slash == real] = '\0'; /* keeps the slash of "/" */
    return real;
}

octet_status oct_onnx_read(oct_graph *g, const char *path, octet_error *err)
{
    octet_error local;
    oct_reader r = {.graph = g, .err = err ? err : &local};
    OCT_TRY(oct_file_map(&g->file, path, MOST_FILE_BYTES, r.err));
    r.file = g->file.data;
    r.n_file = g->file.n_bytes;
    char *folder = folder_of(path);
    r.folder = folder;
    octet_status status = read_model(&r);
    free(folder);
    if (status != OCTET_OK)
        oct_err_prefix(r.err, "%s", path);
    return status;
}

octet_status oct_onnx_read_memory(oct_graph *g, const void *data, size_t n_bytes, octet_error *err)
{
    octet_error local;
    oct_reader r = {.graph = g, .file = data, .n_file = n_bytes, .err = err ? err : &local};
    return read_model(&r);
}

static octet_status import_tensor(oct_reader *r, oct_value_id *out, const oct_skeleton *s)
{
    oct_budget b;
    ProtobufCAllocator allocator = {oct_budget_alloc, oct_budget_free, &b};
    ProtobufCMessage *message;
    OCT_TRY(unpack(&message, &oct_pb__tensor_proto__descriptor, s, &allocator, r->err));
    const OctPb__TensorProto *t = (const OctPb__TensorProto *)message;
    octet_status status = oct_graph_add_value(r->graph, out, *oct_text(t->name) ? t->name : NULL, r->err);
    if (status == OCTET_OK)
        status = oct_read_tensor(r, *out, t, "tensor");
    protobuf_c_message_free_unpacked(message, &allocator);
    return status;
}

octet_status oct_onnx_read_tensor_beside(oct_graph *g, oct_value_id *out, const void *data, size_t n_bytes,
                                         const char *model_path, octet_error *err)
{
    octet_error local;
    char *folder = model_path ? folder_of(model_path) : NULL;
    oct_reader r = {.graph = g, .file = data, .n_file = n_bytes, .copy = true, .folder = folder,
                    .err = err ? err : &local};
    oct_skeleton skeleton;
    *out = OCT_NONE;
    octet_status status = oct_skeleton_tensor(&skeleton, data, n_bytes, r.err);
    if (status == OCTET_OK)
        status = import_tensor(&r, out, &skeleton);
    oct_skeleton_free(&skeleton);
    free(folder);
    return status;
}

octet_status oct_onnx_read_tensor(oct_graph *g, oct_value_id *out, const void *data, size_t n_bytes, octet_error *err)
{
    return oct_onnx_read_tensor_beside(g, out, data, n_bytes, NULL, err);
}
