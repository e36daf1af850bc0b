/* Every kind of step, by name.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_KINDS_H
#define OCT_STEPS_KINDS_H

#include "runtime/step.h"

/* All of them; *n is their number. */
const oct_step_kind *const *oct_step_kinds(int *n);

/* NULL: there is none of that name. */
const oct_step_kind *oct_step_kind_find(const char *name);

#endif
