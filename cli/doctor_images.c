/* Decoded and fitted images in bounded memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_images.h"

#include <stdlib.h>
#include <string.h>

/* ---- pixels ---- */

static size_t row_bytes(const octet_image *image)
{
    return (size_t)image->width * (size_t)image->channels;
}

static size_t image_bytes(const octet_image *image)
{
    return row_bytes(image) * (size_t)image->height;
}

static octet_status copy_image(octet_image *to, const octet_image *from, octet_error *err)
{
    CLI_TRY(octet_image_new(to, from->width, from->height, from->channels, err));
    for (int32_t y = 0; y < from->height; y++)
        memcpy(to->pixels + (size_t)y * to->stride, from->pixels + (size_t)y * from->stride, row_bytes(from));
    return OCTET_OK;
}

static bool same_pixels(const octet_image *a, const octet_image *b)
{
    if (a->width != b->width || a->height != b->height || a->channels != b->channels)
        return false;
    for (int32_t y = 0; y < a->height; y++)
        if (memcmp(a->pixels + (size_t)y * a->stride, b->pixels + (size_t)y * b->stride, row_bytes(a)) != 0)
            return false;
    return true;
}

/* A view that owns nothing. */
static octet_image view_of(const octet_image *image)
{
    octet_image view = *image;
    view.memory = NULL;
    return view;
}

/* ---- the list ---- */

static size_t common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Steps of about the golden section visit a list of n evenly, whatever part of the visits is made. */
static size_t visiting_step(size_t n)
{
    size_t step = n / 1000 * 618 + n % 1000 * 618 / 1000;
    step += step == 0;
    while (common_divisor(step, n) != 1)
        step++;
    return step;
}

static octet_status read_image(cli_doctor_images *images, size_t item, octet_error *err)
{
    octet_image view, *keep = &images->kept[images->n];
    CLI_TRY(cli_evaluation_image(&images->set, item, &view, err));
    char name[CLI_ITEM_NAME_SIZE];
    cli_image_notes_tell(&images->notes, view.notes, cli_evaluation_name(&images->set, item, name));
    if (images->kept_bytes + image_bytes(&view) <= CLI_DOCTOR_KEEP_BYTES) {
        CLI_TRY(copy_image(keep, &view, err));
        images->kept_bytes += image_bytes(&view);
    }
    images->items[images->n] = item;
    images->classes[images->n++] = cli_evaluation_class(&images->set, item);
    return OCTET_OK;
}

/* Equal messages in a row (a sheet of many images) are said once. */
static octet_status read_images(cli_doctor_images *images, size_t n, octet_error *err)
{
    const size_t step = visiting_step(images->set.n);
    octet_status first = OCTET_OK;
    octet_error last = {.status = OCTET_OK};
    for (size_t i = 0, at = 0; i < n; i++, at = (at + step) % images->set.n) {
        octet_status status = read_image(images, at, err);
        if (status == OCTET_OK)
            continue;
        if (strcmp(last.message, err->message) != 0)
            cli_complain(err);
        last = *err;
        first = first ? first : status == OCTET_NO_MEMORY ? status : OCTET_BAD_INPUT;
        images->n_failed++;
    }
    return first;
}

octet_status cli_doctor_images_open(cli_doctor_images *images, const cli_evaluation_opts *opts, const cli_image_input *input,
                                    octet_status *first, octet_error *err)
{
    CLI_TRY(cli_evaluation_open(&images->set, opts, input, err));
    size_t n = images->set.n, most = opts->limit ? CLI_DOCTOR_MOST_IMAGES : CLI_DOCTOR_USUAL_IMAGES;
    if (n > most) {
        cli_note("%zu images spread over the %zu are used%s", most, n, opts->limit ? "" : " (--limit uses more)");
        n = most;
    }
    images->items = calloc(n, sizeof *images->items);
    images->classes = calloc(n, sizeof *images->classes);
    images->kept = calloc(n, sizeof *images->kept);
    if (!images->items || !images->classes || !images->kept)
        return cli_fail_memory(err);
    *first = read_images(images, n, err);
    if (images->n == 0)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s': none of its images can be used", opts->path);
    return OCTET_OK;
}

