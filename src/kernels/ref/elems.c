/* Opening and closing rows of integers, see elems.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/ref/elems.h"

#define LOAD(T, OF)                                  \
    for (; n > 0; n--, at += stride)                 \
        *to++ = (int64_t)OF(((const T *)from)[at]);  \
    break;
#define KEEP(v) (v)
#define TRUTH(v) ((v) != 0)

void oct_elems_load(int64_t *to, const void *from, octet_dtype dtype, int64_t stride, size_t n)
{
    int64_t at = 0;
    switch (dtype) {
    case OCTET_U8: LOAD(uint8_t, KEEP)
    case OCTET_I8: LOAD(int8_t, KEEP)
    case OCTET_I16: LOAD(int16_t, KEEP)
    case OCTET_I32: LOAD(int32_t, KEEP)
    case OCTET_U32:
    case OCTET_F32: LOAD(uint32_t, KEEP)
    case OCTET_BOOL: LOAD(uint8_t, TRUTH)
    case OCTET_U16:
    case OCTET_F16:
    case OCTET_BF16: LOAD(uint16_t, KEEP)
    default: LOAD(uint64_t, KEEP)
    }
}

#define STORE(T)                           \
    for (size_t i = 0; i < n; i++)         \
        ((T *)to)[i] = (T)from[i];         \
    break;

void oct_elems_store(void *to, size_t size, const int64_t *from, size_t n)
{
    switch (size) {
    case 1: STORE(uint8_t)
    case 2: STORE(uint16_t)
    case 4: STORE(uint32_t)
    default: STORE(uint64_t)
    }
}
