/* A small text file or standard input as an array of lines.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEXT_LINES_H
#define CLI_TEXT_LINES_H

#include <stddef.h>

#include "fail.h"

typedef struct cli_text { /* all zero is empty */
    char *memory;
    char **lines; /* without line ends (LF or CRLF); a byte order mark at the beginning is dropped */
    size_t n_lines;
} cli_text;

/* Read `path`, or standard input when it is NULL. OCTET_BAD_INPUT: missing, no text, above 256 MiB. Free with cli_text_free,
 * after a failure too. */
octet_status cli_text_read(cli_text *text, const char *path, octet_error *err);
void cli_text_free(cli_text *text);

/* The whole of a text file of at most `most` bytes, with a NUL behind it and none in it. OCTET_BAD_INPUT. Give it to free. */
octet_status cli_small_text_read(char **text, size_t *n_bytes, const char *path, size_t most, octet_error *err);

/* The whole of a binary file, up to 1 GiB. */
octet_status cli_bytes_read(unsigned char **bytes, size_t *n_bytes, const char *path, octet_error *err);

#endif
