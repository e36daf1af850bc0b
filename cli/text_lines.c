/* Reading whole files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "text_lines.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TEXT ((size_t)256 << 20)
#define MOST_BYTES ((size_t)1 << 30)
#define FIRST_BYTES ((size_t)1 << 16)

/* All of a stream, at most `most` bytes, with a NUL behind it. `name` is for messages. */
static octet_status read_stream(char **memory, size_t *n_bytes, FILE *stream, size_t most, const char *name,
                                octet_error *err)
{
    size_t room = FIRST_BYTES, n = 0;
    char *data = malloc(room);
    while (data) {
        n += fread(data + n, 1, room - n - 1, stream);
        if (n < room - 1 || n > most)
            break;
        room = room <= most / 2 ? room * 2 : most + 2; /* one more than may be there, and the NUL */
        char *larger = realloc(data, room);
        if (!larger)
            free(data);
        data = larger;
    }
    if (!data)
        return cli_fail_memory(err);
    *memory = data;
    *n_bytes = n;
    data[n] = '\0';
    if (ferror(stream))
        return cli_fail(err, OCTET_BAD_INPUT, "cannot read '%s': %s", name, strerror(errno));
    if (n > most)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' is larger than %zu MiB", name, most >> 20);
    return OCTET_OK;
}

static octet_status read_file(char **memory, size_t *n_bytes, const char *path, size_t most, octet_error *err)
{
    if (!path)
        return read_stream(memory, n_bytes, stdin, most, "standard input", err);
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return cli_fail(err, OCTET_BAD_INPUT, "cannot open '%s': %s", path, strerror(errno));
    octet_status status = read_stream(memory, n_bytes, stream, most, path, err);
    fclose(stream);
    return status;
}

octet_status cli_bytes_read(unsigned char **bytes, size_t *n_bytes, const char *path, octet_error *err)
{
    char *memory = NULL;
    octet_status status = read_file(&memory, n_bytes, path, MOST_BYTES, err);
    if (status != OCTET_OK) {
        free(memory);
        memory = NULL;
    }
    *bytes = (unsigned char *)memory;
    return status;
}

octet_status cli_small_text_read(char **text, size_t *n_bytes, const char *path, size_t most, octet_error *err)
{
    *text = NULL;
    octet_status status = read_file(text, n_bytes, path, most, err);
    if (status == OCTET_OK && memchr(*text, '\0', *n_bytes))
        status = cli_fail(err, OCTET_BAD_INPUT, "'%s' is not a text file", path);
    if (status != OCTET_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}

octet_status cli_text_read(cli_text *text, const char *path, octet_error *err)
{
    *text = (cli_text){0};
    size_t n_bytes;
    CLI_TRY(read_file(&text->memory, &n_bytes, path, MOST_TEXT, err));
    if (memchr(text->memory, '\0', n_bytes))
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' is not a text file", path ? path : "standard input");
    char *at = text->memory;
    if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    size_t most = 1;
    for (const char *s = at; *s; s++)
        most += *s == '\n';
    text->lines = calloc(most, sizeof *text->lines);
    if (!text->lines)
        return cli_fail_memory(err);
    while (*at) {
        char *end = at + strcspn(at, "\n"), *next = *end ? end + 1 : end;
        if (end > at && end[-1] == '\r')
            end--;
        *end = '\0';
        text->lines[text->n_lines++] = at;
        at = next;
    }
    return OCTET_OK;
}

void cli_text_free(cli_text *text)
{
    free(text->lines);
    free(text->memory);
    *text = (cli_text){0};
}
