/* A recipe as people write it: as flags, and its parts in a few words.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_TEXT_H
#define CLI_RECIPE_TEXT_H

#include <stdbool.h>

#include <octet/recipe.h>

#define CLI_RECIPE_TEXT_SIZE 512

typedef struct cli_recipe_parts { /* which parts to write */
    bool geometry, layout, numbers;
} cli_recipe_parts;

/* "--resize 256 --crop 224x224 --interp pillow-bilinear --order RGB --mean 127.5 --std 127.5": order always, the rest by `parts`.
 * --std if the scale is the float32 nearest to one over a number of at most six digits, as published ones are, else --scale. */
const char *cli_recipe_as_flags(char text[CLI_RECIPE_TEXT_SIZE], const octet_recipe *recipe, int channels,
                                cli_recipe_parts parts);

/* "(x - 127.5) / 127.5", "x * 0.017", "x" */
const char *cli_recipe_numbers(char text[CLI_RECIPE_TEXT_SIZE], const octet_recipe *recipe, int channels);

/* "shorter side to 256, crop 224x224", "stretch to 224x224", "crop 224x224" */
const char *cli_recipe_geometry(char text[CLI_RECIPE_TEXT_SIZE], const octet_recipe *recipe);

#endif
