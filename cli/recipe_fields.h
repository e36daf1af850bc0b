/* What one source says of a recipe: some of its fields, each with the place where it stands. The sources in ascending order:
 * the model's metadata, the file of --config, the flags; each overrides those before it field by field.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_FIELDS_H
#define CLI_RECIPE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include <octet/recipe.h>

#include "fail.h"

typedef enum cli_field {
    CLI_FIELD_MEAN,
    CLI_FIELD_SCALE,
    CLI_FIELD_ORDER,
    CLI_FIELD_LAYOUT,
    CLI_FIELD_RESIZE,
    CLI_FIELD_CROP,
    CLI_FIELD_INTERP,
    CLI_FIELD_CHANNELS, /* of the model's input, if the source says how many */
    CLI_FIELD_PIXELS,
    CLI_N_FIELDS
} cli_field;

/* Where a value stands. Strings live as long as the command. */
typedef struct cli_origin {
    const char *key;  /* "--mean", "inMean"; NULL: the field is not given */
    const char *file; /* NULL: a flag */
} cli_origin;

typedef struct cli_numbers {
    float values[OCTET_MAX_CHANNELS];
    int n;
    bool spreads; /* a single number is that of every channel */
} cli_numbers;

typedef enum cli_resize_kind { CLI_RESIZE_AUTO = 0, CLI_RESIZE_NONE, CLI_RESIZE_SHORTER, CLI_RESIZE_STRETCH } cli_resize_kind;
typedef struct cli_resize {
    cli_resize_kind kind;
    int32_t width, height; /* 0: as the model's input; SHORTER has only the width */
} cli_resize;

typedef struct cli_crop {
    int32_t width, height; /* 0: none */
} cli_crop;

typedef struct cli_recipe_fields { /* all zero: nothing given */
    cli_origin from[CLI_N_FIELDS];
    cli_numbers mean, scale;
    octet_channel_order order;
    octet_pixel_layout layout; /* of the model's input */
    cli_resize resize;
    cli_crop crop;
    octet_resize_dialect dialect;
    int32_t channels;
    octet_pixels pixels; /* what the application has, if the source says it */
    bool rgbx;           /* the model takes RGB and a fourth channel of 255 (octet.pixels) */
} cli_recipe_fields;

static inline bool cli_field_given(const cli_recipe_fields *fields, cli_field field)
{
    return fields->from[field].key != NULL;
}

/* Take over what `higher` says. */
void cli_fields_override(cli_recipe_fields *fields, const cli_recipe_fields *higher);

/* All fields of a recipe in the text form, as it stands in a model's metadata. OCTET_BAD_INPUT. */
octet_status cli_fields_of_text(cli_recipe_fields *fields, const char *text, const char *file, octet_error *err);

/* n values (at most OCTET_MAX_CHANNELS are kept) rounded to float32; OCTET_BAD_INPUT if one of them is not finite then. */
octet_status cli_fields_set_numbers(cli_recipe_fields *fields, cli_field mean_or_scale, cli_origin origin,
                                    const double *values, int n, octet_error *err);

/* "--mean" or "import.cfg: inMean" */
#define CLI_ORIGIN_SIZE 640
const char *cli_origin_name(char text[CLI_ORIGIN_SIZE], const cli_recipe_fields *fields, cli_field field);

#endif
