/* A compiled network: steps, their operands and parameters, packed constants, and what a session has to allocate.
 * Immutable once built. Offsets only, no pointers into itself but the arrays' own, so that it can be saved.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROGRAM_H
#define OCT_PROGRAM_H

#include <octet/octet.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "runtime/step.h"

typedef struct oct_step {
    const oct_step_kind *kind;
    uint32_t params;        /* offset into octet_program.params */
    uint32_t first_operand; /* index into octet_program.operands */
    uint32_t n_operands;
} oct_step;

struct octet_program {
    oct_cpu_level cpu;
    oct_step *steps;
    octet_step_info *step_info; /* [n_steps] */
    int n_steps;
    oct_operand *operands;
    uint32_t n_operands;
    uint8_t *params;            /* each step's parameters, 16-byte aligned */
    uint8_t *consts;            /* packed weights and constants, 64-byte aligned, own allocation */
    size_t n_consts;            /* bytes */
    size_t arena_bytes;         /* activations, inputs, outputs; a multiple of 64 */
    size_t scratch_bytes;       /* per worker; a multiple of 64 */
    octet_tensor_info *inputs, *outputs;
    oct_operand *input_at, *output_at;
    uint8_t *output_softmax;    /* [n_outputs] */
    int n_inputs, n_outputs;
    oct_arena arena;            /* owns all arrays but consts */
};

void oct_program_free(octet_program *p); /* NULL is fine */

#endif
