/* octet bench: where is the normalization cheapest? Each way of doing it, stage by stage, in one interleaved run.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <errno.h>

#include "arguments.h"
#include "artifact.h"
#include "bench.h"
#include "command.h"
#include "numbers.h"

enum { IMAGE = CLI_KEYS_COMMAND, RUNS, SECONDS, JSON };

typedef struct bench_flags {
    octet_error *err;
    cli_model_flags model;
    cli_recipe_flags recipe;
    cli_pixel_flags pixels;
    const char *image;
    int64_t runs, seconds; /* 0: not given */
    cli_calibration_flags calib;
    bool json;
    char **arguments;
    int n_arguments;
} bench_flags;

#define DEFAULT_SECONDS 3
#define MOST_RUNS 100000
#define MOST_SECONDS 3600

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "Measurement:", .group = 1},
    {.name = "image", .key = IMAGE, .arg = "FILE", .doc = "The image, read into memory beforehand; needed"},
    {.name = "runs", .key = RUNS, .arg = "N", .doc = "Rounds, 1..100000, in each of which every pipeline runs once"},
    {.name = "seconds", .key = SECONDS, .arg = "S",
     .doc = "Instead of --runs: as many rounds as fit into S seconds, 1..3600, but at least 6 (default 3)"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_recipe_argp, .header = "Preprocessing, in this order: resize, crop, (pixel - mean) * scale:", .group = 2},
    {.argp = &cli_pixel_argp, .header = "A raw frame, converted to RGB first:", .group = 3},
    {.argp = &cli_model_argp, .header = "Execution:", .group = 4},
    {.argp = &cli_calibration_argp, .group = 4},
    {.argp = &cli_other_argp, .header = "Other:", .group = 5},
    {0},
};

static octet_status take_image(bench_flags *flags, const char *path)
{
    if (flags->image)
        return cli_fail(flags->err, OCTET_USAGE, "--image is given twice: '%s' and '%s'", flags->image, path);
    flags->image = path;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    bench_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->recipe;
        state->child_inputs[1] = &flags->pixels;
        state->child_inputs[2] = &flags->model;
        state->child_inputs[3] = &flags->calib;
        return 0;
    case IMAGE: return take_image(flags, arg) ? EINVAL : 0;
    case RUNS: return cli_parse_int(&flags->runs, arg, 1, MOST_RUNS, "--runs", flags->err) ? EINVAL : 0;
    case SECONDS: return cli_parse_int(&flags->seconds, arg, 1, MOST_SECONDS, "--seconds", flags->err) ? EINVAL : 0;
    case JSON: flags->json = true; return 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp bench_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL",
    .doc = "Where is the normalization of a float32 model cheapest: before the run on the host, in a first layer that takes "
           "uint8, or folded into the first convolution? And, with --calib, in integers? Each pipeline goes from the bytes of the image file to the best "
           "classes; they run in turn, round by round, on the same threads. For each stage the median and the 95th "
           "percentile are printed, then how much faster each is than host, with an interval, and how far its scores are "
           "apart.\v"
           "Stages: decode, from memory; resize and crop; normalize, which fills the model's input: floats on the host, a copy "
           "of the bytes otherwise, and of a layer its step too (from a profile of its own); run, the rest of the model; "
           "postprocess, softmax and the five best classes. Bytes moved are those of image, tensor and scores that a stage "
           "reads and writes, not what the model moves inside.\n\n"
           "The speed-up is the median over the rounds of time on the host / time of the pipeline. Its 95 % interval comes "
           "from the sign test and assumes no distribution; where the memory of this process came to lie moves it by about 1 %, "
           "so differences as small need several runs. If the machine was disturbed, this is said; the speed-up in CPU "
           "time of all threads suffers less from it.\n\n"
           "Examples:\n"
           "  octet bench model.onnx --image cat.png --mean 127.5 --std 127.5 --threads 2\n"
           "  octet bench model.onnx --image cat.png --mean 127.5 --std 127.5 --calib photos/\n"
           "  octet bench model.onnx --image frame.nv12 --pixels NV12 --frame 1920x1080\n\n"
           CLI_EXIT_CODES " Scores that are more than 1e-4 of the largest apart are a check that failed, but for those of the "
           "quantized model.",
    .children = children,
};

/* ---- the command ---- */

static octet_status check(bench_flags *flags, octet_error *err)
{
    if (flags->n_arguments != 1)
        return cli_fail(err, OCTET_USAGE, "octet bench needs one model%s", flags->n_arguments ? "" : "; see 'octet bench --help'");
    CLI_TRY(cli_refuse_artifact(flags->arguments[0], "bench", "it compares placements, of which an artifact has one; octet inspect "
                                "--profile measures that", flags->err));
    if (!flags->image)
        return cli_fail(err, OCTET_USAGE, "octet bench needs an image: --image FILE");
    if (flags->runs && flags->seconds)
        return cli_fail(err, OCTET_USAGE, "--runs and --seconds both say how long to measure; give one");
    CLI_TRY(cli_calibration_check(&flags->calib, err));
    CLI_TRY(cli_recipe_check(&flags->recipe, err));
    CLI_TRY(cli_pixels_check(&flags->pixels, flags->recipe.ignore_orientation, err));
    if (flags->pixels.pixels.linear)
        return cli_fail(err, OCTET_USAGE, "--linear-yuv is of octet run; octet bench converts frames with the clip");
    return OCTET_OK;
}

static octet_status check_outputs(const cli_bench *b, octet_error *err)
{
    for (size_t i = 1; i < b->n_pipelines; i++) {
        const cli_bench_pipeline *p = &b->pipelines[i];
        if (!p->refused && !(p->comparison.difference <= p->tolerance))
            return cli_fail(err, OCTET_CHECK_FAILED, "%s: scores of %s and %s are %.1e of the largest apart, more than %.0e",
                            b->model_path, p->name, b->pipelines[0].name, p->comparison.difference, p->tolerance);
    }
    return OCTET_OK;
}

static octet_status run_bench(cli_bench *b, const bench_flags *flags, octet_error *err)
{
    CLI_TRY(cli_bench_open(b, err));
    CLI_TRY(cli_bench_measure(b, (size_t)flags->runs, (double)(flags->seconds ? flags->seconds : DEFAULT_SECONDS), err));
    if (flags->json)
        CLI_TRY(cli_bench_print_json(b, err));
    else
        cli_bench_print(b);
    return check_outputs(b, err);
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    bench_flags flags = {.err = err};
    flags.model.err = flags.recipe.err = flags.pixels.err = flags.calib.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&bench_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&bench_argp, "bench", stdout);
        return OCTET_OK;
    }
    CLI_TRY(check(&flags, err));
    cli_bench b = {.model_path = flags.arguments[0], .image_path = flags.image, .model = &flags.model, .recipe = &flags.recipe,
                   .frames = flags.pixels.frames ? &flags.pixels : NULL, .calib = &flags.calib};
    flags.calib.frames = b.frames;
    flags.calib.ignore_orientation = flags.recipe.ignore_orientation;
    octet_status status = run_bench(&b, &flags, err);
    cli_bench_close(&b);
    return status;
}

const cli_command cli_bench_command = {
    .name = "bench", .summary = "Measure where the normalization is cheapest", .argp = &bench_argp, .run = run};
