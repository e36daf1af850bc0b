/* What a program is made of: steps that call one kernel each with operands in the session's memory or the program's
 * constants. Shared by plan/ (which builds them), the providers (which define the kinds) and runtime/ (which walks them).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEP_H
#define OCT_STEP_H

#include <stddef.h>
#include <stdint.h>

#include <octet/octet.h>

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

/* ---- steps that read pixels: adapted to them when the program is bound (runtime/bind.c) ---- */

/* What an input is bound to. */
typedef struct oct_binding {
    int32_t raw; /* 1: channels and layout as the model itself states, no recipe; the rest is not used */
    octet_recipe recipe;
    octet_pixels pixels;
    int32_t any_pixels; /* 1: none were given, interleaved ones with the model's channels are meant */
} oct_binding;

/* What a step needs for a binding. */
typedef struct oct_bind_need {
    size_t n_bytes;          /* of its bound constant */
    size_t scratch;          /* per worker */
    octet_tensor_info input; /* what the program's input becomes: dtype, rank, dims, n_bytes; the name is not used */
} oct_bind_need;

/* The operands of such a step are: its output, its bound constant, a source constant (or none), the pixels, others. */
enum { OCT_BOUND_CONST = 1, OCT_BOUND_SOURCE, OCT_BOUND_PIXELS };

typedef struct oct_step_binder {
    /* Change *params, the step's own copy, to fit the binding. OCTET_USAGE, OCTET_UNSUPPORTED: it does not fit. */
    octet_status (*plan)(void *params, const oct_binding *binding, oct_bind_need *need, octet_error *err);
    /* Make the bound constant: n_bytes at dst, zeroed, 64-byte aligned. */
    octet_status (*fill)(void *dst, const void *params, const void *source, octet_error *err);
} oct_step_binder;

/* Where an operand lies. */
typedef enum oct_region {
    OCT_REGION_NONE = 0,
    OCT_REGION_CONST,
    OCT_REGION_ARENA,
    OCT_REGION_BOUND /* constants made when the program was bound */
} oct_region;

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
