/* A compiled network: steps, their operands and parameters, packed constants, and what a session has to allocate.
 * Immutable once built. Offsets only, no pointers into itself but the arrays' own, so that it can be saved.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROGRAM_H
#define OCT_PROGRAM_H

#include <stdatomic.h>

#include <octet/octet.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "runtime/step.h"

typedef struct oct_step {
    const oct_step_kind *kind;
    uint32_t params;        /* offset into octet_program.params */
    uint32_t n_params;      /* bytes */
    uint32_t first_operand; /* index into octet_program.operands */
    uint32_t n_operands;
} oct_step;

/* What a program shares with those that octet_program_bind made of it. */
typedef struct oct_shared {
    atomic_int n_users;
    uint8_t *consts;            /* packed weights and constants, 64-byte aligned, own allocation */
    oct_arena arena;
} oct_shared;

struct octet_program {
    oct_cpu_level cpu;
    oct_step *steps;
    octet_step_info *step_info; /* [n_steps] */
    int n_steps;
    oct_operand *operands;
    uint32_t n_operands;
    uint8_t *params;            /* each step's parameters, 16-byte aligned */
    uint32_t n_params;          /* bytes */
    uint8_t *consts;            /* the shared ones */
    size_t n_consts;            /* bytes */
    uint8_t *bound;             /* bound constants, 64-byte aligned, own allocation */
    size_t n_bound;             /* bytes */
    oct_binding *bindings;      /* [n_inputs] of the inputs that steps with a binder read */
    size_t fixed_arena, fixed_scratch; /* arena_bytes and scratch_bytes without what the binding needs */
    size_t arena_bytes;         /* activations, inputs, outputs; a multiple of 64 */
    size_t scratch_bytes;       /* per worker; a multiple of 64 */
    octet_tensor_info *inputs, *outputs;
    oct_operand *input_at, *output_at;
    oct_operand *input_home;    /* [n_inputs] where the planner put it, with room for input_room[i] bytes; a binding that */
    size_t *input_room;         /* needs more moves the input behind the arena */
    octet_placement *placement; /* [n_inputs] */
    const char **placement_reason; /* [n_inputs] NULL: as asked */
    uint8_t *output_softmax;    /* [n_outputs] */
    int n_inputs, n_outputs;
    oct_shared *shared;         /* owns all arrays that this program has not copied */
    oct_arena arena;            /* owns those it has: what a binding changes */
};

/* Binding of an input to pixels; NULL as octet_program_bind says. */
oct_binding oct_binding_of(const octet_recipe *recipe, const octet_pixels *pixels);

/* Bind every step that reads pixels as `bindings` says: called once when the program is built, and for each copy. */
octet_status oct_program_bind_steps(octet_program *p, octet_error *err);

void oct_program_free(octet_program *p); /* NULL is fine */

#endif
