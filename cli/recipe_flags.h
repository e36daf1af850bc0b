/* Preprocessing flags, --config among them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_FLAGS_H
#define CLI_RECIPE_FLAGS_H

#include <argp.h>
#include <stdbool.h>

#include "fail.h"
#include "recipe_fields.h"

typedef struct cli_recipe_flags { /* all zero: nothing given */
    octet_error *err;             /* where the parser puts its message */
    cli_recipe_fields given;      /* by the flags themselves; std is apart until it is known that scale is not given */
    cli_numbers std;
    const char *config_path;
    cli_recipe_fields config;     /* what that file says */
    bool ignore_orientation;
} cli_recipe_flags;

extern const struct argp cli_recipe_argp; /* its input is a cli_recipe_flags */

/* Flags that contradict each other: known before any model is. */
octet_status cli_recipe_check(const cli_recipe_flags *flags, octet_error *err);

/* Override `fields` by the flags, without the file of --config. */
void cli_recipe_flags_override(cli_recipe_fields *fields, const cli_recipe_flags *flags);

#endif
