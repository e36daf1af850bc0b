/* --cpu, --providers, --threads, --tuning, --dim, and opening a model with them.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "model_flags.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "numbers.h"
#include "spelling.h"

enum { CPU = CLI_KEYS_MODEL, PROVIDERS, THREADS, DIM, TUNING };

#define MOST_THREADS 1024
#define MOST_LEVELS 16
#define MOST_PROVIDERS 16

static const struct argp_option options[] = {
    {.name = "cpu", .key = CPU, .arg = "LEVEL",
     .doc = "Highest CPU level to use: ref, avx2, avx512, avx512vnni or auto (default). The results are the same bits at every level"},
    {.name = "threads", .key = THREADS, .arg = "N", .doc = "Threads of one run, 1..1024 (default 1)"},
    {.name = "tuning", .key = TUNING, .arg = "FILE",
     .doc = "Table of octet tune with the tilings that are fastest on this CPU. The results are the same bits with any"},
    {0},
};

static const struct argp_option graph_options[] = {
    {.name = "providers", .key = PROVIDERS, .arg = "LIST",
     .doc = "Who computes, in order of preference (default int8,float): int8 runs quantized operators in integers, float all others. "
            "Without int8 a file with DequantizeLinear and QuantizeLinear runs in float"},
    {.name = "dim", .key = DIM, .arg = "NAME=VALUE",
     .doc = "Value of a free dimension of the model's inputs; may be repeated. A free batch dimension is 1 by itself"},
    {0},
};

octet_status cli_parse_cpu(cli_model_flags *flags, const char *text, const char *more)
{
    const char *names[MOST_LEVELS] = {more ? more : "auto", "auto"};
    size_t n = more ? 2 : 1;
    for (int i = 0; n < MOST_LEVELS && octet_cpu_level(i, NULL); i++)
        names[n++] = octet_cpu_level(i, NULL);
    flags->cpu = text;
    char list[128] = "", meant[CLI_MEANT_SIZE];
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, names[i]) == 0)
            return OCTET_OK;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    return cli_fail(flags->err, OCTET_USAGE, "--cpu '%s': the levels are %s%s", text, list,
                    cli_meant(meant, "", cli_nearest(text, names, n)));
}

/* One name of the list: a provider's own, or another's word for it, which is worth a notice. */
static octet_status check_provider(cli_model_flags *flags, const char *name)
{
    const char *names[MOST_PROVIDERS], *alias;
    size_t n = 0;
    for (; n < MOST_PROVIDERS && (names[n] = octet_provider((int)n, &alias)); n++) {
        if (strcmp(name, names[n]) == 0)
            return OCTET_OK;
        if (strcmp(name, alias) == 0)
            return (void)fprintf(stderr, "octet: %s is taken as %s\n", name, names[n]), OCTET_OK;
    }
    char list[128] = "", meant[CLI_MEANT_SIZE];
    for (size_t i = 0; i < n; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    return cli_fail(flags->err, OCTET_USAGE, "--providers '%s': the providers are %s%s", name, list,
                    cli_meant(meant, "", cli_nearest(name, names, n)));
}

static octet_status parse_providers(cli_model_flags *flags, const char *text)
{
    flags->providers = text;
    for (;; text++) {
        char name[64];
        size_t n = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), text);
        CLI_TRY(check_provider(flags, name));
        text += n;
        if (*text == '\0')
            return OCTET_OK;
    }
}

static octet_status parse_threads(cli_model_flags *flags, const char *text)
{
    int64_t value;
    CLI_TRY(cli_parse_int(&value, text, 1, MOST_THREADS, "--threads", flags->err));
    flags->n_threads = (int)value;
    return OCTET_OK;
}

