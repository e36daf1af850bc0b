/* Lowering: a provider's lower functions turn graph nodes into steps by calling these.
 *
 * A lower function first checks that it can run the node and returns OCTET_UNSUPPORTED with the reason before it has
 * called any oct_build_*; after the first such call it may fail only for lack of memory.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_BUILDER_H
#define OCT_BUILDER_H

#include "base/cpu.h"
#include "graph/graph.h"
#include "graph/op_params.h"
#include "runtime/step.h"

typedef struct oct_builder oct_builder;

/* Handle of a buffer or constant; OCT_NO_REF stands for an omitted operand (a NULL pointer at run time). */
typedef int32_t oct_ref;
#define OCT_NO_REF (-1)

const oct_graph *oct_build_graph(const oct_builder *b);
oct_cpu_level oct_build_cpu(const oct_builder *b);
/* The table that says which tilings are fastest; NULL: none. */
const struct oct_tuning *oct_build_tuning(const oct_builder *b);

/* The buffer that holds value v: dense in its layout (oct_value_strides), oct_value_bytes long. A constant value is
 * copied into the program on first use, row-major. OCT_NONE gives OCT_NO_REF. */
oct_ref oct_build_value(oct_builder *b, oct_value_id v);
/* `out` is the same bytes as `in` (a reshape): no step, no copy. */
void oct_build_alias(oct_builder *b, oct_value_id out, oct_value_id in);
/* How often v is read, by nodes and as an output; 1 where the node is folded alone, when nothing but it matters. */
int oct_build_n_uses(oct_builder *b, oct_value_id v);
/* Working memory that lives for the next step only. */
oct_ref oct_build_temp(oct_builder *b, size_t n_bytes);

/* A constant of n bytes, 64-byte aligned. fill(dst, context) is called once, later, when the program's memory exists;
 * dst is zeroed. context must come from oct_build_alloc (or the graph) so that it still lives then. */
typedef void (*oct_fill)(void *dst, void *context);
oct_ref oct_build_const(oct_builder *b, size_t n_bytes, oct_fill fill, void *context);
/* A constant copied from `data` now. */
oct_ref oct_build_const_copy(oct_builder *b, const void *data, size_t n_bytes);
/* The constant that a step with a binder gets when the program is bound. */
oct_ref oct_build_bound(oct_builder *b);
/* Zeroed memory that lives until the program is built; NULL when out of memory or when all tables together pass a limit
 * (then the build fails too). */
void *oct_build_alloc(oct_builder *b, size_t n_bytes);

/* Note for oct_build_const's fill functions: the constant value's bytes were read for the last time (drops file pages). */
void oct_build_drop(const oct_graph *g, const void *p, size_t n_bytes);

typedef struct oct_step_desc {
    const oct_step_kind *kind; /* with a binder, the operands lie as step.h says, the bound constant being oct_build_bound's */
    const void *params;      /* copied */
    size_t n_params;         /* bytes */
    const oct_ref *operands; /* the n_out outputs first, then the inputs, in the order the kind documents */
    int n_operands, n_out;
    const char *kernel;      /* for inspect: "avx2 softmax"; copied; NULL: what the kind says */
    uint64_t macs;
    int inplace_input;       /* operand index (>= n_out) whose buffer output 0 may take over when it dies here and has the
                                same size; 0: none */
} oct_step_desc;

/* Append a step for the node that is being lowered. */
void oct_build_step(oct_builder *b, const oct_step_desc *desc);

#endif
