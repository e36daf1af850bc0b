/* Artifacts in memory for tests: made of a model file, taken apart and put together again with right checksums.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ARTIFACT_FILE_H
#define ARTIFACT_FILE_H

#include <stdlib.h>
#include <string.h>

#include <octet/octet.h>

#include "artifact.pb-c.h"
#include "artifact/checksum.h"
#include "artifact/header.h"
#include "tests/check.h"

typedef struct artifact_file {
    uint8_t *data; /* malloc'd */
    size_t n;
} artifact_file;

/* The bytes in memory of exactly their size, so that a sanitizer sees every byte read behind the end. */
static inline artifact_file artifact_copy(const void *data, size_t n)
{
    artifact_file f = {malloc(n ? n : 1), n};
    if (!f.data)
        abort();
    if (n)
        memcpy(f.data, data, n);
    return f;
}

static inline void artifact_free(artifact_file *f)
{
    free(f->data);
    *f = (artifact_file){0};
}

static inline artifact_file artifact_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    artifact_file f = {0};
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return f;
    f.n = (size_t)ftell(file);
    rewind(file);
    f.data = malloc(f.n + 1);
    if (!f.data || fread(f.data, 1, f.n, file) != f.n)
        abort();
    fclose(file);
    return f;
}

static const octet_recipe artifact_recipe = {.layout = OCTET_NCHW, .mean = {120, 110, 100}, .scale = {0.02f, 0.03f, 0.01f}};

/* The program of an ONNX file; NULL: it has none at this placement. */
static inline octet_program *artifact_compile(const artifact_file *onnx, octet_placement placement, const char *cpu)
{
    octet_model *model;
    octet_program *program = NULL;
    octet_error err;
    const octet_compile_opts opts = {.cpu = cpu, .placement = placement, .recipe = &artifact_recipe};
    if (octet_model_load(&model, onnx->data, onnx->n, &err) == OCTET_OK)
        octet_compile(&program, model, &opts, &err);
    octet_model_free(model);
    return program;
}

static inline artifact_file artifact_save(const octet_program *program, const octet_save_opts *opts)
{
    void *data;
    size_t n;
    octet_error err = {.message = ""};
    if (octet_program_save_memory(&data, &n, program, opts, &err) != OCTET_OK)
        CHECK(0, "%s", err.message);
    artifact_file f = artifact_copy(data, n);
    octet_artifact_free(data);
    return f;
}

/* ---- taking apart ---- */

typedef struct artifact_parts {
    OctPb__Artifact *message;
    uint8_t *consts;
    size_t n_consts;
} artifact_parts;

/* Of a good artifact; false for another. */
static inline bool artifact_split(artifact_parts *parts, const artifact_file *f)
{
    oct_artifact_header h;
    *parts = (artifact_parts){0};
    if (oct_artifact_header_read(&h, f->data, f->n, NULL) != OCTET_OK)
        return false;
    parts->message = oct_pb__artifact__unpack(NULL, (size_t)h.n_metadata, f->data + OCT_ARTIFACT_HEADER);
    parts->n_consts = (size_t)h.n_consts;
    parts->consts = artifact_copy(f->data + h.consts, parts->n_consts).data;
    return parts->message != NULL;
}

static inline artifact_file artifact_join(const artifact_parts *parts)
{
    oct_artifact_header h = {.n_metadata = oct_pb__artifact__get_packed_size(parts->message), .n_consts = parts->n_consts};
    h.consts = oct_artifact_consts_at(h.n_metadata);
    artifact_file f = {calloc((size_t)h.consts + parts->n_consts, 1), (size_t)h.consts + parts->n_consts};
    if (!f.data)
        abort();
    oct_pb__artifact__pack(parts->message, f.data + OCT_ARTIFACT_HEADER);
    if (parts->n_consts)
        memcpy(f.data + h.consts, parts->consts, parts->n_consts);
    h.metadata_checksum = oct_checksum(f.data + OCT_ARTIFACT_HEADER, (size_t)h.consts - OCT_ARTIFACT_HEADER);
    h.consts_checksum = oct_checksum(f.data + h.consts, parts->n_consts);
    oct_artifact_header_write(f.data, &h);
    return f;
}

static inline void artifact_parts_free(artifact_parts *parts)
{
    if (parts->message)
        oct_pb__artifact__free_unpacked(parts->message, NULL);
    free(parts->consts);
}

/* ---- running ---- */

/* Pseudo-random inputs; a fingerprint of all outputs, 0 if there is no session. */
static inline uint64_t artifact_run(const octet_program *p, octet_session *s)
{
    uint32_t state = 12345;
    oct_checksum_stream sum;
    if (!s)
        return 0;
    for (int i = 0; i < octet_program_n_inputs(p); i++) {
        const octet_tensor_info *info = octet_program_input(p, i);
        uint8_t *x = octet_session_input(s, i);
        for (size_t k = 0; k < info->n_bytes; k++) {
            state = state * 1664525u + 1013904223u;
            x[k] = (uint8_t)(info->dtype == OCTET_F32 && k % 4 == 3 ? 0x3f : info->dtype == OCTET_U8 ? state >> 24 : state >> 31);
        }
    }
    octet_session_run(s, NULL);
    oct_checksum_begin(&sum);
    for (int i = 0; i < octet_program_n_outputs(p); i++)
        oct_checksum_add(&sum, octet_session_output(s, i), octet_program_output(p, i)->n_bytes);
    return oct_checksum_end(&sum);
}

static inline uint64_t artifact_hash(const octet_program *p, int n_threads)
{
    octet_session *s;
    octet_session_new(&s, p, &(octet_session_opts){.n_threads = n_threads}, NULL);
    const uint64_t hash = artifact_run(p, s);
    octet_session_free(s);
    return hash;
}

#endif
