/* Strict number parsing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 18 /* any such number fits int64_t */

int cli_scan_int(int64_t *value, const char **text, int64_t lo, int64_t hi)
{
    const char *s = *text;
    int negative = lo < 0 && *s == '-';
    s += negative;
    size_t n = strspn(s, "0123456789");
    if (n == 0 || n > MOST_DIGITS)
        return 0;
    int64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (s[i] - '0');
    *value = negative ? -v : v;
    *text = s + n;
    return *value >= lo && *value <= hi;
}

octet_status cli_parse_int(int64_t *value, const char *text, int64_t lo, int64_t hi, const char *what,
                           octet_error *err)
{
    const char *end = text;
    if (cli_scan_int(value, &end, lo, hi) && *end == '\0')
        return OCTET_OK;
    return cli_fail(err, OCTET_USAGE, "%s '%s' is not a whole number in %" PRId64 "..%" PRId64, what, text, lo, hi);
}

/* One number of a list; 0 if what stands there is none. */
static int scan_float(float *value, const char **text)
{
    size_t n = strspn(*text, "0123456789+-.eE"); /* keeps out strtod's hexadecimal, "inf", "nan" and blanks */
    if (n == 0)
        return 0;
    char *end;
    double v = strtod(*text, &end);
    *value = (float)v;
    if (end != *text + n || !isfinite(v) || !isfinite(*value))
        return 0;
    *text = end;
    return 1;
}

octet_status cli_parse_floats(float *values, int most, int *n, const char *text, const char *what, octet_error *err)
{
    const char *at = text;
    for (*n = 0; *n < most;) {
        if (!scan_float(&values[*n], &at))
            return cli_fail(err, OCTET_USAGE, "%s '%s' is not a list of numbers like 123.675,116.28,103.53", what,
                            text);
        ++*n;
        if (*at == '\0')
            return OCTET_OK;
        if (*at++ != ',')
            return cli_fail(err, OCTET_USAGE, "%s '%s': '%c' does not belong into a list of numbers", what, text,
                            at[-1]);
    }
    return cli_fail(err, OCTET_USAGE, "%s '%s' has more than %d values", what, text, most);
}

octet_status cli_parse_size(int32_t *width, int32_t *height, const char *text, const char *what, octet_error *err)
{
    const char *at = text;
    int64_t w, h = 0;
    int good = cli_scan_int(&w, &at, 1, CLI_LARGEST_SIDE);
    if (good && *at == 'x') {
        at++;
        good = cli_scan_int(&h, &at, 1, CLI_LARGEST_SIDE);
    }
    if (!good || *at != '\0')
        return cli_fail(err, OCTET_USAGE, "%s '%s' is neither a size like 224 nor one like 320x240 (sides 1..%d)", what,
                        text, CLI_LARGEST_SIDE);
    *width = (int32_t)w;
    *height = (int32_t)h;
    return OCTET_OK;
}

const char *cli_grouped(char text[CLI_GROUPED_SIZE], uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value), used = 0;
    for (int i = 0; i < n; i++) {
        text[used++] = digits[i];
        if ((n - 1 - i) % 3 == 0 && i < n - 1)
            text[used++] = ',';
    }
    text[used] = '\0';
    return text;
}
