/* Names and sizes of element types.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/octet.h>

#include "check.h"

static const struct {
    octet_dtype dtype;
    const char *name;
    size_t size;
} cases[] = {
    {OCTET_UNDEFINED, "undefined", 0}, {OCTET_F32, "float32", 4}, {OCTET_U8, "uint8", 1},
    {OCTET_I8, "int8", 1},             {OCTET_U16, "uint16", 2},  {OCTET_I16, "int16", 2},
    {OCTET_I32, "int32", 4},           {OCTET_I64, "int64", 8},   {(octet_dtype)8, "undefined", 0} /* string */,
    {OCTET_BOOL, "bool", 1},           {OCTET_F16, "float16", 2}, {OCTET_F64, "float64", 8},
    {OCTET_U32, "uint32", 4},          {OCTET_U64, "uint64", 8},  {(octet_dtype)14, "undefined", 0} /* complex64 */,
    {OCTET_BF16, "bfloat16", 2},       {(octet_dtype)17, "undefined", 0}, {(octet_dtype)-1, "undefined", 0},
    {(octet_dtype)1000000, "undefined", 0},
};

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(strcmp(octet_dtype_name(cases[i].dtype), cases[i].name) == 0, "type %d is '%s'", (int)cases[i].dtype,
              octet_dtype_name(cases[i].dtype));
        CHECK(octet_dtype_size(cases[i].dtype) == cases[i].size, "type %d has %zu bytes", (int)cases[i].dtype,
              octet_dtype_size(cases[i].dtype));
    }
    return check_done();
}
