/* The step of linear and cubic Resize: one pass per axis that changes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_RESIZE_H
#define OCT_STEPS_RESIZE_H

#include "kernels/resize_f32.h"
#include "runtime/step.h"

/* Pass i reads what pass i-1 wrote: x, then the two temporaries in turns, of which those that no pass writes are omitted.
 * The last pass writes y. */
enum { OCT_RESIZE_Y, OCT_RESIZE_X, OCT_RESIZE_TABLES, OCT_RESIZE_TEMP, OCT_RESIZE_TEMP2, OCT_RESIZE_N_OPERANDS };

typedef struct oct_resize_pass {
    oct_resize_axis axis;
    int64_t n_at, index_at, coef_at; /* 4-byte words into the tables */
} oct_resize_pass;

typedef struct oct_resize_step {
    int32_t n_passes, unused;
    oct_resize_pass passes[OCTET_MAX_RANK];
} oct_resize_step;

extern const oct_step_kind oct_step_resize;

#endif
