/* What octet inspect found out, and the two ways to print it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_INSPECTION_H
#define CLI_INSPECTION_H

#include <stdbool.h>

#include <octet/octet.h>

#include "fail.h"

typedef struct cli_inspection {
    const char *path;
    uint64_t file_bytes;
    const octet_model *model;     /* as the file says; asked before it is compiled; NULL: the file is an artifact */
    const octet_program *program; /* NULL: it did not compile */
    const octet_error *refused;   /* why not, else NULL */
    bool takes_images;            /* its only input is one for images: where the normalization is done is worth telling */
    int n_threads;
    bool steps;                   /* list them */
    const uint64_t *step_ns;      /* [n_steps] median time, NULL: not measured */
    uint64_t run_ns;              /* median time of a whole run */
    int n_runs;
} cli_inspection;

/* The text comes in two parts, because the file can be described even if it does not compile. */
void cli_inspection_print_file(const cli_inspection *x);
void cli_inspection_print_program(const cli_inspection *x);

/* The document in two parts as well; `document` is a cJSON object. */
struct cJSON;
void cli_inspection_add_file(struct cJSON *document, const cli_inspection *x);
void cli_inspection_add_program(struct cJSON *document, const cli_inspection *x);

typedef struct cli_integer_counts {
    int int8, quantize, dequantize; /* steps of the int8 provider, to integers, to float */
    int reasons;                    /* steps that compute in float though the model is quantized */
} cli_integer_counts;
cli_integer_counts cli_count_integers(const octet_program *program);

/* Median times of the steps over n_runs runs after one that is not counted. Inputs are pseudo-random. */
octet_status cli_profile(uint64_t *step_ns, uint64_t *run_ns, const octet_program *program, octet_session *session,
                         int n_runs, octet_error *err);

#endif
