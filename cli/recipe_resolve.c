/* From fields to a recipe. Defaults follow what the public model zoos expect: for inputs of 160 and more the shorter side
 * becomes round(size * 256 / 224) and the centre is cut out; smaller inputs are not cropped further.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe_resolve.h"

#include <stdio.h>
#include <string.h>

/* ---- fields of the metadata ---- */

/* Value of a key, NULL without. */
static const char *find_metadata(const octet_model *model, const char *key)
{
    const char *name, *value;
    for (int i = 0; (name = octet_model_metadata(model, i, &value)); i++)
        if (strcmp(name, key) == 0)
            return value;
    return NULL;
}

int cli_metadata_recipe(octet_recipe *recipe, int *channels, const octet_model *model, octet_error *err)
{
    const char *text = find_metadata(model, OCTET_RECIPE_METADATA);
    return text && octet_recipe_parse(recipe, channels, text, err) == OCTET_OK;
}

static bool takes_pixels(const octet_model *model)
{
    octet_tensor_info info;
    return octet_model_input(model, 0, &info) == OCTET_OK && info.dtype == OCTET_U8;
}

/* Of a uint8 input only the geometry: the rest is inside the model. */
static octet_status metadata_fields(cli_recipe_fields *fields, const octet_model *model, const char *path, octet_error *err)
{
    static const cli_field inside[] = {CLI_FIELD_MEAN, CLI_FIELD_SCALE, CLI_FIELD_ORDER, CLI_FIELD_LAYOUT, CLI_FIELD_CHANNELS};
    const char *text = find_metadata(model, OCTET_RECIPE_METADATA);
    octet_error why;
    if (text && cli_fields_of_text(fields, text, path, &why) != OCTET_OK)
        return cli_fail(err, OCTET_BAD_INPUT, "%s: metadata %s: %.2048s", path, OCTET_RECIPE_METADATA, why.message);
    for (size_t i = 0; takes_pixels(model) && i < sizeof inside / sizeof *inside; i++)
        fields->from[inside[i]] = (cli_origin){0};
    return OCTET_OK;
}

/* Order and layout of the pixels that a uint8 input takes, if the model says them. */
static octet_status pixel_fields(cli_recipe_fields *fields, const octet_model *model, const char *path, octet_error *err)
{
    static const octet_channel_order orders[] = {OCTET_RGB, OCTET_BGR, OCTET_GRAY, OCTET_RGB};
    const char *text = takes_pixels(model) ? find_metadata(model, OCTET_PIXELS_METADATA) : NULL;
    octet_pixels pixels;
    octet_error why;
    if (!text)
        return OCTET_OK;
    if (octet_pixels_parse(&pixels, text, &why) != OCTET_OK)
        return cli_fail(err, OCTET_BAD_INPUT, "%s: metadata %s: %.2048s", path, OCTET_PIXELS_METADATA, why.message);
    if (pixels.format > OCTET_PIXELS_RGBX)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s: the input takes %s pixels, but images are RGB or gray here", path,
                        octet_pixel_format_name(pixels.format));
    fields->order = orders[pixels.format];
    fields->rgbx = pixels.format == OCTET_PIXELS_RGBX;
    fields->from[CLI_FIELD_ORDER] = (cli_origin){OCTET_PIXELS_METADATA, path};
    if (pixels.format == OCTET_PIXELS_GRAY)
        return OCTET_OK;
    fields->layout = pixels.layout;
    fields->from[CLI_FIELD_LAYOUT] = (cli_origin){OCTET_PIXELS_METADATA, path};
    return OCTET_OK;
}

/* ---- fields with the model ---- */

static octet_status check_channels(const cli_recipe_fields *fields, const cli_image_input *input, octet_error *err)
{
    char origin[CLI_ORIGIN_SIZE];
    if (!cli_field_given(fields, CLI_FIELD_CHANNELS) || fields->channels == input->channels)
        return OCTET_OK;
    return cli_fail(err, OCTET_USAGE, "%s is for %d channel%s, but the input of the model has %d",
                    cli_origin_name(origin, fields, CLI_FIELD_CHANNELS), (int)fields->channels,
                    fields->channels == 1 ? "" : "s", (int)input->channels);
}

