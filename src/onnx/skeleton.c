/* Walks the protobuf wire format (tag = field number * 8 + wire type, then a varint, 4, 8 or length-prefixed bytes) along
 * fixed tables, so the depth is bounded. The result is never longer than the original.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/skeleton.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* What becomes of a length-prefixed field. Fields that no table lists are copied. */
typedef enum action {
    DESCEND, /* rewrite the message inside */
    ONCE,    /* the same for a field that may occur once: protobuf would merge the two */
    DROP,    /* not looked at */
    EMPTY,   /* only its presence matters */
    DATA     /* long: replaced by file_offset, file_length, file_field */
} action;

typedef struct message message;
typedef struct rule {
    uint32_t number;
    action action;
    const message *inside; /* of DESCEND and ONCE */
} rule;
struct message {
    const rule *rules;
    int n_rules;
};

#define FILE_OFFSET 536870001u /* the private fields of TensorProto in onnx.proto */
#define FILE_LENGTH 536870002u
#define FILE_FIELD 536870003u

#define MESSAGE(name, ...)                           \
    static const rule name##_rules[] = {__VA_ARGS__}; \
    static const message name = {name##_rules, OCT_COUNT(name##_rules)}

MESSAGE(tensor, {4, DATA, NULL}, {6, EMPTY, NULL}, {9, DATA, NULL}, {10, DATA, NULL}, {12, DROP, NULL},
        {16, DROP, NULL}, {FILE_OFFSET, DROP, NULL}, {FILE_LENGTH, DROP, NULL}, {FILE_FIELD, DROP, NULL});
MESSAGE(sparse_tensor, {1, ONCE, &tensor}, {2, DROP, NULL});
MESSAGE(attribute, {5, ONCE, &tensor}, {6, EMPTY, NULL}, {10, EMPTY, NULL}, {11, EMPTY, NULL}, {13, DROP, NULL},
        {14, DROP, NULL}, {15, DROP, NULL}, {22, EMPTY, NULL}, {23, DROP, NULL});
MESSAGE(node, {5, DESCEND, &attribute}, {6, DROP, NULL}, {9, DROP, NULL}, {10, DROP, NULL});
MESSAGE(tensor_type, {2, ONCE, NULL});
MESSAGE(type, {1, ONCE, &tensor_type}, {4, EMPTY, NULL}, {5, EMPTY, NULL}, {7, EMPTY, NULL}, {8, EMPTY, NULL},
        {9, EMPTY, NULL});
MESSAGE(value_info, {2, ONCE, &type}, {3, DROP, NULL}, {4, DROP, NULL});
MESSAGE(graph, {1, DESCEND, &node}, {5, DESCEND, &tensor}, {10, DROP, NULL}, {11, DESCEND, &value_info},
        {12, DESCEND, &value_info}, {13, DROP, NULL}, {14, DROP, NULL}, {15, DESCEND, &sparse_tensor}, {16, DROP, NULL});
MESSAGE(function, {4, DROP, NULL}, {5, DROP, NULL}, {6, DROP, NULL}, {7, DROP, NULL}, {8, DROP, NULL}, {9, DROP, NULL},
        {11, DROP, NULL}, {12, DROP, NULL}, {14, DROP, NULL});
MESSAGE(model, {6, DROP, NULL}, {7, ONCE, &graph}, {20, DROP, NULL}, {25, DESCEND, &function}, {26, DROP, NULL});

#define DROP_EVERY (1u << 20)

typedef struct walker {
    const uint8_t *base;    /* the original message */
    const oct_file *file;   /* where it is mapped; NULL: nowhere */
    const uint8_t *dropped; /* pages before this one were given back */
    oct_skeleton *out;
    size_t capacity;
    octet_error *err;
} walker;

typedef struct field {
    uint32_t number;
    int wire;
    const uint8_t *start; /* its tag */
    const uint8_t *data;  /* its payload */
    const uint8_t *end;
} field;

static octet_status damaged(const walker *w, const uint8_t *at, const char *what)
{
    return oct_fail(w->err, OCTET_BAD_INPUT, "not an ONNX model, or damaged: %s at byte %zu", what, (size_t)(at - w->base));
}

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
    case FIXED64: return 8;
    case FIXED32: return 4;
    case BYTES: return (*p = read_varint(*p, end, &n)) ? n : UINT64_MAX;
    default: return UINT64_MAX;
    }
}

static octet_status read_field(const walker *w, const uint8_t *p, const uint8_t *end, field *f)
{
    uint64_t tag, n;
    f->start = p;
    f->data = read_varint(p, end, &tag);
    if (!f->data || tag > UINT32_MAX || tag >> 3 == 0)
        return damaged(w, p, "bad field tag");
    f->number = (uint32_t)(tag >> 3);
    f->wire = (int)(tag & 7);
    if (f->wire == VARINT) {
        f->end = read_varint(f->data, end, &n);
        return f->end ? OCTET_OK : damaged(w, p, "bad integer");
    }
    n = payload_size(f->wire, &f->data, end);
    if (n == UINT64_MAX || n > (uint64_t)(end - f->data))
        return damaged(w, p, "a field that reaches beyond the end");
    f->end = f->data + n;
    return OCTET_OK;
}

