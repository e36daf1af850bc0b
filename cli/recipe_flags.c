/* Reading the preprocessing flags.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe_flags.h"

#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "numbers.h"
#include "recipe_config.h"

enum { MEAN = CLI_KEYS_RECIPE, SCALE, STD, ORDER, LAYOUT, RESIZE, CROP, INTERP, ORIENTATION, CONFIG };

static const struct argp_option options[] = {
    {.name = "config", .key = CONFIG, .arg = "FILE",
     .doc = "Take the preprocessing from a TIDL-RT import file, a preprocessor_config.json of Hugging Face, a config.json of "
            "timm or a param.yaml of TI's model zoo, told apart by their content. The flags below override it, it overrides "
            "what the model's metadata say (octet.recipe)"},
    {.name = "mean", .key = MEAN, .arg = "A[,B,C]",
     .doc = "Subtracted from the pixels (0..255), one for all channels or one each, in the order of --order (default 0)"},
    {.name = "scale", .key = SCALE, .arg = "A[,B,C]", .doc = "Multiplied onto pixel - mean: 1/std (default 1)"},
    {.name = "std", .key = STD, .arg = "A[,B,C]", .doc = "Divides pixel - mean; instead of --scale"},
    {.name = "order", .key = ORDER, .arg = "ORDER",
     .doc = "Channels of the input: RGB (default), BGR or gray (default for inputs of one channel)"},
    {.name = "layout", .key = LAYOUT, .arg = "LAYOUT",
     .doc = "NCHW or NHWC; found in the input's shape, needed only where both fit"},
    {.name = "resize", .key = RESIZE, .arg = "SIZE",
     .doc = "N: shorter side to N. WxH: stretch to W by H. none: leave as is. auto (default): shorter side to "
            "round(input * 256 / 224) for inputs of 160 and more, to the input's size below; stretch where the input is "
            "not square"},
    {.name = "crop", .key = CROP, .arg = "SIZE",
     .doc = "N, WxH or none: cut out the centre after resizing (default: to the size of the input)"},
    {.name = "interp", .key = INTERP, .arg = "DIALECT",
     .doc = "Whose resize, to the byte: pillow-bilinear (default), pillow-nearest, pillow-box, pillow-bicubic, "
            "pillow-lanczos, opencv-linear, opencv-area, opencv-nearest; pillow13-bilinear, -box, -bicubic, -lanczos are "
            "those of Pillow 13, which differ on tall images"},
    {.name = "ignore-orientation", .key = ORIENTATION,
     .doc = "Take the pixels as stored; without it an image is turned as its EXIF orientation says"},
    {0},
};

/* ---- reading one flag ---- */

static void set(cli_recipe_flags *flags, cli_field field, const char *flag)
{
    flags->given.from[field] = (cli_origin){.key = flag};
}

static octet_status parse_numbers(cli_numbers *numbers, const char *text, const char *flag, octet_error *err)
{
    CLI_TRY(cli_parse_floats(numbers->values, 3, &numbers->n, text, flag, err));
    if (numbers->n == 2)
        return cli_fail(err, OCTET_USAGE, "%s '%s' has 2 values; give one for all channels, or three", flag, text);
    numbers->spreads = true;
    return OCTET_OK;
}

static octet_status parse_order(cli_recipe_flags *flags, const char *text)
{
    set(flags, CLI_FIELD_ORDER, "--order");
    return octet_channel_order_parse(&flags->given.order, text, flags->err);
}

static octet_status parse_layout(cli_recipe_flags *flags, const char *text)
{
    set(flags, CLI_FIELD_LAYOUT, "--layout");
    return octet_pixel_layout_parse(&flags->given.layout, text, flags->err);
}

static octet_status parse_interp(cli_recipe_flags *flags, const char *text)
{
    set(flags, CLI_FIELD_INTERP, "--interp");
    return octet_resize_dialect_parse(&flags->given.dialect, text, flags->err);
}

