/* octet eval: accuracy and speed of a model on labelled images.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accuracy.h"
#include "arguments.h"
#include "class_flags.h"
#include "classifier.h"
#include "command.h"
#include "evaluation_flags.h"
#include "precision.h"
#include "progress.h"
#include "report_json.h"
#include "topk.h"

enum { PREDICTIONS = CLI_KEYS_COMMAND, AGREE, MISTAKES, JSON };

typedef struct eval_flags {
    octet_error *err;
    cli_model_flags model;
    cli_recipe_flags recipe;
    cli_placement_flags placement;
    cli_pixel_flags pixels;
    cli_class_flags classes;
    cli_evaluation_flags images;
    cli_calibration_flags calib;
    const char *predictions, *agree;
    bool mistakes, json;
    char **arguments;
    int n_arguments;
} eval_flags;

#define TOP_N 5 /* the second accuracy */

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "Output:", .group = 2},
    {.name = "predictions", .key = PREDICTIONS, .arg = "FILE",
     .doc = "Write the best class of each image, one a line, - for an image that could not be read"},
    {.name = "agree", .key = AGREE, .arg = "FILE",
     .doc = "Compare with such a file: a line for each image evaluated, or for each in --images"},
    {.name = "mistakes", .key = MISTAKES, .doc = "List the images whose best class is wrong"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_evaluation_argp, .header = "Images:", .group = 1},
    {.argp = &cli_class_argp, .header = "Classes:", .group = 3},
    {.argp = &cli_recipe_argp, .header = "Preprocessing, in this order: resize, crop, (pixel - mean) * scale:", .group = 4},
    {.argp = &cli_pixel_argp, .header = "Raw frames, converted to RGB first:", .group = 5},
    {.argp = &cli_model_argp, .header = "Execution:", .group = 6},
    {.argp = &cli_placement_argp, .group = 6},
    {.argp = &cli_calibration_argp, .group = 6},
    {.argp = &cli_other_argp, .header = "Other:", .group = 7},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    eval_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->images;
        state->child_inputs[1] = &flags->classes;
        state->child_inputs[2] = &flags->recipe;
        state->child_inputs[3] = &flags->pixels;
        state->child_inputs[4] = &flags->model;
        state->child_inputs[5] = &flags->placement;
        state->child_inputs[6] = &flags->calib;
        return 0;
    case PREDICTIONS: flags->predictions = arg; return 0;
    case AGREE: flags->agree = arg; return 0;
    case MISTAKES: flags->mistakes = true; return 0;
    case JSON: flags->json = true; return 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp eval_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL --images FILE",
    .doc = "Measure top-1 and top-5 accuracy of an ONNX model on labelled images, with 95 % confidence intervals (Wilson), and "
           "its speed: images per second of the model alone, and with reading and preprocessing.\v"
           "Class ids count from 0. Where the model has a background class in front, they are those without it "
           "(--class-offset).\n\n"
           "Examples:\n"
           "  octet eval model.onnx --images eval.tsv --mean 127.5 --std 127.5\n"
           "  octet eval float.onnx --images eval.tsv --predictions float.txt\n"
           "  octet eval int8.onnx --images eval.tsv --agree float.txt\n"
           "  octet eval cifar.onnx --images test_batch.bin --threads 4\n\n"
           CLI_EXIT_CODES " An image that cannot be read is reported and not counted.",
    .children = children,
};

/* ---- measuring ---- */

typedef struct evaluation {
    const eval_flags *flags;
    cli_classifier classifier;
    cli_classes classes;
    cli_image_notes notes;
    cli_evaluation_set set;
    int *best;         /* [set.n] best class of each image, offset removed */
    int *expected;     /* lines of --agree; NULL without */
    size_t n_expected;
    size_t n_done, n_top1, n_top5, n_compared, n_agree;
    uint64_t ns;       /* of everything */
} evaluation;

