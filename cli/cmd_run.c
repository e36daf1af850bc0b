/* octet run: classify images.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "class_flags.h"
#include "classifier.h"
#include "command.h"
#include "image_file.h"
#include "numbers.h"
#include "progress.h"
#include "report_json.h"
#include "source_list.h"
#include "spelling.h"
#include "topk.h"

enum { TOP = CLI_KEYS_COMMAND, SOFTMAX, JSON };

typedef enum softmax_mode { SOFTMAX_AUTO = 0, SOFTMAX_YES, SOFTMAX_NO } softmax_mode;

typedef struct run_flags {
    octet_error *err;
    cli_model_flags model;
    cli_recipe_flags recipe;
    cli_placement_flags placement;
    cli_calibration_flags calib;
    cli_pixel_flags pixels;
    cli_class_flags classes;
    int top;
    softmax_mode softmax;
    bool json;
    char **arguments; /* MODEL IMAGE... */
    int n_arguments;
} run_flags;

#define DEFAULT_TOP 5
#define MOST_TOP 1000

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "Output:", .group = 1},
    {.name = "top", .key = TOP, .arg = "K", .doc = "Show the K best classes, 1..1000 (default 5)"},
    {.name = "softmax", .key = SOFTMAX, .arg = "WHEN",
     .doc = "yes: the model ends in logits, make probabilities of them. no: show the scores as they are. auto (default): "
            "yes, unless the model ends in Softmax or the scores are a distribution already"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_class_argp, .header = "Classes:", .group = 2},
    {.argp = &cli_recipe_argp, .header = "Preprocessing, in this order: resize, crop, (pixel - mean) * scale:", .group = 3},
    {.argp = &cli_pixel_argp, .header = "Raw frames, converted to RGB first:", .group = 4},
    {.argp = &cli_model_argp, .header = "Execution:", .group = 5},
    {.argp = &cli_placement_argp, .group = 5},
    {.argp = &cli_calibration_argp, .group = 5},
    {.argp = &cli_other_argp, .header = "Other:", .group = 6},
    {0},
};

static octet_status parse_softmax(run_flags *flags, const char *text)
{
    static const char *const names[] = {"auto", "yes", "no"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            flags->softmax = (softmax_mode)i;
            return OCTET_OK;
        }
    }
    return cli_fail(flags->err, OCTET_USAGE, "--softmax '%s': there are auto, yes and no", text);
}

static octet_status parse_top(run_flags *flags, const char *text)
{
    int64_t value;
    CLI_TRY(cli_parse_int(&value, text, 1, MOST_TOP, "--top", flags->err));
    flags->top = (int)value;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    run_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->classes;
        state->child_inputs[1] = &flags->recipe;
        state->child_inputs[2] = &flags->pixels;
        state->child_inputs[3] = &flags->model;
        state->child_inputs[4] = &flags->placement;
        state->child_inputs[5] = &flags->calib;
        return 0;
    case TOP: return parse_top(flags, arg) ? EINVAL : 0;
    case SOFTMAX: return parse_softmax(flags, arg) ? EINVAL : 0;
    case JSON: flags->json = true; return 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp run_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL IMAGE...",
    .doc = "Classify images with an ONNX model. IMAGE is a file (PNG, JPEG, BMP, PGM, PPM), a folder, whose images are taken "
           "in the order of their names, or - for a list of paths on standard input. For each image the path is printed, and "
           "below it the best classes with probability, number and label.\v"
           "Models want the preprocessing they were trained with. Most of torchvision's and of the ONNX zoo:\n"
           "  --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375\n"
           "Those from TensorFlow often:\n"
           "  --mean 127.5 --std 127.5\n\n"
           "Examples:\n"
           "  octet run model.onnx cat.jpg --labels labels.txt --mean 127.5 --std 127.5\n"
           "  octet run model.onnx photos/ --top 1 --json > result.json\n"
           "  find . -name '*.png' | octet run model.onnx -\n"
           "  octet run model.onnx frame.nv12 --pixels NV12 --frame 1920x1080\n\n"
           CLI_EXIT_CODES " An image that cannot be read is reported, the others are still classified.",
    .children = children,
};

/* ---- one image ---- */

typedef struct runner {
    const run_flags *flags;
    cli_classifier classifier;
    cli_classes classes;
    cli_image_notes notes;
    float *probabilities; /* [n_scores] */
    int *best;            /* [top] */
    int top;
    cJSON *results;       /* NULL: text */
} runner;

