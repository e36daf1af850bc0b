/* octet bench: the pipelines and one pass through each.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "image_file.h"
#include "image_notes.h"
#include "progress.h"
#include "text_lines.h"
#include "topk.h"

/* A line for each pipeline; the others are compared with the first. */
static const struct {
    octet_placement placement;
    double tolerance; /* of the scores, as in cli_bench_pipeline */
    bool quantized;   /* here, with --calib; the line is missing without */
} kinds[] = {
    {OCTET_PLACEMENT_HOST, 0, false},
    {OCTET_PLACEMENT_LAYER, 1e-4, false},
    {OCTET_PLACEMENT_FOLD, 1e-4, false},
    {OCTET_PLACEMENT_FOLD, INFINITY, true}, /* octet eval tells what 8 bits cost */
};

#define N_KINDS (sizeof kinds / sizeof *kinds)
_Static_assert(N_KINDS <= CLI_BENCH_MOST, "room for every pipeline");

const char *cli_bench_stage_name(cli_bench_stage stage)
{
    static const char *const names[] = {"decode", "resize", "normalize", "run", "postprocess"};
    return names[stage];
}

/* ---- opening ---- */

/* The provider that computes: int8 as soon as it has a step. */
static const char *engine(const octet_program *program)
{
    octet_step_info step;
    for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++)
        if (strcmp(step.provider, "int8") == 0)
            return "int8";
    return "float";
}

static octet_status open_pipeline(const cli_bench *b, cli_bench_pipeline *p, size_t kind, octet_error *err)
{
    p->placement = kinds[kind].placement;
    p->tolerance = kinds[kind].tolerance;
    cli_classifier *c = &p->classifier;
    const cli_placement_flags placement = {.given = true, .value = p->placement};
    CLI_TRY(cli_classifier_open(c, &(cli_classifier_opts){.path = b->model_path, .model = b->model, .recipe = b->recipe,
                                                          .placement = &placement,
                                                          .calib = kinds[kind].quantized ? b->calib : NULL,
                                                          .quiet = true}, err));
    snprintf(p->name, sizeof p->name, "%s + %s", octet_placement_name(p->placement), engine(c->program));
    if (c->input.raw)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s: input '%s' is uint8: the normalization is in the model already, so there "
                        "is nothing to compare", b->model_path, octet_program_input(c->program, 0)->name);
    if (c->placement != p->placement)
        p->refused = c->elsewhere;
    p->scores = calloc((size_t)c->n_scores, sizeof *p->scores);
    p->probabilities = calloc((size_t)c->n_scores, sizeof *p->probabilities);
    return p->scores && p->probabilities ? OCTET_OK : cli_fail_memory(err);
}

/* Size of the image, and what reading it changes. */
static octet_status look_at_image(cli_bench *b, octet_error *err)
{
    octet_image image = {0}, fitted = {0};
    bool border = false;
    CLI_TRY(cli_image_decode(&image, b->image_path, b->file, b->n_file, b->frames, b->recipe->ignore_orientation, err));
    b->width = image.width;
    b->height = image.height;
    b->channels = image.channels;
    octet_error why; /* the first pass meets the same error and names the image */
    if (cli_classifier_fit(&b->pipelines[0].classifier, &fitted, &image, &border, &why) == OCTET_OK)
        octet_image_free(&fitted);
    cli_image_notes_tell(&(cli_image_notes){0}, image.notes | (border ? CLI_IMAGE_HAS_BORDER : 0), b->image_path);
    octet_image_free(&image);
    return OCTET_OK;
}

/* Once through, to see whether there is a softmax to be done. */
static octet_status try_pipeline(const cli_bench *b, cli_bench_pipeline *p, octet_error *err)
{
    const cli_classifier *c = &p->classifier;
    cli_bench_times times;
    if (p->refused)
        return OCTET_OK;
    CLI_TRY(cli_bench_pass(b, p, &times, err));
    p->makes_probabilities = !octet_program_output_is_softmax(c->program, c->output) &&
                             !cli_is_distribution(p->scores, c->n_scores);
    return OCTET_OK;
}

octet_status cli_bench_open(cli_bench *b, octet_error *err)
{
    CLI_TRY(cli_bytes_read(&b->file, &b->n_file, b->image_path, err));
    for (size_t i = 0; i < N_KINDS && (b->calib->path || !kinds[i].quantized); i++)
        CLI_TRY(open_pipeline(b, &b->pipelines[b->n_pipelines++], i, err));
    CLI_TRY(look_at_image(b, err));
    for (size_t i = 0; i < b->n_pipelines; i++)
        CLI_TRY(try_pipeline(b, &b->pipelines[i], err));
    return OCTET_OK;
}

