/* Reading and checking the preprocessing flags. Defaults follow what the public model zoos expect: for inputs of 160 and
 * more the shorter side becomes round(size * 256 / 224) and the centre is cut out; smaller inputs are not cropped further.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "recipe_flags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "arguments.h"
#include "numbers.h"
#include "spelling.h"

enum { MEAN = CLI_KEYS_RECIPE, SCALE, STD, ORDER, LAYOUT, RESIZE, CROP, INTERP, ORIENTATION };

static const struct argp_option options[] = {
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

const char *cli_order_name(octet_channel_order order)
{
    static const char *const names[] = {"RGB", "BGR", "gray"};
    return names[order];
}

const char *cli_layout_name(octet_pixel_layout layout)
{
    static const char *const names[] = {"NHWC", "NCHW"};
    return names[layout];
}

/* ---- reading one flag ---- */

static octet_status parse_numbers(cli_numbers *numbers, const char *text, const char *flag, octet_error *err)
{
    CLI_TRY(cli_parse_floats(numbers->values, 3, &numbers->n, text, flag, err));
    if (numbers->n == 2)
        return cli_fail(err, OCTET_USAGE, "%s '%s' has 2 values; give one for all channels, or three", flag, text);
    return OCTET_OK;
}

/* A name of a short list, letter case free, into *index. */
static octet_status parse_choice(int *index, const char *text, const char *flag, const char *const *names, int n,
                                 octet_error *err)
{
    char list[64] = "", meant[CLI_MEANT_SIZE];
    for (int i = 0; i < n; i++) {
        *index = i;
        if (strcasecmp(text, names[i]) == 0)
            return OCTET_OK;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : i == n - 1 ? " and " : ", ", names[i]);
    }
    return cli_fail(err, OCTET_USAGE, "%s '%s': there are %s%s", flag, text, list,
                    cli_meant(meant, "", cli_nearest(text, names, (size_t)n)));
}

static octet_status parse_order(cli_recipe_flags *flags, const char *text)
{
    static const char *const names[] = {"RGB", "BGR", "gray"};
    int index;
    CLI_TRY(parse_choice(&index, text, "--order", names, 3, flags->err));
    flags->order = (octet_channel_order)index;
    flags->has_order = true;
    return OCTET_OK;
}

static octet_status parse_layout(cli_recipe_flags *flags, const char *text)
{
    static const char *const names[] = {"NHWC", "NCHW"};
    int index;
    CLI_TRY(parse_choice(&index, text, "--layout", names, 2, flags->err));
    flags->layout = (octet_pixel_layout)index;
    flags->has_layout = true;
    return OCTET_OK;
}

static octet_status parse_resize(cli_recipe_flags *flags, const char *text)
{
    if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0) {
        flags->resize = text[0] == 'a' ? CLI_RESIZE_AUTO : CLI_RESIZE_NONE;
        return OCTET_OK;
    }
    CLI_TRY(cli_parse_size(&flags->resize_width, &flags->resize_height, text, "--resize", flags->err));
    flags->resize = flags->resize_height ? CLI_RESIZE_STRETCH : CLI_RESIZE_SHORTER;
    return OCTET_OK;
}

static octet_status parse_crop(cli_recipe_flags *flags, const char *text)
{
    flags->crop = CLI_CROP_NONE;
    if (strcmp(text, "none") == 0)
        return OCTET_OK;
    flags->crop = CLI_CROP_SIZE;
    CLI_TRY(cli_parse_size(&flags->crop_width, &flags->crop_height, text, "--crop", flags->err));
    if (flags->crop_height == 0)
        flags->crop_height = flags->crop_width;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_recipe_flags *flags = state->input;
    switch (key) {
    case MEAN: return parse_numbers(&flags->mean, arg, "--mean", flags->err) ? EINVAL : 0;
    case SCALE: return parse_numbers(&flags->scale, arg, "--scale", flags->err) ? EINVAL : 0;
    case STD: return parse_numbers(&flags->std, arg, "--std", flags->err) ? EINVAL : 0;
    case ORDER: return parse_order(flags, arg) ? EINVAL : 0;
    case LAYOUT: return parse_layout(flags, arg) ? EINVAL : 0;
    case RESIZE: return parse_resize(flags, arg) ? EINVAL : 0;
    case CROP: return parse_crop(flags, arg) ? EINVAL : 0;
    case INTERP: return octet_resize_dialect_parse(&flags->dialect, arg, flags->err) ? EINVAL : 0;
    case ORIENTATION: flags->ignore_orientation = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_recipe_argp = {.options = options, .parser = parse};

/* ---- flags among themselves ---- */

/* "0.485,0.456,0.406" times `factor` */
static const char *list_text(char text[80], const cli_numbers *numbers, double factor)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < numbers->n; i++)
        used += (size_t)snprintf(text + used, 80 - used, "%s%.6g", i ? "," : "", (double)numbers->values[i] * factor);
    return text;
}

