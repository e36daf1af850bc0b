/* The keys of TIDL-RT import and inference files.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMPORT_KEYS_H
#define CLI_IMPORT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* Those that say something about preprocessing. */
typedef enum cli_import_used {
    CLI_IMPORT_NOT_USED = -1,
    CLI_IMPORT_MODEL_TYPE,
    CLI_IMPORT_NET_FILE,
    CLI_IMPORT_IN_DATA_NORM,
    CLI_IMPORT_IN_MEAN,
    CLI_IMPORT_IN_SCALE,
    CLI_IMPORT_IN_DATA_FORMAT,
    CLI_IMPORT_IN_ELEMENT_TYPE,
    CLI_IMPORT_IN_LAYOUT,
    CLI_IMPORT_IN_WIDTH,
    CLI_IMPORT_IN_HEIGHT,
    CLI_IMPORT_IN_NUM_CHANNELS,
    CLI_IMPORT_RESIZE_WIDTH,
    CLI_IMPORT_RESIZE_HEIGHT,
    CLI_IMPORT_IN_RESIZE_TYPE,
    CLI_IMPORT_IN_QUANT_FACTOR,
    CLI_IMPORT_IN_ZERO_POINT,
    CLI_IMPORT_IN_YUV_FORMAT,
    CLI_IMPORT_IN_FILE_FORMAT,
    CLI_IMPORT_N_USED
} cli_import_used;

typedef struct cli_import_key {
    const char *name;
    cli_import_used used;
    bool whole;          /* whole numbers in lowest..highest, one for each input; else numbers */
    int lowest, highest;
} cli_import_key;

#define CLI_IMPORT_MOST_KEYS 192

/* NULL: there is no such key. Letter case counts. */
const cli_import_key *cli_import_key_find(const char *name, size_t n);
const cli_import_key *cli_import_key_at(int index);
int cli_import_key_index(const cli_import_key *key);
/* Name of a used key; of two spellings the first. */
const char *cli_import_key_name(int used);
/* All names; how many. */
size_t cli_import_key_names(const char *names[CLI_IMPORT_MOST_KEYS]);

#endif
