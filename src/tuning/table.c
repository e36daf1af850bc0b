/* Reading, searching and writing tuning tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tuning/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

#define TITLE "octet tuning 1"
#define MOST_BYTES ((uint64_t)4 << 20)
#define LINE_SIZE (OCT_CPU_MODEL_SIZE + OCT_TUNING_SHAPE_SIZE + 64)

/* ---- shapes ---- */

/* Image, result, kernel, strides, dilations, pads, groups, whether weights do not fit int8. # is a number. */
static const char template[] = "#x#x#x# to #x#x# k#x# s#x# d#x# p#x# g# wide#";
enum { FIRST_PAD = 13, SECOND_PAD = 14, WIDE = 16 }; /* which may be 0 */

static void make_key(int32_t key[OCT_TUNING_KEY], const oct_conv_int_shape *s)
{
    const int32_t all[OCT_TUNING_KEY] = {s->N, s->H, s->W, s->C, s->OH, s->OW, s->OC, s->KH, s->KW, s->stride_h, s->stride_w,
                                         s->dilation_h, s->dilation_w, s->pad_top, s->pad_left, s->G, s->wide_weights != 0};
    memcpy(key, all, sizeof all);
}

static void format_key(char text[OCT_TUNING_SHAPE_SIZE], const int32_t key[OCT_TUNING_KEY])
{
    size_t used = 0;
    int i = 0;
    for (const char *t = template; *t; t++)
        if (*t == '#')
            used += (size_t)snprintf(text + used, OCT_TUNING_SHAPE_SIZE - used, "%" PRId32, key[i++]);
        else
            text[used++] = *t;
    text[used] = '\0';
}

const char *oct_tuning_shape(char text[OCT_TUNING_SHAPE_SIZE], const oct_conv_int_shape *s)
{
    int32_t key[OCT_TUNING_KEY];
    make_key(key, s);
    format_key(text, key);
    return text;
}

/* ---- order ---- */

static int compare(const void *a, const void *b)
{
    const oct_tuning_line *x = a, *y = b;
    const int by_cpu = strcmp(x->cpu, y->cpu);
    if (by_cpu || x->level != y->level)
        return by_cpu ? by_cpu : x->level < y->level ? -1 : 1;
    for (int i = 0; i < OCT_TUNING_KEY; i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    return 0;
}

/* What the machine's own line for the shape would be, without its tiling. */
static oct_tuning_line own_line(oct_cpu_level level, const oct_conv_int_shape *s)
{
    oct_tuning_line line = {.level = (int32_t)level};
    oct_cpu_model(line.cpu);
    make_key(line.key, s);
    return line;
}

int32_t oct_tuning_find(const oct_tuning *t, oct_cpu_level level, const oct_conv_int_shape *s)
{
    if (!t || t->n == 0)
        return 0;
    const oct_tuning_line wanted = own_line(level, s);
    const oct_tuning_line *line = bsearch(&wanted, t->lines, (size_t)t->n, sizeof wanted, compare);
    return line ? line->tile : 0;
}

static octet_status reserve(oct_tuning *t, octet_error *err)
{
    if (t->n < t->cap)
        return OCTET_OK;
    const int32_t cap = t->cap ? 2 * t->cap : 64; /* files are bounded, so this is too */
    oct_tuning_line *grown = oct_realloc(t->lines, (size_t)cap * sizeof *grown);
    if (!grown)
        return oct_fail_memory(err, "a tuning table", (unsigned long long)cap * sizeof *grown);
    t->lines = grown;
    t->cap = cap;
    return OCTET_OK;
}

octet_status oct_tuning_set(oct_tuning *t, oct_cpu_level level, const oct_conv_int_shape *s, int32_t tile, octet_error *err)
{
    oct_tuning_line line = own_line(level, s);
    line.tile = tile;
    int32_t at = 0;
    while (at < t->n && compare(&t->lines[at], &line) < 0)
        at++;
    const int32_t there = at < t->n && compare(&t->lines[at], &line) == 0, wanted = tile != 0;
    OCT_TRY(reserve(t, err));
    if (there != wanted)
        memmove(t->lines + at + wanted, t->lines + at + there, (size_t)(t->n - at - there) * sizeof line);
    if (wanted)
        t->lines[at] = line;
    t->n += wanted - there;
    return OCTET_OK;
}

void oct_tuning_free(oct_tuning *t)
{
    oct_free(t->lines);
    *t = (oct_tuning){0};
}

/* ---- reading ---- */

/* Cut off what is in front of the next tab, or all; with a NUL behind. */
static void cut(char *field, size_t size, const char **at, const char *end)
{
    const char *tab = memchr(*at, '\t', (size_t)(end - *at)), *stop = tab ? tab : end;
    const size_t n = (size_t)(stop - *at);
    const bool fits = n < size && !memchr(*at, '\0', n);
    memcpy(field, *at, fits ? n : 0);
    field[fits ? n : 0] = '\0'; /* what is too long is wrong, and so is nothing */
    *at = tab ? tab + 1 : end;
}

static const char *parse_number(int32_t *value, const char *at, int32_t least)
{
    int64_t v = 0;
    const char *first = at;
    for (; *at >= '0' && *at <= '9' && v <= INT32_MAX; at++)
        v = v * 10 + *at - '0';
    if (at == first || (*first == '0' && at > first + 1) || v > INT32_MAX || v < least)
        return NULL;
    *value = (int32_t)v;
    return at;
}

static bool parse_key(int32_t key[OCT_TUNING_KEY], const char *at)
{
    int i = 0;
    for (const char *t = template; *t && at; t++) {
        if (*t != '#') {
            at = *at == *t ? at + 1 : NULL;
            continue;
        }
        at = parse_number(&key[i], at, i != FIRST_PAD && i != SECOND_PAD && i != WIDE);
        i++;
    }
    return at && *at == '\0' && key[WIDE] <= 1;
}

static bool parse_level(int32_t *level, const char *name)
{
    for (*level = 0; *level < OCT_CPU_N_LEVELS; ++*level)
        if (strcmp(oct_cpu_name((oct_cpu_level)*level), name) == 0)
            return true;
    return false;
}

static bool parse_tile(int32_t *tile, const char *name)
{
    for (*tile = 1; *tile < 2 * OCT_CONV_U8S8_TILE_ALL; ++*tile)
        if (oct_conv_u8s8_tile_name(*tile) && strcmp(oct_conv_u8s8_tile_name(*tile), name) == 0)
            return true;
    return false;
}

static bool is_text(const char *s)
{
    for (; *s; s++)
        if (*s < ' ' || *s > '~')
            return false;
    return true;
}

static octet_status parse_line(oct_tuning_line *line, const char *at, const char *end, octet_error *err)
{
    char level[16], shape[OCT_TUNING_SHAPE_SIZE], tile[16];
    const int32_t n = line->number;
    cut(line->cpu, sizeof line->cpu, &at, end);
    cut(level, sizeof level, &at, end);
    cut(shape, sizeof shape, &at, end);
    cut(tile, sizeof tile, &at, end);
    if (!*line->cpu || !is_text(line->cpu))
        return oct_fail(err, OCTET_BAD_INPUT, "line %d does not begin with the name of a CPU", (int)n);
    if (!parse_level(&line->level, level))
        return oct_fail(err, OCTET_BAD_INPUT, "line %d: '%s' is no CPU level; the levels are ref, avx2, avx512, avx512vnni", (int)n, level);
    if (!parse_key(line->key, shape))
        return oct_fail(err, OCTET_BAD_INPUT, "line %d: '%s' is no shape; shapes are %s with numbers for #", (int)n, shape, template);
    if (!parse_tile(&line->tile, tile) || at < end)
        return oct_fail(err, OCTET_BAD_INPUT, "line %d: '%s' is no tiling; the tilings are 1-one, 2-one, 4-one, 1-all, 2-all, 4-all", (int)n, tile);
    return OCTET_OK;
}

static octet_status sort(oct_tuning *t, octet_error *err)
{
    if (t->n > 0)
        qsort(t->lines, (size_t)t->n, sizeof *t->lines, compare);
    for (int32_t i = 1; i < t->n; i++)
        if (compare(&t->lines[i - 1], &t->lines[i]) == 0)
            return oct_fail(err, OCTET_BAD_INPUT, "lines %d and %d are of the same CPU, level and shape",
                            (int)oct_min64(t->lines[i - 1].number, t->lines[i].number),
                            (int)oct_max64(t->lines[i - 1].number, t->lines[i].number));
    return OCTET_OK;
}

static octet_status parse_lines(oct_tuning *t, const char *at, const char *end, octet_error *err)
{
    for (int32_t number = 1; at < end; number++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end)
            return oct_fail(err, OCTET_BAD_INPUT, "line %d has no end", (int)number);
        if (number == 1) {
            if ((size_t)(line_end - at) != strlen(TITLE) || memcmp(at, TITLE, strlen(TITLE)) != 0)
                break;
        } else {
            OCT_TRY(reserve(t, err));
            t->lines[t->n] = (oct_tuning_line){.number = number};
            OCT_TRY(parse_line(&t->lines[t->n], at, line_end, err));
            t->n++;
        }
        at = line_end + 1;
        if (at == end)
            return sort(t, err);
    }
    return oct_fail(err, OCTET_BAD_INPUT, "line 1 is not '" TITLE "'");
}

