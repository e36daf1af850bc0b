/* Small graphs for tests, written down as text: "float32[1,3,8,8]" is a value, "int64{1,2}" a constant vector, "int64(7)" a
 * constant scalar, "-" an omitted input; several are separated by "; ".
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_H
#define NET_H

#include <inttypes.h>
#include <stdlib.h>

#include "check.h"
#include "graph/graph.h"

#define NET_MAX 32

/* Element types that constants of tests have. */
static inline void net_store(octet_dtype dtype, void *data, int i, double x)
{
    switch (dtype) {
    case OCTET_F32: ((float *)data)[i] = (float)x; break;
    case OCTET_F64: ((double *)data)[i] = x; break;
    case OCTET_I64: ((int64_t *)data)[i] = x >= 0x1p63 ? INT64_MAX : (int64_t)x; break;
    case OCTET_I32: ((int32_t *)data)[i] = (int32_t)x; break;
    case OCTET_I16: ((int16_t *)data)[i] = (int16_t)x; break;
    default: ((uint8_t *)data)[i] = (uint8_t)(int)x; break;
    }
}

static inline octet_dtype net_dtype(const char *text, size_t n)
{
    for (int i = OCTET_F32; i <= OCTET_BF16; i++)
        if (strncmp(octet_dtype_name((octet_dtype)i), text, n) == 0 && octet_dtype_name((octet_dtype)i)[n] == '\0')
            return (octet_dtype)i;
    CHECK(0, "no type '%s'", text);
    return OCTET_F32;
}

/* The value that `text` starts with; its name is "a", "b", ... after its place. */
static inline oct_value_id net_value(oct_graph *g, const char *text, int place)
{
    char name[2] = {(char)('a' + place), '\0'};
    size_t n_type = strcspn(text, "[{(");
    octet_dtype dtype = net_dtype(text, n_type);
    double numbers[OCTET_MAX_RANK * 2];
    int64_t data[OCTET_MAX_RANK * 2], n = 0;
    oct_value_id v = OCT_NONE;
    for (const char *p = text + n_type + 1; !strchr("]})", *p); n++) {
        char *end;
        numbers[n] = strtod(p, &end);
        p = end + (*end == ',');
    }
    if (text[n_type] == '[') {
        CHECK(oct_graph_add_value(g, &v, name, NULL) == OCTET_OK, "add value");
        oct_value *value = oct_graph_value(g, v);
        value->dtype = dtype;
        value->rank = (int)n;
        value->is_input = true;
        for (int i = 0; i < n; i++)
            value->dims[i] = (int64_t)numbers[i];
        return v;
    }
    for (int i = 0; i < n; i++)
        net_store(dtype, data, i, numbers[i]);
    int rank = text[n_type] == '{';
    CHECK(oct_graph_add_const(g, &v, name, dtype, rank, &n, data, true, NULL) == OCTET_OK, "add constant");
    return v;
}

/* All values of a list; their number. */
static inline int net_values(oct_graph *g, const char *text, oct_value_id *ids)
{
    int n = 0;
    for (const char *p = text; *p; n++) {
        ids[n] = *p == '-' ? OCT_NONE : net_value(g, p, n);
        p += strcspn(p, ";");
        p += strspn(p, "; ");
    }
    return n;
}

/* The text of a value, of the same form. */
static inline void net_print(const oct_value *v, char *text, size_t size)
{
    const char *open = !v->data ? "[" : v->rank ? "{" : "(", *close = !v->data ? "]" : v->rank ? "}" : ")";
    int64_t n = v->data ? oct_value_elems(v) : v->rank;
    size_t used = (size_t)snprintf(text, size, "%s%s", octet_dtype_name(v->dtype), open);
    for (int64_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%.9g", i ? "," : "",
                                 v->data ? oct_const_float(v, i) : (double)v->dims[i]);
    if (used < size)
        snprintf(text + used, size - used, "%s", close);
}

#endif
