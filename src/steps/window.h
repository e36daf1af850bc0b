/* The step of pooling windows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_WINDOW_H
#define OCT_STEPS_WINDOW_H

#include "kernels/window.h"
#include "runtime/step.h"

/* indices may be omitted, and only max has them */
enum { OCT_WINDOW_Y, OCT_WINDOW_INDICES, OCT_WINDOW_X, OCT_WINDOW_N_OPERANDS };

typedef struct oct_window_step {
    oct_window_shape shape;
    int32_t op; /* oct_window_op */
} oct_window_step;

/* Whether the shape is one, whatever its numbers are, and all sizes that follow from it are small enough. */
bool oct_window_fits(const oct_window_shape *s);

extern const oct_step_kind oct_step_window;

#endif
