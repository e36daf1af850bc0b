/* What image a model wants.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMAGE_INPUT_H
#define CLI_IMAGE_INPUT_H

#include <stdbool.h>

#include <octet/octet.h>

#include "recipe_fields.h"

#define CLI_LARGEST_INPUT 16384 /* pixels a side */

/* The image that a model takes. */
typedef struct cli_image_input {
    int32_t width, height, channels; /* channels 1 or 3; 4: red, green, blue and 255 */
    octet_pixel_layout layout;
    bool raw;                        /* uint8: pixels as they are */
} cli_image_input;

/* Whether the only input of a model may be one for images. */
bool cli_takes_images(const octet_model *model);

/* Of an input with this shape, whose size is known. */
octet_status cli_image_input_of(cli_image_input *input, const octet_tensor_info *info, const char *path,
                                const cli_recipe_fields *fields, octet_error *err);

/* Read the shape of the only input and bind it: batch 1, free height and width as the fields say. OCTET_UNSUPPORTED names
 * an input that no image fits. */
octet_status cli_image_input_find(cli_image_input *input, octet_model *model, const char *path,
                                  const cli_recipe_fields *fields, octet_error *err);

#endif
