/* Looking up names; there are few of each kind, so a table is searched from its beginning.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe/names.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define LONGEST 31 /* longer names are all equally far */

const char *oct_name_of(const oct_name *names, size_t n, int value)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].value == value)
            return names[i].name;
    return "unknown";
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

int oct_name_find(const oct_name *names, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < length && lower(name[k]) == lower(names[i].name[k]) && names[i].name[k])
            k++;
        if (k == length && names[i].name[k] == '\0')
            return (int)i;
    }
    return -1;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static int same(char a, char b)
{
    return lower(a) == lower(b);
}

/* Edits: insert, delete, replace, swap neighbours. */
static unsigned distance(const char *a, size_t m, const char *b)
{
    size_t n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return LONGEST + 1;
    unsigned cost[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= m; i++)
        cost[i][0] = (unsigned)i;
    for (size_t j = 0; j <= n; j++)
        cost[0][j] = (unsigned)j;
    for (size_t i = 1; i <= m; i++)
        for (size_t j = 1; j <= n; j++) {
            unsigned replaced = cost[i - 1][j - 1] + !same(a[i - 1], b[j - 1]);
            cost[i][j] = smaller(replaced, 1 + smaller(cost[i - 1][j], cost[i][j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                cost[i][j] = smaller(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[m][n];
}

const char *oct_name_nearest(const oct_name *names, size_t n, const char *name, size_t length)
{
    size_t nearest = 0;
    for (size_t i = 1; i < n; i++)
        if (distance(name, length, names[i].name) < distance(name, length, names[nearest].name))
            nearest = i;
    return names[nearest].name;
}

/* "a, b and c": the first name of each value */
static void list_names(char *list, size_t n_bytes, const oct_name *names, size_t n)
{
    size_t used = 0, last = n - 1;
    list[0] = '\0';
    while (last > 0 && oct_name_of(names, n, names[last].value) != names[last].name)
        last--;
    for (size_t i = 0; i <= last && used < n_bytes; i++) {
        if (oct_name_of(names, n, names[i].value) != names[i].name)
            continue;
        const char *before = i == 0 ? "" : i == last ? " and " : ", ";
        used += (size_t)snprintf(list + used, n_bytes - used, "%s%s", before, names[i].name);
    }
}

octet_status oct_name_parse(int *value, const oct_name *names, size_t n, const char *name, size_t length,
                            const char *what, octet_status status, octet_error *err)
{
    int i = oct_name_find(names, n, name, length);
    if (i >= 0) {
        *value = names[i].value;
        return OCTET_OK;
    }
    char list[400];
    size_t n_shown = strcspn(name, "\r\n"); /* a message is one line */
    n_shown = n_shown < length ? n_shown : length;
    list_names(list, sizeof list, names, n);
    return oct_fail(err, status, "%s '%.*s' is unknown; did you mean '%s'? There are %s", what,
                    (int)(n_shown < 64 ? n_shown : 64), name, oct_name_nearest(names, n, name, length), list);
}
