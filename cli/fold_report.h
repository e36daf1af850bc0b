/* What `octet fold` did, as text and as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FOLD_REPORT_H
#define CLI_FOLD_REPORT_H

#include <stdbool.h>

#include <octet/fold.h>

typedef struct cli_fold_report {
    const char *model, *out;
    const octet_fold_opts *opts;   /* NULL: an unfolding */
    octet_fold_info info;
    octet_tensor_info input;       /* as the original has it */
    int channels;
    const octet_proof *proof;      /* NULL: none was made */
    bool written;                  /* the file is there */
} cli_fold_report;

void cli_fold_print(const cli_fold_report *report);
octet_status cli_fold_print_json(const cli_fold_report *report, octet_error *err);

#endif