static octet_status resolve_order(octet_recipe *recipe, const cli_recipe_fields *fields, const cli_image_input *input,
                                  octet_error *err)
{
    char origin[CLI_ORIGIN_SIZE];
    bool gray = input->channels == 1, given = cli_field_given(fields, CLI_FIELD_ORDER);
    recipe->order = gray ? OCTET_GRAY : given ? fields->order : OCTET_RGB;
    if (given && (fields->order == OCTET_GRAY) != gray)
        return cli_fail(err, OCTET_USAGE, "%s %s contradicts the model, whose input has %d channel%s",
                        cli_origin_name(origin, fields, CLI_FIELD_ORDER), octet_channel_order_name(fields->order),
                        (int)input->channels, gray ? "" : "s");
    return OCTET_OK;
}

static octet_status spread_numbers(float *out, const cli_recipe_fields *fields, cli_field field, int channels,
                                   float otherwise, octet_error *err)
{
    char origin[CLI_ORIGIN_SIZE];
    const cli_numbers *numbers = field == CLI_FIELD_MEAN ? &fields->mean : &fields->scale;
    bool given = cli_field_given(fields, field), spreads = numbers->n == 1 && numbers->spreads;
    if (given && numbers->n != channels && !spreads)
        return cli_fail(err, OCTET_USAGE, "%s has %d value%s, but the input of the model has %d channel%s",
                        cli_origin_name(origin, fields, field), numbers->n, numbers->n == 1 ? "" : "s", channels,
                        channels == 1 ? "" : "s");
    for (int c = 0; c < channels; c++)
        out[c] = given ? numbers->values[spreads ? 0 : c] : otherwise;
    return OCTET_OK;
}

static bool all_are(const cli_numbers *numbers, float value)
{
    bool same = true;
    for (int i = 0; i < numbers->n && i < OCTET_MAX_CHANNELS; i++)
        same = same && numbers->values[i] == value;
    return same;
}

/* Mean and scale for an input that takes pixels as they are: of a file they describe what is inside the model, as flags they
 * cannot be meant. */
static octet_status leave_out_numbers(const cli_recipe_fields *fields, octet_error *err)
{
    char origin[CLI_ORIGIN_SIZE];
    bool told = false;
    for (cli_field f = CLI_FIELD_MEAN; f <= CLI_FIELD_SCALE; f++) {
        if (!cli_field_given(fields, f))
            continue;
        cli_origin_name(origin, fields, f);
        if (!fields->from[f].file)
            return cli_fail(err, OCTET_USAGE, "%s is given, but the input of the model is uint8 and takes the pixels as they are",
                            origin);
        bool changes = !all_are(f == CLI_FIELD_MEAN ? &fields->mean : &fields->scale, f == CLI_FIELD_MEAN ? 0 : 1);
        if (changes && !told)
            cli_note("%s is not used: the input of the model is uint8 and takes the pixels as they are", origin);
        told = told || changes;
    }
    return OCTET_OK;
}