/* Probabilities of the scores, NULL if they are to be shown as they are. */
static const float *find_probabilities(runner *r, const float *scores, bool *are_logits)
{
    const cli_classifier *c = &r->classifier;
    *are_logits = r->flags->softmax == SOFTMAX_YES;
    if (r->flags->softmax == SOFTMAX_AUTO)
        *are_logits = !octet_program_output_is_softmax(c->program, c->output) && !cli_is_distribution(scores, c->n_scores);
    if (*are_logits) {
        cli_softmax(r->probabilities, scores, c->n_scores);
        return r->probabilities;
    }
    return r->flags->softmax == SOFTMAX_NO ? NULL : scores;
}

static int digits(int n)
{
    return n >= 10 ? 1 + digits(n / 10) : 1;
}

static void print_text(const runner *r, const char *path, const float *scores, const float *probabilities)
{
    puts(path);
    for (int k = 0; k < r->top; k++) {
        int i = r->best[k], class_id = i - r->classes.offset;
        if (probabilities)
            printf("  %6.2f %%", 100 * (double)probabilities[i]);
        else
            printf("  %10.4f", (double)scores[i]);
        const char *name = cli_class_name(&r->classes, class_id);
        printf("  %*d%s%s\n", digits(r->classes.n_outputs - 1), class_id, name ? "  " : "", name ? name : "");
    }
}

static void add_json(const runner *r, const char *path, const float *scores, const float *probabilities,
                     bool are_logits)
{
    cJSON *result = cJSON_CreateObject(), *top = cJSON_CreateArray();
    cJSON_AddItemToArray(r->results, result);
    cli_json_add_text(result, "image", path);
    cJSON_AddItemToObject(result, "top", top);
    for (int k = 0; k < r->top; k++) {
        int i = r->best[k];
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(top, entry);
        cJSON_AddNumberToObject(entry, "class", i - r->classes.offset);
        cli_json_add_text(entry, "label", cli_class_name(&r->classes, i - r->classes.offset));
        if (probabilities)
            cli_json_add_float(entry, "probability", probabilities[i]);
        else
            cJSON_AddNullToObject(entry, "probability");
        if (are_logits || !probabilities)
            cli_json_add_float(entry, "logit", scores[i]);
        else
            cJSON_AddNullToObject(entry, "logit");
    }
}

static void report(runner *r, const char *path, const float *scores)
{
    bool are_logits;
    const float *probabilities = find_probabilities(r, scores, &are_logits);
    cli_topk(r->best, r->top, scores, r->classifier.n_scores);
    if (r->results)
        add_json(r, path, scores, probabilities, are_logits);
    else
        print_text(r, path, scores, probabilities);
}

/* A frame as it is. */
static octet_status classify_frame(runner *r, const char *path, octet_error *err)
{
    const cli_pixel_flags *flags = &r->flags->pixels;
    unsigned char *bytes;
    octet_yuv_frame frame;
    const float *scores;
    uint64_t n_clipped;
    octet_error why;
    CLI_TRY(cli_frame_read(&bytes, &frame, path, flags, err));
    octet_status status = octet_yuv_count_clipped(&n_clipped, &frame, NULL, &why);
    if (status == OCTET_OK)
        status = cli_classifier_run_frame(&r->classifier, &scores, bytes, &why);
    free(bytes);
    if (status != OCTET_OK)
        return cli_fail(err, status, "%.1024s: %.2048s", path, why.message);
    if (n_clipped)
        cli_note("%s: %" PRIu64 " of %" PRIu64 " pixels would have been clipped", path, n_clipped,
                 (uint64_t)flags->width * (uint64_t)flags->height);
    report(r, path, scores);
    return OCTET_OK;
}

static octet_status classify(runner *r, const char *path, octet_error *err)
{
    octet_image image = {0};
    if (r->flags->pixels.pixels.linear)
        return classify_frame(r, path, err);
    const cli_pixel_flags *frames = r->flags->pixels.frames ? &r->flags->pixels : NULL;
    CLI_TRY(cli_image_read(&image, path, frames, r->flags->recipe.ignore_orientation, err));
    const float *scores;
    bool border;
    octet_error why;
    octet_status status = cli_classifier_run(&r->classifier, &scores, &image, &border, &why);
    cli_image_notes_tell(&r->notes, image.notes | (border ? CLI_IMAGE_HAS_BORDER : 0), path);
    octet_image_free(&image);
    if (status != OCTET_OK)
        return cli_fail(err, status, "%.1024s: %.2048s", path, why.message);
    report(r, path, scores);
    return OCTET_OK;
}

