/* Opening an artifact: header, metadata within a memory budget, tables, proof, packing for this CPU, binding.
 * SPDX-License-Identifier: Apache-2.0 */
#include "artifact/read.h"

#include <string.h>

#include "artifact.pb-c.h"
#include "artifact/header.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"

#define MOST_FILE_BYTES ((uint64_t)1 << 36)
#define MOST_METADATA ((uint64_t)1 << 28) /* bytes; a thousand steps have some hundred thousand */

/* protobuf-c may take this many times the bytes of the metadata. A step of a real program has about 200 bytes, and 400 in
 * memory; the least that a record can have is 4, and 80. */
#define BUDGET_FACTOR 40u
#define BUDGET_FLOOR (1u << 16)

/* ---- metadata ---- */

static octet_status unpack(OctPb__Artifact **out, const uint8_t *data, const oct_artifact_header *h,
                           ProtobufCAllocator *allocator, octet_error *err)
{
    if (h->n_metadata > MOST_METADATA)
        return oct_fail(err, OCTET_BAD_INPUT, "%llu bytes of metadata, more than %llu", (unsigned long long)h->n_metadata,
                        (unsigned long long)MOST_METADATA);
    oct_budget *b = allocator->allocator_data;
    *out = oct_pb__artifact__unpack(allocator, (size_t)h->n_metadata, data + OCT_ARTIFACT_HEADER);
    if (*out)
        return OCTET_OK;
    if (b->no_memory)
        return oct_fail_memory(err, "the metadata of an artifact", h->n_metadata);
    return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %s", b->exceeded ? "it needs too much memory" : "no message");
}

/* ---- CPU levels ---- */

static octet_status find_level(oct_cpu_level *level, const char *name, octet_error *err)
{
    for (int i = 0; i < OCT_CPU_N_LEVELS; i++)
        if (strcmp(name, oct_cpu_name((oct_cpu_level)i)) == 0) {
            *level = (oct_cpu_level)i;
            return OCTET_OK;
        }
    return oct_fail(err, OCTET_UNSUPPORTED, "stored for CPU level '%s', which this octet does not know", name);
}

/* The level to run at: of a portable program what the caller wants, else the stored one, which must not be another. */
static octet_status choose_level(octet_program *p, oct_cpu_level stored, const octet_open_opts *opts, octet_error *err)
{
    const char *wanted = opts ? opts->cpu : NULL, *name = oct_cpu_name(stored);
    OCT_TRY(oct_cpu_parse(&p->cpu, wanted, err));
    if (stored == OCT_CPU_REF)
        return OCTET_OK;
    if (stored > oct_cpu_detect())
        return oct_fail(err, OCTET_UNSUPPORTED, "stored for CPU level '%s', but this machine's highest is '%s'", name,
                        oct_cpu_name(oct_cpu_detect()));
    if (wanted && strcmp(wanted, "auto") != 0 && p->cpu != stored)
        return oct_fail(err, OCTET_UNSUPPORTED, "stored for CPU level '%s', not '%s'; a portable artifact runs at any", name,
                        wanted);
    p->cpu = stored;
    return OCTET_OK;
}

/* ---- what the artifact says of itself ---- */

static octet_status restore_origin(octet_program *p, const OctPb__Artifact *a, oct_cpu_level stored, octet_error *err)
{
    oct_arena *arena = &p->shared->arena;
    oct_artifact *origin = oct_arena_alloc(arena, sizeof *origin);
    octet_record *records = oct_arena_array(arena, a->n_records, sizeof *records);
    const char *version = oct_arena_strdup(arena, a->octet_version);
    bool done = origin && records && version;
    for (size_t i = 0; done && i < a->n_records; i++) {
        records[i].key = oct_arena_strdup(arena, a->records[i]->key);
        records[i].value = oct_arena_strdup(arena, a->records[i]->value);
        done = records[i].key && records[i].value;
    }
    if (!done)
        return oct_fail_memory(err, "the records of an artifact", a->n_records * sizeof *records);
    *origin = (oct_artifact){.info = {.octet_version = version, .cpu = stored == OCT_CPU_REF ? "portable" : oct_cpu_name(stored),
                                      .source_hash = a->source_hash},
                             .records = records, .n_records = (int)a->n_records};
    p->shared->artifact = origin;
    return OCTET_OK;
}

