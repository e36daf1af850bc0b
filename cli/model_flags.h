/* Flags of every command that compiles a model: CPU level, providers, threads, free dimensions.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MODEL_FLAGS_H
#define CLI_MODEL_FLAGS_H

#include <argp.h>

#include <octet/octet.h>

#include "fail.h"

#define CLI_MOST_DIMS 16

typedef struct cli_dim {
    char name[128];
    int64_t value;
} cli_dim;

typedef struct cli_model_flags {
    octet_error *err; /* where the parser puts its message */
    const char *cpu;  /* NULL: the best of this machine */
    const char *providers; /* as octet_compile_opts has them, known names only; NULL: not given */
    const char *tuning; /* a table's file; NULL: not given */
    int n_threads;    /* 0: not given */
    cli_dim dims[CLI_MOST_DIMS];
    int n_dims;
} cli_model_flags;

/* All of them, and those that matter when a model is compiled for whatever CPU; the input of both is a cli_model_flags. */
extern const struct argp cli_model_argp, cli_graph_argp;

/* A level by name, or the error for one that there is not; `more` is one that the command has beside, or NULL. */
octet_status cli_parse_cpu(cli_model_flags *flags, const char *text, const char *more);

/* Open the file and bind the dimensions that --dim named. */
octet_status cli_model_open(octet_model **out, const char *path, const cli_model_flags *flags, octet_error *err);

/* `pixels` has the placement with what belongs to it; NULL: host. */
octet_status cli_model_compile(octet_program **out, octet_model *model, const char *path, const cli_model_flags *flags,
                               const octet_compile_opts *pixels, octet_error *err);

octet_status cli_session_new(octet_session **out, const octet_program *program, const cli_model_flags *flags,
                             octet_error *err);

/* "1x3x224x224"; a free dimension by its name, "Nx3x<height>x<width>", or as "?"; "scalar" and "unknown shape" where
 * there are no dimensions. */
#define CLI_SHAPE_SIZE 256
const char *cli_shape(char text[CLI_SHAPE_SIZE], const octet_tensor_info *info);

#endif
