/* Fuzzes the image readers and, with what they read, a resize and the tensor: no input may do more than fail.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/image.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void preprocess(const octet_image *image, unsigned dialect)
{
    const octet_recipe recipe = {
        .resize = OCTET_RESIZE_STRETCH,
        .resize_width = 13,
        .resize_height = 7,
        .dialect = (octet_resize_dialect)(dialect % OCTET_RESIZE_N_DIALECTS),
        .crop_width = 9,
        .crop_height = 9,
        .order = OCTET_BGR,
        .layout = OCTET_NCHW,
    };
    octet_image small = {0};
    float tensor[3 * 9 * 9];
    if (octet_image_geometry(&small, image, &recipe, NULL) != OCTET_OK ||
        octet_image_to_float(tensor, sizeof tensor / sizeof *tensor, &small, &recipe, NULL) != OCTET_OK)
        abort(); /* nothing in it can fail but for memory */
    octet_image_free(&small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    const octet_image_load_opts opts = {.max_pixels = 1000000};
    octet_image image = {0};
    octet_error err;
    if (octet_image_load_memory(&image, data, n_bytes, &opts, &err) != OCTET_OK)
        return 0;
    preprocess(&image, data[n_bytes - 1]);
    octet_image_free(&image);
    return 0;
}
