/* SPDX-License-Identifier: Apache-2.0 */
#include "fold_images.h"

#include <stdlib.h>
#include <string.h>

#include <octet/image.h>

#include "source_list.h"

void cli_fold_images_free(cli_fold_images *images)
{
    for (int i = 0; i < images->n; i++)
        free(images->pixels[i]);
    free(images->pixels);
    *images = (cli_fold_images){0};
}

/* Rows without gaps; `image` has the channels of the input or can be brought to them. */
static octet_status copy_pixels(uint8_t **out, const octet_image *image, const cli_image_input *input, octet_error *err)
{
    octet_image converted = {0};
    octet_channel_order order = input->channels == 1 ? OCTET_GRAY : OCTET_RGB;
    CLI_TRY(octet_image_convert(&converted, image, order, err));
    size_t row = (size_t)converted.width * (size_t)converted.channels;
    *out = malloc(row * (size_t)converted.height);
    for (int32_t y = 0; *out && y < converted.height; y++)
        memcpy(*out + (size_t)y * row, converted.pixels + (size_t)y * converted.stride, row);
    octet_image_free(&converted);
    return *out ? OCTET_OK : cli_fail_memory(err);
}

static octet_status load(uint8_t **out, const char *path, const octet_image_load_opts *opts, const octet_recipe *recipe,
                         const cli_image_input *input, octet_error *err)
{
    octet_image image = {0}, ready = {0};
    CLI_TRY(octet_image_load(&image, path, opts, err));
    octet_status status = octet_image_geometry(&ready, &image, recipe, err);
    if (status == OCTET_OK && (ready.width != input->width || ready.height != input->height))
        status = cli_fail(err, OCTET_BAD_INPUT, "%s comes to %dx%d, the input of the model is %dx%d", path,
                          (int)ready.width, (int)ready.height, (int)input->width, (int)input->height);
    if (status == OCTET_OK)
        status = copy_pixels(out, &ready, input, err);
    octet_image_free(&image);
    octet_image_free(&ready);
    return status;
}

octet_status cli_fold_images_load(cli_fold_images *images, const char *path, bool ignore_orientation,
                                  const octet_recipe *recipe, const cli_image_input *input, octet_error *err)
{
    octet_image_load_opts opts = {.ignore_orientation = ignore_orientation};
    cli_source_list list = {0};
    char *argument = (char *)(uintptr_t)path;
    octet_status status = cli_source_list_fill(&list, &argument, 1, err);
    images->pixels = status == OCTET_OK ? calloc(list.n + 1, sizeof *images->pixels) : NULL;
    if (status == OCTET_OK && !images->pixels)
        status = cli_fail_memory(err);
    for (size_t i = 0; i < list.n && status == OCTET_OK; i++) {
        status = load(&images->pixels[images->n], list.paths[i], &opts, recipe, input, err);
        images->n += status == OCTET_OK;
    }
    cli_source_list_free(&list);
    return status;
}
