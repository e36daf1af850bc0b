/* graph -> program: who runs each node (partition.c), where each buffer lies (memory.c), what gets written (builder.c, write.c).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PLAN_H
#define OCT_PLAN_H

#include "graph/graph.h"
#include "plan/builder.h"
#include "runtime/program.h"

struct oct_provider;
struct oct_tuning;

typedef struct oct_plan_request {
    const oct_graph *graph;
    const oct_node *const *nodes; /* to run, in this order */
    int n_nodes;
    const oct_value_id *inputs, *outputs; /* of the program */
    int n_inputs, n_outputs;
    oct_cpu_level cpu;
    const struct oct_provider *const *providers; /* in order of preference */
    int n_providers;
    const struct oct_tuning *tuning; /* what lower functions ask; NULL: none */
} oct_plan_request;

/* Lower every node, place all buffers, pack all constants. Nodes that no provider takes are all named in one
 * OCTET_UNSUPPORTED message. */
octet_status oct_plan_build(octet_program **out, const oct_plan_request *request, octet_error *err);

/* ---- memory.c ---- */

/* One buffer of the arena: alive in steps first..last (both included). */
typedef struct oct_lifetime {
    uint64_t n_bytes;
    int32_t first, last;
    uint64_t offset; /* result, a multiple of 64 */
} oct_lifetime;

/* Place n buffers so that no two of overlapping lifetime overlap in memory; the arena's size is returned. Greedy by
 * size into the smallest gap that fits (after XNNPACK's memory planner), and in order of birth; the better one wins. */
octet_status oct_plan_memory(oct_lifetime *buffers, int n, uint64_t *arena_bytes, octet_error *err);

#endif
