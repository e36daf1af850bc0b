/* The file of --config, in whichever of the known forms: TIDL-RT import file, JSON of Hugging Face or timm, YAML of TI's model
 * zoo. The readers are pure functions of a buffer.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECIPE_CONFIG_H
#define CLI_RECIPE_CONFIG_H

#include <stddef.h>

#include "fail.h"
#include "recipe_fields.h"

#define CLI_MOST_CONFIG ((size_t)1 << 20) /* bytes */

typedef struct cli_config {
    const char *text; /* n_bytes and a NUL; none before */
    size_t n_bytes;
    const char *name; /* for messages and origins: outlives the fields */
    void (*note)(const char *format, ...) CLI_PRINTF(1, 2);
} cli_config;

/* Tell the form by the first entry and read it. OCTET_BAD_INPUT for a file that is damaged, contradicts
 * itself or says what it cannot mean; OCTET_UNSUPPORTED for preprocessing that Octet does not have; known entries without a
 * meaning here are noted. The message names file, line or key, and value. */
octet_status cli_recipe_config_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err);

/* The same for a file of at most CLI_MOST_CONFIG bytes; notes go to stderr. */
octet_status cli_recipe_config_read(cli_recipe_fields *fields, const char *path, octet_error *err);

/* The forms. Messages may hold control characters of the file. */
octet_status cli_import_file_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err);
octet_status cli_preprocessor_json_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err);
octet_status cli_param_yaml_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err);

/* OCTET_BAD_INPUT for a key that is none of `names` (NULL behind the last) but within two edits of one: such files have many
 * keys that mean nothing here, but a misspelt one must not pass for them. */
octet_status cli_config_check_key(const cli_config *config, const char *key, const char *const *names, octet_error *err);

#endif
