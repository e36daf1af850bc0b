/* What a program is made of: steps that call one kernel each with operands in the session's memory or the program's
 * constants. Shared by plan/ (which builds them), the providers (which define the kinds) and runtime/ (which walks them).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEP_H
#define OCT_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

/* One call of a step. Everything is resolved: nothing here can fail. */
typedef struct oct_step_args {
    const void *params;    /* the step's own parameters: plain data, no pointers, part of the program */
    void *const *operands; /* in the order given to oct_build_step; NULL for an omitted one */
    oct_pool *pool;        /* for oct_pool_run */
    uint8_t *scratch;      /* of worker 0 */
    size_t scratch_stride; /* bytes from one worker's scratch to the next */
} oct_step_args;

typedef struct oct_step_kind {
    const char *name; /* unique within its provider, e.g. "conv_f32" */
    void (*run)(const oct_step_args *a);
} oct_step_kind;

/* Where an operand lies. */
typedef enum oct_region { OCT_REGION_NONE = 0, OCT_REGION_CONST, OCT_REGION_ARENA } oct_region;

typedef struct oct_operand {
    uint32_t region;
    uint64_t offset; /* bytes from the region's start */
} oct_operand;

/* scratch of one worker inside a task */
static inline void *oct_step_scratch(const oct_step_args *a, int worker)
{
    return a->scratch + (size_t)worker * a->scratch_stride;
}

#endif
