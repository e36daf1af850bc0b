/* Compiling in two steps, for those who want several programs of one model.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_API_COMPILE_H
#define OCT_API_COMPILE_H

#include "api/model.h"
#include "base/cpu.h"
#include "passes/passes.h"
#include "providers/provider.h"

#define OCT_MAX_PROVIDERS 8

typedef struct oct_compiler {
    const octet_compile_opts *opts; /* NULL: defaults */
    oct_graph *graph;               /* the model's */
    oct_cpu_level cpu;
    const oct_provider *providers[OCT_MAX_PROVIDERS];
    int n_providers;
    const struct oct_tuning *tuning; /* NULL: none */
    uint64_t fold_bytes, fold_macs; /* what constant folding may still cost */
} oct_compiler;

/* Check the options and run the passes on the model's graph, which changes it for good: OCTET_USAGE if that was done before. */
octet_status oct_compiler_open(oct_compiler *c, octet_model *m, const octet_compile_opts *opts,
                               const oct_quantize_request *quantize, octet_error *err);

/* A program for n of the graph's outputs, bound to the pixels of the options. */
octet_status oct_compiler_build(octet_program **out, const oct_compiler *c, const oct_value_id *outputs, int n,
                                octet_error *err);

#endif
