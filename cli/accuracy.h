/* Proportions with their confidence interval, and the predictions they are counted from.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ACCURACY_H
#define CLI_ACCURACY_H

#include <stddef.h>

#include "fail.h"

typedef struct cli_proportion {
    double value, low, high; /* 0..1 */
} cli_proportion;

/* k of n with Wilson's 95 % interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927). n = 0 gives 0 with 0..1. */
cli_proportion cli_wilson(size_t k, size_t n);

#define CLI_NO_PREDICTION (-1000000) /* the image could not be read; "-" in a file */

/* One class per line. OCTET_BAD_INPUT if the file cannot be written. */
octet_status cli_predictions_write(const int *classes, size_t n, const char *path, octet_error *err);

/* The same back; *classes is malloc'd. OCTET_BAD_INPUT names the line that is no class. */
octet_status cli_predictions_read(int **classes, size_t *n, const char *path, octet_error *err);

#endif
