/* Checks argv against the option tables before argp sees it, so that argp never has to complain.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "arguments.h"

#include <stdio.h>
#include <string.h>

#include "spelling.h"

#define MOST_OPTIONS 64

typedef struct option_list {
    const char *names[MOST_OPTIONS];
    char letters[MOST_OPTIONS]; /* 0: none */
    int takes_value[MOST_OPTIONS];
    const char *value_names[MOST_OPTIONS];
    size_t n;
} option_list;

static error_t ignore(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    (void)state;
    return key == CLI_KEYS_OTHER ? 0 : ARGP_ERR_UNKNOWN;
}

static const struct argp_option other_options[] = {
    {.name = "help", .key = CLI_KEYS_OTHER, .doc = "Show this help and do nothing else"},
    {0},
};

const struct argp cli_other_argp = {.options = other_options, .parser = ignore};

static void collect(option_list *list, const struct argp *argp)
{
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
        if (!o->name || (o->flags & OPTION_DOC) || list->n == MOST_OPTIONS)
            continue;
        list->names[list->n] = o->name;
        list->letters[list->n] = o->key > 0 && o->key < 0x80 ? (char)o->key : '\0';
        list->takes_value[list->n] = o->arg && !(o->flags & OPTION_ARG_OPTIONAL);
        list->value_names[list->n++] = o->arg;
    }
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        collect(list, c->argp);
}

/* Index of the option that `arg` ("--name", "--name=value" or "-n") spells, or list->n. */
static size_t find(const option_list *list, const char *arg)
{
    size_t i = 0;
    if (arg[1] != '-') {
        while (i < list->n && (list->letters[i] != arg[1] || arg[2] != '\0'))
            i++;
        return i;
    }
    size_t n_name = strcspn(arg + 2, "=");
    while (i < list->n && (strlen(list->names[i]) != n_name || memcmp(list->names[i], arg + 2, n_name) != 0))
        i++;
    return i;
}

static octet_status unknown(const option_list *list, const char *arg, octet_error *err)
{
    char word[64] = "", meant[CLI_MEANT_SIZE];
    size_t n = strcspn(arg, "=");
    if (strncmp(arg, "--", 2) == 0)
        snprintf(word, sizeof word, "%.*s", (int)(n - 2), arg + 2);
    cli_meant(meant, "--", cli_nearest(word, list->names, list->n));
    return cli_fail(err, OCTET_USAGE, "unknown option '%.*s'%s%s", (int)n, arg, meant,
                    *meant ? "" : "; see --help");
}

static int is_option(const char *arg)
{
    return arg[0] == '-' && arg[1] != '\0';
}

static octet_status check_option(const option_list *list, char **argv, int argc, int *i, int *wants_help,
                                 octet_error *err)
{
    const char *arg = argv[*i];
    size_t o = find(list, arg);
    if (o == list->n)
        return unknown(list, arg, err);
    const char *value = strchr(arg, '=');
    if (value && !list->value_names[o])
        return cli_fail(err, OCTET_USAGE, "option '--%s' takes no value", list->names[o]);
    if (value && value[1] == '\0')
        return cli_fail(err, OCTET_USAGE, "option '--%s' has an empty value", list->names[o]);
    if (strcmp(list->names[o], "help") == 0)
        *wants_help = 1;
    if (value || !list->takes_value[o])
        return OCTET_OK;
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL;
    if (!next || (is_option(next) && find(list, next) < list->n))
        return cli_fail(err, OCTET_USAGE, "option '--%s' needs a value (%s)", list->names[o], list->value_names[o]);
    if (*next == '\0')
        return cli_fail(err, OCTET_USAGE, "option '--%s' has an empty value", list->names[o]);
    ++*i;
    return OCTET_OK;
}

octet_status cli_parse_arguments(const struct argp *argp, int argc, char **argv, void *input, int *wants_help,
                                 octet_error *err)
{
    option_list list = {.n = 0};
    collect(&list, argp);
    *wants_help = 0;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_option(argv[i]))
            CLI_TRY(check_option(&list, argv, argc, &i, wants_help, err));
    if (*wants_help)
        return OCTET_OK;
    err->status = OCTET_OK;
    error_t failed = argp_parse(argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, input);
    if (failed && err->status == OCTET_OK)
        return cli_fail(err, OCTET_USAGE, "these arguments make no sense; see --help");
    return err->status;
}
