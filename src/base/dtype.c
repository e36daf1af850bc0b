/* Names and sizes of element types: the one table behind octet_dtype_name and octet_dtype_size.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/octet.h>

#include "base/compiler.h"

static const struct {
    const char *name; /* NumPy's; NULL: not a type that Octet knows */
    size_t size;
} dtypes[] = {
    [OCTET_F32] = {"float32", 4}, [OCTET_U8] = {"uint8", 1},    [OCTET_I8] = {"int8", 1},
    [OCTET_U16] = {"uint16", 2},  [OCTET_I16] = {"int16", 2},   [OCTET_I32] = {"int32", 4},
    [OCTET_I64] = {"int64", 8},   [OCTET_BOOL] = {"bool", 1},   [OCTET_F16] = {"float16", 2},
    [OCTET_F64] = {"float64", 8}, [OCTET_U32] = {"uint32", 4},  [OCTET_U64] = {"uint64", 8},
    [OCTET_BF16] = {"bfloat16", 2},
};

const char *octet_dtype_name(octet_dtype dtype)
{
    unsigned i = (unsigned)dtype;
    return i < OCT_COUNT(dtypes) && dtypes[i].name ? dtypes[i].name : "undefined";
}

size_t octet_dtype_size(octet_dtype dtype)
{
    unsigned i = (unsigned)dtype;
    return i < OCT_COUNT(dtypes) ? dtypes[i].size : 0;
}
