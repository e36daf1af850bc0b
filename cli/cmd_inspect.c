/* octet inspect: what a model file holds and what becomes of it on this CPU.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "arguments.h"
#include "artifact.h"
#include "command.h"
#include "image_input.h"
#include "inspection.h"
#include "model_flags.h"
#include "numbers.h"
#include "placement_flags.h"
#include "report_json.h"

enum { NODES = CLI_KEYS_COMMAND, PROFILE, RUNS, CPU_LEVELS, JSON };

typedef struct inspect_flags {
    octet_error *err;
    cli_model_flags model;
    cli_placement_flags placement;
    bool nodes, profile, cpu_levels, json;
    int runs; /* 0: not given */
    char **arguments;
    int n_arguments;
} inspect_flags;

#define DEFAULT_RUNS 21
#define MOST_RUNS 100000

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "Output:", .group = 1},
    {.name = "nodes", .key = NODES, .doc = "List the steps: operator (fused ones with a plus), output shape, kernel, MACs, "
                                           "parameters"},
    {.name = "profile", .key = PROFILE, .doc = "Measure the time of each step and list them"},
    {.name = "runs", .key = RUNS, .arg = "N", .doc = "Runs of --profile, whose median is shown (default 21)"},
    {.name = "cpu-levels", .key = CPU_LEVELS, .doc = "List the CPU levels, the lowest first; needs no model"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_model_argp, .header = "Execution:", .group = 2},
    {.argp = &cli_placement_argp, .group = 2},
    {.argp = &cli_other_argp, .header = "Other:", .group = 3},
    {0},
};

static octet_status parse_runs(inspect_flags *flags, const char *text)
{
    int64_t value;
    CLI_TRY(cli_parse_int(&value, text, 1, MOST_RUNS, "--runs", flags->err));
    flags->runs = (int)value;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    inspect_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->model;
        state->child_inputs[1] = &flags->placement;
        return 0;
    case NODES: flags->nodes = true; return 0;
    case PROFILE: flags->profile = true; return 0;
    case RUNS: return parse_runs(flags, arg) ? EINVAL : 0;
    case CPU_LEVELS: flags->cpu_levels = true; return 0;
    case JSON: flags->json = true; return 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp inspect_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL\n--cpu-levels",
    .doc = "Show what an ONNX model holds (inputs, outputs, operators, parameters, the recipe in its "
           "metadata), or what an artifact records, and what it is on this CPU: "
           "steps, multiply-accumulates (MACs), memory. A model that Octet cannot run is shown as far as possible, then "
           "every refused node with the reason.\v"
           "Examples:\n"
           "  octet inspect model.onnx --nodes\n"
           "  octet inspect model.onnx --profile --threads 2\n"
           "  octet inspect model.onnx --dim height=320 --dim width=320 --json\n\n"
           CLI_EXIT_CODES,
    .children = children,
};

/* ---- the command ---- */

static octet_status list_cpu_levels(bool json, octet_error *err)
{
    const char *name;
    int available;
    cJSON *document = json ? cJSON_CreateObject() : NULL, *levels = cJSON_AddArrayToObject(document, "cpu_levels");
    for (int i = 0; (name = octet_cpu_level(i, &available)); i++) {
        if (!json) {
            printf("%-12s%s\n", name, available ? "available" : "not on this machine");
            continue;
        }
        cJSON *level = cJSON_CreateObject();
        cJSON_AddItemToArray(levels, level);
        cli_json_add_text(level, "name", name);
        cJSON_AddBoolToObject(level, "available", available != 0);
    }
    return json ? cli_json_print(document, err) : OCTET_OK;
}

static octet_status profile(cli_inspection *x, uint64_t **step_ns, const inspect_flags *flags, octet_error *err)
{
    octet_program_info info;
    octet_program_get_info(x->program, &info);
    *step_ns = calloc((size_t)info.n_steps + 1, sizeof **step_ns);
    if (!*step_ns)
        return cli_fail_memory(err);
    octet_session *session;
    CLI_TRY(cli_session_new(&session, x->program, &flags->model, err));
    x->n_runs = flags->runs ? flags->runs : DEFAULT_RUNS;
    octet_status status = cli_profile(*step_ns, &x->run_ns, x->program, session, x->n_runs, err);
    octet_session_free(session);
    x->step_ns = *step_ns;
    return status;
}