void cli_bench_close(cli_bench *b)
{
    for (size_t i = 0; i < b->n_pipelines; i++) {
        cli_classifier_close(&b->pipelines[i].classifier);
        free(b->pipelines[i].scores);
        free(b->pipelines[i].probabilities);
        free(b->pipelines[i].times);
    }
    free(b->file);
    *b = (cli_bench){0};
}

/* ---- one pass ---- */

/* Images of a pass, given back when it has been timed. */
typedef struct pass {
    octet_image image, fitted;
} pass;

static void postprocess(cli_bench_pipeline *p, const float *scores)
{
    int best[CLI_BENCH_TOP], n = p->classifier.n_scores;
    if (p->makes_probabilities)
        cli_softmax(p->probabilities, scores, n);
    cli_topk(best, n < CLI_BENCH_TOP ? n : CLI_BENCH_TOP, p->makes_probabilities ? p->probabilities : scores, n);
}

static uint64_t cpu_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Ends stage `stage`, which began at *at. */
static void lap(cli_bench_times *times, cli_bench_stage stage, uint64_t *at)
{
    uint64_t now = cli_now_ns();
    times->ns[stage] = now - *at;
    *at = now;
}

static octet_status walk(const cli_bench *b, cli_bench_pipeline *p, pass *x, cli_bench_times *times, octet_error *err)
{
    cli_classifier *c = &p->classifier;
    const float *scores;
    bool border;
    uint64_t at = cli_now_ns(), run_ns = c->run_ns;
    CLI_TRY(cli_image_decode(&x->image, b->image_path, b->file, b->n_file, b->frames, b->recipe->ignore_orientation, err));
    lap(times, CLI_BENCH_DECODE, &at);
    CLI_TRY(cli_classifier_fit(c, &x->fitted, &x->image, &border, err));
    lap(times, CLI_BENCH_RESIZE, &at);
    CLI_TRY(cli_classifier_feed(c, &x->fitted, err));
    lap(times, CLI_BENCH_NORMALIZE, &at);
    CLI_TRY(cli_classifier_score(c, &scores, err));
    times->ns[CLI_BENCH_RUN] = c->run_ns - run_ns;
    at += times->ns[CLI_BENCH_RUN];
    postprocess(p, scores);
    lap(times, CLI_BENCH_POSTPROCESS, &at);
    memcpy(p->scores, scores, (size_t)c->n_scores * sizeof *scores);
    return OCTET_OK;
}

octet_status cli_bench_pass(const cli_bench *b, cli_bench_pipeline *p, cli_bench_times *times, octet_error *err)
{
    pass x = {0};
    octet_error why = {.status = OCTET_OK};
    uint64_t cpu_ns = cpu_now_ns();
    octet_status status = walk(b, p, &x, times, &why);
    times->cpu_ns = cpu_now_ns() - cpu_ns;
    bool named = !x.image.pixels; /* decoding names the file */
    octet_image_free(&x.fitted);
    octet_image_free(&x.image);
    if (status == OCTET_OK)
        return OCTET_OK;
    if (status == OCTET_USAGE || status == OCTET_UNSUPPORTED)
        status = OCTET_BAD_INPUT; /* of this image */
    return cli_fail(err, status, "%.1024s%s%.2048s", named ? "" : b->image_path, named ? "" : ": ", why.message);
}

/* ---- the step of a layer ---- */

static int find_step(const octet_program *program)
{
    octet_step_info step;
    for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++)
        if (strcmp(step.op, "PixelTable") == 0)
            return i;
    return -1;
}

static octet_status time_step(double *ns, uint64_t *steps, cli_bench_pipeline *p, int step, int n_runs, octet_error *err)
{
    for (int r = 0; r < n_runs; r++) {
        CLI_TRY(octet_session_profile(p->classifier.session, steps, err));
        ns[r] = (double)steps[step];
    }
    p->step_ns = cli_median(ns, (size_t)n_runs);
    return OCTET_OK;
}

octet_status cli_bench_time_step(cli_bench_pipeline *p, int n_runs, octet_error *err)
{
    int step = p->placement == OCTET_PLACEMENT_LAYER ? find_step(p->classifier.program) : -1;
    if (step < 0)
        return OCTET_OK;
    octet_program_info info;
    octet_program_get_info(p->classifier.program, &info);
    double *ns = calloc((size_t)n_runs, sizeof *ns);
    uint64_t *steps = calloc((size_t)info.n_steps, sizeof *steps);
    octet_status status = ns && steps ? time_step(ns, steps, p, step, n_runs, err) : cli_fail_memory(err);
    free(steps);
    free(ns);
    return status;
}