static octet_status open_agree(evaluation *e, octet_error *err)
{
    const char *path = e->flags->agree;
    if (!path)
        return OCTET_OK;
    CLI_TRY(cli_predictions_read(&e->expected, &e->n_expected, path, err));
    if (e->n_expected == e->set.n || e->n_expected == e->set.n_rows)
        return OCTET_OK;
    return cli_fail(err, OCTET_BAD_INPUT, "'%s' has %zu lines, but %zu images are evaluated, of %zu in '%s'", path,
                    e->n_expected, e->set.n, e->set.n_rows, e->flags->images.opts.path);
}

static octet_status open_evaluation(evaluation *e, octet_error *err)
{
    const eval_flags *flags = e->flags;
    cli_classifier_opts opts = {.path = flags->arguments[0], .model = &flags->model, .recipe = &flags->recipe,
                                .placement = &flags->placement, .calib = &flags->calib,
                                .exact = cli_evaluation_has_records(flags->images.opts.path)};
    CLI_TRY(cli_classifier_open(&e->classifier, &opts, err));
    CLI_TRY(cli_classes_open(&e->classes, &flags->classes, e->classifier.n_scores, err));
    CLI_TRY(cli_evaluation_open(&e->set, &flags->images.opts, &e->classifier.input, err));
    CLI_TRY(cli_evaluation_check_classes(&e->set, e->classes.n_outputs - e->classes.offset, err));
    CLI_TRY(open_agree(e, err));
    if (flags->predictions) /* if it cannot be written, say so before the work */
        CLI_TRY(cli_predictions_write(NULL, 0, flags->predictions, err));
    e->best = malloc(e->set.n * sizeof *e->best);
    return e->best ? OCTET_OK : cli_fail_memory(err);
}

static void close_evaluation(evaluation *e)
{
    free(e->best);
    free(e->expected);
    cli_evaluation_close(&e->set);
    cli_classes_free(&e->classes);
    cli_classifier_close(&e->classifier);
}

/* Line of --agree for image i. */
static int expected_class(const evaluation *e, size_t i)
{
    return e->expected[e->n_expected == e->set.n_rows ? cli_evaluation_row(&e->set, i) : i];
}

static void count(evaluation *e, size_t i, const float *scores)
{
    int n = e->classifier.n_scores, best, truth = cli_evaluation_class(&e->set, i) + e->classes.offset;
    cli_topk(&best, 1, scores, n);
    int rank = cli_rank(scores, n, truth);
    e->best[i] = best - e->classes.offset;
    e->n_done++;
    e->n_top1 += rank == 0;
    e->n_top5 += rank < TOP_N;
    if (!e->expected || expected_class(e, i) == CLI_NO_PREDICTION)
        return;
    e->n_compared++;
    e->n_agree += expected_class(e, i) == e->best[i];
}

static octet_status measure(evaluation *e, size_t i, octet_error *err)
{
    char name[CLI_ITEM_NAME_SIZE];
    octet_image image;
    e->best[i] = CLI_NO_PREDICTION;
    CLI_TRY(cli_evaluation_image(&e->set, i, &image, err));
    const float *scores;
    bool border;
    octet_error why;
    octet_status status = cli_classifier_run(&e->classifier, &scores, &image, &border, &why);
    cli_evaluation_name(&e->set, i, name);
    cli_image_notes_tell(&e->notes, image.notes | (border ? CLI_IMAGE_HAS_BORDER : 0), cli_evaluation_name(&e->set, i, name));
    if (status != OCTET_OK)
        return cli_fail(err, status, "%.1024s: %.2048s", cli_evaluation_name(&e->set, i, name), why.message);
    count(e, i, scores);
    return OCTET_OK;
}