static octet_status reserve(walker *w, size_t n)
{
    size_t wanted;
    if (OCT_ADD_OVERFLOWS(w->out->n_bytes, n, &wanted))
        return oct_fail_memory(w->err, "an ONNX message", n);
    if (wanted <= w->capacity)
        return OCTET_OK;
    size_t capacity = wanted < SIZE_MAX / 2 && wanted * 2 > 4096 ? wanted * 2 : 4096;
    uint8_t *grown = oct_realloc(w->out->data, capacity);
    if (!grown)
        return oct_fail_memory(w->err, "an ONNX message", capacity);
    w->out->data = grown;
    w->capacity = capacity;
    return OCTET_OK;
}

static octet_status put_bytes(walker *w, const uint8_t *p, size_t n)
{
    OCT_TRY(reserve(w, n));
    if (n)
        memcpy(w->out->data + w->out->n_bytes, p, n);
    w->out->n_bytes += n;
    return OCTET_OK;
}

static octet_status put_varint(walker *w, uint64_t value)
{
    uint8_t bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return put_bytes(w, bytes, n);
}

static octet_status put_number(walker *w, uint32_t number, uint64_t value)
{
    OCT_TRY(put_varint(w, (uint64_t)number << 3 | VARINT));
    return put_varint(w, value);
}

/* A page fault maps its neighbours too, so a walk over the heads of tensors would bring in the whole file. */
static void drop_behind(walker *w, const uint8_t *end)
{
    if (!w->file || end - w->dropped < DROP_EVERY)
        return;
    oct_file_drop(w->file, w->dropped, (size_t)(end - w->dropped));
    w->dropped = end;
}

static octet_status put_reference(walker *w, const field *f)
{
    drop_behind(w, f->end);
    OCT_TRY(put_number(w, FILE_OFFSET, (uint64_t)(f->data - w->base)));
    OCT_TRY(put_number(w, FILE_LENGTH, (uint64_t)(f->end - f->data)));
    return put_number(w, FILE_FIELD, f->number);
}

static octet_status put_message(walker *w, const message *m, const uint8_t *p, const uint8_t *end);

/* Write the length of the message that starts at `at` into the five bytes before it, and move it up behind. */
static void close_nested(walker *w, size_t at, size_t n)
{
    uint8_t *length = w->out->data + at - 5;
    size_t n_length = 0;
    for (size_t rest = n; rest || n_length == 0; rest >>= 7)
        length[n_length++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    memmove(length + n_length, w->out->data + at, n);
    w->out->n_bytes -= 5 - n_length;
}

static octet_status put_nested(walker *w, const message *m, const field *f)
{
    OCT_TRY(put_varint(w, (uint64_t)f->number << 3 | BYTES));
    OCT_TRY(put_bytes(w, (const uint8_t[5]){0}, 5)); /* room for the longest length */
    size_t at = w->out->n_bytes;
    OCT_TRY(put_message(w, m, f->data, f->end));
    size_t n = w->out->n_bytes - at;
    if (n > INT32_MAX)
        return oct_fail(w->err, OCTET_BAD_INPUT, "a protobuf message of more than 2 GiB without its tensors");
    close_nested(w, at, n);
    return OCTET_OK;
}

static octet_status put_field(walker *w, const rule *r, const field *f)
{
    static const message leaf = {NULL, 0};
    if (r && r->action == DROP)
        return OCTET_OK;
    if (!r || f->wire != BYTES)
        return put_bytes(w, f->start, (size_t)(f->end - f->start));
    if (r->action == DESCEND || r->action == ONCE)
        return put_nested(w, r->inside ? r->inside : &leaf, f);
    if (r->action == EMPTY) {
        OCT_TRY(put_varint(w, (uint64_t)f->number << 3 | BYTES));
        return put_varint(w, 0);
    }
    if (f->end - f->data > OCT_SKELETON_LONG)
        return put_reference(w, f);
    return put_bytes(w, f->start, (size_t)(f->end - f->start));
}

static int find_rule(const message *m, uint32_t number)
{
    for (int i = 0; i < m->n_rules; i++)
        if (m->rules[i].number == number)
            return i;
    return -1;
}

static octet_status put_message(walker *w, const message *m, const uint8_t *p, const uint8_t *end)
{
    uint32_t seen = 0; /* bit i: rule i */
    while (p < end) {
        field f = {0};
        OCT_TRY(read_field(w, p, end, &f));
        int i = find_rule(m, f.number);
        if (i >= 0 && m->rules[i].action == ONCE && (seen & 1u << i))
            return damaged(w, p, "a field that may occur only once occurs again");
        if (i >= 0)
            seen |= 1u << i;
        OCT_TRY(put_field(w, i >= 0 ? &m->rules[i] : NULL, &f));
        p = f.end;
    }
    return OCTET_OK;
}

octet_status oct_skeleton_model(oct_skeleton *out, const void *data, size_t n_bytes, const oct_file *file,
                                octet_error *err)
{
    *out = (oct_skeleton){0};
    walker w = {.base = data, .file = file, .dropped = data, .out = out, .err = err};
    return n_bytes ? put_message(&w, &model, w.base, w.base + n_bytes) : OCTET_OK;
}

octet_status oct_skeleton_tensor(oct_skeleton *out, const void *data, size_t n_bytes, octet_error *err)
{
    *out = (oct_skeleton){0};
    walker w = {.base = data, .out = out, .err = err};
    return n_bytes ? put_message(&w, &tensor, w.base, w.base + n_bytes) : OCTET_OK;
}

void oct_skeleton_free(oct_skeleton *skeleton)
{
    oct_free(skeleton->data);
    *skeleton = (oct_skeleton){0};
}
