/* A step made of strided copies: what most data movers are lowered to.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_COPY_H
#define OCT_STEPS_COPY_H

#include "kernels/copy.h"
#include "runtime/step.h"

/* One copy between two operands of the step. */
typedef struct oct_move {
    oct_copy copy;
    int32_t dst, src; /* operand indices */
} oct_move;

typedef struct oct_moves {
    int32_t n, unused;
    oct_move moves[]; /* each with a normalized copy */
} oct_moves;

extern const oct_step_kind oct_step_copy;

#endif
