/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx/undo.h"

#include <string.h>

#include "base/crc32.h"
#include "base/err.h"
#include "base/mem.h"
#include "onnx/schema.h"

#define FORMAT 1 /* of the entry */

static octet_status add_crc(void *context, const uint8_t *data, size_t n, octet_error *err)
{
    (void)err;
    uint32_t *crc = context;
    *crc = oct_crc32(*crc, data, n);
    return OCTET_OK;
}

/* ---- base64 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes to four digits; n bytes are there, '=' stands for those that are not. */
static void encode_group(uint8_t out[4], const uint8_t *in, size_t n)
{
    uint32_t bits = (uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) | (n > 2 ? in[2] : 0);
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=');
}

static octet_status put_base64(oct_bytes *b, const oct_bytes *in, octet_error *err)
{
    for (size_t i = 0; i < in->n_bytes; i += 3) {
        uint8_t group[4];
        size_t n = in->n_bytes - i < 3 ? in->n_bytes - i : 3;
        encode_group(group, in->data + i, n);
        OCT_TRY(oct_bytes_put(b, group, sizeof group, err));
    }
    return OCTET_OK;
}

/* Value of a digit, 64 for anything else. */
static uint32_t digit_value(uint8_t c)
{
    const char *p = c ? strchr(digits, c) : NULL;
    return p ? (uint32_t)(p - digits) : 64;
}

/* Bytes written to out (room for 3 / 4 of the text), SIZE_MAX if the text is no base64. */
static size_t decode_base64(uint8_t *out, oct_slice text)
{
    size_t n = 0, padding = 0;
    if (text.n_bytes % 4 != 0)
        return SIZE_MAX;
    for (size_t i = 0; i < text.n_bytes; i += 4) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) {
            bool pads = text.data[i + k] == '=' && i + 4 == text.n_bytes && k >= 2;
            uint32_t value = pads ? 0 : digit_value(text.data[i + k]);
            if (value > 63 || (padding && !pads))
                return SIZE_MAX;
            padding += pads;
            bits = bits << 6 | value;
        }
        for (size_t k = 0; k < 3 - padding; k++)
            out[n++] = (uint8_t)(bits >> (16 - 8 * k));
    }
    return n;
}

/* ---- write ---- */

static octet_status put_header(oct_bytes *b, const oct_edits *e, octet_error *err)
{
    uint32_t crc = 0;
    OCT_TRY(oct_edits_emit(e, add_crc, &crc, err));
    const uint64_t header[] = {FORMAT, e->original.n_bytes, oct_crc32(0, e->original.data, e->original.n_bytes),
                               oct_edits_size(e), crc};
    for (size_t i = 0; i < OCT_COUNT(header); i++)
        OCT_TRY(oct_bytes_varint(b, header[i], err));
    return OCTET_OK;
}

static octet_status put_changes(oct_bytes *b, const oct_edits *e, octet_error *err)
{
    size_t at = 0; /* in the original */
    for (size_t i = 0; i < e->n; i++) {
        const oct_edit *edit = &e->list[i];
        if (edit->n_old == 0 && edit->n_new == 0)
            continue;
        OCT_TRY(oct_bytes_varint(b, edit->at - at, err));
        OCT_TRY(oct_bytes_varint(b, edit->n_new, err));
        OCT_TRY(oct_bytes_varint(b, edit->n_old, err));
        OCT_TRY(oct_bytes_put(b, e->original.data + edit->at, edit->n_old, err));
        at = edit->at + edit->n_old;
    }
    return OCTET_OK;
}

static octet_status put_entry(oct_bytes *b, const oct_bytes *patch, octet_error *err)
{
    size_t entry, value;
    OCT_TRY(oct_bytes_begin(b, OCT_MODEL_METADATA, &entry, err));
    OCT_TRY(oct_bytes_field(b, OCT_ENTRY_KEY, OCT_UNDO_KEY, strlen(OCT_UNDO_KEY), err));
    OCT_TRY(oct_bytes_begin(b, OCT_ENTRY_VALUE, &value, err));
    OCT_TRY(put_base64(b, patch, err));
    OCT_TRY(oct_bytes_end(b, value, err));
    return oct_bytes_end(b, entry, err);
}