/* The first failure of an image is the status; equal messages in a row (a sheet of many images) are said once. */
static octet_status measure_all(evaluation *e, octet_error *err)
{
    octet_status first = OCTET_OK;
    cli_progress progress;
    cli_progress_begin(&progress, e->set.n, 0);
    octet_error last = {.status = OCTET_OK};
    for (size_t i = 0; i < e->set.n; i++) {
        octet_status status = measure(e, i, err);
        if (status == OCTET_USAGE || status == OCTET_UNSUPPORTED)
            status = OCTET_BAD_INPUT; /* of this image */
        if (status != OCTET_OK && strcmp(last.message, err->message) != 0) {
            cli_complain(err);
            last = *err;
        }
        first = first ? first : status;
        cli_progress_show(&progress, i + 1);
    }
    e->ns = cli_now_ns() - progress.start_ns;
    cli_progress_end(&progress);
    err->message[0] = '\0';
    return first;
}

/* ---- results ---- */

static double per_second(size_t n, uint64_t ns)
{
    return ns ? (double)n * 1e9 / (double)ns : 0;
}

static void print_proportion(const char *name, size_t k, size_t n)
{
    cli_proportion p = cli_wilson(k, n);
    printf("%-12s%6.2f %%  %zu of %zu, 95 %% interval %.2f to %.2f %%\n", name, 100 * p.value, k, n, 100 * p.low,
           100 * p.high);
}

static void print_class(const cli_classes *classes, int class_id)
{
    const char *name = cli_class_name(classes, class_id);
    printf("%d%s%s", class_id, name ? " " : "", name ? name : "");
}

static bool is_mistake(const evaluation *e, size_t i)
{
    return e->best[i] != CLI_NO_PREDICTION && e->best[i] != cli_evaluation_class(&e->set, i);
}

static void print_mistakes(const evaluation *e)
{
    char name[CLI_ITEM_NAME_SIZE];
    puts("mistakes");
    for (size_t i = 0; i < e->set.n; i++) {
        if (!is_mistake(e, i))
            continue;
        const cli_labelled *item = e->set.items ? &e->set.items[i] : NULL;
        printf("  %s", cli_evaluation_name(&e->set, i, name));
        if (item && item->width)
            printf(" box=%d,%d,%d,%d", (int)item->x, (int)item->y, (int)item->width, (int)item->height);
        printf(": ");
        print_class(&e->classes, cli_evaluation_class(&e->set, i));
        printf(" taken for ");
        print_class(&e->classes, e->best[i]);
        putchar('\n');
    }
}

static int n_threads(const evaluation *e)
{
    return e->flags->model.n_threads ? e->flags->model.n_threads : 1;
}

static void print_text(const evaluation *e)
{
    printf("model       %s, CPU level %s, %d thread%s\n", e->flags->arguments[0], e->classifier.cpu, n_threads(e),
           n_threads(e) > 1 ? "s" : "");
    if (e->classifier.n_calibration_images)
        cli_precision_print(e->classifier.program, e->flags->calib.path, e->classifier.n_calibration_images);
    printf("images      %zu of %s", e->n_done, e->flags->images.opts.path);
    if (e->n_done < e->set.n)
        printf(", %zu more could not be used", e->set.n - e->n_done);
    putchar('\n');
    print_proportion("top-1", e->n_top1, e->n_done);
    if (e->classifier.n_scores > TOP_N)
        print_proportion("top-5", e->n_top5, e->n_done);
    if (e->expected)
        print_proportion("agreement", e->n_agree, e->n_compared);
    printf("speed       %.1f images/s of the model alone, %.1f images/s with reading and preprocessing\n",
           per_second(e->n_done, e->classifier.run_ns), per_second(e->n_done, e->ns));
    if (e->flags->mistakes)
        print_mistakes(e);
}

