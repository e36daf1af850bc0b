/* Classify one image: classify MODEL.onnx IMAGE. Mean and scale are those of ImageNet models; they are folded into the first
 * layer, so that the session takes the pixels themselves.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <octet/image.h>
#include <octet/octet.h>

static int fail(const octet_error *err)
{
    fprintf(stderr, "classify: %s\n", err->message);
    return err->status;
}

/* What the model, whose input is NCHW, was trained on. */
static octet_recipe recipe = {
    .resize = OCTET_RESIZE_SHORTER,
    .layout = OCTET_NCHW,
    .mean = {123.675f, 116.28f, 103.53f},
    .scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f},
};

/* Load, resize and crop the image into the session's input, RGB bytes. */
static octet_status feed(octet_session *s, const octet_program *p, const char *path, octet_error *err)
{
    const octet_tensor_info *in = octet_program_input(p, 0);
    octet_image image = {0}, ready = {0}, rgb = {0};
    recipe.crop_height = (int32_t)in->dims[1];
    recipe.crop_width = recipe.resize_width = (int32_t)in->dims[2];
    octet_status status = octet_image_load(&image, path, NULL, err);
    if (status == OCTET_OK)
        status = octet_image_geometry(&ready, &image, &recipe, err);
    if (status == OCTET_OK)
        status = octet_image_convert(&rgb, &ready, OCTET_RGB, err);
    if (status == OCTET_OK)
        memcpy(octet_session_input(s, 0), rgb.pixels, in->n_bytes);
    octet_image_free(&image);
    octet_image_free(&ready);
    octet_image_free(&rgb);
    return status;
}

static void print_best(const octet_session *s, const octet_program *p)
{
    const float *y = octet_session_output(s, 0);
    size_t n = octet_program_output(p, 0)->n_bytes / sizeof *y, best = 0;
    for (size_t i = 1; i < n; i++)
        if (y[i] > y[best])
            best = i;
    printf("class %zu, %g\n", best, (double)y[best]);
}

int main(int argc, char **argv)
{
    octet_error err;
    octet_model *model;
    octet_program *program = NULL;
    octet_session *session = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: classify MODEL.onnx IMAGE\n");
        return OCTET_USAGE;
    }
    if (octet_model_open(&model, argv[1], &err) != OCTET_OK)
        return fail(&err);
    const octet_compile_opts opts = {.placement = OCTET_PLACEMENT_FOLD, .recipe = &recipe};
    octet_status status = octet_compile(&program, model, &opts, &err);
    octet_model_free(model);
    if (status == OCTET_OK)
        status = octet_session_new(&session, program, NULL, &err);
    if (status == OCTET_OK)
        status = feed(session, program, argv[2], &err);
    if (status == OCTET_OK)
        status = octet_session_run(session, &err);
    if (status == OCTET_OK)
        print_best(session, program);
    octet_session_free(session);
    octet_program_free(program);
    return status == OCTET_OK ? 0 : fail(&err);
}
