/* Calibration images under suspicion. In noise a pixel tells nothing of its neighbour: the mean square of their difference is
 * twice the variance. In photographs and drawings it is a small part of that.
 * SPDX-License-Identifier: Apache-2.0 */
#include "calibrate/images.h"

#include <math.h>
#include <stdio.h>

#include "base/err.h"

#define NOISE 0.8          /* mean square difference of neighbours / (2 * variance) from here on is noise */
#define SLACK 0.01         /* of the recipe's span, for roundings of those who normalize themselves */
#define MOST_INPUT_CHANNELS 4

typedef struct moments {
    double sum, squares, difference; /* of all elements; squares of differences to the neighbour on the right */
    float min, max;
} moments;

static float element(const void *data, bool bytes, size_t i)
{
    return bytes ? (float)((const uint8_t *)data)[i] : ((const float *)data)[i];
}

static uint64_t hash_bytes(const uint8_t *p, size_t n)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 1099511628211u; /* FNV-1a */
    return h;
}

/* A row of an image in elements, and the way from a pixel to its neighbour in it. */
typedef struct rows {
    size_t row, step;
} rows;

static rows rows_of(const octet_tensor_info *info)
{
    const int64_t C = info->rank == 4 ? info->dims[3] : 0; /* channels may lie last */
    if (C >= 1 && C <= MOST_INPUT_CHANNELS)
        return (rows){(size_t)(info->dims[2] * C), (size_t)C};
    return (rows){info->rank > 0 && info->dims[info->rank - 1] > 0 ? (size_t)info->dims[info->rank - 1] : 1, 1};
}

static moments measure(const void *data, bool bytes, size_t n, rows r)
{
    moments m = {.min = INFINITY, .max = -INFINITY};
    for (size_t i = 0; i < n; i++) {
        const float v = element(data, bytes, i);
        const double right = i % r.row + r.step < r.row ? (double)element(data, bytes, i + r.step) - (double)v : 0;
        m.sum += (double)v;
        m.squares += (double)v * (double)v;
        m.difference += right * right;
        m.min = v < m.min ? v : m.min;
        m.max = v > m.max ? v : m.max;
    }
    return m;
}

octet_status oct_images_look(oct_images_seen *seen, const octet_tensor_info *info, const void *data, octet_error *err)
{
    const bool bytes = info->dtype == OCTET_U8;
    const size_t n = info->n_bytes / octet_dtype_size(info->dtype);
    if (n == 0 || (!bytes && info->dtype != OCTET_F32))
        return OCTET_OK;
    const moments m = measure(data, bytes, n, rows_of(info));
    if (!isfinite(m.sum) || !isfinite(m.min) || !isfinite(m.max))
        return oct_fail(err, OCTET_BAD_INPUT, "input '%s' holds a number that is not finite", info->name);
    const double mean = m.sum / (double)n, variance = m.squares / (double)n - mean * mean;
    const uint64_t hash = hash_bytes(data, info->n_bytes);
    if (seen->n == 0)
        *seen = (oct_images_seen){.first = hash, .min = INFINITY, .max = -INFINITY};
    seen->n++;
    seen->n_plain += info->rank >= 3 && m.difference == 0;
    seen->n_noise += info->rank >= 3 && m.difference > 0 && m.difference / (double)n > NOISE * 2 * variance;
    seen->n_repeated += hash == seen->first;
    seen->min = m.min < seen->min ? m.min : seen->min;
    seen->max = m.max > seen->max ? m.max : seen->max;
    return OCTET_OK;
}

/* What pixels of 0..255 come to, over all channels; false if there is no recipe. */
static bool recipe_span(const octet_recipe *recipe, float *low, float *high)
{
    const int n = recipe ? (recipe->order == OCTET_GRAY ? 1 : 3) : 0;
    bool scaled = false;
    *low = INFINITY;
    *high = -INFINITY;
    for (int c = 0; c < n; c++)
        scaled |= recipe->scale[c] != 0;
    for (int c = 0; c < n; c++) {
        const float scale = scaled ? recipe->scale[c] : 1;
        const float a = (0 - recipe->mean[c]) * scale, b = (255 - recipe->mean[c]) * scale;
        *low = fminf(*low, fminf(a, b));
        *high = fmaxf(*high, fmaxf(a, b));
    }
    return n > 0;
}

int oct_images_judge(char text[OCT_IMAGE_WARNINGS][OCT_IMAGE_WARNING_SIZE], const oct_images_seen *s,
                     const octet_tensor_info *info, const octet_recipe *recipe)
{
    int n = 0;
    float low, high;
    if (s->n < OCTET_FEWEST_CALIBRATION_IMAGES)
        snprintf(text[n++], OCT_IMAGE_WARNING_SIZE, "%d calibration image%s; ranges need %d or more", s->n, s->n == 1 ? "" : "s",
                 OCTET_FEWEST_CALIBRATION_IMAGES);
    if (s->n > 1 && s->n_repeated == s->n)
        snprintf(text[n++], OCT_IMAGE_WARNING_SIZE, "all %d calibration images are the same", s->n);
    if (s->n_plain > 0)
        snprintf(text[n++], OCT_IMAGE_WARNING_SIZE, "%d of %d calibration images are of one colour", s->n_plain, s->n);
    if (2 * s->n_noise > s->n)
        snprintf(text[n++], OCT_IMAGE_WARNING_SIZE, "%d of %d calibration images look like noise; ranges want images of the kind "
                 "that the model will see", s->n_noise, s->n);
    if (s->n > 0 && info->dtype == OCTET_U8 && s->max <= 1)
        snprintf(text[n++], OCT_IMAGE_WARNING_SIZE, "no pixel of the calibration images is above 1; pixels are 0 to 255");
    else if (s->n > 0 && info->dtype == OCTET_F32 && recipe_span(recipe, &low, &high) &&
             (s->min < low - (high - low) * (float)SLACK || s->max > high + (high - low) * (float)SLACK))
        snprintf(text[n++], OCT_IMAGE_WARNING_SIZE, "calibration inputs are %g to %g; by the recipe pixels come to %g to %g",
                 (double)s->min, (double)s->max, (double)low, (double)high);
    return n;
}
