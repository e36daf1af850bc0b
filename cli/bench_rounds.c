/* octet bench: rounds of all pipelines in turn, and what they come to.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "progress.h"
#include "topk.h"

#define FIRST_ROUNDS 64
#define MOST_ROUNDS ((size_t)100000)
#define MOST_STEP_RUNS 21

/* ---- rounds ---- */

static octet_status warm_up(cli_bench *b, octet_error *err)
{
    cli_bench_times times;
    for (int w = 0; w < CLI_BENCH_WARM_UP; w++)
        for (size_t i = 0; i < b->n_pipelines; i++)
            if (!b->pipelines[i].refused)
                CLI_TRY(cli_bench_pass(b, &b->pipelines[i], &times, err));
    return OCTET_OK;
}

static octet_status make_room(cli_bench *b, size_t *room, octet_error *err)
{
    if (b->n_rounds < *room)
        return OCTET_OK;
    *room = *room ? 2 * *room : FIRST_ROUNDS;
    for (size_t i = 0; i < b->n_pipelines; i++) {
        cli_bench_times *larger = realloc(b->pipelines[i].times, *room * sizeof *larger);
        if (!larger)
            return cli_fail_memory(err);
        b->pipelines[i].times = larger;
    }
    return OCTET_OK;
}

/* Every pipeline once. Who goes first finds other caches than who goes last, so that changes from round to round. */
static octet_status run_round(cli_bench *b, octet_error *err)
{
    for (size_t i = 0; i < b->n_pipelines; i++) {
        cli_bench_pipeline *p = &b->pipelines[(b->n_rounds + i) % b->n_pipelines];
        if (!p->refused)
            CLI_TRY(cli_bench_pass(b, p, &p->times[b->n_rounds], err));
    }
    b->n_rounds++;
    return OCTET_OK;
}

static long count_preempted(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
}

static octet_status run_rounds(cli_bench *b, size_t n_rounds, double seconds, octet_error *err)
{
    size_t room = 0, fewest = n_rounds ? n_rounds : CLI_FEWEST_FOR_INTERVAL, most = n_rounds ? n_rounds : MOST_ROUNDS;
    long preempted = count_preempted();
    uint64_t start = cli_now_ns();
    while (b->n_rounds < most && (b->n_rounds < fewest || (double)(cli_now_ns() - start) < seconds * 1e9)) {
        CLI_TRY(make_room(b, &room, err));
        CLI_TRY(run_round(b, err));
    }
    b->n_preempted = count_preempted() - preempted;
    return OCTET_OK;
}

/* ---- what they come to ---- */

/* Nanoseconds of a stage in round r, the layer's step counted as normalization. */
static double stage_ns(const cli_bench_pipeline *p, size_t r, int stage)
{
    const uint64_t *ns = p->times[r].ns;
    double moved = fmin(p->step_ns, (double)ns[CLI_BENCH_RUN]);
    return (double)ns[stage] + (stage == CLI_BENCH_NORMALIZE ? moved : stage == CLI_BENCH_RUN ? -moved : 0);
}

/* Of all stages from `first` on. */
static double ns_from(const cli_bench_pipeline *p, size_t r, int first)
{
    double sum = 0;
    for (int stage = first; stage < CLI_BENCH_N_STAGES; stage++)
        sum += stage_ns(p, r, stage);
    return sum;
}

static void sum_up_times(cli_bench_pipeline *p, double *column, size_t n_rounds)
{
    for (int stage = 0; stage <= CLI_BENCH_N_STAGES; stage++) {
        for (size_t r = 0; r < n_rounds; r++)
            column[r] = stage < CLI_BENCH_N_STAGES ? stage_ns(p, r, stage) : ns_from(p, r, 0);
        p->summary.median_ns[stage] = cli_median(column, n_rounds);
        p->summary.least_ns[stage] = column[0];
        p->summary.p95_ns[stage] = cli_percentile(column, n_rounds, 95);
    }
}

