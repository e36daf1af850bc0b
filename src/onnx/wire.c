/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx/wire.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* ---- reading ---- */

/* NULL if it does not end before `end` or has more than 64 bits. */
static const uint8_t *read_varint(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; p < end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*p & 0x7f) << shift;
        if (!(*p++ & 0x80))
            return p;
    }
    return NULL;
}

/* Bytes of a payload that is no varint, UINT64_MAX for an unknown wire type; *p moves behind a length. */
static uint64_t payload_size(int wire, const uint8_t **p, const uint8_t *end)
{
    uint64_t n;
    switch (wire) {
    case OCT_WIRE_FIXED64: return 8;
    case OCT_WIRE_FIXED32: return 4;
    case OCT_WIRE_BYTES: return (*p = read_varint(*p, end, &n)) ? n : UINT64_MAX;
    default: return UINT64_MAX;
    }
}

static bool damaged(oct_wire *w, const char *what)
{
    w->damage = what;
    return false;
}

bool oct_wire_next(oct_wire *w, oct_field *f)
{
    uint64_t tag;
    if (w->at >= w->end || w->damage)
        return false;
    *f = (oct_field){.start = w->at};
    f->length = f->data = read_varint(w->at, w->end, &tag);
    if (!f->data || tag > UINT32_MAX || tag >> 3 == 0)
        return damaged(w, "bad field tag");
    f->number = (uint32_t)(tag >> 3);
    f->wire = (int)(tag & 7);
    if (f->wire == OCT_WIRE_VARINT) {
        f->end = read_varint(f->data, w->end, &f->value);
        if (!f->end)
            return damaged(w, "bad integer");
    } else {
        uint64_t n = payload_size(f->wire, &f->data, w->end);
        if (n == UINT64_MAX || n > (uint64_t)(w->end - f->data))
            return damaged(w, "a field that reaches beyond the end");
        f->end = f->data + n;
    }
    w->at = f->end;
    return true;
}

bool oct_wire_packed(oct_wire *w, uint64_t *value)
{
    const uint8_t *next = w->at < w->end ? read_varint(w->at, w->end, value) : NULL;
    if (next)
        w->at = next;
    return next != NULL;
}

bool oct_slice_equal(oct_slice a, oct_slice b)
{
    return a.n_bytes == b.n_bytes && (a.n_bytes == 0 || memcmp(a.data, b.data, a.n_bytes) == 0);
}

bool oct_slice_is(oct_slice s, const char *text)
{
    return oct_slice_equal(s, (oct_slice){(const uint8_t *)text, strlen(text)});
}

oct_slice oct_wire_bytes(oct_slice message, uint32_t number)
{
    oct_slice found = {0};
    oct_field f;
    for (oct_wire w = oct_wire_of(message); oct_wire_next(&w, &f);)
        if (f.number == number && f.wire == OCT_WIRE_BYTES)
            found = oct_field_slice(&f);
    return found;
}

uint64_t oct_wire_varint(oct_slice message, uint32_t number, uint64_t otherwise)
{
    oct_field f;
    for (oct_wire w = oct_wire_of(message); oct_wire_next(&w, &f);)
        if (f.number == number && f.wire == OCT_WIRE_VARINT)
            otherwise = f.value;
    return otherwise;
}

/* ---- writing ---- */

static octet_status reserve(oct_bytes *b, size_t n, octet_error *err)
{
    size_t wanted;
    if (OCT_ADD_OVERFLOWS(b->n_bytes, n, &wanted))
        return oct_fail_memory(err, "an ONNX message", n);
    if (wanted <= b->capacity)
        return OCTET_OK;
    size_t capacity = wanted < SIZE_MAX / 2 && wanted * 2 > 4096 ? wanted * 2 : 4096;
    uint8_t *grown = oct_realloc(b->data, capacity);
    if (!grown)
        return oct_fail_memory(err, "an ONNX message", capacity);
    b->data = grown;
    b->capacity = capacity;
    return OCTET_OK;
}

octet_status oct_bytes_put(oct_bytes *b, const void *p, size_t n, octet_error *err)
{
    OCT_TRY(reserve(b, n, err));
    if (n)
        memcpy(b->data + b->n_bytes, p, n);
    b->n_bytes += n;
    return OCTET_OK;
}

octet_status oct_bytes_varint(oct_bytes *b, uint64_t value, octet_error *err)
{
    uint8_t bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return oct_bytes_put(b, bytes, n, err);
}

octet_status oct_bytes_number(oct_bytes *b, uint32_t number, uint64_t value, octet_error *err)
{
    OCT_TRY(oct_bytes_varint(b, (uint64_t)number << 3 | OCT_WIRE_VARINT, err));
    return oct_bytes_varint(b, value, err);
}

octet_status oct_bytes_field(oct_bytes *b, uint32_t number, const void *p, size_t n, octet_error *err)
{
    OCT_TRY(oct_bytes_varint(b, (uint64_t)number << 3 | OCT_WIRE_BYTES, err));
    OCT_TRY(oct_bytes_varint(b, n, err));
    return oct_bytes_put(b, p, n, err);
}

#define LONGEST_LENGTH 5 /* bytes of the varint of 2^31 - 1 */

octet_status oct_bytes_begin(oct_bytes *b, uint32_t number, size_t *at, octet_error *err)
{
    OCT_TRY(oct_bytes_varint(b, (uint64_t)number << 3 | OCT_WIRE_BYTES, err));
    OCT_TRY(oct_bytes_put(b, (const uint8_t[LONGEST_LENGTH]){0}, LONGEST_LENGTH, err));
    *at = b->n_bytes;
    return OCTET_OK;
}

octet_status oct_bytes_end(oct_bytes *b, size_t at, octet_error *err)
{
    size_t n = b->n_bytes - at, n_length = 0;
    if (n > INT32_MAX)
        return oct_fail(err, OCTET_BAD_INPUT, "a protobuf message of more than 2 GiB");
    uint8_t *length = b->data + at - LONGEST_LENGTH;
    for (size_t rest = n; rest || n_length == 0; rest >>= 7)
        length[n_length++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    memmove(length + n_length, b->data + at, n);
    b->n_bytes -= LONGEST_LENGTH - n_length;
    return OCTET_OK;
}
