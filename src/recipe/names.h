/* Names of the values of an enumeration, and the nearest spelling of a wrong one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RECIPE_NAMES_H
#define OCT_RECIPE_NAMES_H

#include <stddef.h>

#include <octet/status.h>

typedef struct oct_name {
    const char *name;
    int value;
} oct_name;

/* First name of `value`, else "unknown". */
const char *oct_name_of(const oct_name *names, size_t n, int value);

/* Index of `name`, letter case free, or -1. `length` is that of name, which need not end there. */
int oct_name_find(const oct_name *names, size_t n, const char *name, size_t length);

/* The name that takes the fewest edits to reach (Damerau-Levenshtein, letter case free); n >= 1. */
const char *oct_name_nearest(const oct_name *names, size_t n, const char *name, size_t length);

/* Value of a name, or `status` with "<what> 'x' is unknown; did you mean 'y'? There are a, b and c". */
octet_status oct_name_parse(int *value, const oct_name *names, size_t n, const char *name, size_t length,
                            const char *what, octet_status status, octet_error *err);

#endif