/* Say what is wrong with an image and go on; the first such status is the exit code. */
static octet_status classify_all(runner *r, const cli_source_list *list, octet_error *err)
{
    octet_status first = OCTET_OK;
    cli_progress progress;
    cli_progress_begin(&progress, list->n, !r->results && isatty(STDOUT_FILENO));
    for (size_t i = 0; i < list->n; i++) {
        octet_status status = classify(r, list->paths[i], err);
        if (status == OCTET_USAGE || status == OCTET_UNSUPPORTED)
            status = OCTET_BAD_INPUT; /* of this image */
        if (status != OCTET_OK)
            cli_complain(err);
        if (status != OCTET_OK && r->results) {
            cJSON *result = cJSON_CreateObject();
            cJSON_AddItemToArray(r->results, result);
            cli_json_add_text(result, "image", list->paths[i]);
            cli_json_add_text(result, "error", err->message);
        }
        first = first ? first : status;
        cli_progress_show(&progress, i + 1);
    }
    cli_progress_end(&progress);
    err->message[0] = '\0';
    return first;
}

/* ---- the command ---- */

static octet_status open_runner(runner *r, octet_error *err)
{
    const run_flags *flags = r->flags;
    cli_classifier_opts opts = {.path = flags->arguments[0], .model = &flags->model, .recipe = &flags->recipe,
                                .placement = &flags->placement, .calib = &flags->calib,
                                .frames = flags->pixels.pixels.linear ? &flags->pixels : NULL};
    CLI_TRY(cli_classifier_open(&r->classifier, &opts, err));
    int n = r->classifier.n_scores;
    CLI_TRY(cli_classes_open(&r->classes, &flags->classes, n, err));
    r->top = flags->top < n ? flags->top : n;
    r->probabilities = malloc((size_t)n * sizeof *r->probabilities);
    r->best = malloc((size_t)r->top * sizeof *r->best);
    return r->probabilities && r->best ? OCTET_OK : cli_fail_memory(err);
}

static cJSON *begin_document(const runner *r)
{
    cJSON *document = cJSON_CreateObject();
    const cli_classifier *c = &r->classifier;
    cli_json_add_text(document, "model", r->flags->arguments[0]);
    cli_json_add_text(document, "cpu", c->cpu);
    cJSON_AddNumberToObject(document, "threads", r->flags->model.n_threads ? r->flags->model.n_threads : 1);
    cli_json_add_recipe(document, &c->recipe, c->input.channels, c->input.raw);
    cli_json_add_text(document, "placement", octet_placement_name(c->placement));
    cli_json_add_frames(document, &r->flags->pixels);
    return document;
}

static octet_status run_images(runner *r, const cli_source_list *list, octet_error *err)
{
    if (!r->flags->json)
        return classify_all(r, list, err);
    cJSON *document = begin_document(r);
    r->results = cJSON_AddArrayToObject(document, "results");
    if (!r->results) {
        cJSON_Delete(document);
        return cli_fail_memory(err);
    }
    octet_status status = classify_all(r, list, err);
    CLI_TRY(cli_json_print(document, err));
    return status;
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    run_flags flags = {.err = err, .top = DEFAULT_TOP};
    flags.model.err = flags.placement.err = flags.recipe.err = flags.pixels.err = flags.classes.err = flags.calib.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&run_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&run_argp, "run", stdout);
        return OCTET_OK;
    }
    if (flags.n_arguments < 2)
        return cli_fail(err, OCTET_USAGE, "octet run needs a model and at least one image%s",
                        flags.n_arguments ? "" : "; see 'octet run --help'");
    CLI_TRY(cli_calibration_check(&flags.calib, err));
    CLI_TRY(cli_recipe_check(&flags.recipe, err));
    CLI_TRY(cli_pixels_check(&flags.pixels, flags.recipe.ignore_orientation, err));
    flags.calib.frames = flags.pixels.frames ? &flags.pixels : NULL;
    flags.calib.ignore_orientation = flags.recipe.ignore_orientation;
    runner r = {.flags = &flags};
    cli_source_list list = {.frames = flags.pixels.frames};
    octet_status status = cli_source_list_fill(&list, flags.arguments + 1, flags.n_arguments - 1, err);
    if (status == OCTET_OK)
        status = open_runner(&r, err);
    if (status == OCTET_OK)
        status = run_images(&r, &list, err);
    free(r.probabilities);
    free(r.best);
    cli_classes_free(&r.classes);
    cli_classifier_close(&r.classifier);
    cli_source_list_free(&list);
    return status;
}

const cli_command cli_run_command = {
    .name = "run", .summary = "Classify images", .argp = &run_argp, .run = run};