octet_status oct_tuning_parse(oct_tuning *t, const char *text, size_t n_bytes, octet_error *err)
{
    *t = (oct_tuning){0};
    octet_status status = parse_lines(t, text, text + n_bytes, err);
    if (status != OCTET_OK)
        oct_tuning_free(t);
    return status;
}

octet_status oct_tuning_read(oct_tuning *t, const char *path, octet_error *err)
{
    *t = (oct_tuning){0};
    oct_file file;
    OCT_TRY(oct_file_map(&file, path, MOST_BYTES, err));
    octet_status status = oct_tuning_parse(t, file.data ? (const char *)file.data : "", file.n_bytes, err);
    if (status != OCTET_OK)
        oct_err_prefix(err, "%.1024s", path);
    oct_file_unmap(&file);
    return status;
}

/* ---- writing ---- */

static octet_status write_lines(const oct_tuning *t, oct_draft *draft, octet_error *err)
{
    char text[LINE_SIZE], shape[OCT_TUNING_SHAPE_SIZE];
    OCT_TRY(oct_draft_write(draft, TITLE "\n", strlen(TITLE "\n"), err));
    for (int32_t i = 0; i < t->n; i++) {
        const oct_tuning_line *line = &t->lines[i];
        format_key(shape, line->key);
        const int n = snprintf(text, sizeof text, "%s\t%s\t%s\t%s\n", line->cpu, oct_cpu_name((oct_cpu_level)line->level), shape,
                               oct_conv_u8s8_tile_name(line->tile));
        OCT_TRY(oct_draft_write(draft, text, (size_t)n, err));
    }
    return OCTET_OK;
}

octet_status oct_tuning_write(const oct_tuning *t, const char *path, octet_error *err)
{
    oct_draft draft;
    OCT_TRY(oct_draft_open(&draft, path, err));
    octet_status status = write_lines(t, &draft, err);
    if (status == OCTET_OK)
        status = oct_draft_commit(&draft, err);
    oct_draft_discard(&draft);
    return status;
}
