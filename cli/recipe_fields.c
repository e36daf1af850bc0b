/* Fields of a recipe from several sources.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe_fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void cli_fields_override(cli_recipe_fields *fields, const cli_recipe_fields *higher)
{
    struct {
        void *to;
        const void *from;
        size_t n_bytes;
    } parts[CLI_N_FIELDS] = {
        [CLI_FIELD_MEAN] = {&fields->mean, &higher->mean, sizeof fields->mean},
        [CLI_FIELD_SCALE] = {&fields->scale, &higher->scale, sizeof fields->scale},
        [CLI_FIELD_ORDER] = {&fields->order, &higher->order, sizeof fields->order},
        [CLI_FIELD_LAYOUT] = {&fields->layout, &higher->layout, sizeof fields->layout},
        [CLI_FIELD_RESIZE] = {&fields->resize, &higher->resize, sizeof fields->resize},
        [CLI_FIELD_CROP] = {&fields->crop, &higher->crop, sizeof fields->crop},
        [CLI_FIELD_INTERP] = {&fields->dialect, &higher->dialect, sizeof fields->dialect},
        [CLI_FIELD_CHANNELS] = {&fields->channels, &higher->channels, sizeof fields->channels},
        [CLI_FIELD_PIXELS] = {&fields->pixels, &higher->pixels, sizeof fields->pixels},
    };
    for (int f = 0; f < CLI_N_FIELDS; f++) {
        if (!higher->from[f].key)
            continue;
        memcpy(parts[f].to, parts[f].from, parts[f].n_bytes);
        fields->from[f] = higher->from[f];
    }
}

octet_status cli_fields_of_text(cli_recipe_fields *fields, const char *text, const char *file, octet_error *err)
{
    static const cli_resize_kind kinds[] = {CLI_RESIZE_NONE, CLI_RESIZE_SHORTER, CLI_RESIZE_STRETCH};
    octet_recipe r;
    int channels;
    CLI_TRY(octet_recipe_parse(&r, &channels, text, err));
    *fields = (cli_recipe_fields){
        .from = {{"mean", file}, {"scale", file}, {"order", file}, {"layout", file}, {"resize", file}, {"crop", file},
                 {"interp", file}, {"mean", file}},
        .order = r.order, .layout = r.layout, .dialect = r.dialect, .channels = channels,
        .resize = {kinds[r.resize], r.resize_width, r.resize_height}, .crop = {r.crop_width, r.crop_height}};
    fields->mean.n = fields->scale.n = channels;
    memcpy(fields->mean.values, r.mean, sizeof r.mean);
    memcpy(fields->scale.values, r.scale, sizeof r.scale);
    return OCTET_OK;
}

octet_status cli_fields_set_numbers(cli_recipe_fields *fields, cli_field mean_or_scale, cli_origin origin,
                                    const double *values, int n, octet_error *err)
{
    cli_numbers *numbers = mean_or_scale == CLI_FIELD_MEAN ? &fields->mean : &fields->scale;
    *numbers = (cli_numbers){.n = n};
    fields->from[mean_or_scale] = origin;
    for (int i = 0; i < n && i < OCTET_MAX_CHANNELS; i++) {
        numbers->values[i] = (float)values[i];
        if (!isfinite(numbers->values[i]))
            return cli_fail(err, OCTET_BAD_INPUT, "%s: %s comes to %g, which no float32 holds", origin.file, origin.key,
                            values[i]);
    }
    return OCTET_OK;
}

const char *cli_origin_name(char text[CLI_ORIGIN_SIZE], const cli_recipe_fields *fields, cli_field field)
{
    const cli_origin *from = &fields->from[field];
    snprintf(text, CLI_ORIGIN_SIZE, "%.512s%s%.64s", from->file ? from->file : "", from->file ? ": " : "", from->key);
    return text;
}
