/* Flags that say what the outputs of a classifier mean: labels and class offset.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLASS_FLAGS_H
#define CLI_CLASS_FLAGS_H

#include <argp.h>
#include <stdbool.h>

#include "fail.h"
#include "labels.h"

typedef struct cli_class_flags { /* all zero: nothing given */
    octet_error *err;            /* where the parser puts its message */
    const char *labels;
    bool has_offset;             /* false: auto */
    int offset;
} cli_class_flags;

#define CLI_IMAGENET_CLASSES 1000

extern const struct argp cli_class_argp; /* its input is a cli_class_flags */

/* The value of --class-offset. */
octet_status cli_parse_class_offset(cli_class_flags *flags, const char *text);

/* Output i of the model is class i - offset. */
typedef struct cli_classes {
    cli_labels labels; /* n = 0: no names */
    int n_outputs, offset;
} cli_classes;

/* Read the labels and settle the offset for a model with n_outputs scores. OCTET_BAD_INPUT if the numbers do not fit.
 * Free with cli_classes_free, after a failure too. */
octet_status cli_classes_open(cli_classes *classes, const cli_class_flags *flags, int n_outputs, octet_error *err);
void cli_classes_free(cli_classes *classes);

/* Name of a class (offset removed); NULL if it has none. */
const char *cli_class_name(const cli_classes *classes, int class_id);

#endif