static octet_status parse_dim(cli_model_flags *flags, const char *text)
{
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text)
        return cli_fail(flags->err, OCTET_USAGE, "--dim '%s' is not NAME=VALUE", text);
    if (flags->n_dims == CLI_MOST_DIMS)
        return cli_fail(flags->err, OCTET_USAGE, "--dim is given more than %d times", CLI_MOST_DIMS);
    cli_dim *dim = &flags->dims[flags->n_dims];
    size_t n_name = (size_t)(equals - text);
    if (n_name >= sizeof dim->name)
        return cli_fail(flags->err, OCTET_USAGE, "--dim '%s': the name is too long", text);
    memcpy(dim->name, text, n_name);
    dim->name[n_name] = '\0';
    CLI_TRY(cli_parse_int(&dim->value, equals + 1, 1, INT32_MAX, "the value of --dim", flags->err));
    flags->n_dims++;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_model_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = flags; return 0;
    case CPU: return cli_parse_cpu(flags, arg, NULL) ? EINVAL : 0;
    case THREADS: return parse_threads(flags, arg) ? EINVAL : 0;
    case TUNING: flags->tuning = arg; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_graph(int key, char *arg, struct argp_state *state)
{
    cli_model_flags *flags = state->input;
    switch (key) {
    case PROVIDERS: return parse_providers(flags, arg) ? EINVAL : 0;
    case DIM: return parse_dim(flags, arg) ? EINVAL : 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_graph_argp = {.options = graph_options, .parser = parse_graph};
static const struct argp_child children[] = {{.argp = &cli_graph_argp}, {0}};
const struct argp cli_model_argp = {.options = options, .parser = parse, .children = children};

/* Names of the free dimensions of all inputs; their number. */
static size_t free_dims(const octet_model *model, const char **names, size_t most)
{
    size_t n = 0;
    octet_tensor_info info;
    for (int i = 0; octet_model_input(model, i, &info) == OCTET_OK; i++)
        for (int d = 0; d < info.rank && n < most; d++)
            if (info.dim_names[d])
                names[n++] = info.dim_names[d];
    return n;
}

static octet_status bind(octet_model *model, const char *path, const cli_dim *dim, octet_error *err)
{
    const char *names[64];
    size_t n = free_dims(model, names, 64);
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], dim->name) == 0)
            return octet_model_bind_dim(model, dim->name, dim->value, err);
    char meant[CLI_MEANT_SIZE];
    return cli_fail(err, OCTET_USAGE, "--dim %s=%" PRId64 ": %s has no free dimension of this name%s%s", dim->name,
                    dim->value, path, n ? "" : ", all are fixed",
                    cli_meant(meant, "", cli_nearest(dim->name, names, n)));
}

octet_status cli_model_open(octet_model **out, const char *path, const cli_model_flags *flags, octet_error *err)
{
    CLI_TRY(octet_model_open(out, path, err));
    for (int i = 0; i < flags->n_dims; i++) {
        octet_status status = bind(*out, path, &flags->dims[i], err);
        if (status != OCTET_OK) {
            octet_model_free(*out);
            *out = NULL;
            return status;
        }
    }
    return OCTET_OK;
}

octet_status cli_model_compile(octet_program **out, octet_model *model, const char *path, const cli_model_flags *flags,
                               const octet_compile_opts *pixels, octet_error *err)
{
    octet_error why = {.status = OCTET_OK};
    octet_compile_opts opts = pixels ? *pixels : (octet_compile_opts){0};
    opts.cpu = flags->cpu;
    opts.tuning = flags->tuning;
    opts.providers = flags->providers;
    octet_status status = octet_compile(out, model, &opts, &why);
    if (status == OCTET_OK)
        return OCTET_OK;
    const char *by = strchr(why.message, '\n') ? ": these nodes are refused:\n" : ": ";
    int n_room = (int)(sizeof err->message - strnlen(path, 1024) - strlen(by) - 1);
    return cli_fail(err, status, "%.1024s%s%.*s", path, by, n_room, why.message);
}

octet_status cli_session_new(octet_session **out, const octet_program *program, const cli_model_flags *flags,
                             octet_error *err)
{
    return octet_session_new(out, program, &(octet_session_opts){.n_threads = flags->n_threads}, err);
}

const char *cli_shape(char text[CLI_SHAPE_SIZE], const octet_tensor_info *info)
{
    if (info->rank <= 0)
        return info->rank == 0 ? "scalar" : "unknown shape";
    size_t used = 0;
    for (int d = 0; d < info->rank; d++) {
        const char *by = d ? "x" : "", *name = info->dim_names[d] ? info->dim_names[d] : "?";
        size_t room = CLI_SHAPE_SIZE - used;
        if (info->dims[d] >= 0)
            used += (size_t)snprintf(text + used, room, "%s%" PRId64, by, info->dims[d]);
        else
            used += (size_t)snprintf(text + used, room, name[0] && name[1] ? "%s<%.24s>" : "%s%s", by, name);
    }
    return text;
}
