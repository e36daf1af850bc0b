/* The recipe that makes the input of a given model from an image.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_RESOLVE_H
#define CLI_RECIPE_RESOLVE_H

#include <octet/octet.h>

#include "image_input.h"
#include "recipe_flags.h"

/* Defaults, overridden by the metadata of the model, by --config, by flags; then the model's input is bound to the size they
 * come to. `exact` images have that size already: they are resized only if a flag says so. A field that contradicts
 * the model, and a recipe that octet_recipe_check refuses, are errors that name the place where they stand. */
octet_status cli_recipe_resolve(octet_recipe *recipe, cli_image_input *input, octet_model *model, const char *path,
                                const cli_recipe_flags *flags, bool exact, octet_error *err);

/* The recipe in the model's metadata. Nonzero: there is one, and it can be read; *err says why it cannot, and is not touched
 * if there is none. */
int cli_metadata_recipe(octet_recipe *recipe, int *channels, const octet_model *model, octet_error *err);

#endif
