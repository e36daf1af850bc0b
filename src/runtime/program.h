/* A compiled network: steps, their operands and parameters, packed constants, and what a session has to allocate.
 * Immutable once built. Offsets only, no pointers into itself but the arrays' own, so that it can be saved.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROGRAM_H
#define OCT_PROGRAM_H

#include <stdatomic.h>
#include <stdbool.h>

#include <octet/rt.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "base/file.h"
#include "runtime/step.h"

typedef struct oct_step {
    const oct_step_kind *kind;
    uint32_t params;        /* offset into octet_program.params */
    uint32_t n_params;      /* bytes */
    uint32_t first_operand; /* index into octet_program.operands */
    uint32_t n_operands;
} oct_step;

/* What an opened artifact says of itself. */
typedef struct oct_artifact {
    octet_artifact_info info;
    const octet_record *records;
    int n_records;
} oct_artifact;

/* What a program shares with those that octet_program_bind made of it. */
typedef struct oct_shared {
    atomic_int n_users;
    uint8_t *consts;            /* packed weights and constants, 64-byte aligned, own allocation; NULL: they lie in an artifact */
    uint8_t *packed;            /* weights packed when the artifact was opened, 64-byte aligned, own allocation */
    size_t n_packed;            /* bytes */
    size_t n_replaced;          /* bytes of consts that nobody needs since */
    oct_file file;              /* the mapped artifact */
    const oct_artifact *artifact; /* NULL: compiled here */
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
    const uint8_t *consts;      /* the shared ones */
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

/* An empty program with one user; NULL when out of memory. */
octet_program *oct_program_new(void);
void oct_program_free(octet_program *p); /* NULL is fine */

/* Zeroed tables of n inputs or outputs in the shared arena, and their number. false: out of memory. */
bool oct_program_make_inputs(octet_program *p, size_t n);
bool oct_program_make_outputs(octet_program *p, size_t n);

/* The program's input that a step with a binder reads, n_inputs if there is none. */
int oct_program_input_of(const octet_program *p, const oct_step *step);

#endif
