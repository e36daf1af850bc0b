/* octet doctor: which preprocessing does this model want?
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "arguments.h"
#include "artifact.h"
#include "command.h"
#include "doctor_report.h"
#include "doctor_search.h"
#include "evaluation_flags.h"

enum { CLASS_OFFSET = CLI_KEYS_COMMAND, JSON };

typedef struct doctor_flags {
    octet_error *err;
    cli_model_flags model;
    cli_recipe_flags recipe;
    cli_class_flags classes;
    cli_evaluation_flags images;
    bool json;
    char **arguments;
    int n_arguments;
} doctor_flags;

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "Classes and output:", .group = 2},
    {.name = "class-offset", .key = CLASS_OFFSET, .arg = "N",
     .doc = "Output i is class i - N. auto (default): 0 and 1 are tried where the classes leave room"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_evaluation_argp, .header = "Images:", .group = 1},
    {.argp = &cli_recipe_argp,
     .header = "Preprocessing. What these flags give is held fixed, the rest is searched; what --config gives is tried with it:",
     .group = 3},
    {.argp = &cli_model_argp, .header = "Execution:", .group = 4},
    {.argp = &cli_other_argp, .header = "Other:", .group = 5},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    doctor_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->images;
        state->child_inputs[1] = &flags->recipe;
        state->child_inputs[2] = &flags->model;
        return 0;
    case CLASS_OFFSET: return cli_parse_class_offset(&flags->classes, arg) ? EINVAL : 0;
    case JSON: flags->json = true; return 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp doctor_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL --images FILE",
    .doc = "Find out which preprocessing an ONNX model wants, from some tens of labelled images: channel order, mean and scale, "
           "resize and crop, resize dialect, class offset, and the layout where the input's shape leaves it open. Prints what was "
           "tried and how it did, the recipe found as flags for octet run, and which other candidates the images cannot tell from "
           "it.\v"
           "Candidates are ranked by top-1; numbers of right answers that McNemar's test does not tell apart count as equal, and the "
           "smaller cross-entropy of the true class decides (natural logarithm, at the temperature that suits the candidate "
           "best). Two candidates are told apart if the difference of their cross-entropies, paired by image, is beyond chance at "
           "1 in 100. Resize, crop and dialect stay as the file or the defaults have them unless another choice is better by "
           "this measure.\n\n"
           "Without --limit at most 200 images, spread over the list, are used.\n\n"
           "Examples:\n"
           "  octet doctor model.onnx --images calib.tsv\n"
           "  octet doctor model.onnx --images calib.tsv --order BGR --json\n"
           "  octet doctor cifar.onnx --images data_batch_1.bin --limit 100\n\n"
           CLI_EXIT_CODES " A model that is no better than chance with every candidate is a failed check.",
    .children = children,
};

/* ---- the command ---- */

static bool has_numbers(const cli_evidence *e)
{
    for (size_t i = 0; i < e->n_seen; i++)
        if (e->best[i] >= 0)
            return true;
    return false;
}

static octet_status refuse_to_name(const cli_doctor *d, octet_error *err)
{
    const cli_evidence *e = &d->candidates[d->winner].evidence;
    if (!has_numbers(e))
        return cli_fail(err, OCTET_CHECK_FAILED, "the scores of the model are not numbers (NaN or infinite), whatever the "
                        "preprocessing");
    if (e->n_right == e->n_seen)
        return cli_fail(err, OCTET_CHECK_FAILED, "%zu images are too few: among %d candidates one may have all right by chance",
                        e->n_seen, d->n_candidates);
    return cli_fail(err, OCTET_CHECK_FAILED, "no candidate is better than chance (the best has %zu of %zu right): the labels or "
                    "the class offset may be wrong, or the images too few", e->n_right, e->n_seen);
}

static octet_status examine(cli_doctor *d, const doctor_flags *flags, const cli_doctor_opts *opts, octet_error *err)
{
    CLI_TRY(cli_doctor_open(d, opts, err));
    CLI_TRY(cli_doctor_search(d, err));
    if (flags->json)
        CLI_TRY(cli_doctor_print_json(d, err));
    else
        cli_doctor_print_text(d);
    if (!cli_doctor_knows(d))
        return refuse_to_name(d, err);
    err->message[0] = '\0'; /* of images that could not be read: said already */
    return d->first_failure;
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    doctor_flags flags = {.err = err};
    flags.model.err = flags.recipe.err = flags.classes.err = flags.images.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&doctor_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&doctor_argp, "doctor", stdout);
        return OCTET_OK;
    }
    if (flags.n_arguments != 1)
        return cli_fail(err, OCTET_USAGE, "octet doctor needs one model, not %d; see 'octet doctor --help'", flags.n_arguments);
    CLI_TRY(cli_refuse_artifact(flags.arguments[0], "doctor", "it looks for the preprocessing that is to be compiled in", err));
    if (!flags.images.opts.path)
        return cli_fail(err, OCTET_USAGE, "octet doctor needs --images FILE");
    CLI_TRY(cli_recipe_check(&flags.recipe, err));
    flags.images.opts.ignore_orientation = flags.recipe.ignore_orientation;
    const cli_doctor_opts opts = {.path = flags.arguments[0], .model = &flags.model, .recipe = &flags.recipe,
                                  .classes = &flags.classes, .images = &flags.images.opts};
    cli_doctor d;
    octet_status status = examine(&d, &flags, &opts, err);
    cli_doctor_close(&d);
    return status;
}

const cli_command cli_doctor_command = {
    .name = "doctor", .summary = "Find the preprocessing that a model wants", .argp = &doctor_argp, .run = run};
