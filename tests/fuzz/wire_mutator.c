/* libFuzzer mutations that keep a protobuf message well-formed: values, deletions, copies and exchanges of fields at any
 * depth, with all lengths written anew. Knows the wire format only, no message type.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t room);
/* libFuzzer's hook, unless the target has another, which calls this. */
#ifndef WIRE_MUTATE
#define WIRE_MUTATE LLVMFuzzerCustomMutator
#endif
size_t WIRE_MUTATE(uint8_t *data, size_t n, size_t room, unsigned seed);

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { MOST_FIELDS = 4096, MOST_DEPTH = 12, MUTATED = 4096 };

typedef struct field {
    uint64_t tag;
    const uint8_t *data; /* varint: its bytes; bytes: the payload */
    size_t n;
} field;

typedef struct buffer {
    uint8_t *data;
    size_t n, room;
    bool full;
} buffer;

static uint32_t state;

static uint32_t draw(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(state >> 4) * n >> 28);
}

/* ---- reading ---- */

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

/* Fields of a message; -1 if it is none. */
static int split(field *fields, const uint8_t *p, size_t n_bytes)
{
    const uint8_t *end = p + n_bytes;
    int n = 0;
    while (p < end) {
        field f;
        uint64_t length = 0;
        const uint8_t *at = read_varint(p, end, &f.tag);
        if (!at || f.tag >> 3 == 0 || f.tag >> 3 > 100 || n == MOST_FIELDS)
            return -1;
        f.data = at;
        switch (f.tag & 7) {
        case VARINT: p = read_varint(at, end, &length); break;
        case FIXED64: p = end - at >= 8 ? at + 8 : NULL; break;
        case FIXED32: p = end - at >= 4 ? at + 4 : NULL; break;
        case BYTES:
            f.data = read_varint(at, end, &length);
            p = f.data && length <= (uint64_t)(end - f.data) ? f.data + length : NULL;
            break;
        default: return -1;
        }
        if (!p)
            return -1;
        f.n = (size_t)(p - f.data);
        fields[n++] = f;
    }
    return n;
}

/* ---- writing ---- */

static void put(buffer *b, const uint8_t *p, size_t n)
{
    if (n > b->room - b->n) {
        b->full = true;
        return;
    }
    if (n)
        memcpy(b->data + b->n, p, n);
    b->n += n;
}

static size_t make_varint(uint8_t bytes[10], uint64_t value)
{
    size_t n = 0;
    do {
        bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return n;
}

static void put_varint(buffer *b, uint64_t value)
{
    uint8_t bytes[10];
    put(b, bytes, make_varint(bytes, value));
}

static void put_field(buffer *b, const field *f)
{
    put_varint(b, f->tag);
    if ((f->tag & 7) == BYTES)
        put_varint(b, f->n);
    put(b, f->data, f->n);
}

/* ---- changing ---- */

static uint64_t other_number(uint64_t v)
{
    static const uint64_t special[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 255, 256, 65536, INT32_MAX, UINT32_MAX, INT64_MAX,
                                       (uint64_t)1 << 31, (uint64_t)1 << 40, (uint64_t)1 << 62, (uint64_t)1 << 63,
                                       UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, (uint64_t)INT64_MIN + 1};
    switch (draw(5)) {
    case 0: return v + 1;
    case 1: return v - 1;
    case 2: return v * 2;
    case 3: return draw(20);
    default: return special[draw(sizeof special / sizeof *special)];
    }
}

static void change_message(buffer *b, const uint8_t *p, size_t n, int depth);

/* The field with another value. */
static void put_changed(buffer *b, const field *f, int depth)
{
    static field inner[MOST_FIELDS];
    uint8_t bytes[MUTATED];
    uint64_t value;
    field changed = {.tag = f->tag, .data = bytes};
    if ((f->tag & 7) == VARINT) {
        read_varint(f->data, f->data + f->n, &value);
        changed.n = make_varint(bytes, other_number(value));
    } else if ((f->tag & 7) == BYTES && depth < MOST_DEPTH && f->n > 1 && split(inner, f->data, f->n) > 0 && draw(16)) {
        buffer nested = {.data = malloc(b->room), .room = b->room};
        if (nested.data)
            change_message(&nested, f->data, f->n, depth + 1);
        put_field(b, &(field){f->tag, nested.data, nested.n});
        b->full |= nested.full;
        free(nested.data);
        return;
    } else if (f->n <= MUTATED / 2) {
        memcpy(bytes, f->data, f->n);
        changed.n = LLVMFuzzerMutate(bytes, f->n, (f->tag & 7) == BYTES ? f->n + 32 : f->n);
        if ((f->tag & 7) != BYTES)
            changed.n = f->n;
    } else {
        changed = *f;
    }
    put_field(b, &changed);
}

/* Another field of the same number, whose value may be taken; itself if there is none. */
static const field *namesake(const field *fields, int n, int i)
{
    int start = (int)draw((uint32_t)n);
    for (int k = 0; k < n; k++) {
        int at = (start + k) % n;
        if (at != i && fields[at].tag == fields[i].tag)
            return &fields[at];
    }
    return &fields[i];
}

static void change_message(buffer *b, const uint8_t *p, size_t n_bytes, int depth)
{
    field *fields = malloc(MOST_FIELDS * sizeof *fields);
    int n = fields ? split(fields, p, n_bytes) : -1;
    int victim = n > 0 ? (int)draw((uint32_t)n) : -1, twin = n > 0 ? (int)draw((uint32_t)n) : -1;
    uint32_t how = draw(16);
    for (int i = 0; i < n; i++) {
        if (i == twin && how == 0)
            put_field(b, &fields[victim]);
        if (i != victim)
            put_field(b, &fields[i]);
        else if (how == 0 || how == 2)
            put_field(b, namesake(fields, n, i));
        else if (how > 2)
            put_changed(b, &fields[i], depth);
    }
    if (n < 0)
        put(b, p, n_bytes);
    free(fields);
}

size_t WIRE_MUTATE(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    state = seed * 2654435761u + 1;
    buffer b = {.data = malloc(room + 1), .room = room};
    if (!b.data || draw(12) == 0) {
        free(b.data);
        return LLVMFuzzerMutate(data, n, room);
    }
    change_message(&b, data, n, 0);
    if (!b.full && b.n > 0) {
        memcpy(data, b.data, b.n);
        n = b.n;
    } else {
        n = LLVMFuzzerMutate(data, n, room);
    }
    free(b.data);
    return n;
}
