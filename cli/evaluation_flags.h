/* Flags that name labelled images.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EVALUATION_FLAGS_H
#define CLI_EVALUATION_FLAGS_H

#include <argp.h>

#include "evaluation_set.h"
#include "fail.h"

typedef struct cli_evaluation_flags { /* all zero: nothing given */
    octet_error *err;                 /* where the parser puts its message */
    cli_evaluation_opts opts;
} cli_evaluation_flags;

extern const struct argp cli_evaluation_argp; /* its input is a cli_evaluation_flags */

#endif
