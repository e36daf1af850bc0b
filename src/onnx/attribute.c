/* Reading attributes: type-checked, each marked as read.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "onnx/import.h"

/* AttributeProto.AttributeType */
enum { FLOAT = 1, INT = 2, STRING = 3, TENSOR = 4, FLOATS = 6, INTS = 7 };

static const OctPb__AttributeProto *find(const oct_import *ctx, const char *name, uint64_t *bit)
{
    for (size_t i = 0; i < ctx->node->n_attribute; i++)
        if (strcmp(oct_text(ctx->node->attribute[i]->name), name) == 0) {
            *bit = (uint64_t)1 << i;
            return ctx->node->attribute[i];
        }
    *bit = 0;
    return NULL;
}

bool oct_attr_has(const oct_import *ctx, const char *name)
{
    uint64_t bit;
    return find(ctx, name, &bit) != NULL;
}

octet_status oct_attr_require(oct_import *ctx, const char *name)
{
    if (!oct_attr_has(ctx, name))
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' is missing", name);
    return OCTET_OK;
}

void oct_attr_ignore(oct_import *ctx, const char *name)
{
    uint64_t bit;
    find(ctx, name, &bit);
    ctx->read |= bit;
}

/* Does the attribute hold what `type` says? Files of the first IR versions do not store the type. */
static bool has_type(const OctPb__AttributeProto *a, int type)
{
    if (a->has_type && a->type != 0)
        return a->type == type;
    switch (type) {
    case FLOAT: return a->has_f;
    case INT: return a->has_i;
    case STRING: return a->has_s;
    case TENSOR: return a->t != NULL;
    case FLOATS: return a->n_floats > 0;
    default: return a->n_ints > 0;
    }
}

/* The attribute, checked and marked as read; *out = NULL if there is none. */
static octet_status take(oct_import *ctx, const char *name, int type, const OctPb__AttributeProto **out)
{
    static const char *const type_names[] = {[FLOAT] = "a float", [INT] = "an int", [STRING] = "a string",
                                             [TENSOR] = "a tensor", [FLOATS] = "a list of floats",
                                             [INTS] = "a list of ints"};
    uint64_t bit;
    *out = find(ctx, name, &bit);
    if (*out && !has_type(*out, type))
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' is not %s", name, type_names[type]);
    ctx->read |= bit;
    return OCTET_OK;
}

octet_status oct_attr_int(oct_import *ctx, const char *name, int64_t otherwise, int64_t *value)
{
    const OctPb__AttributeProto *a;
    OCT_TRY(take(ctx, name, INT, &a));
    *value = a ? a->i : otherwise; /* writers of proto3 leave a zero out */
    return OCTET_OK;
}

octet_status oct_attr_int32(oct_import *ctx, const char *name, int32_t otherwise, int32_t lo, int32_t hi,
                            int32_t *value)
{
    int64_t wide;
    OCT_TRY(oct_attr_int(ctx, name, otherwise, &wide));
    if (wide < lo || wide > hi)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' is %" PRId64 ", not in %d..%d", name, wide, lo, hi);
    *value = (int32_t)wide;
    return OCTET_OK;
}

octet_status oct_attr_bool(oct_import *ctx, const char *name, bool otherwise, bool *value)
{
    int64_t wide;
    OCT_TRY(oct_attr_int(ctx, name, otherwise, &wide));
    *value = wide != 0;
    return OCTET_OK;
}

octet_status oct_attr_float(oct_import *ctx, const char *name, float otherwise, float *value)
{
    const OctPb__AttributeProto *a;
    OCT_TRY(take(ctx, name, FLOAT, &a));
    *value = a ? a->f : otherwise;
    return OCTET_OK;
}

static octet_status check_length(oct_import *ctx, const char *name, size_t n)
{
    if (n > INT32_MAX)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' has %zu values", name, n);
    return OCTET_OK;
}

octet_status oct_attr_ints(oct_import *ctx, const char *name, const int64_t **values, int *n)
{
    const OctPb__AttributeProto *a;
    OCT_TRY(take(ctx, name, INTS, &a));
    OCT_TRY(check_length(ctx, name, a ? a->n_ints : 0));
    *values = a ? a->ints : NULL;
    *n = a ? (int)a->n_ints : -1;
    return OCTET_OK;
}

octet_status oct_attr_floats(oct_import *ctx, const char *name, const float **values, int *n)
{
    const OctPb__AttributeProto *a;
    OCT_TRY(take(ctx, name, FLOATS, &a));
    OCT_TRY(check_length(ctx, name, a ? a->n_floats : 0));
    *values = a ? a->floats : NULL;
    *n = a ? (int)a->n_floats : -1;
    return OCTET_OK;
}

octet_status oct_attr_choice(oct_import *ctx, const char *name, const char *const *choices, int32_t otherwise,
                             int32_t *index)
{
    const OctPb__AttributeProto *a;
    OCT_TRY(take(ctx, name, STRING, &a));
    *index = otherwise;
    if (!a)
        return OCTET_OK;
    for (int i = 0; choices[i]; i++)
        if (a->s.len == strlen(choices[i]) && memcmp(a->s.data, choices[i], a->s.len) == 0) {
            *index = i;
            return OCTET_OK;
        }
    return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute '%s' is '%.*s'", name,
                           a->s.len < 64 ? (int)a->s.len : 64, a->s.data ? (const char *)a->s.data : "");
}

octet_status oct_attr_dtype(oct_import *ctx, const char *name, octet_dtype *dtype)
{
    char what[320];
    int32_t number = 0;
    OCT_TRY(oct_attr_int32(ctx, name, 0, 0, INT32_MAX, &number));
    *dtype = OCTET_UNDEFINED;
    if (number == 0)
        return OCTET_OK;
    snprintf(what, sizeof what, "%s '%s': attribute '%s'", ctx->onnx_op, ctx->name, name);
    return oct_read_dtype(ctx->reader, dtype, number, what);
}

octet_status oct_attr_tensor(oct_import *ctx, const char *name, const OctPb__TensorProto **value)
{
    const OctPb__AttributeProto *a;
    OCT_TRY(take(ctx, name, TENSOR, &a));
    if (a && !a->t)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' has no tensor", name);
    *value = a ? a->t : NULL;
    return OCTET_OK;
}