octet_status oct_undo_append(oct_edits *e, octet_error *err)
{
    oct_bytes patch = {0}, entry = {0};
    octet_status status = put_header(&patch, e, err);
    if (status == OCTET_OK)
        status = put_changes(&patch, e, err);
    if (status == OCTET_OK)
        status = put_entry(&entry, &patch, err);
    if (status == OCTET_OK)
        status = oct_edits_replace(e, e->original.data + e->original.n_bytes, 0, entry.data, entry.n_bytes, err);
    oct_free(patch.data);
    oct_free(entry.data);
    return status;
}

/* ---- read ---- */

/* The last field of the file, if it is the entry. */
static bool find_entry(oct_slice file, oct_field *entry)
{
    bool found = false;
    for (oct_wire w = oct_wire_of(file); oct_wire_next(&w, entry);)
        found = entry->end == w.end && entry->number == OCT_MODEL_METADATA && entry->wire == OCT_WIRE_BYTES &&
                oct_slice_is(oct_wire_bytes(oct_field_slice(entry), OCT_ENTRY_KEY), OCT_UNDO_KEY);
    return found;
}

bool oct_undo_present(oct_slice file)
{
    oct_field entry;
    return find_entry(file, &entry);
}

typedef struct patch {
    oct_wire numbers;
    bool damaged;
} patch;

static uint64_t next_number(patch *p)
{
    uint64_t value = 0;
    if (!oct_wire_packed(&p->numbers, &value))
        p->damaged = true;
    return value;
}

/* The changes into `e`, whose original is the file before the entry. */
static octet_status read_changes(oct_edits *e, patch *p, octet_error *err)
{
    size_t at = 0;
    while (p->numbers.at < p->numbers.end && !p->damaged) {
        uint64_t copied = next_number(p), left_out = next_number(p), n = next_number(p);
        if (p->damaged || copied > e->original.n_bytes - at || left_out > e->original.n_bytes - at - copied ||
            n > (uint64_t)(p->numbers.end - p->numbers.at)) {
            p->damaged = true;
            break;
        }
        at += copied;
        OCT_TRY(oct_edits_refer(e, e->original.data + at, left_out, p->numbers.at, n, err));
        at += left_out;
        p->numbers.at += n;
    }
    return p->damaged ? oct_fail(err, OCTET_BAD_INPUT, "the metadata entry " OCT_UNDO_KEY " is damaged") : OCTET_OK;
}

static octet_status changed(octet_error *err)
{
    return oct_fail(err, OCTET_BAD_INPUT, "the file was changed after octet had folded it, so the original cannot be "
                                          "restored");
}

static octet_status read_patch(oct_edits *e, patch *p, octet_error *err)
{
    uint64_t format = next_number(p), n_bytes = next_number(p), crc = next_number(p), n_before = next_number(p),
             crc_before = next_number(p);
    if (p->damaged)
        return oct_fail(err, OCTET_BAD_INPUT, "the metadata entry " OCT_UNDO_KEY " is damaged");
    if (format != FORMAT)
        return oct_fail(err, OCTET_UNSUPPORTED, "the metadata entry " OCT_UNDO_KEY " is of a newer version of octet");
    if (n_before != e->original.n_bytes || crc_before != oct_crc32(0, e->original.data, e->original.n_bytes))
        return changed(err);
    OCT_TRY(read_changes(e, p, err));
    uint32_t crc_after = 0;
    OCT_TRY(oct_edits_emit(e, add_crc, &crc_after, err));
    return oct_edits_size(e) == n_bytes && crc_after == crc ? OCTET_OK : changed(err);
}

octet_status oct_undo_read(oct_edits *e, oct_slice file, octet_error *err)
{
    oct_field entry;
    if (!find_entry(file, &entry))
        return oct_fail(err, OCTET_USAGE, "the file does not end with the metadata entry " OCT_UNDO_KEY);
    oct_slice text = oct_wire_bytes(oct_field_slice(&entry), OCT_ENTRY_VALUE);
    *e = (oct_edits){.original = {file.data, (size_t)(entry.start - file.data)}};
    uint8_t *bytes = oct_arena_alloc(&e->arena, text.n_bytes);
    if (!bytes)
        return oct_fail_memory(err, "the way back", text.n_bytes);
    size_t n = decode_base64(bytes, text);
    patch p = {.numbers = oct_wire_of((oct_slice){bytes, n == SIZE_MAX ? 0 : n})};
    octet_status status = read_patch(e, &p, err);
    if (status != OCTET_OK)
        oct_edits_fini(e);
    return status;
}
