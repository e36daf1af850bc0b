/* strtof and printf obey the locale in their decimal point, so neither sees one: numbers go through strtof as an integer
 * with an exponent, and only the digits are taken from printf.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 64 /* of a number that is read */

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* digits (no point) times 10 ^ exponent */
static float compose(const char *digits, int exponent)
{
    char text[MOST_DIGITS + 16];
    snprintf(text, sizeof text, "%.*se%d", MOST_DIGITS, digits, exponent);
    return strtof(text, NULL);
}

/* The exponent at *text, 0 where there is no e; returns whether it is well-formed. */
static int scan_exponent(int *exponent, const char **text)
{
    const char *s = *text;
    *exponent = 0;
    if (*s != 'e' && *s != 'E')
        return 1;
    s++;
    int sign = *s == '-' ? -1 : 1, n = 0;
    s += *s == '-' || *s == '+';
    for (; is_digit(*s) && n < 4; s++, n++)
        *exponent = *exponent * 10 + (*s - '0');
    *exponent *= sign;
    *text = s;
    return n > 0 && !is_digit(*s);
}

int oct_number_scan(float *value, const char **text)
{
    char digits[MOST_DIGITS + 1];
    int n = 0, behind_point = 0, has_point = 0, exponent;
    const char *s = *text;
    int negative = *s == '-';
    for (s += *s == '-' || *s == '+'; is_digit(*s) || (*s == '.' && !has_point); s++) {
        if (*s == '.') {
            has_point = 1;
            continue;
        }
        if (n == MOST_DIGITS)
            return 0;
        digits[n++] = *s;
        behind_point += has_point;
    }
    digits[n] = '\0';
    if (n == 0 || !scan_exponent(&exponent, &s))
        return 0;
    float v = compose(digits, exponent - behind_point);
    if (!isfinite(v))
        return 0;
    *value = negative ? -v : v;
    *text = s;
    return 1;
}

/* The significant digits of value > 0 into digits; returns the exponent of the first. */
static int shortest_digits(char digits[10], float value)
{
    for (int n = 1;; n++) {
        char text[32];
        int used = 0;
        snprintf(text, sizeof text, "%.*e", n - 1, (double)value);
        const char *s = text;
        for (; *s != 'e'; s++)
            if (is_digit(*s))
                digits[used++] = *s;
        digits[used] = '\0';
        int exponent = atoi(s + 1);
        if (n == 9 || compose(digits, exponent - (used - 1)) == value) /* nine digits always do */
            return exponent;
    }
}

const char *oct_number_print(char text[OCT_NUMBER_SIZE], float value)
{
    char digits[10];
    const char *sign = signbit(value) ? "-" : "";
    int exponent = value == 0 ? 0 : shortest_digits(digits, fabsf(value));
    int n = value == 0 ? 1 : (int)strlen(digits);
    if (value == 0)
        strcpy(digits, "0");
    if (exponent < -5 || exponent > 8)
        snprintf(text, OCT_NUMBER_SIZE, "%s%c%s%se%d", sign, digits[0], n > 1 ? "." : "", digits + 1, exponent);
    else if (exponent < 0)
        snprintf(text, OCT_NUMBER_SIZE, "%s0.%.*s%s", sign, -exponent - 1, "00000", digits);
    else if (exponent >= n - 1)
        snprintf(text, OCT_NUMBER_SIZE, "%s%s%.*s", sign, digits, exponent - (n - 1), "00000000");
    else
        snprintf(text, OCT_NUMBER_SIZE, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
    return text;
}
