/* Steps of QLinearAdd and QLinearGlobalAveragePool on 16 bits: kernels/qlinear_u16.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_QLINEAR_U16_H
#define OCT_STEPS_QLINEAR_U16_H

#include "kernels/qlinear_u16.h"
#include "runtime/step.h"

enum { OCT_QLINEAR_U16_ADD_Y, OCT_QLINEAR_U16_ADD_A, OCT_QLINEAR_U16_ADD_B, OCT_QLINEAR_U16_ADD_N_OPERANDS };

typedef struct oct_qlinear_u16_add_step {
    oct_qlinear_u16_add add;
} oct_qlinear_u16_add_step;

extern const oct_step_kind oct_step_qlinear_u16_add;

enum { OCT_QLINEAR_U16_AVERAGE_Y, OCT_QLINEAR_U16_AVERAGE_X, OCT_QLINEAR_U16_AVERAGE_N_OPERANDS };

typedef struct oct_qlinear_u16_average_step {
    oct_qlinear_u16_average average;
} oct_qlinear_u16_average_step;

extern const oct_step_kind oct_step_qlinear_u16_average;

#endif
