/* The protobuf wire format: a message is a row of fields, each a tag (field number * 8 + wire type), then a varint, 4, 8 or
 * length-prefixed bytes. Reads without copying and knows no schema; writes into a growing buffer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_WIRE_H
#define OCT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <octet/status.h>

enum { OCT_WIRE_VARINT = 0, OCT_WIRE_FIXED64 = 1, OCT_WIRE_BYTES = 2, OCT_WIRE_FIXED32 = 5 };

/* ---- reading ---- */

/* Bytes of someone else's message. All-zero is empty. */
typedef struct oct_slice {
    const uint8_t *data;
    size_t n_bytes;
} oct_slice;

typedef struct oct_field {
    uint32_t number;
    int wire;
    uint64_t value;        /* of a varint */
    const uint8_t *start;  /* its tag */
    const uint8_t *length; /* behind the tag: the length of BYTES, the value of the others */
    const uint8_t *data;   /* its payload */
    const uint8_t *end;
} oct_field;

/* A walk over the fields of one message. */
typedef struct oct_wire {
    const uint8_t *at, *end;
    const char *damage; /* what is wrong at `at`, "bad field tag"; NULL so far */
} oct_wire;

/* The next field; false at the end or where the message is damaged. */
bool oct_wire_next(oct_wire *w, oct_field *f);

/* The next of packed varints. */
bool oct_wire_packed(oct_wire *w, uint64_t *value);

static inline oct_wire oct_wire_of(oct_slice message)
{
    return (oct_wire){.at = message.data, .end = message.data ? message.data + message.n_bytes : NULL};
}

static inline oct_slice oct_field_slice(const oct_field *f)
{
    return (oct_slice){f->data, (size_t)(f->end - f->data)};
}

bool oct_slice_equal(oct_slice a, oct_slice b);
bool oct_slice_is(oct_slice s, const char *text);

/* Payload of the last field `number` with length-prefixed bytes, as protobuf reads a string that may occur once; empty if
 * there is none. */
oct_slice oct_wire_bytes(oct_slice message, uint32_t number);
/* Value of the last varint field `number`. */
uint64_t oct_wire_varint(oct_slice message, uint32_t number, uint64_t otherwise);

/* ---- writing ---- */

/* All-zero is empty; free `data` with oct_free. */
typedef struct oct_bytes {
    uint8_t *data;
    size_t n_bytes, capacity;
} oct_bytes;

octet_status oct_bytes_put(oct_bytes *b, const void *p, size_t n, octet_error *err);
octet_status oct_bytes_varint(oct_bytes *b, uint64_t value, octet_error *err);
/* A whole field. */
octet_status oct_bytes_number(oct_bytes *b, uint32_t number, uint64_t value, octet_error *err);
octet_status oct_bytes_field(oct_bytes *b, uint32_t number, const void *p, size_t n, octet_error *err);

/* A field whose payload is written between the two calls: begin returns by *at what end needs. */
octet_status oct_bytes_begin(oct_bytes *b, uint32_t number, size_t *at, octet_error *err);
octet_status oct_bytes_end(oct_bytes *b, size_t at, octet_error *err);

#endif
