/* Rewriting a model file: plan, write under a temporary name, prove, rename.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <octet/fold.h>

#include <stdlib.h>
#include <string.h>

#include "api/proof.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "onnx/write.h"

#define MOST_FILE_BYTES ((uint64_t)1 << 31) /* protobuf's own limit */

struct octet_fold {
    oct_file file;      /* as opened */
    oct_edits back;     /* to what it was folded from; empty if it was not */
    uint8_t *restored;  /* that; NULL: it was not */
    size_t n_restored;
    oct_onnx_fold plan;
    oct_arena names;
    char *path;
    bool planned, undoes, unchanged;
};

void octet_fold_free(octet_fold *fold)
{
    if (!fold)
        return;
    oct_onnx_fold_fini(&fold->plan);
    oct_edits_fini(&fold->back);
    oct_arena_fini(&fold->names);
    oct_file_unmap(&fold->file);
    oct_free(fold->restored);
    oct_free(fold->path);
    oct_free(fold);
}

/* ---- open ---- */

typedef struct memory_sink {
    uint8_t *at;
} memory_sink;

static octet_status copy_piece(void *context, const uint8_t *data, size_t n, octet_error *err)
{
    (void)err;
    memory_sink *sink = context;
    memcpy(sink->at, data, n);
    sink->at += n;
    return OCTET_OK;
}

typedef struct comparison {
    oct_slice rest;
    bool differs;
} comparison;

static octet_status compare_piece(void *context, const uint8_t *data, size_t n, octet_error *err)
{
    (void)err;
    comparison *c = context;
    if (n > c->rest.n_bytes || memcmp(data, c->rest.data, n) != 0) {
        c->differs = true;
        return OCTET_CHECK_FAILED; /* ends the walk */
    }
    c->rest.data += n;
    c->rest.n_bytes -= n;
    return OCTET_OK;
}

static bool gives(const oct_edits *e, oct_slice expected)
{
    comparison c = {.rest = expected};
    return oct_edits_emit(e, compare_piece, &c, NULL) == OCTET_OK && c.rest.n_bytes == 0;
}

/* What Octet folded is worth as much as its original. */
static octet_status restore(octet_fold *fold, oct_slice file, octet_error *err)
{
    OCT_TRY(oct_undo_read(&fold->back, file, err));
    fold->n_restored = oct_edits_size(&fold->back);
    fold->restored = oct_malloc(fold->n_restored + 1);
    if (!fold->restored)
        return oct_fail_memory(err, "the original model", fold->n_restored);
    return oct_edits_emit(&fold->back, copy_piece, &(memory_sink){fold->restored}, err);
}

static oct_slice opened(const octet_fold *fold)
{
    return (oct_slice){fold->file.data, fold->file.n_bytes};
}

static oct_slice original(const octet_fold *fold)
{
    return fold->restored ? (oct_slice){fold->restored, fold->n_restored} : opened(fold);
}

static octet_status open_file(octet_fold *fold, const char *path, octet_error *err)
{
    OCT_TRY(oct_file_map(&fold->file, path, MOST_FILE_BYTES, err));
    size_t n = strlen(path) + 1;
    fold->path = oct_malloc(n);
    if (!fold->path)
        return oct_fail_memory(err, "a file name", n);
    memcpy(fold->path, path, n);
    octet_status status = oct_onnx_is_folded(opened(fold)) ? restore(fold, opened(fold), err) : OCTET_OK;
    if (status == OCTET_OK)
        status = oct_onnx_fold_check(original(fold), err);
    if (status != OCTET_OK)
        oct_err_prefix(err, "%s", path);
    return status;
}

octet_status octet_fold_open(octet_fold **out, const char *path, octet_error *err)
{
    octet_fold *fold = oct_calloc(1, sizeof *fold);
    *out = NULL;
    if (!fold)
        return oct_fail_memory(err, "a rewriting", sizeof *fold);
    octet_status status = open_file(fold, path, err);
    if (status == OCTET_OK)
        *out = fold;
    else
        octet_fold_free(fold);
    return status;
}

octet_status octet_fold_input(octet_fold *fold, const char *name, octet_tensor_info *info, octet_error *err)
{
    octet_status status = oct_onnx_fold_input(info, original(fold), name, &fold->names, err);
    if (status != OCTET_OK)
        oct_err_prefix(err, "%s", fold->path);
    return status;
}

const char *octet_fold_metadata(octet_fold *fold, const char *key)
{
    return oct_onnx_metadata(&fold->names, opened(fold), key);
}

/* ---- plan ---- */

