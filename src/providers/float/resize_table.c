/* Resize tables, after the text of ONNX's Resize and its reference implementation (onnx/reference/ops/op_resize.py).
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/resize_table.h"

#include <math.h>

/* The output's length as the formulas want it: scale * in, which need not be an integer; where it is one but for
 * rounding, that integer, so that the last output of align_corners meets the last input exactly. */
static double length_resized(const oct_resize_map *m)
{
    double length = m->scale * (double)m->in, whole = nearbyint(length);
    return fabs(length - whole) < 1e-9 * whole ? whole : length;
}

static double crop_coordinate(const oct_resize_map *m, double o, bool *outside)
{
    double last = (double)m->in - 1, length = length_resized(m), extent = m->roi_end - m->roi_begin;
    double x = m->roi_begin * last;
    x += length == 1 ? extent * last / 2 : o * extent * last / (length - 1);
    *outside = x < 0 || x > last;
    return x;
}

double oct_resize_coordinate(const oct_resize_map *m, int64_t index, bool *outside)
{
    double o = (double)index, in = (double)m->in, length = length_resized(m);
    *outside = false;
    switch (m->p->coord) {
    case OCT_COORD_HALF_PIXEL_SYMMETRIC:
        return in / 2 * (1 - (double)m->out / length) + (o + 0.5) / m->scale - 0.5;
    case OCT_COORD_PYTORCH_HALF_PIXEL: return length > 1 ? (o + 0.5) / m->scale - 0.5 : 0;
    case OCT_COORD_ALIGN_CORNERS: return length == 1 ? 0 : o * (in - 1) / (length - 1);
    case OCT_COORD_ASYMMETRIC: return o / m->scale;
    case OCT_COORD_TF_CROP_AND_RESIZE: return crop_coordinate(m, o, outside);
    case OCT_COORD_TF_HALF_PIXEL_FOR_NN: return (o + 0.5) / m->scale;
    default: return (o + 0.5) / m->scale - 0.5;
    }
}

static int64_t clamp_index(double x, int64_t n)
{
    return x < 0 ? 0 : x > (double)(n - 1) ? n - 1 : (int64_t)x;
}

int64_t oct_resize_nearest_index(const oct_resize_map *m, int64_t o)
{
    bool outside;
    double x = oct_resize_coordinate(m, o, &outside);
    if (outside)
        return -1;
    switch (m->p->nearest) {
    case OCT_NEAREST_ROUND_PREFER_CEIL: return clamp_index(floor(x + 0.5), m->in);
    case OCT_NEAREST_FLOOR: return clamp_index(floor(x), m->in);
    case OCT_NEAREST_CEIL: return clamp_index(ceil(x), m->in);
    case OCT_NEAREST_SIMPLE: return clamp_index(m->scale < 1 ? ceil(x) : floor(x), m->in);
    default: return clamp_index(ceil(x - 0.5), m->in);
    }
}

/* Width of the filter in input pixels relative to its own: above 1 only where antialiasing shrinks. */
static double stretch(const oct_resize_map *m)
{
    return m->p->antialias && m->scale < 1 ? m->scale : 1;
}

/* Offset of the first tap from floor(x): the filter reaches `radius` to either side. */
static int first_offset(const oct_resize_map *m)
{
    double radius = m->p->mode == OCT_RESIZE_CUBIC ? 2 : 1;
    return (int)floor(-radius / stretch(m)) + 1;
}

int oct_resize_max_taps(const oct_resize_map *m)
{
    return 2 - 2 * first_offset(m);
}

/* The interpolation filter at distance d (in pixels of the finer grid). */
static double filter(const oct_resize_params *p, double d)
{
    double a = p->cubic_a;
    d = fabs(d);
    if (p->mode == OCT_RESIZE_LINEAR)
        return d < 1 ? 1 - d : 0;
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* What the coefficients are divided by: they sum to 1 by themselves unless the filter is stretched or cut. */
static double weigh(const oct_resize_map *m, double x, int64_t first, int n)
{
    bool exclude = m->p->exclude_outside;
    double sum = 0;
    if (!exclude && stretch(m) == 1)
        return 1;
    for (int t = 0; t < n; t++) {
        int64_t i = first + t;
        sum += exclude && (i < 0 || i >= m->in) ? 0 : filter(m->p, stretch(m) * ((double)i - x));
    }
    return sum == 0 ? 1 : sum;
}

int oct_resize_taps(const oct_resize_map *m, int64_t o, int32_t *index, float *coef)
{
    bool outside;
    double x = oct_resize_coordinate(m, o, &outside);
    if (outside)
        return 0;
    int64_t first = (int64_t)floor(x) + first_offset(m);
    int n = oct_resize_max_taps(m), n_kept = 0;
    double sum = weigh(m, x, first, n);
    for (int t = 0; t < n; t++) {
        int64_t i = first + t;
        float c = (float)(filter(m->p, stretch(m) * ((double)i - x)) / sum);
        if (c == 0 || (m->p->exclude_outside && (i < 0 || i >= m->in)))
            continue;
        index[n_kept] = (int32_t)clamp_index((double)i, m->in);
        coef[n_kept++] = c;
    }
    return n_kept;
}
