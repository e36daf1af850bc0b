/* A classifier's preprocessing: the recipe's geometry on bytes, then the float tensor. Sizes as torchvision has them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/image.h>

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "image/pixel_kernels.h"
#include "image/resize.h"
#include "recipe/recipe.h"

/* ---- geometry ---------------------------------------------------------------------------------------------------- */

typedef struct size2 {
    int32_t width, height;
} size2;

static octet_status resized(size2 *out, size2 in, const octet_recipe *r, octet_error *err)
{
    *out = in;
    if (r->resize == OCTET_RESIZE_NONE)
        return OCTET_OK;
    if (r->resize == OCTET_RESIZE_STRETCH)
        *out = (size2){r->resize_width, r->resize_height};
    if (r->resize == OCTET_RESIZE_SHORTER) {
        int32_t n = r->resize_width, shorter = in.width < in.height ? in.width : in.height;
        int32_t longer = in.width < in.height ? in.height : in.width;
        double side = (double)n * longer / shorter; /* n * longer < 2^53: exact before the division */
        int32_t n_longer = side > INT32_MAX ? INT32_MAX : (int32_t)side;
        *out = in.width <= in.height ? (size2){n, n_longer} : (size2){n_longer, n};
    }
    if (out->width < 1 || out->height < 1 || out->width > OCT_RESIZE_MAX_SIDE || out->height > OCT_RESIZE_MAX_SIDE)
        return oct_fail(err, OCTET_USAGE, "preprocessing resizes %dx%d to %dx%d: sides must be 1 to %d", (int)in.width,
                        (int)in.height, (int)out->width, (int)out->height, OCT_RESIZE_MAX_SIDE);
    return OCTET_OK;
}

/* Where the crop begins in an image of that side, which is never shorter than the crop. */
static int32_t crop_offset(int32_t side, int32_t crop)
{
    return (int32_t)rint((side - crop) / 2.0);
}

static octet_status plan(size2 *whole, size2 *out, const octet_recipe *r, size2 in, octet_error *err)
{
    if (in.width < 1 || in.height < 1)
        return oct_fail(err, OCTET_USAGE, "preprocessing: the image has %dx%d pixels", (int)in.width, (int)in.height);
    OCT_TRY(resized(whole, in, r, err));
    *out = *whole;
    if (r->crop_width == 0 && r->crop_height == 0)
        return OCTET_OK;
    if (r->crop_width < 1 || r->crop_height < 1)
        return oct_fail(err, OCTET_USAGE, "preprocessing: a crop of %dx%d is none; both sides must be at least 1",
                        (int)r->crop_width, (int)r->crop_height);
    *out = (size2){r->crop_width, r->crop_height};
    return OCTET_OK;
}

octet_status octet_image_geometry_size(int32_t *out_width, int32_t *out_height, int32_t width, int32_t height,
                                       const octet_recipe *recipe, octet_error *err)
{
    size2 whole = {0}, out = {0};
    OCT_TRY(plan(&whole, &out, recipe, (size2){width, height}, err));
    *out_width = out.width;
    *out_height = out.height;
    return OCTET_OK;
}

/* One axis of the crop: outputs skip .. skip + n - 1 of the resized image go to `at` of the result. */
typedef struct placing {
    int32_t skip, at, n;
} placing;

static placing place(int32_t side, int32_t crop)
{
    if (crop > side)
        return (placing){.at = (crop - side) / 2, .n = side};
    return (placing){.skip = crop_offset(side, crop), .n = crop};
}

static octet_status place_and_resize(const octet_image *out, const octet_image *src, size2 whole,
                                     octet_resize_dialect dialect, octet_error *err)
{
    placing x = place(whole.width, out->width), y = place(whole.height, out->height);
    if (x.n < out->width || y.n < out->height)
        memset(out->pixels, 0, out->stride * (size_t)out->height);
    octet_image inside;
    OCT_TRY(octet_image_view(&inside, out, x.at, y.at, x.n, y.n, err));
    oct_resize_job job = {.src = src,
                          .dst = &inside,
                          .width = whole.width,
                          .height = whole.height,
                          .x0 = x.skip,
                          .y0 = y.skip,
                          .dialect = dialect};
    return oct_resize(&job, err);
}

