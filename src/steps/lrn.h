/* The step of LRN.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_LRN_H
#define OCT_STEPS_LRN_H

#include "kernels/lrn_f32.h"
#include "runtime/step.h"

enum { OCT_LRN_Y, OCT_LRN_X, OCT_LRN_N_OPERANDS };

typedef struct oct_lrn_step {
    oct_lrn_shape shape;
} oct_lrn_step;

extern const oct_step_kind oct_step_lrn;

#endif
