/* Names of classes from a text file: a line per class ("stop"), or "id,name" or "id<TAB>name" on every line.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LABELS_H
#define CLI_LABELS_H

#include "text_lines.h"

typedef struct cli_labels { /* all zero: none */
    cli_text text;
    const char **names; /* [n]; NULL where a file with ids leaves one out */
    int n;
} cli_labels;

/* OCTET_BAD_INPUT: no file, empty, an id twice. Free with cli_labels_free, after a failure too. */
octet_status cli_labels_read(cli_labels *labels, const char *path, octet_error *err);
void cli_labels_free(cli_labels *labels);

#endif