static octet_status resolve_numbers(octet_recipe *recipe, const cli_recipe_fields *fields, const cli_image_input *input,
                                    octet_error *err)
{
    if (input->raw)
        return leave_out_numbers(fields, err);
    CLI_TRY(spread_numbers(recipe->mean, fields, CLI_FIELD_MEAN, input->channels, 0, err));
    return spread_numbers(recipe->scale, fields, CLI_FIELD_SCALE, input->channels, 1, err);
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

static void resolve_resize(octet_recipe *recipe, const cli_recipe_fields *fields, const cli_image_input *input, bool exact)
{
    static const octet_resize_kind kinds[] = {
        [CLI_RESIZE_NONE] = OCTET_RESIZE_NONE,
        [CLI_RESIZE_SHORTER] = OCTET_RESIZE_SHORTER,
        [CLI_RESIZE_STRETCH] = OCTET_RESIZE_STRETCH,
    };
    const cli_resize *r = &fields->resize;
    bool done = exact && fields->from[CLI_FIELD_RESIZE].file; /* what a file says is how these images were made */
    if (r->kind == CLI_RESIZE_AUTO || done) {
        resolve_auto_resize(recipe, input, exact);
        return;
    }
    recipe->resize = kinds[r->kind];
    if (r->kind == CLI_RESIZE_NONE)
        return;
    recipe->resize_width = r->width ? r->width : input->width;
    if (r->kind == CLI_RESIZE_STRETCH)
        recipe->resize_height = r->height ? r->height : input->height;
}

static octet_status resolve_geometry(octet_recipe *recipe, const cli_recipe_fields *fields, const cli_image_input *input,
                                     bool exact, octet_error *err)
{
    char origin[CLI_ORIGIN_SIZE];
    int w = input->width, h = input->height;
    resolve_resize(recipe, fields, input, exact);
    bool stretches = recipe->resize == OCTET_RESIZE_STRETCH;
    bool stretches_right = stretches && recipe->resize_width == w && recipe->resize_height == h;
    bool crop_given = cli_field_given(fields, CLI_FIELD_CROP), no_crop = crop_given && fields->crop.width == 0;
    if (crop_given && !no_crop && (fields->crop.width != w || fields->crop.height != h))
        return cli_fail(err, OCTET_USAGE, "%s %dx%d contradicts the model, whose input is %dx%d",
                        cli_origin_name(origin, fields, CLI_FIELD_CROP), (int)fields->crop.width, (int)fields->crop.height,
                        w, h);
    if (no_crop && stretches && !stretches_right)
        return cli_fail(err, OCTET_USAGE, "%s %dx%d without a crop contradicts the model, whose input is %dx%d",
                        cli_origin_name(origin, fields, CLI_FIELD_RESIZE), (int)recipe->resize_width,
                        (int)recipe->resize_height, w, h);
    if (!no_crop && !stretches_right) {
        recipe->crop_width = w;
        recipe->crop_height = h;
    }
    return OCTET_OK;
}

/* The mistakes of octet_recipe_check, with the file that makes them. */
static octet_status check(const octet_recipe *recipe, const cli_recipe_fields *fields, int channels, octet_error *err)
{
    octet_error why;
    octet_status status = octet_recipe_check(recipe, channels, &why);
    if (status == OCTET_OK)
        return OCTET_OK;
    const char *file = fields->from[CLI_FIELD_SCALE].file ? fields->from[CLI_FIELD_SCALE].file
                                                          : fields->from[CLI_FIELD_MEAN].file;
    return cli_fail(err, file ? OCTET_BAD_INPUT : status, "%.512s%s%.3000s", file ? file : "", file ? ": " : "", why.message);
}

octet_status cli_recipe_gather(cli_recipe_fields *fields, const octet_model *model, const char *path,
                               const cli_recipe_flags *flags, octet_error *err)
{
    *fields = (cli_recipe_fields){0};
    CLI_TRY(metadata_fields(fields, model, path, err));
    cli_fields_override(fields, &flags->config);
    CLI_TRY(pixel_fields(fields, model, path, err));
    cli_recipe_flags_override(fields, flags);
    return OCTET_OK;
}

octet_status cli_recipe_of_fields(octet_recipe *recipe, const cli_recipe_fields *fields, const cli_image_input *input,
                                  bool exact, octet_error *err)
{
    *recipe = (octet_recipe){.layout = input->layout, .dialect = fields->dialect};
    CLI_TRY(check_channels(fields, input, err));
    CLI_TRY(resolve_order(recipe, fields, input, err));
    CLI_TRY(resolve_numbers(recipe, fields, input, err));
    CLI_TRY(resolve_geometry(recipe, fields, input, exact, err));
    return check(recipe, fields, input->channels, err);
}

octet_status cli_recipe_resolve(octet_recipe *recipe, cli_image_input *input, octet_model *model, const char *path,
                                const cli_recipe_flags *flags, bool exact, octet_error *err)
{
    cli_recipe_fields fields;
    char origin[CLI_ORIGIN_SIZE], pixels[OCTET_PIXELS_NAME_SIZE];
    CLI_TRY(cli_recipe_gather(&fields, model, path, flags, err));
    CLI_TRY(cli_image_input_find(input, model, path, &fields, err));
    if (cli_field_given(&fields, CLI_FIELD_PIXELS))
        cli_note("%s is of the application's pixels (%s); here they are images, or the frames of --pixels",
                 cli_origin_name(origin, &fields, CLI_FIELD_PIXELS), octet_pixels_name(pixels, &fields.pixels));
    return cli_recipe_of_fields(recipe, &fields, input, exact, err);
}