octet_status octet_image_geometry(octet_image *dst, const octet_image *src, const octet_recipe *recipe,
                                  octet_error *err)
{
    size2 whole = {0}, size = {0};
    OCT_TRY(plan(&whole, &size, recipe, (size2){src->width, src->height}, err));
    octet_image gray = {0}, out = {0};
    octet_status status = OCTET_OK;
    if (recipe->order == OCTET_GRAY && src->channels == 3) {
        OCT_TRY(octet_image_convert(&gray, src, OCTET_GRAY, err));
        src = &gray;
    }
    OCT_TRY_GOTO(octet_image_new(&out, size.width, size.height, src->channels, err));
    OCT_TRY_GOTO(place_and_resize(&out, src, whole, recipe->dialect, err));
    out.notes = src->notes;
    *dst = out;
    out = (octet_image){0};
fail:
    octet_image_free(&out);
    octet_image_free(&gray);
    return status;
}

/* ---- the tensor -------------------------------------------------------------------------------------------------- */

#define BLOCK 1024 /* pixels at once, so that what lies between the steps stays in the first-level cache */

typedef struct tensor {
    const oct_pixel_kernels *kernels;
    float *dst;
    size_t plane;    /* floats of an NCHW channel */
    int32_t channels; /* of the tensor */
    octet_channel_order order;
    octet_pixel_layout layout;
    float mean[3], scale[3];
} tensor;

/* n pixels of the image at pixel `at` of the tensor, channels as the source has them but in the tensor's order. */
static void fill_packed(const tensor *t, size_t at, const uint8_t *src, int32_t channels, size_t n)
{
    uint8_t packed[3 * BLOCK];
    if (t->channels == 1 && channels == 3) {
        t->kernels->gray(packed, src, n);
        src = packed;
    } else if (t->channels == 3 && channels == 1) {
        t->kernels->repeat(packed, src, n);
        src = packed;
    } else if (t->order == OCTET_BGR) {
        t->kernels->swap(packed, src, n);
        src = packed;
    }
    if (t->channels == 1)
        t->kernels->normalize_1(t->dst + at, src, t->mean[0], t->scale[0], n);
    else
        t->kernels->normalize_3(t->dst + 3 * at, src, t->mean, t->scale, n);
}

static void fill_planar(const tensor *t, size_t at, const uint8_t *src, int32_t channels, size_t n)
{
    uint8_t planes[3][BLOCK];
    const uint8_t *of[3] = {src, src, src};
    if (channels == 3) {
        int last = t->order == OCTET_BGR ? 0 : 2;
        t->kernels->split(planes[2 - last], planes[1], planes[last], src, n);
        for (int c = 0; c < 3; c++)
            of[c] = planes[c];
    }
    for (int32_t c = 0; c < 3; c++)
        t->kernels->normalize_1(t->dst + (size_t)c * t->plane + at, of[c], t->mean[c], t->scale[c], n);
}

static tensor tensor_init(float *dst, const octet_image *src, const octet_recipe *r)
{
    tensor t = {.kernels = oct_pixel_select(), .dst = dst, .order = r->order, .layout = r->layout};
    t.channels = r->order == OCTET_GRAY ? 1 : 3;
    t.plane = (size_t)src->width * (size_t)src->height;
    oct_recipe_scale(t.scale, r, t.channels);
    memcpy(t.mean, r->mean, sizeof t.mean);
    return t;
}

octet_status octet_image_to_float(float *dst, size_t n_floats, const octet_image *src, const octet_recipe *recipe,
                                  octet_error *err)
{
    const tensor t = tensor_init(dst, src, recipe);
    size_t w = (size_t)src->width, C = (size_t)src->channels;
    if (n_floats / (size_t)t.channels < t.plane)
        return oct_fail(err, OCTET_USAGE, "the tensor of an image of %dx%d has %d channels, room is for %zu floats",
                        (int)src->width, (int)src->height, (int)t.channels, n_floats);
    for (int32_t y = 0; y < src->height; y++)
        for (size_t x = 0; x < w; x += BLOCK) {
            const uint8_t *p = oct_image_row(src, y) + x * C;
            size_t n = w - x < BLOCK ? w - x : BLOCK, at = (size_t)y * w + x;
            if (t.layout == OCTET_NCHW && t.channels == 3)
                fill_planar(&t, at, p, src->channels, n);
            else
                fill_packed(&t, at, p, src->channels, n);
        }
    return OCTET_OK;
}
