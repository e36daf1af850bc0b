/* Steps made of elementwise maps, reductions and their like: a short list of stages that run one after the other on the
 * step's operands; each stage is one kernel over one loop nest.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_STAGES_H
#define OCT_STEPS_STAGES_H

#include "kernels/cast.h"
#include "kernels/map.h"
#include "kernels/order.h"
#include "kernels/reduce.h"
#include "runtime/step.h"

typedef enum oct_stage_kind {
    OCT_STAGE_MAP,     /* oct_map_op */
    OCT_STAGE_REDUCE,  /* oct_reduce_op */
    OCT_STAGE_SOFTMAX, /* oct_softmax_op */
    OCT_STAGE_ORDER,   /* oct_order_op */
    OCT_STAGE_CAST,    /* from `dtype` to `op` */
    OCT_STAGE_FILL     /* bool: all true */
} oct_stage_kind;

typedef struct oct_stage {
    int32_t kind, op;
    octet_dtype dtype;                   /* of the (last) input */
    int32_t operands[OCT_NEST_OPERANDS]; /* of the step, in the order the kernel wants them */
    float alpha, beta;
    int32_t last_index;                  /* ORDER */
    int64_t k, z_stride;                 /* ORDER */
    oct_nest nest;                       /* normalized */
    oct_axes axes;                       /* REDUCE, SOFTMAX, ORDER */
} oct_stage;

typedef struct oct_stages {
    int32_t n, unused;
    oct_stage stages[];
} oct_stages;

extern const oct_step_kind oct_step_stages;

#endif
