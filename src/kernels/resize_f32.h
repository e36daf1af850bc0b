/* resize_f32.h: one axis of a separable linear or cubic Resize. Law: docs/arithmetic.md.
 *
 *   acc = coef[o][0] * x[.., index[o][0], ..];  acc = acc + coef[o][t] * x[.., index[o][t], ..]   t = 1, 2, ... n[o]-1
 *
 * with every product and sum rounded to float32. The tables are computed when lowering, in double; taps whose
 * coefficient is 0 are left out of them, so that an axis that stays as it is, is copied. n[o] = 0 gives `outside`.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RESIZE_F32_H
#define OCT_RESIZE_F32_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

/* x [outer, L, inner] -> y [outer, O, inner], both dense. Plain data: part of saved programs. */
typedef struct oct_resize_axis {
    int64_t outer, L, O, inner;
    int32_t pitch;  /* taps from one output's table row to the next */
    float outside;
} oct_resize_axis;

typedef struct oct_resize_args {
    const oct_resize_axis *axis;
    const int32_t *n, *index; /* [O]; [O, pitch] */
    const float *coef;        /* [O, pitch] */
    const float *x;
    float *y;                 /* must not overlap x */
} oct_resize_args;

/* Output rows (of `inner` floats) in one item. */
#define OCT_RESIZE_ITEM_ROWS(axis) (16384 / (axis)->inner + 1)

size_t oct_resize_n_items(const oct_resize_axis *axis);
/* Any order, any thread, each item once. */
typedef void (*oct_resize_fn)(const oct_resize_args *a, size_t item);
oct_resize_fn oct_resize_select(oct_cpu_level level);

void oct_resize_axis_ref(const oct_resize_args *a, size_t item);
void oct_resize_axis_avx2(const oct_resize_args *a, size_t item);

#endif