static bool all_between(const cli_numbers *numbers, double lo, double hi)
{
    for (int i = 0; i < numbers->n; i++)
        if ((double)numbers->values[i] < lo || (double)numbers->values[i] > hi)
            return false;
    return numbers->n > 0;
}

/* Mean and deviation that belong to pixels of 0..1, as torchvision writes them: the most frequent mistake there is. */
static octet_status check_unit_range(const cli_recipe_flags *flags, octet_error *err)
{
    char mean[80], divide[80], right_mean[80], right_divide[80];
    bool by_std = flags->std.n > 0;
    const cli_numbers *spread = by_std ? &flags->std : &flags->scale;
    bool mean_is_small = all_between(&flags->mean, 0, 1) && !all_between(&flags->mean, 0, 0);
    bool spread_is_small = by_std ? all_between(spread, 0, 1 - 1e-6) : all_between(spread, 1 + 1e-6, 1e30);
    if (!mean_is_small || !spread_is_small)
        return OCTET_OK;
    return cli_fail(err, OCTET_USAGE,
                    "--mean %s %s %s belong to pixels of 0..1, but pixels are 0..255 here: write --mean %s %s %s",
                    list_text(mean, &flags->mean, 1), by_std ? "--std" : "--scale", list_text(divide, spread, 1),
                    list_text(right_mean, &flags->mean, 255), by_std ? "--std" : "--scale",
                    list_text(right_divide, spread, by_std ? 255 : 1.0 / 255));
}

octet_status cli_recipe_check(const cli_recipe_flags *flags, octet_error *err)
{
    if (flags->scale.n > 0 && flags->std.n > 0)
        return cli_fail(err, OCTET_USAGE, "--scale and --std are both given; scale is 1/std, so give one of them");
    for (int i = 0; i < flags->std.n; i++)
        if (flags->std.values[i] <= 0)
            return cli_fail(err, OCTET_USAGE, "--std must be above 0, not %g", (double)flags->std.values[i]);
    for (int i = 0; i < flags->scale.n; i++)
        if (flags->scale.values[i] == 0)
            return cli_fail(err, OCTET_USAGE, "--scale must not be 0");
    CLI_TRY(check_unit_range(flags, err));
    char text[80];
    if (all_between(&flags->scale, 2, 1e30))
        cli_note("--scale %s multiplies the pixels; did you mean --std?", list_text(text, &flags->scale, 1));
    if (all_between(&flags->std, 0, 0.5))
        cli_note("--std %s multiplies the pixels by %.4g; did you mean --scale?", list_text(text, &flags->std, 1),
                 1 / (double)flags->std.values[0]);
    return OCTET_OK;
}

/* ---- flags with the model ---- */

static octet_status resolve_order(octet_recipe *recipe, const cli_recipe_flags *flags,
                                  const cli_image_input *input, octet_error *err)
{
    bool gray = input->channels == 1;
    recipe->order = gray ? OCTET_GRAY : flags->has_order ? flags->order : OCTET_RGB;
    if (flags->has_order && (flags->order == OCTET_GRAY) != gray)
        return cli_fail(err, OCTET_USAGE, "--order %s contradicts the model, whose input has %d channel%s",
                        cli_order_name(flags->order), (int)input->channels, gray ? "" : "s");
    return OCTET_OK;
}

