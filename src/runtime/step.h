/* What a program is made of: steps that call one kernel each with operands in the session's memory or the program's
 * constants. Shared by plan/ (which builds them), steps/ (which defines the kinds) and runtime/ (which walks them).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEP_H
#define OCT_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <octet/rt.h>

#include "base/cpu.h"
#include "base/pool.h"

/* Where an operand lies. */
typedef enum oct_region {
    OCT_REGION_NONE = 0,
    OCT_REGION_CONST,
    OCT_REGION_ARENA,
    OCT_REGION_BOUND, /* constants made when the program was bound */
    OCT_REGION_PACKED /* constants packed for this CPU when the artifact was opened */
} oct_region;

typedef struct oct_operand {
    uint32_t region;
    uint64_t offset; /* bytes from the region's start */
} oct_operand;

static inline bool oct_operand_same(oct_operand a, oct_operand b)
{
    return a.region == b.region && a.offset == b.offset;
}

/* One call of a step. Everything is resolved: nothing here can fail. */
typedef struct oct_step_args {
    const void *params;    /* the step's own parameters: plain data, no pointers, no CPU level, part of the program */
    void *const *operands; /* in the order given to oct_build_step; NULL for an omitted one */
    oct_cpu_level cpu;     /* the program's: its packed constants are of this level */
    oct_pool *pool;        /* for oct_pool_run */
    uint8_t *scratch;      /* of worker 0 */
    size_t scratch_stride; /* bytes from one worker's scratch to the next */
} oct_step_args;

/* scratch of one worker inside a task */
static inline void *oct_step_scratch(const oct_step_args *a, int worker)
{
    return a->scratch + (size_t)worker * a->scratch_stride;
}

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
    octet_status (*plan)(void *params, oct_cpu_level cpu, const oct_binding *binding, oct_bind_need *need, octet_error *err);
    /* Make the bound constant: n_bytes at dst, zeroed, 64-byte aligned. */
    octet_status (*fill)(void *dst, const void *params, oct_cpu_level cpu, const void *source, octet_error *err);
} oct_step_binder;

/* ---- kinds ---- */

/* What a step needs at a CPU level. Pixel steps say so when they are bound instead. */
typedef struct oct_step_need {
    size_t packed;      /* bytes of its packed operand, 0 where it has none; at level ref those of its source */
    size_t scratch;     /* bytes per worker */
    const char *kernel; /* "avx2 6x16", for inspect; static; NULL: the kind's name. Of a step with a binder " on pixels" follows */
} oct_step_need;

/* The operand that is packed for a CPU level, where it is a constant. Its source, which no level changes, is the packed form
 * of level ref: what a program compiled for ref holds there. */
typedef struct oct_step_packer {
    int operand;
    /* dst: `packed` bytes, zeroed, 64-byte aligned; source: 64-byte aligned. Parameters and source were checked. */
    void (*pack)(void *dst, const void *params, oct_cpu_level cpu, const void *source);
} oct_step_packer;

/* An operand as a stored program has it. */
typedef struct oct_step_extent {
    oct_operand at;   /* region NONE: omitted */
    uint64_t n_bytes; /* from there to the end of its region */
    const void *data; /* of a constant; NULL otherwise */
} oct_step_extent;

/* A step that somebody else may have written. */
typedef struct oct_step_proof {
    const void *params;
    size_t n_params; /* bytes */
    const oct_step_extent *operands;
    int n_operands;
    oct_cpu_level cpu; /* of its packed constants: one that this CPU has */
} oct_step_proof;

typedef struct oct_step_kind {
    const char *name; /* unique, e.g. "conv_f32" */
    void (*run)(const oct_step_args *a);
    /* Whether run (with scratch as `need` says, at any number of workers), need and pack stay inside the operands and end,
     * whatever the operands that are not constant hold. Not checked: the bound constant and the pixels, which binding
     * makes. NULL: such a step cannot be stored. */
    bool (*check)(const oct_step_proof *p);
    void (*need)(const void *params, oct_cpu_level cpu, oct_step_need *need); /* NULL: nothing */
    const oct_step_packer *packer;                                            /* NULL: nothing is packed */
    const oct_step_binder *binder;                                            /* NULL: the step reads no pixels */
} oct_step_kind;

#endif
