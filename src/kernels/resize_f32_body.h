/* Body of the separable Resize, compiled once per level with LEVEL(name) = name_<level>: loops that compilers
 * vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/resize_f32.h"

static void first_tap(float *restrict y, const float *restrict x, float coef, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = coef * x[i];
}

static void next_tap(float *restrict y, const float *restrict x, float coef, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = y[i] + coef * x[i];
}

/* The frequent case in one pass over memory. */
static void two_taps(float *restrict y, const float *restrict x0, const float *restrict x1, float c0, float c1,
                     int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = c0 * x0[i] + c1 * x1[i];
}

static void resize_row(const oct_resize_args *a, int64_t outer, int64_t o)
{
    const oct_resize_axis *s = a->axis;
    const int32_t *index = a->index + o * s->pitch;
    const float *coef = a->coef + o * s->pitch, *x = a->x + outer * s->L * s->inner;
    float *y = a->y + (outer * s->O + o) * s->inner;
    if (a->n[o] == 2) {
        two_taps(y, x + index[0] * s->inner, x + index[1] * s->inner, coef[0], coef[1], s->inner);
        return;
    }
    for (int64_t i = 0; a->n[o] == 0 && i < s->inner; i++)
        y[i] = s->outside;
    for (int32_t t = 0; t < a->n[o]; t++)
        (t ? next_tap : first_tap)(y, x + index[t] * s->inner, coef[t], s->inner);
}

void LEVEL(oct_resize_axis)(const oct_resize_args *a, size_t item)
{
    const oct_resize_axis *s = a->axis;
    int64_t rows = s->outer * s->O, first = (int64_t)item * OCT_RESIZE_ITEM_ROWS(s);
    for (int64_t row = first; row < rows && row < first + OCT_RESIZE_ITEM_ROWS(s); row++)
        resize_row(a, row / s->O, row % s->O);
}
