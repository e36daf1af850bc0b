/* Building steps made of elementwise maps, reductions and their like: steps/stages.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STAGES_H
#define OCT_STAGES_H

#include "plan/builder.h"
#include "steps/stages.h"

/* An empty list for up to `cap` stages; NULL when out of memory. Lives until the program is built. */
oct_stages *oct_stages_new(oct_builder *b, int cap);
/* Add a stage: its nest has rank 0 and no operands yet. */
oct_stage *oct_stages_add(oct_stages *s, oct_stage_kind kind, int op, octet_dtype dtype);

/* The nest runs over the shape of y, its first operand, which is the step's operand `at`. */
void oct_stage_output(oct_stage *stage, const oct_value *y, int at);
/* Next operand: v, the step's operand `at`, broadcast to the nest's shape as NumPy does. */
void oct_stage_input(oct_stage *stage, const oct_value *v, int at);
/* Next operand, given by its strides along the nest's axes. */
void oct_stage_operand(oct_stage *stage, size_t elem_size, const int64_t *strides, int at);

/* REDUCE, SOFTMAX, ORDER: split x, the step's operand x_at, into reduced axes (bit k of the set) and kept ones, over
 * which the nest runs. Operands become y and x; y's strides are along every axis of x. */
typedef struct oct_place {
    size_t elem_size;
    const int64_t *strides;
    int at; /* operand of the step */
} oct_place;
void oct_stage_split(oct_stage *stage, const oct_value *x, int x_at, uint32_t axes, oct_place y);
/* Strides along every axis of x for the results of reducing `axes`: the value y, with or without the reduced axes. */
void oct_reduced_strides(const oct_value *x, uint32_t axes, const oct_value *y, int64_t strides[OCTET_MAX_RANK]);
/* The same for a dense array of the results in row-major order; returns how many they are. */
int64_t oct_reduced_dense(const oct_value *x, uint32_t axes, int64_t strides[OCTET_MAX_RANK]);

/* `at` if output 0 may take over the memory of operand `at` (same elements in the same places, of the same size), else
 * 0. */
int oct_stage_in_place(const oct_stage *stage, int at);

/* Append the step. Operands: the n_out outputs, then the inputs, then temporaries; inplace_input as in oct_step_desc.
 * Nests and axes are normalized here. `what` is shown by inspect behind the level. */
typedef struct oct_stages_io {
    const oct_ref *operands;
    int n_operands, n_out, inplace_input;
} oct_stages_io;
void oct_stages_build(oct_builder *b, oct_stages *s, const char *what, oct_stages_io io);

#endif
