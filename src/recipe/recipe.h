/* What the files of recipe/ share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RECIPE_RECIPE_H
#define OCT_RECIPE_RECIPE_H

#include <octet/recipe.h>

#define OCT_RECIPE_LARGEST_SIDE 65536

/* scale[0 .. channels), where all zeros mean ones. */
void oct_recipe_scale(float *scale, const octet_recipe *recipe, int channels);

/* What no recipe has, whatever the model: a channel count out of 1..OCTET_MAX_CHANNELS, numbers that are not finite,
 * values outside an enumeration, sides outside 1..OCT_RECIPE_LARGEST_SIDE. OCTET_USAGE. */
octet_status oct_recipe_check_values(const octet_recipe *recipe, int channels, octet_error *err);

#endif
