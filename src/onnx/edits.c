/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx/edits.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

void oct_edits_fini(oct_edits *e)
{
    oct_free(e->list);
    oct_arena_fini(&e->arena);
    *e = (oct_edits){0};
}

#define MOST_EDITS (1u << 24) /* one for each node of the largest models, many times over */

static octet_status append(oct_edits *e, oct_edit edit, octet_error *err)
{
    if (e->n == MOST_EDITS)
        return oct_fail(err, OCTET_UNSUPPORTED, "more than %u places to change", MOST_EDITS);
    if (e->n == e->capacity) {
        size_t capacity = e->capacity ? 2 * e->capacity : 64;
        oct_edit *grown = oct_realloc(e->list, capacity * sizeof *grown);
        if (!grown)
            return oct_fail_memory(err, "the list of changes", capacity * sizeof *grown);
        e->list = grown;
        e->capacity = capacity;
    }
    assert(e->n == 0 || e->list[e->n - 1].at + e->list[e->n - 1].n_old <= edit.at);
    e->list[e->n++] = edit;
    return OCTET_OK;
}

octet_status oct_edits_replace(oct_edits *e, const uint8_t *at, size_t n_old, const void *bytes, size_t n_new,
                               octet_error *err)
{
    uint8_t *copy = oct_arena_alloc(&e->arena, n_new);
    if (!copy)
        return oct_fail_memory(err, "a change", n_new);
    if (n_new)
        memcpy(copy, bytes, n_new);
    return oct_edits_refer(e, at, n_old, copy, n_new, err);
}

octet_status oct_edits_refer(oct_edits *e, const uint8_t *at, size_t n_old, const uint8_t *bytes, size_t n_new,
                             octet_error *err)
{
    oct_edit edit = {.at = (size_t)(at - e->original.data), .n_old = n_old, .bytes = bytes, .n_new = n_new};
    return append(e, edit, err);
}

/* The place of the length is kept in the list, as a change of nothing so far. */
octet_status oct_edits_enter(oct_edits *e, const oct_field *f, size_t *frame, octet_error *err)
{
    *frame = e->n;
    return append(e, (oct_edit){.at = (size_t)(f->length - e->original.data)}, err);
}

octet_status oct_edits_leave(oct_edits *e, const oct_field *f, size_t frame, octet_error *err)
{
    if (e->n == frame + 1) {
        e->n = frame;
        return OCTET_OK;
    }
    size_t n_bytes = (size_t)(f->end - f->data);
    for (size_t i = frame + 1; i < e->n; i++)
        n_bytes += e->list[i].n_new - e->list[i].n_old; /* modulo 2^64; the sum is not negative */
    if (n_bytes == (size_t)(f->end - f->data))
        return OCTET_OK;
    if (n_bytes > INT32_MAX)
        return oct_fail(err, OCTET_UNSUPPORTED, "the rewritten model would have a protobuf message of more than 2 GiB");
    oct_bytes length = {0};
    octet_status status = oct_bytes_varint(&length, n_bytes, err);
    uint8_t *copy = status == OCTET_OK ? oct_arena_alloc(&e->arena, length.n_bytes) : NULL;
    if (copy) {
        memcpy(copy, length.data, length.n_bytes);
        e->list[frame].n_old = (size_t)(f->data - f->length);
        e->list[frame].bytes = copy;
        e->list[frame].n_new = length.n_bytes;
    } else if (status == OCTET_OK) {
        status = oct_fail_memory(err, "a change", length.n_bytes);
    }
    oct_free(length.data);
    return status;
}

bool oct_edits_none(const oct_edits *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->list[i].n_old || e->list[i].n_new)
            return false;
    return true;
}

size_t oct_edits_size(const oct_edits *e)
{
    size_t n_bytes = e->original.n_bytes;
    for (size_t i = 0; i < e->n; i++)
        n_bytes += e->list[i].n_new - e->list[i].n_old;
    return n_bytes;
}

octet_status oct_edits_emit(const oct_edits *e, oct_piece_sink sink, void *context, octet_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < e->n; i++) {
        const oct_edit *edit = &e->list[i];
        if (edit->at > at)
            OCT_TRY(sink(context, e->original.data + at, edit->at - at, err));
        if (edit->n_new)
            OCT_TRY(sink(context, edit->bytes, edit->n_new, err));
        at = edit->at + edit->n_old;
    }
    if (at < e->original.n_bytes)
        return sink(context, e->original.data + at, e->original.n_bytes - at, err);
    return OCTET_OK;
}
