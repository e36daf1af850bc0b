/* What the planner knows while it builds a program: buffers, steps, and the program that grows from them. builder.c fills it in,
 * write.c copies it into the program.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_BUILDER_STATE_H
#define OCT_BUILDER_STATE_H

#include "plan/builder.h"
#include "plan/plan.h"
#include "providers/provider.h"

typedef struct oct_buffer {
    oct_region region;
    uint64_t n_bytes;
    oct_fill fill; /* of constants */
    void *context;
    const void *copy; /* constant: bytes to copy instead of calling fill */
    int32_t first, last; /* steps that touch it; first -1 for inputs; last INT32_MAX for inputs and outputs */
    oct_ref same_as;     /* lies inside that buffer: taken over in place, or a view; OCT_NO_REF: own memory */
    uint64_t offset;     /* bytes from the region's start, or from that buffer's */
} oct_buffer;

typedef struct oct_pending_step {
    oct_step step;
    octet_step_info info;
    int n_out;
    int inplace_input;
} oct_pending_step;

struct oct_builder {
    const oct_plan_request *request;
    const oct_provider *provider; /* the one that is lowering now */
    const oct_node *node;         /* the node that is lowered now */
    oct_ref *ref_of;              /* [n_values] */
    int32_t *uses;                /* [n_values] NULL until somebody asks */
    oct_buffer *buffers;
    int32_t n_buffers;
    uint32_t cap_buffers;
    oct_pending_step *steps;
    int32_t n_steps;
    uint32_t cap_steps;
    oct_ref *operands;
    uint32_t n_operands, cap_operands;
    uint8_t *params;
    uint32_t n_params, cap_params;
    size_t scratch;
    oct_arena arena;    /* of fill contexts and copies */
    octet_program *program;
    bool out_of_memory; /* remembered, reported at the end */
    bool too_large;     /* tables passed their limit; out_of_memory is set too */
};

/* Everything placed: steps, operands, inputs and outputs into b->program. OCTET_NO_MEMORY. */
octet_status oct_builder_write(oct_builder *b, octet_error *err);

#endif
