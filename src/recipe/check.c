/* Recipes that cannot be, and those that look right and are not. The pixels are 0..255, so a mean lies far above 1 and a scale
 * (1/std) far below; torchvision's numbers for pixels of 0..1 and std given as scale are the mistakes that are made most.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "recipe/number.h"
#include "recipe/recipe.h"

void oct_recipe_scale(float *scale, const octet_recipe *recipe, int channels)
{
    bool all_zero = true;
    for (int c = 0; c < channels; c++)
        all_zero = all_zero && recipe->scale[c] == 0;
    for (int c = 0; c < channels; c++)
        scale[c] = all_zero ? 1.0f : recipe->scale[c];
}

/* ---- values that no recipe has ---- */

static bool is_side(int32_t side)
{
    return side >= 1 && side <= OCT_RECIPE_LARGEST_SIDE;
}

static bool is_in(int value, int n)
{
    return value >= 0 && value < n;
}

static octet_status check_geometry(const octet_recipe *r, octet_error *err)
{
    bool resizes = r->resize != OCTET_RESIZE_NONE, stretches = r->resize == OCTET_RESIZE_STRETCH;
    if ((resizes && !is_side(r->resize_width)) || (stretches && !is_side(r->resize_height)))
        return oct_fail(err, OCTET_USAGE, "resize to %dx%d; sides are 1..%d", (int)r->resize_width,
                        stretches ? (int)r->resize_height : (int)r->resize_width, OCT_RECIPE_LARGEST_SIDE);
    bool crops = r->crop_width != 0 || r->crop_height != 0;
    if (crops && (!is_side(r->crop_width) || !is_side(r->crop_height)))
        return oct_fail(err, OCTET_USAGE, "crop to %dx%d; sides are 1..%d", (int)r->crop_width,
                        (int)r->crop_height, OCT_RECIPE_LARGEST_SIDE);
    return OCTET_OK;
}

octet_status oct_recipe_check_values(const octet_recipe *r, int channels, octet_error *err)
{
    if (channels < 1 || channels > OCTET_MAX_CHANNELS)
        return oct_fail(err, OCTET_USAGE, "a recipe of %d channels; there are 1..%d", channels, OCTET_MAX_CHANNELS);
    if (!is_in((int)r->resize, OCTET_RESIZE_STRETCH + 1) || !is_in((int)r->dialect, OCTET_RESIZE_N_DIALECTS) ||
        !is_in((int)r->order, OCTET_GRAY + 1) || !is_in((int)r->layout, OCTET_NCHW + 1))
        return oct_fail(err, OCTET_USAGE, "resize %d, dialect %d, order %d or layout %d is outside its enumeration",
                        (int)r->resize, (int)r->dialect, (int)r->order, (int)r->layout);
    for (int c = 0; c < channels; c++)
        if (!isfinite(r->mean[c]) || !isfinite(r->scale[c]))
            return oct_fail(err, OCTET_USAGE, "mean %g or scale %g of channel %d is not finite",
                            (double)r->mean[c], (double)r->scale[c], c);
    return check_geometry(r, err);
}

/* ---- values that no model wants ---- */

#define LIST_SIZE (OCTET_MAX_CHANNELS * OCT_NUMBER_SIZE)

/* "123.675,116.28,103.53", rounded to the six digits that people write; one number where all are the same */
static const char *list(char text[LIST_SIZE], const double *values, int n)
{
    char number[OCT_NUMBER_SIZE], rounded[40];
    size_t used = 0;
    bool all_same = true;
    for (int i = 1; i < n; i++)
        all_same = all_same && values[i] == values[0];
    for (int i = 0; i < (all_same ? 1 : n); i++) {
        const char *at = rounded;
        float value = (float)values[i];
        snprintf(rounded, sizeof rounded, "%.5e", values[i]);
        char *point = strpbrk(rounded, ",."); /* the locale's */
        if (point)
            *point = '.';
        oct_number_scan(&value, &at);
        used += (size_t)snprintf(text + used, LIST_SIZE - used, "%s%s", i ? "," : "", oct_number_print(number, value));
    }
    return text;
}

