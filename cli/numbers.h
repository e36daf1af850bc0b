/* Strict reading of numbers from arguments and files: the whole text, finite, in range, or an error that names both.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "fail.h"

/* A whole decimal number in lo..hi. `what` begins the message: "--threads". OCTET_USAGE. */
octet_status cli_parse_int(int64_t *value, const char *text, int64_t lo, int64_t hi, const char *what,
                           octet_error *err);

/* The digits at *text (a sign first if lo < 0), moving *text behind them; nonzero if there is a number in lo..hi. */
int cli_scan_int(int64_t *value, const char **text, int64_t lo, int64_t hi);

/* 1 to `most` comma-separated decimal numbers, each finite as float32. OCTET_USAGE. */
octet_status cli_parse_floats(float *values, int most, int *n, const char *text, const char *what, octet_error *err);

#define CLI_LARGEST_SIDE 65536
/* "224" (*height = 0) or "320x240", width first, both 1..CLI_LARGEST_SIDE. OCTET_USAGE. */
octet_status cli_parse_size(int32_t *width, int32_t *height, const char *text, const char *what, octet_error *err);

/* "23,456,789" */
#define CLI_GROUPED_SIZE 32
const char *cli_grouped(char text[CLI_GROUPED_SIZE], uint64_t value);

#endif
