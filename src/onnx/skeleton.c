/* Walks the message along fixed tables, so the depth is bounded. The result is never longer than the original.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/skeleton.h"

#include "base/err.h"
#include "base/mem.h"
#include "onnx/wire.h"

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
    oct_bytes out;
    octet_error *err;
} walker;

static octet_status damaged(const walker *w, const uint8_t *at, const char *what)
{
    return oct_fail(w->err, OCTET_BAD_INPUT, "not an ONNX model, or damaged: %s at byte %zu", what, (size_t)(at - w->base));
}

/* A page fault maps its neighbours too, so a walk over the heads of tensors would bring in the whole file. */
static void drop_behind(walker *w, const uint8_t *end)
{
    if (!w->file || end - w->dropped < DROP_EVERY)
        return;
    oct_file_drop(w->file, w->dropped, (size_t)(end - w->dropped));
    w->dropped = end;
}

static octet_status put_reference(walker *w, const oct_field *f)
{
    drop_behind(w, f->end);
    OCT_TRY(oct_bytes_number(&w->out, FILE_OFFSET, (uint64_t)(f->data - w->base), w->err));
    OCT_TRY(oct_bytes_number(&w->out, FILE_LENGTH, (uint64_t)(f->end - f->data), w->err));
    return oct_bytes_number(&w->out, FILE_FIELD, f->number, w->err);
}

static octet_status put_message(walker *w, const message *m, oct_slice bytes);

static octet_status put_nested(walker *w, const message *m, const oct_field *f)
{
    size_t at;
    OCT_TRY(oct_bytes_begin(&w->out, f->number, &at, w->err));
    OCT_TRY(put_message(w, m, oct_field_slice(f)));
    return oct_bytes_end(&w->out, at, w->err);
}

static octet_status put_field(walker *w, const rule *r, const oct_field *f)
{
    static const message leaf = {NULL, 0};
    if (r && r->action == DROP)
        return OCTET_OK;
    if (r && f->wire == OCT_WIRE_BYTES) {
        if (r->action == DESCEND || r->action == ONCE)
            return put_nested(w, r->inside ? r->inside : &leaf, f);
        if (r->action == EMPTY)
            return oct_bytes_field(&w->out, f->number, NULL, 0, w->err);
        if (f->end - f->data > OCT_SKELETON_LONG)
            return put_reference(w, f);
    }
    return oct_bytes_put(&w->out, f->start, (size_t)(f->end - f->start), w->err);
}

static int find_rule(const message *m, uint32_t number)
{
    for (int i = 0; i < m->n_rules; i++)
        if (m->rules[i].number == number)
            return i;
    return -1;
}

static octet_status put_message(walker *w, const message *m, oct_slice bytes)
{
    uint32_t seen = 0; /* bit i: rule i */
    oct_field f;
    oct_wire fields = oct_wire_of(bytes);
    while (oct_wire_next(&fields, &f)) {
        int i = find_rule(m, f.number);
        if (i >= 0 && m->rules[i].action == ONCE && (seen & 1u << i))
            return damaged(w, f.start, "a field that may occur only once occurs again");
        if (i >= 0)
            seen |= 1u << i;
        OCT_TRY(put_field(w, i >= 0 ? &m->rules[i] : NULL, &f));
    }
    return fields.damage ? damaged(w, fields.at, fields.damage) : OCTET_OK;
}

static octet_status reduce(oct_skeleton *out, const message *m, const void *data, size_t n_bytes, const oct_file *file,
                           octet_error *err)
{
    walker w = {.base = data, .file = file, .dropped = data, .err = err};
    octet_status status = n_bytes ? put_message(&w, m, (oct_slice){data, n_bytes}) : OCTET_OK;
    *out = (oct_skeleton){w.out.data, w.out.n_bytes};
    return status;
}

octet_status oct_skeleton_model(oct_skeleton *out, const void *data, size_t n_bytes, const oct_file *file,
                                octet_error *err)
{
    return reduce(out, &model, data, n_bytes, file, err);
}

octet_status oct_skeleton_tensor(oct_skeleton *out, const void *data, size_t n_bytes, octet_error *err)
{
    return reduce(out, &tensor, data, n_bytes, NULL, err);
}

void oct_skeleton_free(oct_skeleton *skeleton)
{
    oct_free(skeleton->data);
    *skeleton = (oct_skeleton){0};
}