/* ---- the whole ---- */

/* The constants where they lie, or a copy if they do not lie at a multiple of 64. */
static octet_status place_consts(octet_program *p, const uint8_t *consts, size_t n, octet_error *err)
{
    p->n_consts = n;
    p->consts = consts;
    if ((uintptr_t)consts % OCT_CACHE_LINE == 0)
        return OCTET_OK;
    p->shared->consts = oct_alloc_aligned(n);
    if (!p->shared->consts)
        return oct_fail_memory(err, "the constants of an artifact", n);
    if (n)
        memcpy(p->shared->consts, consts, n);
    p->consts = p->shared->consts;
    return OCTET_OK;
}

static octet_status restore(octet_program *p, const OctPb__Artifact *a, const octet_open_opts *opts, octet_error *err)
{
    oct_cpu_level stored = OCT_CPU_REF;
    OCT_TRY(find_level(&stored, a->cpu, err));
    OCT_TRY(choose_level(p, stored, opts, err));
    OCT_TRY(restore_origin(p, a, stored, err));
    OCT_TRY(oct_artifact_restore(p, a, err));
    const oct_cpu_level wanted = p->cpu;
    p->cpu = stored;
    OCT_TRY(oct_artifact_prove(p, err));
    p->cpu = wanted;
    if (wanted != stored)
        OCT_TRY(oct_artifact_pack(p, err));
    OCT_TRY(oct_artifact_settle(p, err));
    return oct_program_bind_steps(p, err);
}

static octet_status read_artifact(octet_program *p, const uint8_t *data, size_t n, const octet_open_opts *opts, octet_error *err)
{
    oct_artifact_header h;
    OCT_TRY(oct_artifact_header_read(&h, data, n, err));
    oct_budget budget = {.left = h.n_metadata * BUDGET_FACTOR + BUDGET_FLOOR};
    ProtobufCAllocator allocator = {oct_budget_alloc, oct_budget_free, &budget};
    OctPb__Artifact *message;
    OCT_TRY(unpack(&message, data, &h, &allocator, err));
    octet_status status = place_consts(p, data + h.consts, (size_t)h.n_consts, err);
    if (status == OCTET_OK)
        status = restore(p, message, opts, err);
    oct_pb__artifact__free_unpacked(message, &allocator);
    return status;
}

/* Takes over the file, whatever comes of it. */
static octet_status open_bytes(octet_program **out, const uint8_t *data, size_t n, oct_file *file, const octet_open_opts *opts,
                               octet_error *err)
{
    octet_program *p = oct_program_new();
    if (!p) {
        oct_file_unmap(file);
        return oct_fail_memory(err, "a program", sizeof *p);
    }
    p->shared->file = *file;
    octet_status status = read_artifact(p, data, n, opts, err);
    if (status == OCTET_OK)
        *out = p;
    else
        oct_program_free(p);
    return status;
}

int octet_is_artifact(const void *data, size_t n_bytes)
{
    return oct_artifact_is(data, n_bytes);
}

octet_status octet_program_open(octet_program **out, const char *path, const octet_open_opts *opts, octet_error *err)
{
    octet_error local;
    oct_file file;
    *out = NULL;
    err = err ? err : &local;
    OCT_TRY(oct_file_map(&file, path, MOST_FILE_BYTES, err));
    octet_status status = open_bytes(out, file.data, file.n_bytes, &file, opts, err);
    if (status != OCTET_OK && status != OCTET_USAGE)
        oct_err_prefix(err, "%s", path);
    return status;
}

octet_status octet_program_load(octet_program **out, const void *artifact, size_t n_bytes, const octet_open_opts *opts,
                                octet_error *err)
{
    oct_file none = {0};
    *out = NULL;
    return open_bytes(out, artifact, n_bytes, &none, opts, err);
}
