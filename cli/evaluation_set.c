/* Images of an evaluation set, one at a time; the file decoded last stays in memory, for sheets of many images.
 * SPDX-License-Identifier: Apache-2.0 */
#include "evaluation_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_file.h"

octet_status cli_evaluation_open(cli_evaluation_set *set, const cli_evaluation_opts *opts, const cli_image_input *input,
                                 octet_error *err)
{
    set->opts = *opts;
    bool records = cli_evaluation_has_records(opts->path);
    if (records && opts->frames)
        return cli_fail(err, OCTET_USAGE, "--pixels goes with a TSV that names frames, and '%s' holds pixels itself",
                        opts->path);
    if (records)
        return cli_evaluation_read_records(set, input, err);
    if (opts->labels_path)
        return cli_fail(err, OCTET_USAGE, "--labels-idx goes with IDX images, and '%s' is none", opts->path);
    return cli_evaluation_read_tsv(set, err);
}

void cli_evaluation_close(cli_evaluation_set *set)
{
    octet_image_free(&set->sheet);
    octet_image_free(&set->record);
    cli_text_free(&set->text);
    free(set->items);
    free(set->root);
    free(set->pixels);
    free(set->labels);
    *set = (cli_evaluation_set){0};
}

static octet_status decode(cli_evaluation_set *set, const char *file, octet_error *err)
{
    size_t n = strlen(set->root) + strlen(file) + 2;
    char *path = malloc(n);
    if (!path)
        return cli_fail_memory(err);
    bool absolute = file[0] == '/', closed = set->root[strlen(set->root) - 1] == '/';
    snprintf(path, n, "%s%s%s", absolute ? "" : set->root, absolute || closed ? "" : "/", file);
    octet_status status = cli_image_read(&set->sheet, path, set->opts.frames, set->opts.ignore_orientation, err);
    free(path);
    return status;
}

/* A file that failed is not tried again for the next image in it. */
static octet_status load_sheet(cli_evaluation_set *set, const char *file, octet_error *err)
{
    if (!set->sheet_file || strcmp(set->sheet_file, file) != 0) {
        octet_image_free(&set->sheet);
        set->sheet_file = file;
        set->sheet_error.status = OCTET_OK;
        decode(set, file, &set->sheet_error);
    }
    if (set->sheet_error.status != OCTET_OK)
        *err = set->sheet_error;
    return set->sheet_error.status;
}

/* Planes to interleaved pixels. */
static void load_record(cli_evaluation_set *set, size_t i)
{
    octet_image *image = &set->record;
    const unsigned char *planes = set->pixels + set->pixels_at + i * set->record_bytes;
    size_t n = (size_t)image->width * (size_t)image->height, channels = (size_t)image->channels;
    for (int32_t y = 0; y < image->height; y++)
        for (int32_t x = 0; x < image->width; x++)
            for (size_t c = 0; c < channels; c++)
                image->pixels[(size_t)y * image->stride + (size_t)x * channels + c] =
                    planes[c * n + (size_t)y * (size_t)image->width + (size_t)x];
}

octet_status cli_evaluation_image(cli_evaluation_set *set, size_t i, octet_image *view, octet_error *err)
{
    if (!set->items) {
        load_record(set, i);
        *view = set->record;
        view->memory = NULL;
        return OCTET_OK;
    }
    const cli_labelled *item = &set->items[i];
    CLI_TRY(load_sheet(set, item->file, err));
    *view = set->sheet;
    view->memory = NULL;
    if (item->width == 0)
        return OCTET_OK;
    octet_error why;
    if (octet_image_view(view, &set->sheet, item->x, item->y, item->width, item->height, &why) != OCTET_OK)
        return cli_fail(err, OCTET_BAD_INPUT, "%s: box=%d,%d,%d,%d is not inside the image of %dx%d", item->file,
                        (int)item->x, (int)item->y, (int)item->width, (int)item->height, (int)set->sheet.width,
                        (int)set->sheet.height);
    return OCTET_OK;
}

int cli_evaluation_class(const cli_evaluation_set *set, size_t i)
{
    if (set->items)
        return set->items[i].class_id;
    return (set->labels ? set->labels : set->pixels)[set->labels_at + i * set->label_bytes];
}

size_t cli_evaluation_row(const cli_evaluation_set *set, size_t i)
{
    return set->items ? set->items[i].row : i;
}

const char *cli_evaluation_name(const cli_evaluation_set *set, size_t i, char text[CLI_ITEM_NAME_SIZE])
{
    if (set->items)
        return set->items[i].file;
    snprintf(text, CLI_ITEM_NAME_SIZE, "record %zu", i);
    return text;
}

octet_status cli_evaluation_check_classes(const cli_evaluation_set *set, int n_classes, octet_error *err)
{
    char name[CLI_ITEM_NAME_SIZE];
    for (size_t i = 0; i < set->n; i++)
        if (cli_evaluation_class(set, i) >= n_classes)
            return cli_fail(err, OCTET_BAD_INPUT, "%s: %s has class %d, but the model has %d classes, 0..%d", set->opts.path,
                            cli_evaluation_name(set, i, name), cli_evaluation_class(set, i), n_classes, n_classes - 1);
    return OCTET_OK;
}