/* A file that was folded before must come out again. */
static octet_status check_same(octet_fold *fold, octet_error *err)
{
    fold->unchanged = gives(&fold->plan.edits, opened(fold));
    if (fold->unchanged)
        return OCTET_OK;
    const char *recipe = octet_fold_metadata(fold, OCTET_RECIPE_METADATA);
    const char *pixels = octet_fold_metadata(fold, OCTET_PIXELS_METADATA);
    const char *placement = octet_fold_metadata(fold, OCTET_PLACEMENT_METADATA);
    return oct_fail(err, OCTET_USAGE, "the model was folded before, with other options (%s; placement %s; pixels %s); undo "
                                      "that first: octet fold --unfold", recipe ? recipe : "no recipe",
                    placement ? placement : "unknown", pixels ? pixels : "unknown");
}

octet_status octet_fold_plan(octet_fold *fold, const octet_fold_opts *opts, octet_error *err)
{
    if (fold->planned)
        return oct_fail(err, OCTET_USAGE, "%s: its rewriting was planned before", fold->path);
    fold->planned = true;
    octet_status status = oct_onnx_fold_plan(&fold->plan, original(fold), fold->path, opts, err);
    if (status == OCTET_OK && fold->restored)
        status = check_same(fold, err);
    else if (status == OCTET_OK)
        fold->unchanged = oct_edits_none(&fold->plan.edits);
    if (status != OCTET_OK)
        oct_err_prefix(err, "%s", fold->path);
    return status;
}

octet_status octet_fold_undo(octet_fold *fold, octet_error *err)
{
    fold->planned = fold->undoes = fold->restored != NULL;
    if (fold->undoes)
        return OCTET_OK;
    return oct_fail(err, OCTET_USAGE, "%s: there is nothing to undo: the file does not end with the metadata entry %s, "
                                      "because octet did not fold it, or another tool saved it since", fold->path,
                    OCT_UNDO_KEY);
}

void octet_fold_get_info(const octet_fold *fold, octet_fold_info *info)
{
    *info = (octet_fold_info){.input = fold->plan.input, .output = fold->plan.output, .unchanged = fold->unchanged,
                              .found = fold->plan.found};
}

/* ---- write ---- */

static octet_status write_piece(void *context, const uint8_t *data, size_t n, octet_error *err)
{
    return oct_draft_write(context, data, n, err);
}

/* Of the folder that holds `path`, to be freed; NULL if there is none. */
static char *real_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == path ? 1 : slash ? (size_t)(slash - path) : 1;
    char *folder = oct_malloc(n + 1);
    if (!folder)
        return NULL;
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    char *real = realpath(folder, NULL);
    oct_free(folder);
    return real;
}

/* References to other files are relative to the model's folder. */
static octet_status check_folder(const octet_fold *fold, const char *path, octet_error *err)
{
    if (!fold->plan.external)
        return OCTET_OK;
    char *from = real_folder(fold->path), *to = real_folder(path);
    bool same = from && to && strcmp(from, to) == 0;
    free(from);
    free(to);
    if (same)
        return OCTET_OK;
    return oct_fail(err, OCTET_USAGE, "%s has tensors in other files of its folder, so '%s' must be in that folder too",
                    fold->path, path);
}

/* The original again as a file, for a model that was restored from a folded one. */
static octet_status prove(octet_fold *fold, const oct_draft *written, const octet_proof_opts *opts, octet_proof *proof,
                          octet_error *err)
{
    if (!fold->restored)
        return oct_prove(proof, &fold->plan, fold->path, written->temporary, opts, err);
    oct_draft draft;
    OCT_TRY(oct_draft_open(&draft, written->path, err));
    octet_status status = oct_draft_write(&draft, fold->restored, fold->n_restored, err);
    if (status == OCTET_OK)
        status = oct_prove(proof, &fold->plan, draft.temporary, written->temporary, opts, err);
    oct_draft_discard(&draft);
    return status;
}

octet_status octet_fold_write(octet_fold *fold, const char *path, const octet_proof_opts *opts, octet_proof *proof,
                              octet_error *err)
{
    oct_draft draft;
    octet_proof unread;
    proof = proof ? proof : &unread;
    *proof = (octet_proof){0};
    if (!fold->plan.edits.original.data && !fold->undoes)
        return oct_fail(err, OCTET_USAGE, "%s: nothing was planned that could be written", fold->path);
    OCT_TRY(check_folder(fold, path, err));
    OCT_TRY(oct_draft_open(&draft, path, err));
    const oct_edits *edits = fold->undoes ? &fold->back : &fold->plan.edits;
    octet_status status = oct_edits_emit(edits, write_piece, &draft, err);
    if (status == OCTET_OK && opts && !fold->undoes && !fold->plan.found.input)
        status = prove(fold, &draft, opts, proof, err);
    if (status == OCTET_OK)
        return oct_draft_commit(&draft, err);
    oct_draft_discard(&draft);
    return status;
}