static void sum_up_bytes(const cli_bench *b, cli_bench_pipeline *p)
{
    const cli_image_input *in = &p->classifier.input;
    const uint64_t n_scores = (uint64_t)p->classifier.n_scores, top = n_scores < CLI_BENCH_TOP ? n_scores : CLI_BENCH_TOP;
    const uint64_t image = (uint64_t)b->width * (uint64_t)b->height * (uint64_t)b->channels;
    const uint64_t channels = b->channels == 3 && in->channels == 1 ? 1 : (uint64_t)b->channels;
    const uint64_t fitted = (uint64_t)in->width * (uint64_t)in->height * channels;
    const uint64_t handed = octet_program_input(p->classifier.program, 0)->n_bytes;
    const uint64_t floats = (uint64_t)in->width * (uint64_t)in->height * (uint64_t)in->channels * sizeof(float);
    const bool layer = p->placement == OCTET_PLACEMENT_LAYER;
    uint64_t *bytes = p->summary.bytes, scores = n_scores * sizeof(float);
    bytes[CLI_BENCH_DECODE] = b->n_file + image;
    bytes[CLI_BENCH_RESIZE] = image + fitted;
    bytes[CLI_BENCH_NORMALIZE] = fitted + handed + (layer ? handed + floats : 0);
    bytes[CLI_BENCH_RUN] = (layer ? floats : handed) + scores;
    bytes[CLI_BENCH_POSTPROCESS] = scores + (p->makes_probabilities ? 2 * scores : 0) + top * sizeof(int);
    for (int s = 0; s < CLI_BENCH_N_STAGES; s++)
        bytes[CLI_BENCH_N_STAGES] += bytes[s];
}

typedef enum counted { WHOLE, WITHOUT_DECODE_AND_RESIZE, CPU_TIME } counted;

static double counted_ns(const cli_bench_pipeline *p, size_t r, counted what)
{
    if (what == CPU_TIME)
        return (double)p->times[r].cpu_ns;
    return ns_from(p, r, what == WHOLE ? CLI_BENCH_DECODE : CLI_BENCH_NORMALIZE);
}

static cli_estimate speed_up(const cli_bench *b, const cli_bench_pipeline *p, counted what, double *column)
{
    for (size_t r = 0; r < b->n_rounds; r++)
        column[r] = counted_ns(&b->pipelines[0], r, what) / fmax(counted_ns(p, r, what), 1);
    return cli_median_estimate(column, b->n_rounds);
}

static void compare(const cli_bench *b, cli_bench_pipeline *p, double *column)
{
    const cli_bench_pipeline *base = &b->pipelines[0];
    cli_bench_comparison *c = &p->comparison;
    const int n = base->classifier.n_scores;
    double largest = 0, apart = 0;
    int best[2];
    c->whole = speed_up(b, p, WHOLE, column);
    c->behind = speed_up(b, p, WITHOUT_DECODE_AND_RESIZE, column);
    c->cpu = speed_up(b, p, CPU_TIME, column);
    for (int i = 0; i < n; i++) {
        largest = fmax(largest, fabs((double)base->scores[i]));
        apart = fmax(apart, fabs((double)p->scores[i] - (double)base->scores[i]));
    }
    c->difference = apart > 0 ? apart / largest : 0;
    cli_topk(&best[0], 1, base->scores, n);
    cli_topk(&best[1], 1, p->scores, n);
    c->same_best = best[0] == best[1];
}

static octet_status sum_up(cli_bench *b, octet_error *err)
{
    double *column = calloc(b->n_rounds, sizeof *column);
    if (!column)
        return cli_fail_memory(err);
    for (size_t i = 0; i < b->n_pipelines; i++) {
        cli_bench_pipeline *p = &b->pipelines[i];
        if (p->refused)
            continue;
        sum_up_times(p, column, b->n_rounds);
        sum_up_bytes(b, p);
        if (i > 0)
            compare(b, p, column);
    }
    free(column);
    return OCTET_OK;
}

octet_status cli_bench_measure(cli_bench *b, size_t n_rounds, double seconds, octet_error *err)
{
    CLI_TRY(warm_up(b, err));
    CLI_TRY(run_rounds(b, n_rounds, seconds, err));
    int n_runs = b->n_rounds < MOST_STEP_RUNS ? (int)b->n_rounds : MOST_STEP_RUNS;
    for (size_t i = 0; i < b->n_pipelines; i++)
        if (!b->pipelines[i].refused)
            CLI_TRY(cli_bench_time_step(&b->pipelines[i], n_runs, err));
    return sum_up(b, err);
}
