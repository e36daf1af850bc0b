/* TSV lists: file<TAB>class id[<TAB>split][<TAB>...], where a column box=x,y,w,h selects a region. Empty lines and those
 * that begin with # are skipped.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluation_set.h"
#include "numbers.h"
#include "spelling.h"

#define MOST_COLUMNS 16
#define MOST_SPLITS 32
#define LARGEST_CLASS 999999

typedef struct reader {
    cli_evaluation_set *set;
    size_t line; /* from 1 */
    const char *splits[MOST_SPLITS]; /* seen so far */
    size_t n_splits;
    octet_error *err;
} reader;

static octet_status refuse(const reader *r, const char *what)
{
    return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%zu: %s", r->set->opts.path, r->line, what);
}

/* The columns of a line, which is cut up. */
static int split_columns(char **columns, char *line)
{
    int n = 0;
    for (char *at = line; at && n < MOST_COLUMNS; n++) {
        columns[n] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = '\0';
    }
    return n;
}

static octet_status read_box(const reader *r, cli_labelled *item, const char *text)
{
    int64_t v[4];
    for (int i = 0; i < 4; i++) {
        int good = cli_scan_int(&v[i], &text, i < 2 ? 0 : 1, INT32_MAX);
        if (!good || *text++ != (i < 3 ? ',' : '\0'))
            return refuse(r, "the region is not box=x,y,width,height");
    }
    item->x = (int32_t)v[0];
    item->y = (int32_t)v[1];
    item->width = (int32_t)v[2];
    item->height = (int32_t)v[3];
    return OCTET_OK;
}

static void note_split(reader *r, const char *split)
{
    for (size_t i = 0; i < r->n_splits; i++)
        if (strcmp(r->splits[i], split) == 0)
            return;
    if (r->n_splits < MOST_SPLITS)
        r->splits[r->n_splits++] = split;
}

/* One line into set->items if it is selected. */
static octet_status read_line(reader *r, char *line)
{
    cli_evaluation_set *set = r->set;
    char *columns[MOST_COLUMNS];
    int n = split_columns(columns, line);
    if (n < 2)
        return refuse(r, "a line is: file, tab, class id, and more columns if need be");
    int64_t class_id;
    const char *at = columns[1];
    if (columns[0][0] == '\0' || !cli_scan_int(&class_id, &at, 0, LARGEST_CLASS) || *at != '\0')
        return refuse(r, "the first columns are not a file name and a class id");
    cli_labelled item = {.file = columns[0], .class_id = (int)class_id, .row = set->n_rows++};
    const char *split = "";
    for (int i = 2; i < n; i++) {
        if (strncmp(columns[i], "box=", 4) == 0)
            CLI_TRY(read_box(r, &item, columns[i] + 4));
        else if (i == 2)
            split = columns[i];
    }
    if (*split)
        note_split(r, split);
    bool selected = !set->opts.split || strcmp(set->opts.split, split) == 0 || (set->opts.split_if_any && !*split);
    if (selected && (set->opts.limit == 0 || set->n < set->opts.limit))
        set->items[set->n++] = item;
    return OCTET_OK;
}

static octet_status refuse_split(const reader *r)
{
    char list[256] = "", meant[CLI_MEANT_SIZE];
    for (size_t i = 0; i < r->n_splits; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", r->splits[i]);
    }
    const char *split = r->set->opts.split;
    if (r->set->opts.split_if_any)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s has no split '%s', but %s", r->set->opts.path, split, list);
    return cli_fail(r->err, OCTET_USAGE, "--split '%s': %s has %s%s%s", split, r->set->opts.path,
                    r->n_splits ? "the splits " : "no splits", list,
                    cli_meant(meant, "", cli_nearest(split, r->splits, r->n_splits)));
}

static octet_status find_root(cli_evaluation_set *set, octet_error *err)
{
    const char *slash = strrchr(set->opts.path, '/');
    if (set->opts.root)
        set->root = strdup(*set->opts.root ? set->opts.root : ".");
    else
        set->root = slash ? strndup(set->opts.path, (size_t)(slash - set->opts.path) + 1) : strdup(".");
    return set->root ? OCTET_OK : cli_fail_memory(err);
}

octet_status cli_evaluation_read_tsv(cli_evaluation_set *set, octet_error *err)
{
    CLI_TRY(find_root(set, err));
    CLI_TRY(cli_text_read(&set->text, set->opts.path, err));
    set->items = calloc(set->text.n_lines + 1, sizeof *set->items);
    if (!set->items)
        return cli_fail_memory(err);
    reader r = {.set = set, .err = err};
    for (size_t i = 0; i < set->text.n_lines; i++) {
        char *line = set->text.lines[i];
        r.line = i + 1;
        if (line[0] != '\0' && line[0] != '#')
            CLI_TRY(read_line(&r, line));
    }
    if (set->n_rows == 0)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' names no images", set->opts.path);
    return set->n > 0 ? OCTET_OK : refuse_split(&r);
}
