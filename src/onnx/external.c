/* External tensor data: files beside the model, each mapped once. A location must stay inside the model's folder, also
 * after symbolic links are resolved.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/reader.h"

#define MOST_FILES 4096
#define MOST_FILE_BYTES ((uint64_t)1 << 40)

typedef struct location {
    const char *path;
    uint64_t offset, length;
    bool has_length;
} location;

/* A decimal number and nothing else. */
static bool parse_number(const char *text, uint64_t *value)
{
    *value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || OCT_MUL_OVERFLOWS(*value, 10u, value) ||
            OCT_ADD_OVERFLOWS(*value, digit, value))
            return false;
    }
    return true;
}

static octet_status read_entry(oct_reader *r, location *l, const char *key, const char *value, const char *what)
{
    bool ok = true;
    if (strcmp(key, "location") == 0)
        l->path = value;
    else if (strcmp(key, "offset") == 0)
        ok = parse_number(value, &l->offset);
    else if (strcmp(key, "length") == 0)
        ok = l->has_length = parse_number(value, &l->length);
    if (!ok)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: external data: %s '%s' is no number", what, key, value);
    return OCTET_OK;
}

static octet_status read_location(oct_reader *r, location *l, const OctPb__TensorProto *t, const char *what)
{
    *l = (location){.path = ""};
    for (size_t i = 0; i < t->n_external_data; i++)
        OCT_TRY(read_entry(r, l, oct_text(t->external_data[i]->key), oct_text(t->external_data[i]->value), what));
    if (!*l->path)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: external data without a location", what);
    return OCTET_OK;
}

/* No absolute path, no "..", which are never needed for a file below the folder. */
static bool is_plain_path(const char *path)
{
    if (*path == '/')
        return false;
    while (*path) {
        size_t n = strcspn(path, "/");
        if (n == 2 && path[0] == '.' && path[1] == '.')
            return false;
        path += n;
        path += strspn(path, "/");
    }
    return true;
}

static bool is_inside(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || (n > 0 && folder[n - 1] == '/'));
}

/* The real path of a location, in the arena. */
static octet_status resolve(oct_reader *r, const char **out, const char *path, const char *what)
{
    if (!r->folder)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "%s: external data '%s' of a model that is not in a file", what, path);
    if (!is_plain_path(path))
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: external data '%s' is outside the model's folder", what, path);
    char *joined = oct_arena_printf(&r->graph->arena, "%s/%s", r->folder, path);
    if (!joined)
        return oct_fail_memory(r->err, what, PATH_MAX);
    char *real = realpath(joined, NULL);
    if (!real)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: no external data file '%s'", what, joined);
    *out = oct_arena_strdup(&r->graph->arena, real);
    free(real);
    if (!*out)
        return oct_fail_memory(r->err, what, PATH_MAX);
    if (!is_inside(*out, r->folder))
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: external data '%s' is a link to outside the model's folder", what,
                        path);
    return OCTET_OK;
}

/* Room for one more file; the arrays double, old ones stay in the arena. */
static octet_status reserve(oct_reader *r)
{
    oct_graph *g = r->graph;
    int n = g->n_external;
    if (n == MOST_FILES)
        return oct_fail(r->err, OCTET_UNSUPPORTED, "more than %d external data files", MOST_FILES);
    if (n & (n - 1))
        return OCTET_OK; /* arrays have room up to the next power of two */
    size_t room = n ? 2 * (size_t)n : 1;
    oct_file *files = oct_arena_array(&g->arena, room, sizeof *files);
    const char **paths = oct_arena_array(&g->arena, room, sizeof *paths);
    if (!files || !paths)
        return oct_fail_memory(r->err, "the list of external data files", room * sizeof *files);
    for (int i = 0; i < n; i++) {
        files[i] = g->external[i];
        paths[i] = r->external_paths[i];
    }
    g->external = files;
    r->external_paths = paths;
    return OCTET_OK;
}

/* Map a file, or find it among those that are mapped. */
static octet_status open_file(oct_reader *r, const oct_file **out, const char *path, const char *what)
{
    oct_graph *g = r->graph;
    for (int i = 0; i < g->n_external; i++)
        if (strcmp(r->external_paths[i], path) == 0) {
            *out = &g->external[i];
            return OCTET_OK;
        }
    OCT_TRY(reserve(r));
    octet_status status = oct_file_map(&g->external[g->n_external], path, MOST_FILE_BYTES, r->err);
    if (status != OCTET_OK) {
        oct_err_prefix(r->err, "%s", what);
        return status;
    }
    r->external_paths[g->n_external] = path;
    *out = &g->external[g->n_external++];
    return OCTET_OK;
}

octet_status oct_read_external(oct_reader *r, const uint8_t **data, size_t n_bytes, const OctPb__TensorProto *t,
                               const char *what)
{
    location l;
    const char *path = NULL;
    const oct_file *file = NULL;
    OCT_TRY(read_location(r, &l, t, what));
    if (l.has_length && l.length != n_bytes)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: needs %zu bytes, its external data has %" PRIu64, what, n_bytes,
                        l.length);
    OCT_TRY(resolve(r, &path, l.path, what));
    OCT_TRY(open_file(r, &file, path, what));
    if (l.offset > file->n_bytes || n_bytes > file->n_bytes - l.offset)
        return oct_fail(r->err, OCTET_BAD_INPUT, "%s: needs %zu bytes at offset %" PRIu64 ", '%s' has %zu", what, n_bytes,
                        l.offset, l.path, file->n_bytes);
    *data = file->data ? file->data + l.offset : NULL;
    return OCTET_OK;
}
