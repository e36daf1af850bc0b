/* Which images a command line means: files, the images of folders, and a list on standard input.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SOURCE_LIST_H
#define CLI_SOURCE_LIST_H

#include <stdbool.h>

#include "text_lines.h"

typedef struct cli_source_list { /* all zero is empty */
    bool frames;                 /* in folders there are raw frames, no images */
    char **paths;
    size_t n, room;
} cli_source_list;

/* Expand the arguments in order: "-" is a list of paths on standard input, one a line; a folder its files with the suffix of
 * an image or frame, sorted by name, not those of its folders; anything else a path as it is. OCTET_BAD_INPUT: an empty
 * folder or list, or a folder that cannot be read. `list` is empty but for `frames`; free with cli_source_list_free, after a
 * failure too. */
octet_status cli_source_list_fill(cli_source_list *list, char *const *arguments, int n, octet_error *err);
void cli_source_list_free(cli_source_list *list);

#endif
