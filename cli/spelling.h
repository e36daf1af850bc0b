/* "did you mean": the nearest of some names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SPELLING_H
#define CLI_SPELLING_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap neighbours; letter case is free) that turn a into b. */
int cli_edit_distance(const char *a, const char *b);

/* The nearest name if it is near enough to be meant, else NULL. Entries may be NULL. */
const char *cli_nearest(const char *word, const char *const *names, size_t n_names);

#define CLI_MEANT_SIZE 96
/* "; did you mean 'prefixNAME'?" or "" if `name` is NULL. */
const char *cli_meant(char text[CLI_MEANT_SIZE], const char *prefix, const char *name);

#endif
