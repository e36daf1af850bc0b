/* The flag that says where the normalization is done.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLACEMENT_FLAGS_H
#define CLI_PLACEMENT_FLAGS_H

#include <argp.h>
#include <stdbool.h>

#include <octet/octet.h>

#include "fail.h"

typedef struct cli_placement_flags { /* all zero: nothing given */
    octet_error *err;                /* where the parser puts its message */
    bool given;
    octet_placement value;
} cli_placement_flags;

extern const struct argp cli_placement_argp; /* its input is a cli_placement_flags */

/* What the flag says, else fold. */
octet_placement cli_placement(const cli_placement_flags *flags);

#endif