static void add_mistakes(cJSON *document, const evaluation *e)
{
    char name[CLI_ITEM_NAME_SIZE];
    cJSON *array = cJSON_AddArrayToObject(document, "mistakes");
    for (size_t i = 0; i < e->set.n; i++) {
        if (!is_mistake(e, i))
            continue;
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(array, entry);
        cli_json_add_int(entry, "row", cli_evaluation_row(&e->set, i));
        cli_json_add_text(entry, "image", cli_evaluation_name(&e->set, i, name));
        cJSON_AddNumberToObject(entry, "class", cli_evaluation_class(&e->set, i));
        cJSON_AddNumberToObject(entry, "taken_for", e->best[i]);
    }
}

static octet_status print_json(const evaluation *e, octet_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cli_json_add_text(document, "model", e->flags->arguments[0]);
    cli_json_add_text(document, "cpu", e->classifier.cpu);
    cJSON_AddNumberToObject(document, "threads", n_threads(e));
    cli_json_add_recipe(document, &e->classifier.recipe, e->classifier.input.channels, e->classifier.input.raw);
    cli_json_add_text(document, "placement", octet_placement_name(e->classifier.placement));
    cli_json_add_frames(document, &e->flags->pixels);
    if (e->classifier.n_calibration_images)
        cli_precision_add(document, e->classifier.program, e->flags->calib.path, e->classifier.n_calibration_images);
    cli_json_add_text(document, "images", e->flags->images.opts.path);
    cli_json_add_int(document, "evaluated", e->n_done);
    cli_json_add_int(document, "failed", e->set.n - e->n_done);
    cli_json_add_proportion(document, "top1", e->n_top1, e->n_done);
    if (e->classifier.n_scores > TOP_N)
        cli_json_add_proportion(document, "top5", e->n_top5, e->n_done);
    if (e->expected)
        cli_json_add_proportion(document, "agreement", e->n_agree, e->n_compared);
    cli_json_add_double(document, "images_per_second_model", per_second(e->n_done, e->classifier.run_ns));
    cli_json_add_double(document, "images_per_second", per_second(e->n_done, e->ns));
    if (e->flags->mistakes)
        add_mistakes(document, e);
    return cli_json_print(document, err);
}

/* ---- the command ---- */

static octet_status run_evaluation(evaluation *e, octet_error *err)
{
    CLI_TRY(open_evaluation(e, err));
    octet_status status = measure_all(e, err);
    if (e->flags->json)
        CLI_TRY(print_json(e, err));
    else
        print_text(e);
    if (e->flags->predictions)
        CLI_TRY(cli_predictions_write(e->best, e->set.n, e->flags->predictions, err));
    return status;
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    eval_flags flags = {.err = err};
    flags.model.err = flags.placement.err = flags.recipe.err = flags.pixels.err = flags.classes.err = flags.images.err = flags.calib.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&eval_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&eval_argp, "eval", stdout);
        return OCTET_OK;
    }
    if (flags.n_arguments != 1)
        return cli_fail(err, OCTET_USAGE, "octet eval needs one model, not %d; see 'octet eval --help'",
                        flags.n_arguments);
    if (!flags.images.opts.path)
        return cli_fail(err, OCTET_USAGE, "octet eval needs --images FILE");
    CLI_TRY(cli_calibration_check(&flags.calib, err));
    CLI_TRY(cli_recipe_check(&flags.recipe, err));
    CLI_TRY(cli_pixels_check(&flags.pixels, flags.recipe.ignore_orientation, err));
    if (flags.pixels.pixels.linear)
        return cli_fail(err, OCTET_USAGE, "--linear-yuv is of octet run; octet eval converts frames with the clip");
    flags.images.opts.frames = flags.pixels.frames ? &flags.pixels : NULL;
    flags.images.opts.ignore_orientation = flags.calib.ignore_orientation = flags.recipe.ignore_orientation;
    flags.calib.frames = flags.images.opts.frames;
    evaluation e = {.flags = &flags};
    octet_status status = run_evaluation(&e, err);
    close_evaluation(&e);
    return status;
}

const cli_command cli_eval_command = {
    .name = "eval", .summary = "Accuracy and speed on labelled images", .argp = &eval_argp, .run = run};
