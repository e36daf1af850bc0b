/* The table of commands. A command parses its own arguments, prints results on stdout, and returns a status that
 * becomes the exit code; main prints the error.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <argp.h>
#include <stdio.h>

#include "fail.h"

typedef struct cli_command {
    const char *name;    /* "run" */
    const char *summary; /* one line */
    const struct argp *argp;
    /* argv[0] is the name. err->message is empty when everything has been said already. */
    octet_status (*run)(int argc, char **argv, octet_error *err);
} cli_command;

extern const cli_command cli_run_command;
extern const cli_command cli_eval_command;
extern const cli_command cli_bench_command;
extern const cli_command cli_inspect_command;
extern const cli_command cli_fold_command;
extern const cli_command cli_doctor_command;
extern const cli_command cli_tune_command;
extern const cli_command cli_compile_command;

void cli_print_command_help(const struct argp *argp, const char *name, FILE *stream);

/* End of every command's help. */
#define CLI_EXIT_CODES                                                                                                 \
    "Exit codes: 0 done; 1 a check failed; 2 wrong usage; 3 a file is missing, damaged or not what it should be; "     \
    "4 the model needs what Octet does not have; 5 out of memory."

#endif