static octet_status parse_resize(cli_recipe_flags *flags, const char *text)
{
    cli_resize *resize = &flags->given.resize;
    set(flags, CLI_FIELD_RESIZE, "--resize");
    *resize = (cli_resize){.kind = strcmp(text, "auto") == 0 ? CLI_RESIZE_AUTO : CLI_RESIZE_NONE};
    if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0)
        return OCTET_OK;
    CLI_TRY(cli_parse_size(&resize->width, &resize->height, text, "--resize", flags->err));
    resize->kind = resize->height ? CLI_RESIZE_STRETCH : CLI_RESIZE_SHORTER;
    return OCTET_OK;
}

static octet_status parse_crop(cli_recipe_flags *flags, const char *text)
{
    cli_crop *crop = &flags->given.crop;
    set(flags, CLI_FIELD_CROP, "--crop");
    *crop = (cli_crop){0};
    if (strcmp(text, "none") == 0)
        return OCTET_OK;
    CLI_TRY(cli_parse_size(&crop->width, &crop->height, text, "--crop", flags->err));
    if (crop->height == 0)
        crop->height = crop->width;
    return OCTET_OK;
}

static octet_status parse_config(cli_recipe_flags *flags, const char *path)
{
    if (flags->config_path)
        return cli_fail(flags->err, OCTET_USAGE, "--config is given twice, '%s' and '%s'", flags->config_path, path);
    flags->config_path = path;
    return cli_recipe_config_read(&flags->config, path, flags->err);
}

static octet_status parse_mean(cli_recipe_flags *flags, const char *text)
{
    set(flags, CLI_FIELD_MEAN, "--mean");
    return parse_numbers(&flags->given.mean, text, "--mean", flags->err);
}

static octet_status parse_scale(cli_recipe_flags *flags, const char *text)
{
    set(flags, CLI_FIELD_SCALE, "--scale");
    return parse_numbers(&flags->given.scale, text, "--scale", flags->err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_recipe_flags *flags = state->input;
    switch (key) {
    case MEAN: return parse_mean(flags, arg) ? EINVAL : 0;
    case SCALE: return parse_scale(flags, arg) ? EINVAL : 0;
    case STD: return parse_numbers(&flags->std, arg, "--std", flags->err) ? EINVAL : 0;
    case ORDER: return parse_order(flags, arg) ? EINVAL : 0;
    case LAYOUT: return parse_layout(flags, arg) ? EINVAL : 0;
    case RESIZE: return parse_resize(flags, arg) ? EINVAL : 0;
    case CROP: return parse_crop(flags, arg) ? EINVAL : 0;
    case INTERP: return parse_interp(flags, arg) ? EINVAL : 0;
    case ORIENTATION: flags->ignore_orientation = true; return 0;
    case CONFIG: return parse_config(flags, arg) ? EINVAL : 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_recipe_argp = {.options = options, .parser = parse};

/* ---- flags among themselves ---- */

octet_status cli_recipe_check(const cli_recipe_flags *flags, octet_error *err)
{
    const cli_numbers *scale = &flags->given.scale, *std = &flags->std;
    if (scale->n > 0 && std->n > 0)
        return cli_fail(err, OCTET_USAGE, "--scale and --std are both given; scale is 1/std, so give one of them");
    for (int i = 0; i < std->n; i++)
        if (std->values[i] <= 0)
            return cli_fail(err, OCTET_USAGE, "--std must be above 0, not %g", (double)std->values[i]);
    for (int i = 0; i < scale->n; i++)
        if (scale->values[i] == 0)
            return cli_fail(err, OCTET_USAGE, "--scale must not be 0");
    return OCTET_OK;
}

void cli_recipe_flags_override(cli_recipe_fields *fields, const cli_recipe_flags *flags)
{
    cli_recipe_fields given = flags->given;
    if (flags->std.n > 0) {
        given.from[CLI_FIELD_SCALE] = (cli_origin){.key = "--std"};
        given.scale = flags->std;
        for (int i = 0; i < given.scale.n; i++)
            given.scale.values[i] = (float)(1 / (double)given.scale.values[i]);
    }
    cli_fields_override(fields, &given);
}
