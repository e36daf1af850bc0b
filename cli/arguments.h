/* argp with the tool's own messages: every wrong option is named, with the nearest right one, and the exit code is 2.
 * Options are spelled out in full; argp groups them and prints the help.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <argp.h>

#include "fail.h"

/* Option keys begin above the letters; a letter as key makes a one-letter option, -o of the commands that write a file. A group
 * of flags has 32 of them. */
#define CLI_KEYS_COMMAND 0x200
#define CLI_KEYS_MODEL 0x220
#define CLI_KEYS_RECIPE 0x240
#define CLI_KEYS_CLASSES 0x260
#define CLI_KEYS_OTHER 0x280
#define CLI_KEYS_PIXELS 0x2a0
#define CLI_KEYS_PLACEMENT 0x2c0
#define CLI_KEYS_EVALUATION 0x2e0
#define CLI_KEYS_CALIBRATION 0x320

/* --help, which every command has as a child of its argp. */
extern const struct argp cli_other_argp;

/* Parse argv[1..] into `input`. *wants_help: --help was among them and nothing has been parsed. The parsers of the tree
 * store their message in `err` and return nonzero. */
octet_status cli_parse_arguments(const struct argp *argp, int argc, char **argv, void *input, int *wants_help,
                                 octet_error *err);

#endif