/* "0.0171248,0.017507,0.0174292 (std 58.395,57.12,57.375)": whoever wrote one of them finds it */
static const char *list_scales(char text[2 * LIST_SIZE + 16], const double *scale, int n)
{
    char scales[LIST_SIZE], stds[LIST_SIZE];
    double std[OCTET_MAX_CHANNELS];
    for (int c = 0; c < n; c++)
        std[c] = 1 / scale[c];
    snprintf(text, 2 * LIST_SIZE + 16, "%s (std %s)", list(scales, scale, n), list(stds, std, n));
    return text;
}

/* No raw pixels are spread so little, so a scale above this is not 1/std of raw pixels ... */
#define SCALE_OF_RAW (1 / 16.0)
/* ... and no pixels of 0..1 so little either. */
#define SCALE_OF_UNIT 16.0

/* The scale of raw pixels that the given one was meant as. */
static double meant_scale(double scale, bool unit_mean)
{
    double size = fabs(scale);
    if (size <= SCALE_OF_RAW || size == 1)
        return unit_mean && size == 1 ? scale / 255 : scale;
    if (size < 1)
        return unit_mean ? 1 / (255 * scale) : scale; /* std of pixels of 0..1 */
    return size <= SCALE_OF_UNIT ? scale / 255 : 1 / scale;
}

typedef struct ranges { /* of the used channels */
    bool unit_mean;       /* not all zero, and all in 0..1 */
    double largest_scale; /* without sign */
} ranges;

static ranges find_ranges(const double *mean, const double *scale, int n)
{
    bool has_mean = false, below_one = true;
    double largest = 0;
    for (int c = 0; c < n; c++) {
        below_one = below_one && mean[c] >= 0 && mean[c] < 1;
        has_mean = has_mean || mean[c] != 0;
        largest = fmax(largest, fabs(scale[c]));
    }
    return (ranges){.unit_mean = has_mean && below_one, .largest_scale = largest};
}

static octet_status check_ranges(const double *mean, const double *scale, int n, octet_error *err)
{
    ranges found = find_ranges(mean, scale, n);
    if (!found.unit_mean && found.largest_scale <= 1)
        return OCTET_OK;
    char means[LIST_SIZE], scales[2 * LIST_SIZE + 16], reason[4 * LIST_SIZE];
    list(means, mean, n);
    list_scales(scales, scale, n);
    if (found.unit_mean)
        snprintf(reason, sizeof reason, "mean %s with scale %s is for pixels of 0..1, but pixels are 0..255", means, scales);
    else
        snprintf(reason, sizeof reason, "scale %s multiplies the pixels, but it is 1/std of pixels of 0..255", scales);
    double right_mean[OCTET_MAX_CHANNELS], right_scale[OCTET_MAX_CHANNELS];
    for (int c = 0; c < n; c++) {
        right_mean[c] = found.unit_mean ? 255 * mean[c] : mean[c];
        right_scale[c] = meant_scale(scale[c], found.unit_mean);
    }
    return oct_fail(err, OCTET_USAGE, "%s; meant is probably mean %s and scale %s", reason, list(means, right_mean, n),
                    list_scales(scales, right_scale, n));
}

octet_status octet_recipe_check(const octet_recipe *recipe, int channels, octet_error *err)
{
    OCT_TRY(oct_recipe_check_values(recipe, channels, err));
    bool gray = recipe->order == OCTET_GRAY;
    if (channels == 2)
        return oct_fail(err, OCTET_USAGE, "a recipe of 2 channels; there are 1 (gray), 3 (RGB, BGR) and 4 (with one ignored)");
    if (gray != (channels == 1))
        return oct_fail(err, OCTET_USAGE, "order %s contradicts %d channel%s",
                        octet_channel_order_name(recipe->order), channels, channels == 1 ? "" : "s");
    float used[OCTET_MAX_CHANNELS];
    double mean[OCTET_MAX_CHANNELS], scale[OCTET_MAX_CHANNELS];
    oct_recipe_scale(used, recipe, channels);
    for (int c = 0; c < channels; c++) {
        if (used[c] == 0)
            return oct_fail(err, OCTET_USAGE, "scale of channel %d is 0, which leaves nothing of it", c);
        mean[c] = (double)recipe->mean[c];
        scale[c] = (double)used[c];
    }
    return check_ranges(mean, scale, channels, err);
}
