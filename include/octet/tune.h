/* tune.h: find out which tilings of the integer convolutions are fastest on this machine's CPU, once, and keep them in a file.
 *
 *     opts.cpu = "ref";  octet_compile(&p, m, &opts, &err);        what is compiled for ref can be packed for any level
 *     octet_tune((const octet_program *[]){p}, 1, "tuning.txt", NULL, &err);
 *     opts.cpu = NULL;  opts.tuning = "tuning.txt";                for this and other models from now on
 *
 * The results of a program do not depend on tilings, its speed does a little. docs/tuning.md has the file's format.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_TUNE_H
#define OCTET_TUNE_H

#include <octet/octet.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A shape that was measured. */
typedef struct octet_tune_result {
    const char *shape;          /* as in the file */
    int n_steps;                /* of the programs, that have it */
    const char *tiling;         /* the winner, as in the file; NULL: the default stays */
    double default_us, best_us; /* microseconds of one step on one thread, medians; best_us: of the fastest tiling */
} octet_tune_result;

typedef struct octet_tune_opts { /* all zero: defaults */
    const char *cpu;             /* level to measure; NULL: this CPU's best */
    int ms;                      /* how long each tiling of each shape is measured; 0: 100 */
    void (*report)(void *context, const octet_tune_result *result); /* NULL, or called after each shape */
    void *context;
} octet_tune_opts;

/* Measure the dense convolutions and products of n programs, with each tiling that serves them and that level, and write
 * what wins by 3 % or more over the default to `path`. Lines that are there already stay, except those of this CPU, level
 * and shape. The programs were compiled for "ref", or OCTET_USAGE. OCTET_BAD_INPUT: the file that is there is no table, or
 * cannot be written. */
OCTET_API octet_status octet_tune(const octet_program *const *programs, int n, const char *path, const octet_tune_opts *opts,
                                  octet_error *err);

#ifdef __cplusplus
}
#endif
#endif
