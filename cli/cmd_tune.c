/* octet tune: measure tilings, keep the winners in a table.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <octet/tune.h>

#include "arguments.h"
#include "artifact.h"
#include "calibration.h"
#include "command.h"
#include "numbers.h"
#include "recipe_flags.h"
#include "recipe_resolve.h"

enum { CPU = CLI_KEYS_COMMAND, MS };

#define MOST_MS 60000

typedef struct tune_flags {
    octet_error *err;
    cli_model_flags model; /* cpu: the level that is measured */
    cli_recipe_flags recipe;
    cli_calibration_flags calib;
    const char *out;
    int ms; /* 0: not given */
    char **arguments;
    int n_arguments;
} tune_flags;

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "Table:", .group = 1},
    {.name = "out", .key = 'o', .arg = "FILE", .doc = "The table to write; lines that are there already stay, except those measured again"},
    {.name = "ms", .key = MS, .arg = "N", .doc = "Milliseconds for each tiling of each shape, 1..60000 (default 100)"},
    {.name = "cpu", .key = CPU, .arg = "LEVEL",
     .doc = "CPU level to measure: ref, avx2, avx512, avx512vnni or auto (default), the highest of this machine"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_graph_argp, .header = "Models:", .group = 2},
    {.argp = &cli_calibration_argp, .group = 2},
    {.argp = &cli_recipe_argp, .header = "Preprocessing of the images of --calib:", .group = 3},
    {.argp = &cli_other_argp, .header = "Other:", .group = 4},
    {0},
};

static octet_status parse_ms(tune_flags *flags, const char *text)
{
    int64_t value;
    CLI_TRY(cli_parse_int(&value, text, 1, MOST_MS, "--ms", flags->err));
    flags->ms = (int)value;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    tune_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->model;
        state->child_inputs[1] = &flags->calib;
        state->child_inputs[2] = &flags->recipe;
        return 0;
    case 'o': flags->out = arg; return 0;
    case MS: return parse_ms(flags, arg) ? EINVAL : 0;
    case CPU: return cli_parse_cpu(&flags->model, arg, NULL) ? EINVAL : 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp tune_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL... -o FILE",
    .doc = "Measure once per CPU model which tilings of the integer convolutions are fastest for the shapes of some models, and "
           "keep what beats the default in a table. The commands that compile take it with --tuning. The results of a model do "
           "not depend on it. The machine should have nothing else to do meanwhile.\v"
           "Models are quantized ones, or float ones with --calib.\n\n"
           "Examples:\n"
           "  octet tune model_int8.onnx -o tuning.txt\n"
           "  octet run model_int8.onnx cat.jpg --tuning tuning.txt\n"
           "  octet tune model.onnx -o tuning.txt --calib photos --config import.yaml\n\n"
           CLI_EXIT_CODES,
    .children = children,
};

/* ---- programs ---- */

/* Its ranges, and what it is compiled with. */
static octet_status calibrate(octet_calibration **out, octet_recipe *recipe, octet_compile_opts *opts, octet_model *model,
                              const char *path, const tune_flags *flags, octet_error *err)
{
    cli_image_input input;
    cli_model_flags fast = flags->model;
    fast.cpu = NULL;
    *opts = (octet_compile_opts){.placement = OCTET_PLACEMENT_FOLD, .recipe = recipe};
    CLI_TRY(cli_recipe_resolve(recipe, &input, model, path, &flags->recipe, false, err));
    CLI_TRY(cli_calibrate(out, path, model, &fast, &input, recipe, opts, &flags->calib, err));
    opts->calibration = *out;
    return OCTET_OK;
}

/* Packed for ref, from where it can be packed for any level. */
static octet_status compile(octet_program **out, const char *path, const tune_flags *flags, octet_error *err)
{
    octet_model *model;
    octet_calibration *calibration = NULL;
    octet_recipe recipe;
    octet_compile_opts opts = {0};
    cli_model_flags portable = flags->model;
    portable.cpu = "ref";
    CLI_TRY(cli_refuse_artifact(path, "tune", "it is compiled already", err));
    CLI_TRY(cli_model_open(&model, path, &flags->model, err));
    octet_status status = OCTET_OK;
    if (flags->calib.path)
        status = calibrate(&calibration, &recipe, &opts, model, path, flags, err);
    if (status == OCTET_OK)
        status = cli_model_compile(out, model, path, &portable, &opts, err);
    octet_calibration_free(calibration);
    octet_model_free(model);
    return status;
}

/* ---- the command ---- */

typedef struct tally {
    int n, n_steps;
    double default_us, tuned_us;
} tally;

static void report(void *context, const octet_tune_result *result)
{
    tally *t = context;
    t->n++;
    t->n_steps += result->n_steps;
    t->default_us += result->n_steps * result->default_us;
    t->tuned_us += result->n_steps * (result->tiling ? result->best_us : result->default_us);
    printf("%-58s %3d x %9.1f us", result->shape, result->n_steps, result->default_us);
    if (result->tiling)
        printf("  %s %.1f us (%.1f %% less)", result->tiling, result->best_us, 100 * (1 - result->best_us / result->default_us));
    putchar('\n');
    fflush(stdout);
}

static octet_status tune(octet_program **programs, const tune_flags *flags, octet_error *err)
{
    tally t = {0};
    const octet_tune_opts opts = {.cpu = flags->model.cpu, .ms = flags->ms, .report = report, .context = &t};
    for (int i = 0; i < flags->n_arguments; i++)
        CLI_TRY(compile(&programs[i], flags->arguments[i], flags, err));
    CLI_TRY(octet_tune((const octet_program *const *)programs, flags->n_arguments, flags->out, &opts, err));
    if (t.n == 0)
        cli_note("no model has integer convolutions that can be cut otherwise at this level; float models need --calib");
    printf("%s: %d shapes of %d steps, %.1f us by default, %.1f us tuned\n", flags->out, t.n, t.n_steps, t.default_us, t.tuned_us);
    return OCTET_OK;
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    tune_flags flags = {.err = err};
    flags.model.err = flags.recipe.err = flags.calib.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&tune_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&tune_argp, "tune", stdout);
        return OCTET_OK;
    }
    if (flags.n_arguments < 1 || !flags.out)
        return cli_fail(err, OCTET_USAGE, "octet tune needs a model, and -o with the table to write; see 'octet tune --help'");
    CLI_TRY(cli_recipe_check(&flags.recipe, err));
    CLI_TRY(cli_calibration_check(&flags.calib, err));
    flags.calib.ignore_orientation = flags.recipe.ignore_orientation;
    octet_program **programs = calloc((size_t)flags.n_arguments, sizeof *programs);
    octet_status status = programs ? tune(programs, &flags, err) : cli_fail_memory(err);
    for (int i = 0; programs && i < flags.n_arguments; i++)
        octet_program_free(programs[i]);
    free(programs);
    return status;
}

const cli_command cli_tune_command = {
    .name = "tune", .summary = "Measure which tilings are fastest on this CPU", .argp = &tune_argp, .run = run};
