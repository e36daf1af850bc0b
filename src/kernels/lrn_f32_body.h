/* Body of local response normalization, compiled once per level with LEVEL(name) = name_<level>. Channels that lie side
 * by side are summed as vectors: one loop over the channels for each offset of the window.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "kernels/lrn_f32.h"
#include "kernels/math_f32.h"

/* y[c] = sum of squares of the window of channel c */
static void sum_squares(const oct_lrn_shape *s, float *restrict y, const float *restrict x)
{
    int64_t below = (s->size - 1) / 2, above = s->size / 2, ys = s->y_c_stride, xs = s->x_c_stride;
    for (int64_t c = 0; c < s->C; c++)
        y[c * ys] = 0;
    for (int64_t d = -below; d <= above; d++) {
        int64_t first = d < 0 ? -d : 0, end = d > 0 ? s->C - d : s->C;
        if (xs == 1 && ys == 1)
            for (int64_t c = first; c < end; c++)
                y[c] = y[c] + x[c + d] * x[c + d];
        else
            for (int64_t c = first; c < end; c++)
                y[c * ys] = y[c * ys] + x[(c + d) * xs] * x[(c + d) * xs];
    }
}

/* y[c] = x[c] / (bias + k * y[c])^beta, POWER(t) being that power of t */
#define DIVIDE(NAME, POWER)                                                            \
    static void NAME(const oct_lrn_shape *s, float *restrict y, const float *restrict x) \
    {                                                                                  \
        float k = s->alpha / (float)s->size;                                           \
        if (s->x_c_stride == 1 && s->y_c_stride == 1)                                  \
            for (int64_t c = 0; c < s->C; c++) {                                       \
                float t = s->bias + k * y[c];                                          \
                y[c] = x[c] / (POWER);                                                 \
            }                                                                          \
        else                                                                           \
            for (int64_t c = 0; c < s->C; c++) {                                       \
                float t = s->bias + k * y[c * s->y_c_stride];                          \
                y[c * s->y_c_stride] = x[c * s->x_c_stride] / (POWER);                 \
            }                                                                          \
    }
DIVIDE(divide_3_4, sqrtf(t) * sqrtf(sqrtf(t)))
DIVIDE(divide_1_2, sqrtf(t))
DIVIDE(divide_1, t)
DIVIDE(divide_any, oct_pow_f32(t, s->beta))

void LEVEL(oct_lrn_f32)(const oct_lrn_args *a, size_t item)
{
    const oct_lrn_shape *s = a->shape;
    void (*divide)(const oct_lrn_shape *, float *, const float *) =
        s->beta == 0.75f ? divide_3_4 : s->beta == 0.5f ? divide_1_2 : s->beta == 1 ? divide_1 : divide_any;
    int64_t first = (int64_t)item * OCT_LRN_ITEM_PIXELS(s);
    for (int64_t i = first; i < s->N * s->P && i < first + OCT_LRN_ITEM_PIXELS(s); i++) {
        int64_t n = i / s->P, p = i % s->P;
        const float *x = a->x + n * s->C * s->P + p * s->x_p_stride;
        float *y = a->y + n * s->C * s->P + p * s->y_p_stride;
        sum_squares(s, y, x);
        divide(s, y, x);
    }
}