static octet_status spread_numbers(float *out, const cli_numbers *numbers, const char *flag, int channels, float otherwise,
                                   octet_error *err)
{
    if (numbers->n > channels)
        return cli_fail(err, OCTET_USAGE, "%s has %d values, but the input of the model has %d channel", flag, numbers->n,
                        channels);
    for (int c = 0; c < channels; c++)
        out[c] = numbers->n == 0 ? otherwise : numbers->values[numbers->n == 1 ? 0 : c];
    return OCTET_OK;
}

static octet_status resolve_numbers(octet_recipe *recipe, const cli_recipe_flags *flags,
                                    const cli_image_input *input, octet_error *err)
{
    if (input->raw && (flags->mean.n || flags->scale.n || flags->std.n))
        return cli_fail(err, OCTET_USAGE, "%s is given, but the input of the model is uint8 and takes the pixels as they are",
                        flags->mean.n ? "--mean" : flags->scale.n ? "--scale" : "--std");
    int channels = input->channels;
    CLI_TRY(spread_numbers(recipe->mean, &flags->mean, "--mean", channels, 0, err));
    if (flags->std.n == 0)
        return spread_numbers(recipe->scale, &flags->scale, "--scale", channels, 1, err);
    CLI_TRY(spread_numbers(recipe->scale, &flags->std, "--std", channels, 1, err));
    for (int c = 0; c < channels; c++)
        recipe->scale[c] = (float)(1 / (double)recipe->scale[c]);
    return OCTET_OK;
}

#define FEW_PIXELS 160 /* inputs from here on are evaluated on 224/256 of the shorter side, smaller ones on all of it */

static void resolve_auto_resize(octet_recipe *recipe, const cli_image_input *input, bool exact)
{
    int32_t size = input->width;
    if (exact) {
        recipe->resize = OCTET_RESIZE_NONE;
    } else if (input->width != input->height) {
        recipe->resize = OCTET_RESIZE_STRETCH;
        recipe->resize_width = input->width;
        recipe->resize_height = input->height;
    } else {
        recipe->resize = OCTET_RESIZE_SHORTER;
        recipe->resize_width = size < FEW_PIXELS ? size : (size * 256 + 112) / 224; /* rounded */
    }
}

static octet_status resolve_geometry(octet_recipe *recipe, const cli_recipe_flags *flags,
                                     const cli_image_input *input, bool exact, octet_error *err)
{
    static const octet_resize_kind kinds[] = {
        [CLI_RESIZE_NONE] = OCTET_RESIZE_NONE,
        [CLI_RESIZE_SHORTER] = OCTET_RESIZE_SHORTER,
        [CLI_RESIZE_STRETCH] = OCTET_RESIZE_STRETCH,
    };
    int w = input->width, h = input->height;
    recipe->dialect = flags->dialect;
    if (flags->resize == CLI_RESIZE_AUTO) {
        resolve_auto_resize(recipe, input, exact);
    } else {
        recipe->resize = kinds[flags->resize];
        recipe->resize_width = flags->resize_width;
        recipe->resize_height = flags->resize_height;
    }
    bool stretches = recipe->resize == OCTET_RESIZE_STRETCH;
    bool stretches_right = stretches && recipe->resize_width == w && recipe->resize_height == h;
    if (flags->crop == CLI_CROP_SIZE && (flags->crop_width != w || flags->crop_height != h))
        return cli_fail(err, OCTET_USAGE, "--crop %dx%d contradicts the model, whose input is %dx%d",
                        (int)flags->crop_width, (int)flags->crop_height, w, h);
    if (flags->crop == CLI_CROP_NONE && stretches && !stretches_right)
        return cli_fail(err, OCTET_USAGE, "--resize %dx%d --crop none contradicts the model, whose input is %dx%d",
                        (int)recipe->resize_width, (int)recipe->resize_height, w, h);
    if (flags->crop != CLI_CROP_NONE && !stretches_right) {
        recipe->crop_width = w;
        recipe->crop_height = h;
    }
    return OCTET_OK;
}

octet_status cli_recipe_resolve(octet_recipe *recipe, const cli_recipe_flags *flags, const cli_image_input *input,
                                bool exact, octet_error *err)
{
    *recipe = (octet_recipe){.layout = input->layout};
    CLI_TRY(resolve_order(recipe, flags, input, err));
    CLI_TRY(resolve_numbers(recipe, flags, input, err));
    return resolve_geometry(recipe, flags, input, exact, err);
}
