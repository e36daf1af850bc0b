/* Reading label files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "numbers.h"

#define MOST_CLASSES 1000000

/* "12,stop" -> 12 and "stop"; NULL if the line has another form. */
static const char *split_id(int64_t *id, const char *line)
{
    const char *at = line;
    if (!cli_scan_int(id, &at, 0, MOST_CLASSES - 1) || (*at != ',' && *at != '\t'))
        return NULL;
    return at + 1 + strspn(at + 1, " ");
}

/* Number of classes, if every line that is not empty has an id; else 0. */
static int count_ids(const cli_text *text)
{
    int64_t id, largest = -1;
    for (size_t i = 0; i < text->n_lines; i++) {
        if (text->lines[i][0] == '\0')
            continue;
        if (!split_id(&id, text->lines[i]))
            return 0;
        if (id > largest)
            largest = id;
    }
    return (int)(largest + 1);
}

static octet_status take_ids(cli_labels *labels, const char *path, octet_error *err)
{
    int64_t id = 0;
    for (size_t i = 0; i < labels->text.n_lines; i++) {
        if (labels->text.lines[i][0] == '\0')
            continue;
        const char *name = split_id(&id, labels->text.lines[i]);
        if (labels->names[id])
            return cli_fail(err, OCTET_BAD_INPUT, "%s:%zu: class %d was named before", path, i + 1, (int)id);
        labels->names[id] = name;
    }
    return OCTET_OK;
}

octet_status cli_labels_read(cli_labels *labels, const char *path, octet_error *err)
{
    *labels = (cli_labels){0};
    CLI_TRY(cli_text_read(&labels->text, path, err));
    cli_text *text = &labels->text;
    while (text->n_lines > 0 && text->lines[text->n_lines - 1][0] == '\0')
        text->n_lines--;
    if (text->n_lines == 0)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' holds no labels", path);
    if (text->n_lines > MOST_CLASSES)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' has more than %d lines", path, MOST_CLASSES);
    int n_ids = count_ids(text);
    labels->n = n_ids ? n_ids : (int)text->n_lines;
    labels->names = calloc((size_t)labels->n, sizeof *labels->names);
    if (!labels->names)
        return cli_fail_memory(err);
    if (n_ids)
        return take_ids(labels, path, err);
    for (int i = 0; i < labels->n; i++)
        labels->names[i] = text->lines[i];
    return OCTET_OK;
}

void cli_labels_free(cli_labels *labels)
{
    free(labels->names);
    cli_text_free(&labels->text);
    *labels = (cli_labels){0};
}
