/* Changes to a serialized message as a list of replaced ranges: all bytes outside them are those of the original, at their
 * place. Length prefixes of the messages around a change are changes too.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_EDITS_H
#define OCT_EDITS_H

#include "base/arena.h"
#include "onnx/wire.h"

typedef struct oct_edit {
    size_t at, n_old;     /* range of the original; n_old 0 inserts */
    const uint8_t *bytes; /* what stands there instead, n_new of them */
    size_t n_new;
} oct_edit;

/* All-zero but for `original`: no changes. End with oct_edits_fini. */
typedef struct oct_edits {
    oct_slice original; /* must outlive the list */
    oct_edit *list;     /* ascending, ranges do not overlap */
    size_t n, capacity;
    oct_arena arena;    /* of the replacements */
} oct_edits;

void oct_edits_fini(oct_edits *e);

/* Put a copy of n_new bytes in the place of n_old at `at`. Calls go through the original from front to back. */
octet_status oct_edits_replace(oct_edits *e, const uint8_t *at, size_t n_old, const void *bytes, size_t n_new,
                               octet_error *err);

/* The same without the copy: `bytes` live as long as the list. */
octet_status oct_edits_refer(oct_edits *e, const uint8_t *at, size_t n_old, const uint8_t *bytes, size_t n_new,
                             octet_error *err);

/* Changes inside a length-prefixed field lie between enter and leave, which writes the new length if it is another. */
octet_status oct_edits_enter(oct_edits *e, const oct_field *f, size_t *frame, octet_error *err);
octet_status oct_edits_leave(oct_edits *e, const oct_field *f, size_t frame, octet_error *err);

/* Nothing is changed. */
bool oct_edits_none(const oct_edits *e);

/* Bytes of the result. */
size_t oct_edits_size(const oct_edits *e);

/* The result, piece by piece. */
typedef octet_status (*oct_piece_sink)(void *context, const uint8_t *data, size_t n, octet_error *err);
octet_status oct_edits_emit(const oct_edits *e, oct_piece_sink sink, void *context, octet_error *err);

#endif
