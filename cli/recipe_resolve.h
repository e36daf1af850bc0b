/* The recipe that makes the input of a given model from an image.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_RESOLVE_H
#define CLI_RECIPE_RESOLVE_H

#include <octet/octet.h>

#include "image_input.h"
#include "recipe_flags.h"

/* What octet.recipe of the model's metadata says, overridden by --config, overridden by flags. Of a uint8 input the recipe is
 * inside the model: only its geometry counts, and octet.pixels says order and layout, whatever --config says of those that the
 * model was trained on. OCTET_BAD_INPUT: metadata that cannot be read. */
octet_status cli_recipe_gather(cli_recipe_fields *fields, const octet_model *model, const char *path,
                               const cli_recipe_flags *flags, octet_error *err);

/* The recipe of these fields for an input, defaults where they say nothing. `exact` images have the input's size already: they
 * are resized only if a flag says so. A field that contradicts the input, and a recipe that octet_recipe_check refuses, are
 * errors that name the place where they stand. */
octet_status cli_recipe_of_fields(octet_recipe *recipe, const cli_recipe_fields *fields, const cli_image_input *input,
                                  bool exact, octet_error *err);

/* Both for a model that takes images from files; its input is bound to the size that the fields come to. */
octet_status cli_recipe_resolve(octet_recipe *recipe, cli_image_input *input, octet_model *model, const char *path,
                                const cli_recipe_flags *flags, bool exact, octet_error *err);

/* The recipe in the model's metadata. Nonzero: there is one, and it can be read; *err says why it cannot, and is not touched
 * if there is none. */
int cli_metadata_recipe(octet_recipe *recipe, int *channels, const octet_model *model, octet_error *err);

#endif
