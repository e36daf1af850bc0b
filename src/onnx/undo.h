/* The way back from a rewritten model to the file it was made of, byte for byte: kept as the last metadata entry of the
 * rewritten file, octet.undo. Its value is base64 (RFC 4648) of varints and bytes:
 *     1, bytes of the original, its CRC-32, bytes before the entry, their CRC-32,
 *     then for each change: bytes to copy, bytes to leave out, bytes to insert, those bytes;
 * what is left is copied.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_UNDO_H
#define OCT_UNDO_H

#include "onnx/edits.h"

#define OCT_UNDO_KEY "octet.undo"

/* Append the entry to a list of changes that is complete otherwise. */
octet_status oct_undo_append(oct_edits *e, octet_error *err);

/* The file ends with an entry octet.undo. */
bool oct_undo_present(oct_slice file);

/* The changes that lead from `file` back. `e` is all-zero and holds nothing after a failure. OCTET_USAGE: no entry;
 * OCTET_BAD_INPUT: a damaged one, or the file was changed since, by another tool. */
octet_status oct_undo_read(oct_edits *e, oct_slice file, octet_error *err);

#endif