void cli_doctor_images_close(cli_doctor_images *images)
{
    for (size_t i = 0; i < images->n; i++)
        octet_image_free(&images->kept[i]);
    free(images->items);
    free(images->classes);
    free(images->kept);
    cli_evaluation_close(&images->set);
    *images = (cli_doctor_images){0};
}

int cli_doctor_largest_class(const cli_doctor_images *images)
{
    int largest = 0;
    for (size_t i = 0; i < images->n; i++)
        largest = images->classes[i] > largest ? images->classes[i] : largest;
    return largest;
}

size_t cli_doctor_most_of_a_class(const cli_doctor_images *images)
{
    size_t most = 0;
    for (size_t i = 0; i < images->n; i++) {
        size_t n = 0;
        for (size_t j = 0; j < images->n; j++)
            n += images->classes[j] == images->classes[i];
        most = n > most ? n : most;
    }
    return most;
}

bool cli_doctor_all_have_size(const cli_doctor_images *images, int32_t width, int32_t height)
{
    for (size_t i = 0; i < images->n; i++)
        if (images->kept[i].width != width || images->kept[i].height != height)
            return false;
    return true;
}

static octet_status decoded(octet_image *view, cli_doctor_images *images, size_t i, octet_error *err)
{
    if (!images->kept[i].pixels)
        return cli_evaluation_image(&images->set, images->items[i], view, err);
    *view = view_of(&images->kept[i]);
    return OCTET_OK;
}

/* ---- resized and cropped ---- */

bool cli_same_geometry(const octet_recipe *a, const octet_recipe *b)
{
    return a->resize == b->resize && a->resize_width == b->resize_width && a->resize_height == b->resize_height &&
           a->dialect == b->dialect && a->crop_width == b->crop_width && a->crop_height == b->crop_height &&
           (a->order == OCTET_GRAY) == (b->order == OCTET_GRAY);
}

octet_status cli_fitted_use(cli_fitted *fitted, const octet_recipe *recipe, size_t n, octet_error *err)
{
    if (fitted->kept && cli_same_geometry(&fitted->geometry, recipe))
        return OCTET_OK;
    cli_fitted_free(fitted);
    *fitted = (cli_fitted){.geometry = *recipe, .n = n, .kept = calloc(n, sizeof *fitted->kept)};
    return fitted->kept ? OCTET_OK : cli_fail_memory(err);
}

void cli_fitted_free(cli_fitted *fitted)
{
    for (size_t i = 0; fitted->kept && i < fitted->n; i++)
        octet_image_free(&fitted->kept[i]);
    free(fitted->kept);
    *fitted = (cli_fitted){0};
}

static octet_status fit(octet_image *own, cli_doctor_images *images, size_t i, const octet_recipe *recipe, octet_error *err)
{
    octet_image whole;
    octet_error why;
    char name[CLI_ITEM_NAME_SIZE];
    CLI_TRY(decoded(&whole, images, i, err));
    octet_status status = octet_image_geometry(own, &whole, recipe, &why);
    if (status == OCTET_OK)
        return OCTET_OK;
    return cli_fail(err, status == OCTET_NO_MEMORY ? status : OCTET_BAD_INPUT, "%.1024s: %.2048s",
                    cli_evaluation_name(&images->set, images->items[i], name), why.message);
}

octet_status cli_fitted_image(octet_image *view, octet_image *own, bool *same, cli_fitted *fitted, cli_doctor_images *images,
                              size_t i, const octet_recipe *recipe, octet_error *err)
{
    const bool ours = cli_same_geometry(&fitted->geometry, recipe);
    octet_image *kept = &fitted->kept[i];
    *same = false;
    if (!ours || !kept->pixels)
        CLI_TRY(fit(own, images, i, recipe, err));
    if (ours && own->pixels && fitted->kept_bytes + image_bytes(own) <= CLI_DOCTOR_KEEP_BYTES) {
        fitted->kept_bytes += image_bytes(own);
        *kept = *own;
        *own = (octet_image){0};
    }
    if (!ours && kept->pixels)
        *same = same_pixels(own, kept);
    *view = view_of(own->pixels ? own : kept);
    return OCTET_OK;
}
