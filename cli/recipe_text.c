/* Numbers with the fewest digits that read back to the same float32.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define NUMBER_SIZE 32

static void append(char *text, const char *format, ...) CLI_PRINTF(2, 3);

static void append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, CLI_RECIPE_TEXT_SIZE - used, format, arguments);
    va_end(arguments);
}

static void shortest(char text[NUMBER_SIZE], float value)
{
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, NUMBER_SIZE, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            return;
    }
}

/* "127.5" or "123.675,116.28,103.53" */
static void append_list(char *text, const float *values, int channels)
{
    char number[NUMBER_SIZE];
    bool same = true;
    for (int c = 1; c < channels; c++)
        same = same && values[c] == values[0];
    for (int c = 0; c < (same ? 1 : channels); c++) {
        shortest(number, values[c]);
        append(text, "%s%s", c ? "," : "", number);
    }
}

/* The standard deviations of six digits whose reciprocals the scales are; false if there are none. */
static bool find_std(float *std, const float *scale, int channels)
{
    char number[NUMBER_SIZE];
    for (int c = 0; c < channels; c++) {
        snprintf(number, sizeof number, "%.6g", 1 / (double)scale[c]);
        std[c] = strtof(number, NULL);
        if ((float)(1 / (double)std[c]) != scale[c])
            return false;
    }
    return true;
}

static bool all_are(const float *values, int channels, float value)
{
    for (int c = 0; c < channels; c++)
        if (values[c] != value)
            return false;
    return true;
}

/* 0 in every channel means 1. */
static void used_scale(float *scale, const octet_recipe *recipe, int channels)
{
    bool ones = all_are(recipe->scale, channels, 0);
    for (int c = 0; c < channels; c++)
        scale[c] = ones ? 1 : recipe->scale[c];
}

static void append_geometry_flags(char *text, const octet_recipe *recipe)
{
    if (recipe->resize == OCTET_RESIZE_NONE)
        append(text, "--resize none ");
    if (recipe->resize == OCTET_RESIZE_SHORTER)
        append(text, "--resize %d ", (int)recipe->resize_width);
    if (recipe->resize == OCTET_RESIZE_STRETCH)
        append(text, "--resize %dx%d ", (int)recipe->resize_width, (int)recipe->resize_height);
    if (recipe->crop_width)
        append(text, "--crop %dx%d ", (int)recipe->crop_width, (int)recipe->crop_height);
    else
        append(text, "--crop none ");
    append(text, "--interp %s ", octet_resize_dialect_name(recipe->dialect));
}

const char *cli_recipe_as_flags(char text[CLI_RECIPE_TEXT_SIZE], const octet_recipe *recipe, int channels,
                                cli_recipe_parts parts)
{
    float scale[OCTET_MAX_CHANNELS], std[OCTET_MAX_CHANNELS];
    text[0] = '\0';
    if (parts.geometry)
        append_geometry_flags(text, recipe);
    append(text, "--order %s", octet_channel_order_name(recipe->order));
    if (parts.layout)
        append(text, " --layout %s", octet_pixel_layout_name(recipe->layout));
    if (!parts.numbers)
        return text;
    append(text, " --mean ");
    append_list(text, recipe->mean, channels);
    used_scale(scale, recipe, channels);
    bool by_std = find_std(std, scale, channels) && std[0] > 0 && std[channels - 1] > 0;
    append(text, by_std ? " --std " : " --scale ");
    append_list(text, by_std ? std : scale, channels);
    return text;
}

const char *cli_recipe_numbers(char text[CLI_RECIPE_TEXT_SIZE], const octet_recipe *recipe, int channels)
{
    float scale[OCTET_MAX_CHANNELS], std[OCTET_MAX_CHANNELS];
    bool shifted = !all_are(recipe->mean, channels, 0);
    used_scale(scale, recipe, channels);
    bool by_std = find_std(std, scale, channels);
    snprintf(text, CLI_RECIPE_TEXT_SIZE, "%s", shifted ? "(x - " : "x");
    if (shifted) {
        append_list(text, recipe->mean, channels);
        append(text, ")");
    }
    if (all_are(scale, channels, 1))
        return text;
    append(text, by_std ? " / " : " * ");
    append_list(text, by_std ? std : scale, channels);
    return text;
}

const char *cli_recipe_geometry(char text[CLI_RECIPE_TEXT_SIZE], const octet_recipe *recipe)
{
    text[0] = '\0';
    if (recipe->resize == OCTET_RESIZE_SHORTER)
        append(text, "shorter side to %d", (int)recipe->resize_width);
    if (recipe->resize == OCTET_RESIZE_STRETCH)
        append(text, "stretch to %dx%d", (int)recipe->resize_width, (int)recipe->resize_height);
    if (recipe->crop_width)
        append(text, "%scrop %dx%d", *text ? ", " : "", (int)recipe->crop_width, (int)recipe->crop_height);
    return *text ? text : "as they are";
}
