/* Which form a file of --config has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "recipe_config.h"

#include <stdlib.h>
#include <string.h>

#include "spelling.h"
#include "text_lines.h"

/* The first line that says something: behind blanks, empty lines and comments. */
static const char *first_entry(const char *text)
{
    for (text += strspn(text, " \t\r\n"); *text == '#'; text += strspn(text, " \t\r\n"))
        text += strcspn(text, "\n");
    return text;
}

octet_status cli_config_check_key(const cli_config *config, const char *key, const char *const *names, octet_error *err)
{
    const char *near = NULL;
    for (; *names; names++) {
        int edits = cli_edit_distance(key, *names);
        if (strcmp(key, *names) == 0)
            return OCTET_OK;
        if (edits <= 2 && edits < (int)strlen(*names) / 2)
            near = *names;
    }
    if (!near)
        return OCTET_OK;
    return cli_fail(err, OCTET_BAD_INPUT, "%s: unknown key '%.64s'; did you mean '%s'?", config->name, key, near);
}

/* The form that the first entry has. */
static octet_status parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err)
{
    const char *entry = first_entry(config->text);
    size_t n_key = strcspn(entry, "=:\n");
    if (*entry == '{')
        return cli_preprocessor_json_parse(fields, config, err);
    if (strncmp(entry, "---", 3) == 0 || *entry == '%' || entry[n_key] == ':')
        return cli_param_yaml_parse(fields, config, err);
    if (entry[n_key] == '=')
        return cli_import_file_parse(fields, config, err);
    return cli_fail(err, OCTET_BAD_INPUT,
                    "%s is no configuration: neither lines of 'key = value' (TIDL-RT) nor JSON (Hugging Face, timm) nor YAML "
                    "(TI's model zoo)", config->name);
}

octet_status cli_recipe_config_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err)
{
    cli_config inner = *config;
    if (strncmp(inner.text, "\xef\xbb\xbf", 3) == 0) { /* byte order mark */
        inner.text += 3;
        inner.n_bytes -= 3;
    }
    *fields = (cli_recipe_fields){0};
    octet_status status = parse(fields, &inner, err);
    for (char *s = err->message; status != OCTET_OK && *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) /* of the file: none may break the line or steer a terminal */
            *s = '?';
    return status;
}

octet_status cli_recipe_config_read(cli_recipe_fields *fields, const char *path, octet_error *err)
{
    cli_config config = {.name = path, .note = cli_note};
    char *text;
    CLI_TRY(cli_small_text_read(&text, &config.n_bytes, path, CLI_MOST_CONFIG, err));
    config.text = text;
    octet_status status = cli_recipe_config_parse(fields, &config, err);
    free(text);
    return status;
}
