/* Wilson intervals; prediction files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "accuracy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "text_lines.h"

#define Z 1.959963984540054 /* 97.5 % quantile of the normal distribution */

cli_proportion cli_wilson(size_t k, size_t n)
{
    if (n == 0)
        return (cli_proportion){.value = 0, .low = 0, .high = 1};
    double p = (double)k / (double)n, zz = Z * Z / (double)n;
    double centre = (p + zz / 2) / (1 + zz), half = sqrt(p * (1 - p) * zz + zz * zz / 4) / (1 + zz);
    return (cli_proportion){.value = p, .low = k == 0 ? 0 : centre - half, .high = k == n ? 1 : centre + half};
}

octet_status cli_predictions_write(const int *classes, size_t n, const char *path, octet_error *err)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return cli_fail(err, OCTET_BAD_INPUT, "cannot write '%s': %s", path, strerror(errno));
    for (size_t i = 0; i < n; i++) {
        if (classes[i] == CLI_NO_PREDICTION)
            fputs("-\n", file);
        else
            fprintf(file, "%d\n", classes[i]);
    }
    int failed = ferror(file);
    if (fclose(file) != 0 || failed)
        return cli_fail(err, OCTET_BAD_INPUT, "cannot write '%s': %s", path, strerror(errno));
    return OCTET_OK;
}

static octet_status parse_lines(int *classes, const cli_text *text, const char *path, octet_error *err)
{
    for (size_t i = 0; i < text->n_lines; i++) {
        const char *line = text->lines[i];
        int64_t value = CLI_NO_PREDICTION;
        if (strcmp(line, "-") == 0)
            line++;
        else if (!cli_scan_int(&value, &line, -1, 1000000))
            line = "?";
        if (*line != '\0')
            return cli_fail(err, OCTET_BAD_INPUT, "%s:%zu: '%.40s' is not a class", path, i + 1, text->lines[i]);
        classes[i] = (int)value;
    }
    return OCTET_OK;
}

octet_status cli_predictions_read(int **classes, size_t *n, const char *path, octet_error *err)
{
    *classes = NULL;
    cli_text text;
    octet_status status = cli_text_read(&text, path, err);
    if (status == OCTET_OK) {
        *n = text.n_lines;
        *classes = malloc((*n + 1) * sizeof **classes);
        status = *classes ? parse_lines(*classes, &text, path, err) : cli_fail_memory(err);
    }
    cli_text_free(&text);
    if (status != OCTET_OK) {
        free(*classes);
        *classes = NULL;
    }
    return status;
}
