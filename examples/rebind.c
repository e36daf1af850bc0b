/* One program for two cameras: rebind MODEL.onnx IMAGE. The image is classified from RGB pixels, and then, by the same program
 * bound anew, from planes of blue, green and red. Mean and scale are those of ImageNet models.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <octet/image.h>
#include <octet/octet.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- one run ---- */

static void fill_rgb(uint8_t *to, const octet_image *image)
{
    const size_t row = (size_t)image->width * 3;
    for (int32_t y = 0; y < image->height; y++)
        memcpy(to + (size_t)y * row, image->pixels + (size_t)y * image->stride, row);
}

static void fill_bgr_planes(uint8_t *to, const octet_image *image)
{
    const size_t plane = (size_t)image->width * (size_t)image->height;
    octet_image_split((uint8_t *const[]){to + 2 * plane, to + plane, to}, image);
}

/* The best class of an image of the input's size. */
static octet_status classify(size_t *best, const octet_program *program, const octet_image *image,
                             void (*fill)(uint8_t *, const octet_image *), octet_error *err)
{
    octet_session *session;
    octet_status status = octet_session_new(&session, program, NULL, err);
    if (status != OCTET_OK)
        return status;
    fill(octet_session_input(session, 0), image);
    status = octet_session_run(session, err);
    const float *y = octet_session_output(session, 0);
    *best = 0;
    for (size_t i = 1; i < octet_program_output(program, 0)->n_bytes / sizeof *y; i++)
        if (y[i] > y[*best])
            *best = i;
    octet_session_free(session);
    return status;
}

/* ---- both ---- */

static octet_status compare(const octet_program *program, const octet_recipe *recipe, const octet_image *image, octet_error *err)
{
    const octet_pixels bgr_planes = {.format = OCTET_PIXELS_BGR, .layout = OCTET_NCHW};
    octet_program *bound;
    size_t from_rgb, from_bgr;
    const double start = now_ms();
    octet_status status = octet_program_bind(&bound, program, 0, recipe, &bgr_planes, err);
    const double ms = now_ms() - start;
    if (status != OCTET_OK)
        return status;
    status = classify(&from_rgb, program, image, fill_rgb, err);
    if (status == OCTET_OK)
        status = classify(&from_bgr, bound, image, fill_bgr_planes, err);
    if (status == OCTET_OK) {
        printf("bound anew in %.3f ms; class %zu from RGB, %zu from planes of BGR\n", ms, from_rgb, from_bgr);
        status = from_rgb == from_bgr ? OCTET_OK : OCTET_CHECK_FAILED;
    }
    octet_program_free(bound);
    return status;
}

int main(int argc, char **argv)
{
    octet_error err = {0};
    octet_model *model;
    octet_program *program = NULL;
    octet_image image = {0}, ready = {0};
    octet_tensor_info in;
    octet_recipe recipe = {.resize = OCTET_RESIZE_STRETCH, .layout = OCTET_NCHW, .mean = {123.675f, 116.28f, 103.53f},
                           .scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f}};
    if (argc != 3) {
        fprintf(stderr, "usage: rebind MODEL.onnx IMAGE\n");
        return OCTET_USAGE;
    }
    octet_status status = octet_model_open(&model, argv[1], &err);
    if (status == OCTET_OK) {
        octet_model_input(model, 0, &in);
        recipe.resize_width = (int32_t)in.dims[3];
        recipe.resize_height = (int32_t)in.dims[2];
        status = octet_compile(&program, model, &(octet_compile_opts){.placement = OCTET_PLACEMENT_FOLD, .recipe = &recipe}, &err);
        octet_model_free(model);
    }
    if (status == OCTET_OK)
        status = octet_image_load(&image, argv[2], NULL, &err);
    if (status == OCTET_OK)
        status = octet_image_geometry(&ready, &image, &recipe, &err);
    if (status == OCTET_OK)
        status = compare(program, &recipe, &ready, &err);
    if (status != OCTET_OK)
        fprintf(stderr, "rebind: %s\n", status == OCTET_CHECK_FAILED ? "the classes differ" : err.message);
    octet_image_free(&image);
    octet_image_free(&ready);
    octet_program_free(program);
    return status;
}
