/* Sizes, strides and constant elements of values.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/half.h"
#include "graph/graph.h"

#define MAX_ELEMS (INT64_C(1) << 48)

bool oct_value_is_const(const oct_value *v)
{
    return v && v->data != NULL;
}

bool oct_value_known(const oct_value *v)
{
    if (!v || v->dtype == OCTET_UNDEFINED || v->rank < 0)
        return false;
    for (int i = 0; i < v->rank; i++)
        if (v->dims[i] < 0)
            return false;
    return true;
}

bool oct_shape_elems(const int64_t *dims, int rank, int64_t *n_elems)
{
    int64_t n = 1;
    bool empty = false;
    *n_elems = 0;
    if (rank < 0 || rank > OCTET_MAX_RANK)
        return false;
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 0)
            return false;
        empty |= dims[i] == 0;
    }
    for (int i = 0; i < rank && !empty; i++)
        if (OCT_MUL_OVERFLOWS(n, dims[i], &n) || n > MAX_ELEMS)
            return false;
    *n_elems = empty ? 0 : n;
    return true;
}

int64_t oct_value_elems(const oct_value *v)
{
    int64_t n;
    bool fits = oct_shape_elems(v->dims, v->rank, &n);
    assert(fits);
    (void)fits;
    return n;
}

size_t oct_value_bytes(const oct_value *v)
{
    return (size_t)oct_value_elems(v) * octet_dtype_size(v->dtype);
}

void oct_value_strides(const oct_value *v, int64_t strides[OCTET_MAX_RANK])
{
    bool channels_last = v->layout == OCT_CHANNELS_LAST && v->rank >= 3;
    uint64_t stride = 1; /* unsigned: beside a zero dimension the product of the others may be anything */
    if (channels_last) {
        strides[1] = 1;
        stride = v->pixel_pitch ? (uint64_t)v->pixel_pitch : (uint64_t)v->dims[1];
    }
    for (int i = v->rank - 1; i >= 0; i--) {
        if (channels_last && i == 1)
            continue;
        strides[i] = (int64_t)stride;
        stride *= (uint64_t)v->dims[i];
    }
}

/* Element i of v->data, without a claim about its alignment. */
#define DEFINE_ELEMENT(type)                                              \
    static type element_##type(const oct_value *v, int64_t i)             \
    {                                                                     \
        type x;                                                           \
        memcpy(&x, (const char *)v->data + (size_t)i * sizeof x, sizeof x); \
        return x;                                                         \
    }
DEFINE_ELEMENT(float)
DEFINE_ELEMENT(double)
DEFINE_ELEMENT(uint8_t)
DEFINE_ELEMENT(int8_t)
DEFINE_ELEMENT(uint16_t)
DEFINE_ELEMENT(int16_t)
DEFINE_ELEMENT(uint32_t)
DEFINE_ELEMENT(int32_t)
DEFINE_ELEMENT(uint64_t)
DEFINE_ELEMENT(int64_t)

/* Truncated; saturated where int64 ends; NaN is 0. */
static int64_t int_from_double(double x)
{
    if (x != x)
        return 0;
    if (x >= 0x1p63)
        return INT64_MAX;
    return x < -0x1p63 ? INT64_MIN : (int64_t)x;
}

int64_t oct_const_int(const oct_value *v, int64_t i)
{
    switch (v->dtype) {
    case OCTET_U8: return element_uint8_t(v, i);
    case OCTET_BOOL: return element_uint8_t(v, i) != 0;
    case OCTET_I8: return element_int8_t(v, i);
    case OCTET_U16: return element_uint16_t(v, i);
    case OCTET_I16: return element_int16_t(v, i);
    case OCTET_U32: return element_uint32_t(v, i);
    case OCTET_I32: return element_int32_t(v, i);
    case OCTET_I64: return element_int64_t(v, i);
    case OCTET_U64: {
        uint64_t u = element_uint64_t(v, i);
        return u > INT64_MAX ? INT64_MAX : (int64_t)u;
    }
    default: return int_from_double(oct_const_float(v, i));
    }
}

double oct_const_float(const oct_value *v, int64_t i)
{
    switch (v->dtype) {
    case OCTET_F32: return element_float(v, i);
    case OCTET_F64: return element_double(v, i);
    case OCTET_F16: return oct_f32_from_f16(element_uint16_t(v, i));
    case OCTET_BF16: return oct_f32_from_bf16(element_uint16_t(v, i));
    case OCTET_U64: return (double)element_uint64_t(v, i);
    case OCTET_UNDEFINED: return 0;
    default: return (double)oct_const_int(v, i);
    }
}
