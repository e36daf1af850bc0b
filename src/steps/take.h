/* Steps that copy by indices: tables known when the program is built (Pad, nearest Resize), or operands of the run.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_TAKE_H
#define OCT_STEPS_TAKE_H

#include "kernels/take.h"
#include "runtime/step.h"

/* take: parameters are an oct_take; fill may be omitted */
enum { OCT_TAKE_Y, OCT_TAKE_X, OCT_TAKE_TABLES, OCT_TAKE_FILL, OCT_TAKE_N_OPERANDS };

extern const oct_step_kind oct_step_take;

/* gather, gather_elements: parameters are an oct_gather or oct_gather_elements */
enum { OCT_GATHER_Y, OCT_GATHER_X, OCT_GATHER_INDICES, OCT_GATHER_N_OPERANDS };

extern const oct_step_kind oct_step_gather, oct_step_gather_elements;

#endif
