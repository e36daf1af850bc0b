/* What image a model wants.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMAGE_INPUT_H
#define CLI_IMAGE_INPUT_H

#include "model_flags.h"
#include "recipe_flags.h"

#define CLI_LARGEST_INPUT 16384 /* pixels a side */

/* Read the shape of the only input and bind it: batch 1, free height and width as the flags say. OCTET_UNSUPPORTED names
 * an input that no image fits. */
octet_status cli_image_input_find(cli_image_input *input, octet_model *model, const char *path,
                                  const cli_recipe_flags *flags, octet_error *err);

#endif
