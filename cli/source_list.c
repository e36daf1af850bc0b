/* Expanding image arguments.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "source_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static octet_status add(cli_source_list *list, const char *folder, const char *name, octet_error *err)
{
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        char **paths = realloc(list->paths, room * sizeof *paths);
        if (!paths)
            return cli_fail_memory(err);
        list->paths = paths;
        list->room = room;
    }
    size_t n_folder = strlen(folder), n_bytes = n_folder + strlen(name) + 2;
    char *path = malloc(n_bytes);
    if (!path)
        return cli_fail_memory(err);
    snprintf(path, n_bytes, "%s%s%s", folder, n_folder && folder[n_folder - 1] != '/' ? "/" : "", name);
    list->paths[list->n++] = path;
    return OCTET_OK;
}

#define MOST_SUFFIXES 8

static const char *const image_suffixes[MOST_SUFFIXES] = {"png", "jpg", "jpeg", "bmp", "ppm", "pgm", "pnm"};
static const char *const frame_suffixes[MOST_SUFFIXES] = {"yuv", "raw", "nv12", "nv21", "i420", "yuyv", "yuy2"};

static int has_suffix(const char *name, const char *const *suffixes)
{
    const char *dot = strrchr(name, '.');
    for (; dot && dot != name && *suffixes; suffixes++)
        if (strcasecmp(dot + 1, *suffixes) == 0)
            return 1;
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static octet_status add_folder(cli_source_list *list, const char *folder, octet_error *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return cli_fail(err, OCTET_BAD_INPUT, "cannot read the folder '%s': %s", folder, strerror(errno));
    size_t before = list->n;
    octet_status status = OCTET_OK;
    for (const struct dirent *entry; status == OCTET_OK && (entry = readdir(dir));)
        if (has_suffix(entry->d_name, list->frames ? frame_suffixes : image_suffixes))
            status = add(list, folder, entry->d_name, err);
    closedir(dir);
    CLI_TRY(status);
    if (list->n == before)
        return cli_fail(err, OCTET_BAD_INPUT, "the folder '%s' holds no %s", folder,
                        list->frames ? "frames (yuv, raw, nv12, nv21, i420, yuyv, yuy2)"
                                     : "images (png, jpg, jpeg, bmp, ppm, pgm, pnm)");
    qsort(list->paths + before, list->n - before, sizeof *list->paths, by_bytes);
    return OCTET_OK;
}

static octet_status add_standard_input(cli_source_list *list, octet_error *err)
{
    cli_text text;
    octet_status status = cli_text_read(&text, NULL, err);
    size_t before = list->n;
    for (size_t i = 0; status == OCTET_OK && i < text.n_lines; i++)
        if (text.lines[i][0] != '\0')
            status = add(list, "", text.lines[i], err);
    cli_text_free(&text);
    if (status == OCTET_OK && list->n == before)
        return cli_fail(err, OCTET_BAD_INPUT, "the list of images on standard input is empty");
    return status;
}

octet_status cli_source_list_fill(cli_source_list *list, char *const *arguments, int n, octet_error *err)
{
    int seen_input = 0;
    for (int i = 0; i < n; i++) {
        struct stat st;
        if (strcmp(arguments[i], "-") == 0) {
            if (seen_input++)
                return cli_fail(err, OCTET_USAGE, "standard input ('-') is given twice");
            CLI_TRY(add_standard_input(list, err));
        } else if (stat(arguments[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            CLI_TRY(add_folder(list, arguments[i], err));
        } else {
            CLI_TRY(add(list, "", arguments[i], err));
        }
    }
    return OCTET_OK;
}

void cli_source_list_free(cli_source_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (cli_source_list){0};
}
