/* Preprocessing flags, and what they come to for a given model: the recipe that makes its input from an image.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_FLAGS_H
#define CLI_RECIPE_FLAGS_H

#include <argp.h>
#include <stdbool.h>

#include <octet/image.h>

#include "fail.h"

typedef enum cli_resize { CLI_RESIZE_AUTO = 0, CLI_RESIZE_NONE, CLI_RESIZE_SHORTER, CLI_RESIZE_STRETCH } cli_resize;
typedef enum cli_crop { CLI_CROP_AUTO = 0, CLI_CROP_NONE, CLI_CROP_SIZE } cli_crop;

typedef struct cli_numbers {
    float values[3];
    int n; /* 0: flag not given */
} cli_numbers;

typedef struct cli_recipe_flags { /* all zero: nothing given */
    octet_error *err;             /* where the parser puts its message */
    cli_numbers mean, scale, std;
    bool has_order, has_layout, ignore_orientation;
    octet_channel_order order;
    octet_pixel_layout layout;
    cli_resize resize;
    int32_t resize_width, resize_height; /* CLI_RESIZE_SHORTER: only the width */
    cli_crop crop;
    int32_t crop_width, crop_height;
    octet_resize_dialect dialect;
} cli_recipe_flags;

extern const struct argp cli_recipe_argp; /* its input is a cli_recipe_flags */

/* The image that a model takes. */
typedef struct cli_image_input {
    int32_t width, height, channels; /* channels 1 or 3 */
    octet_pixel_layout layout;
    bool raw;                        /* uint8: pixels as they are */
} cli_image_input;

/* Flags that contradict each other or are likely mistakes: known before any model is. */
octet_status cli_recipe_check(const cli_recipe_flags *flags, octet_error *err);

/* The recipe for `input`. `exact` images have the model's size already: resize and crop happen only if flags say so. */
octet_status cli_recipe_resolve(octet_recipe *recipe, const cli_recipe_flags *flags, const cli_image_input *input,
                                bool exact, octet_error *err);

/* "RGB", "BGR", "gray"; "NHWC", "NCHW" */
const char *cli_order_name(octet_channel_order order);
const char *cli_layout_name(octet_pixel_layout layout);

#endif
