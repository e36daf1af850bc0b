/* Steps of QLinearAdd, QLinearGlobalAveragePool and QLinearConcat. Zero points may be omitted.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_QLINEAR_H
#define OCT_STEPS_QLINEAR_H

#include "kernels/qlinear.h"
#include "runtime/step.h"

enum {
    OCT_QLINEAR_ADD_Y,
    OCT_QLINEAR_ADD_A,
    OCT_QLINEAR_ADD_A_SCALE,
    OCT_QLINEAR_ADD_A_ZERO,
    OCT_QLINEAR_ADD_B,
    OCT_QLINEAR_ADD_B_SCALE,
    OCT_QLINEAR_ADD_B_ZERO,
    OCT_QLINEAR_ADD_Y_SCALE,
    OCT_QLINEAR_ADD_Y_ZERO,
    OCT_QLINEAR_ADD_N_OPERANDS
};

typedef struct oct_qlinear_add_step {
    oct_qlinear_add add;
} oct_qlinear_add_step;

extern const oct_step_kind oct_step_qlinear_add;

enum {
    OCT_QLINEAR_AVERAGE_Y,
    OCT_QLINEAR_AVERAGE_X,
    OCT_QLINEAR_AVERAGE_X_SCALE,
    OCT_QLINEAR_AVERAGE_X_ZERO,
    OCT_QLINEAR_AVERAGE_Y_SCALE,
    OCT_QLINEAR_AVERAGE_Y_ZERO,
    OCT_QLINEAR_AVERAGE_N_OPERANDS
};

typedef struct oct_qlinear_average_step {
    oct_qlinear_average average;
} oct_qlinear_average_step;

extern const oct_step_kind oct_step_qlinear_average;

/* X, its scale and its zero point, then those of the next input, and so on */
enum { OCT_QLINEAR_CONCAT_Y, OCT_QLINEAR_CONCAT_Y_SCALE, OCT_QLINEAR_CONCAT_Y_ZERO, OCT_QLINEAR_CONCAT_X };

/* One input: where it goes. */
typedef struct oct_qlinear_concat_part {
    oct_nd nd;
    oct_nd_cut cut;
    int32_t x_signed;
} oct_qlinear_concat_part;

typedef struct oct_qlinear_concat_step {
    int32_t n, y_signed;
    oct_qlinear_concat_part parts[];
} oct_qlinear_concat_step;

extern const oct_step_kind oct_step_qlinear_concat;

#endif
