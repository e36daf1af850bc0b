/* One axis of Resize against the formula of resize_f32.h, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/resize_f32.h"
#include "same_f32.h"

#define FILL 0xA5

typedef struct resize_case {
    oct_resize_axis axis;
    int32_t *n, *index;
    float *coef, *x;
    size_t n_y;
} resize_case;

static resize_case random_case(void)
{
    resize_case c = {.axis = {.outer = dice_int(1, 4),
                              .L = dice_int(1, 9),
                              .O = dice_int(1, 12),
                              .pitch = dice_int(1, 5),
                              .inner = dice_int(0, 2) ? dice_int(1, 100) : 1,
                              .outside = 7.5f}};
    const oct_resize_axis *s = &c.axis;
    size_t n_taps = (size_t)(s->O * s->pitch), n_x = (size_t)(s->outer * s->L * s->inner);
    c.n_y = (size_t)(s->outer * s->O * s->inner);
    c.n = malloc((size_t)s->O * sizeof *c.n);
    c.index = malloc(n_taps * sizeof *c.index);
    c.coef = malloc(n_taps * sizeof *c.coef);
    c.x = malloc(n_x * sizeof *c.x);
    for (int64_t o = 0; o < s->O; o++)
        c.n[o] = dice_int(0, s->pitch);
    for (size_t i = 0; i < n_taps; i++) {
        c.index[i] = dice_int(0, (int)s->L - 1);
        c.coef[i] = dice_float();
    }
    for (size_t i = 0; i < n_x; i++)
        c.x[i] = dice_spiced(50);
    return c;
}

static void naive(const resize_case *c, float *y)
{
    const oct_resize_axis *s = &c->axis;
    for (size_t i = 0; i < c->n_y; i++) {
        int64_t in = (int64_t)i % s->inner, o = (int64_t)i / s->inner % s->O, out = (int64_t)i / s->inner / s->O;
        y[i] = s->outside;
        for (int32_t t = 0; t < c->n[o]; t++) {
            float product = c->coef[o * s->pitch + t] * c->x[(out * s->L + c->index[o * s->pitch + t]) * s->inner + in];
            y[i] = t ? y[i] + product : product;
        }
    }
}

int main(void)
{
    for (int i = 0; i < 500; i++) {
        resize_case c = random_case();
        guarded y = guarded_new(c.n_y * 4, 1, FILL);
        float *expected = malloc(c.n_y * 4);
        naive(&c, expected);
        for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
            oct_resize_args a = {&c.axis, c.n, c.index, c.coef, c.x, (float *)(void *)y.p};
            size_t n_items = oct_resize_n_items(&c.axis), *order = dice_order(n_items);
            memset(y.p, FILL, y.n);
            for (size_t k = 0; k < n_items; k++)
                oct_resize_select((oct_cpu_level)level)(&a, order[k]);
            size_t at = same_f32(a.y, expected, c.n_y);
            CHECK(at == c.n_y && guarded_intact(&y, FILL), "%s at %zu: L%d O%d inner %d",
                  oct_cpu_name((oct_cpu_level)level), at, (int)c.axis.L, (int)c.axis.O, (int)c.axis.inner);
            free(order);
        }
        guarded_free(&y);
        free(expected);
        free(c.n);
        free(c.index);
        free(c.coef);
        free(c.x);
    }
    return check_done();
}
