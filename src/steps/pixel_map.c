/* What a binding comes to, see pixel_map.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/pixel_map.h"

#include <math.h>
#include <string.h>

#include "recipe/recipe.h"
#include "yuv/law.h"

/* [N, rows, bytes of a row] where all rows are as long, else [N, bytes]. */
static void set_yuv_shape(octet_tensor_info *input, const oct_pixel_source *s)
{
    const size_t n_bytes = oct_pixels_image_bytes(s);
    const size_t row = s->yuv.format == OCTET_PIXELS_YUYV ? n_bytes / (size_t)s->H : (size_t)s->W;
    const bool even = s->yuv.format == OCTET_PIXELS_YUYV || (s->W % 2 == 0 && s->H % 2 == 0);
    input->rank = even ? 3 : 2;
    input->dims[1] = (int64_t)(even ? n_bytes / row : n_bytes);
    input->dims[2] = even ? (int64_t)row : 0;
    input->dims[3] = 0;
}

static void set_input(octet_tensor_info *input, const oct_pixel_source *s)
{
    const int64_t packed[4] = {s->N, s->H, s->W, s->C}, planar[4] = {s->N, s->C, s->H, s->W};
    *input = (octet_tensor_info){.dtype = OCTET_U8, .rank = 4};
    memcpy(input->dims, s->planar ? planar : packed, sizeof packed);
    input->n_bytes = (size_t)s->N * oct_pixels_image_bytes(s);
    if (s->is_yuv)
        set_yuv_shape(input, s);
}

/* Colours by number: 0 red, 1 green, 2 blue, 3 the fourth channel. */
static int colour(bool bgr, int channel)
{
    return bgr && channel < 3 ? 2 - channel : channel;
}

static octet_status check_order(const oct_pixel_model *model, const octet_recipe *r, octet_error *err)
{
    const bool gray = model->C == 1;
    if (model->C == 2 || model->C > OCTET_MAX_CHANNELS)
        return oct_fail(err, OCTET_UNSUPPORTED, "the model's input has %d channels; pixels are for 1, 3 or 4", (int)model->C);
    if (r->order > OCTET_GRAY || (r->order == OCTET_GRAY && !gray))
        return oct_fail(err, OCTET_USAGE, "order %s contradicts the model, whose input has %d channels",
                        octet_channel_order_name(r->order), (int)model->C);
    for (int c = 0; c < model->C; c++)
        if (!isfinite(r->mean[c]) || !isfinite(r->scale[c]))
            return oct_fail(err, OCTET_USAGE, "mean and scale of channel %d are not both finite", c);
    return OCTET_OK;
}

/* matrix: model channel c is colour or gray value of the pixel, before mean and scale. */
static octet_status map_channels(oct_pixel_map *map, const oct_pixel_model *model, const oct_binding *b, octet_error *err)
{
    const octet_pixels *p = &b->pixels;
    octet_pixel_format format = p->format;
    if (b->any_pixels)
        format = model->C == 1 ? OCTET_PIXELS_GRAY : model->C == 4 ? OCTET_PIXELS_RGBX : OCTET_PIXELS_RGB;
    oct_pixel_source *s = &map->source;
    s->planar = !b->any_pixels && p->layout == OCTET_NCHW;
    switch (format) {
    case OCTET_PIXELS_GRAY: s->C = s->S = 1; break;
    case OCTET_PIXELS_RGB:
    case OCTET_PIXELS_BGR: s->C = s->S = 3; break;
    case OCTET_PIXELS_RGBX:
        s->C = 4;
        s->S = model->C == 4 ? 4 : 3;
        break;
    case OCTET_PIXELS_NV12:
    case OCTET_PIXELS_NV21:
    case OCTET_PIXELS_I420:
    case OCTET_PIXELS_YUYV:
        s->C = s->S = 3;
        s->planar = 0;
        s->is_yuv = 1;
        s->yuv = *p;
        break;
    default: return oct_fail(err, OCTET_USAGE, "pixel format %d is unknown", (int)format);
    }
    if (s->is_yuv && ((unsigned)p->matrix > OCTET_BT709 || (unsigned)p->range > OCTET_YUV_FULL))
        return oct_fail(err, OCTET_USAGE, "YUV matrix %d or range %d is unknown", (int)p->matrix, (int)p->range);
    if (s->is_yuv && model->C != 3)
        return oct_fail(err, OCTET_USAGE, "%s does not fit the model, whose input has %d channel%s%s",
                        octet_pixel_format_name(format), (int)model->C, model->C == 1 ? "" : "s",
                        model->C == 1 ? "; its Y plane is gray" : "");
    if ((model->C == 1 && s->S != 1) || model->C > (s->S == 1 ? 3 : s->S))
        return oct_fail(err, OCTET_USAGE, "pixels of %d channels do not fit the model, whose input has %d", (int)s->C,
                        (int)model->C);
    for (int c = 0; c < model->C; c++)
        for (int k = 0; k < s->S; k++)
            map->matrix[c][k] = s->S == 1 || colour(b->recipe.order == OCTET_BGR, c) ==
                                                 colour(format == OCTET_PIXELS_BGR, k);
    return OCTET_OK;
}

/* Y, U, V instead of red, green, blue: matrix and offset of the conversion without its clip. */
static void apply_linear(oct_pixel_map *map, const oct_pixel_model *model, const octet_recipe *r)
{
    double m[3][3], offset[3];
    oct_yuv_affine(map->source.yuv.matrix, map->source.yuv.range, m, offset);
    for (int c = 0; c < model->C; c++) {
        const int rgb = colour(r->order == OCTET_BGR, c);
        for (int k = 0; k < 3; k++)
            map->matrix[c][k] = m[rgb][k];
        map->offset[c] = offset[rgb];
    }
}

/* v = (v - mean) * scale on top, and the pixel where that is 0: for gray into colours the mean of means. */
static void apply_recipe(oct_pixel_map *map, const oct_pixel_model *model, const octet_recipe *r)
{
    const bool linear = map->source.is_yuv && map->source.yuv.linear;
    float scales[OCTET_MAX_CHANNELS];
    oct_recipe_scale(scales, r, model->C);
    for (int c = 0; c < model->C; c++) {
        const double scale = (double)scales[c], mean = (double)r->mean[c];
        for (int k = 0; k < map->source.S; k++) {
            map->middle[k] += linear ? (k == 0 ? mean : 128) / 3 : map->source.S == 1 ? mean / model->C
                                                                                     : map->matrix[c][k] * mean;
            map->matrix[c][k] *= scale;
        }
        map->offset[c] = (map->offset[c] - mean) * scale;
    }
}

octet_status oct_pixel_map_make(oct_pixel_map *map, octet_tensor_info *input, const oct_pixel_model *model,
                                const oct_binding *binding, octet_error *err)
{
    *map = (oct_pixel_map){.raw = binding->raw, .source = {.N = model->N, .H = model->H, .W = model->W}};
    if (binding->raw) {
        map->source.C = map->source.S = model->C;
        map->source.planar = model->layout == OCTET_NCHW;
    } else {
        OCT_TRY(check_order(model, &binding->recipe, err));
        OCT_TRY(map_channels(map, model, binding, err));
        if (map->source.is_yuv && map->source.yuv.linear)
            apply_linear(map, model, &binding->recipe);
        apply_recipe(map, model, &binding->recipe);
    }
    set_input(input, &map->source);
    return OCTET_OK;
}
