/* Local response normalization in all layouts against the formula of lrn_f32.h, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/lrn_f32.h"
#include "kernels/math_f32.h"
#include "same_f32.h"

#define FILL 0xA5

static float power(float t, float beta)
{
    return beta == 0.75f ? sqrtf(t) * sqrtf(sqrtf(t)) : beta == 0.5f ? sqrtf(t) : beta == 1 ? t : oct_pow_f32(t, beta);
}

static void naive(const oct_lrn_shape *s, const float *x, float *y)
{
    for (int64_t i = 0; i < s->N * s->C * s->P; i++) {
        int64_t n = i / (s->C * s->P), c = i / s->P % s->C, p = i % s->P, base = n * s->C * s->P;
        float acc = 0;
        for (int64_t k = c - (s->size - 1) / 2; k <= c + s->size / 2; k++)
            if (k >= 0 && k < s->C) {
                float v = x[base + k * s->x_c_stride + p * s->x_p_stride];
                acc = acc + v * v;
            }
        float t = s->bias + s->alpha / (float)s->size * acc;
        y[base + c * s->y_c_stride + p * s->y_p_stride] =
            x[base + c * s->x_c_stride + p * s->x_p_stride] / power(t, s->beta);
    }
}

static void check_shape(const oct_lrn_shape *s)
{
    size_t n = (size_t)(s->N * s->C * s->P), n_items = oct_lrn_n_items(s);
    guarded x = guarded_new(n * 4, 1, FILL), y = guarded_new(n * 4, 1, FILL);
    float *in = (float *)(void *)x.p, *out = (float *)(void *)y.p, *expected = malloc(n * 4);
    for (size_t i = 0; i < n; i++)
        in[i] = dice_spiced(100);
    naive(s, in, expected);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_lrn_args a = {s, in, out};
        size_t *order = dice_order(n_items);
        memset(out, FILL, n * 4);
        for (size_t i = 0; i < n_items; i++)
            oct_lrn_select((oct_cpu_level)level)(&a, order[i]);
        size_t at = same_f32(out, expected, n);
        CHECK(at == n && guarded_intact(&y, FILL), "%s at %zu: N%d C%d P%d size %d beta %g strides %d %d",
              oct_cpu_name((oct_cpu_level)level), at, (int)s->N, (int)s->C, (int)s->P, s->size, (double)s->beta,
              (int)s->x_c_stride, (int)s->y_c_stride);
        free(order);
    }
    free(expected);
    guarded_free(&x);
    guarded_free(&y);
}

int main(void)
{
    static const float betas[] = {0.75f, 0.5f, 1.0f, 0.6f};
    for (int i = 0; i < 300; i++) {
        oct_lrn_shape s = {.N = dice_int(1, 3), .C = dice_int(1, 70), .P = dice_int(1, 40), .size = dice_int(1, 9),
                           .alpha = 0.0001f, .beta = betas[dice_u32() % 4], .bias = dice_int(0, 1) ? 1.0f : 2.0f};
        int x_last = dice_int(0, 1), y_last = dice_int(0, 1);
        s.x_c_stride = x_last ? 1 : s.P;
        s.x_p_stride = x_last ? s.C : 1;
        s.y_c_stride = y_last ? 1 : s.P;
        s.y_p_stride = y_last ? s.C : 1;
        check_shape(&s);
    }
    return check_done();
}
