/* A list of named ranges.
 * SPDX-License-Identifier: Apache-2.0 */
#include "quant/ranges.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

octet_status oct_ranges_add(oct_ranges *r, const char *name, octet_error *err)
{
    if (r->n == r->cap) {
        const int32_t cap = r->cap ? 2 * r->cap : 64;
        octet_range *grown = oct_realloc(r->at, (size_t)cap * sizeof *grown);
        if (!grown)
            return oct_fail_memory(err, "ranges", (unsigned long long)cap * sizeof *grown);
        r->at = grown;
        r->cap = cap;
    }
    const char *copy = oct_arena_strdup(&r->arena, name);
    if (!copy)
        return oct_fail_memory(err, "ranges", strlen(name));
    r->at[r->n++] = (octet_range){.name = copy, .min = INFINITY, .max = -INFINITY};
    return OCTET_OK;
}

const octet_range *oct_ranges_find(const oct_ranges *r, const char *name, int32_t *hint)
{
    for (int32_t i = 0; i < r->n; i++) {
        const int32_t k = (*hint + i) % r->n;
        if (strcmp(r->at[k].name, name) != 0)
            continue;
        *hint = k + 1;
        return &r->at[k];
    }
    return NULL;
}

void oct_ranges_free(oct_ranges *r)
{
    oct_free(r->at);
    oct_arena_fini(&r->arena);
    *r = (oct_ranges){0};
}
