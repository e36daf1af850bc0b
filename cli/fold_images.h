/* Photographs for the proof of a rewriting: decoded, resized and cropped as the recipe says.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FOLD_IMAGES_H
#define CLI_FOLD_IMAGES_H

#include "image_input.h"

typedef struct cli_fold_images { /* all zero is empty */
    uint8_t **pixels; /* each input->height x input->width x (1 or 3), dense */
    int n;
} cli_fold_images;

/* From a file or the images of a folder. An image that does not come to the size of the input is OCTET_BAD_INPUT. Free
 * with cli_fold_images_free, after a failure too. */
octet_status cli_fold_images_load(cli_fold_images *images, const char *path, bool ignore_orientation,
                                  const octet_recipe *recipe, const cli_image_input *input, octet_error *err);
void cli_fold_images_free(cli_fold_images *images);

#endif