/* Whether the only input takes images, and in which layout. */
static bool takes_images(const octet_model *model, octet_recipe *recipe)
{
    octet_tensor_info info;
    if (!cli_takes_images(model))
        return false;
    octet_model_input(model, 0, &info);
    bool nchw = info.dims[1] == 1 || info.dims[1] == 3;
    recipe->layout = nchw ? OCTET_NCHW : OCTET_NHWC;
    recipe->order = info.dims[nchw ? 1 : 3] == 1 ? OCTET_GRAY : OCTET_RGB;
    return true;
}

/* As octet run compiles it; mean and scale change nothing that is shown here. */
static octet_status compile(octet_program **program, cli_inspection *x, octet_model *model, const inspect_flags *flags,
                            octet_error *err)
{
    octet_recipe recipe = {0};
    octet_compile_opts pixels = {.placement = cli_placement(&flags->placement), .recipe = &recipe};
    x->takes_images = takes_images(model, &recipe);
    return cli_model_compile(program, model, x->path, &flags->model, x->takes_images ? &pixels : NULL, err);
}

/* Measure and print the second part; `status` says how the program came to be. */
static octet_status inspect_program(cli_inspection *x, octet_status status, cJSON *document, const inspect_flags *flags,
                                    octet_error *err)
{
    uint64_t *step_ns = NULL;
    x->refused = err;
    if (status == OCTET_OK && flags->profile)
        status = profile(x, &step_ns, flags, err);
    bool described = status == OCTET_OK || (status == OCTET_UNSUPPORTED && !x->program);
    if (described && document)
        cli_inspection_add_program(document, x);
    else if (status == OCTET_OK)
        cli_inspection_print_program(x);
    free(step_ns);
    return status;
}

/* Both parts. The model is described before it is compiled, an artifact is a program already. */
static octet_status inspect(cli_inspection *x, octet_model *model, octet_program **program, const inspect_flags *flags,
                            octet_error *err)
{
    octet_status status = OCTET_OK;
    cJSON *document = flags->json ? cJSON_CreateObject() : NULL;
    x->model = model;
    if (document)
        cli_inspection_add_file(document, x);
    else
        cli_inspection_print_file(x);
    if (model)
        status = compile(program, x, model, flags, err);
    x->program = *program;
    status = inspect_program(x, status, document, flags, err);
    if (!document)
        return status;
    octet_error print_err;
    octet_status printed = cli_json_print(document, &print_err);
    if (status == OCTET_OK && printed != OCTET_OK)
        *err = print_err;
    return status ? status : printed;
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    inspect_flags flags = {.err = err};
    flags.model.err = flags.placement.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&inspect_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&inspect_argp, "inspect", stdout);
        return OCTET_OK;
    }
    if (flags.cpu_levels && flags.n_arguments == 0)
        return list_cpu_levels(flags.json, err);
    if (flags.n_arguments != 1 || flags.cpu_levels)
        return cli_fail(err, OCTET_USAGE, "octet inspect needs one model%s; see 'octet inspect --help'",
                        flags.cpu_levels ? ", or --cpu-levels alone" : "");
    if (flags.runs && !flags.profile)
        return cli_fail(err, OCTET_USAGE, "--runs is for --profile, which is not given");
    struct stat st = {.st_size = 0};
    octet_model *model = NULL;
    octet_program *program = NULL;
    const char *path = flags.arguments[0];
    if (cli_is_artifact(path))
        CLI_TRY(cli_artifact_open(&program, path, &flags.model, &flags.placement, err));
    else
        CLI_TRY(cli_model_open(&model, path, &flags.model, err));
    stat(path, &st);
    cli_inspection x = {.path = path, .file_bytes = (uint64_t)st.st_size, .program = program, .takes_images = program != NULL,
                        .n_threads = flags.model.n_threads ? flags.model.n_threads : 1,
                        .steps = flags.nodes || flags.profile};
    octet_status status = inspect(&x, model, &program, &flags, err);
    octet_model_free(model);
    octet_program_free(program);
    return status;
}

const cli_command cli_inspect_command = {
    .name = "inspect", .summary = "Show what is in a model and what it compiles to", .argp = &inspect_argp, .run = run};
