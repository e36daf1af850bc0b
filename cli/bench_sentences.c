/* octet bench: what the numbers say, in words.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "bench.h"
#include "numbers.h"

#define WORDS_SIZE 240
#define QUIET_SCATTER 1.25 /* p95 / median; on an idle machine it is below 1.1 */

/* ---- speed ---- */

typedef enum finding { TOO_FEW, NO_DIFFERENCE, FASTER, SLOWER } finding;

static finding judge(const cli_estimate *speed_up)
{
    if (!speed_up->has_interval)
        return TOO_FEW;
    return speed_up->low > 1 ? FASTER : speed_up->high < 1 ? SLOWER : NO_DIFFERENCE;
}

/* The main clause. */
static void say_speed(char text[WORDS_SIZE], const cli_bench *b, const cli_bench_pipeline *p)
{
    const cli_estimate *e = &p->comparison.whole;
    const char *base = b->pipelines[0].name;
    switch (judge(e)) {
    case TOO_FEW:
        snprintf(text, WORDS_SIZE, "%s against %s: %zu round%s %s too few for an interval (%d are needed), the median speed-up "
                 "is %.3f", p->name, base, b->n_rounds, b->n_rounds > 1 ? "s" : "", b->n_rounds > 1 ? "are" : "is",
                 CLI_FEWEST_FOR_INTERVAL, e->median);
        break;
    case NO_DIFFERENCE:
        snprintf(text, WORDS_SIZE, "%s against %s: no difference can be told from %zu rounds (95 %% interval of the speed-up "
                 "%.3f to %.3f)", p->name, base, b->n_rounds, e->low, e->high);
        break;
    case FASTER:
        snprintf(text, WORDS_SIZE, "%s is %.3f times as fast as %s here (95 %% interval %.3f to %.3f)", p->name, e->median, base,
                 e->low, e->high);
        break;
    case SLOWER:
        snprintf(text, WORDS_SIZE, "%s takes %.3f times as long as %s here (95 %% interval %.3f to %.3f)", p->name,
                 1 / e->median, base, 1 / e->high, 1 / e->low);
        break;
    }
}

/* The same for another count of the same rounds. */
static void say_shortly(char text[WORDS_SIZE], const cli_estimate *e)
{
    switch (judge(e)) {
    case TOO_FEW: snprintf(text, WORDS_SIZE, "%.3f", e->median); break;
    case NO_DIFFERENCE: snprintf(text, WORDS_SIZE, "no difference (%.3f to %.3f)", e->low, e->high); break;
    case FASTER: snprintf(text, WORDS_SIZE, "%.3f times as fast (%.3f to %.3f)", e->median, e->low, e->high); break;
    case SLOWER:
        snprintf(text, WORDS_SIZE, "%.3f times as long (%.3f to %.3f)", 1 / e->median, 1 / e->high, 1 / e->low);
        break;
    }
}

static size_t handed_bytes(const cli_bench_pipeline *p)
{
    return octet_program_input(p->classifier.program, 0)->n_bytes;
}

const char *cli_bench_verdict(char text[CLI_BENCH_SENTENCE_SIZE], const cli_bench *b, const cli_bench_pipeline *p)
{
    const cli_bench_pipeline *base = &b->pipelines[0];
    char speed[WORDS_SIZE], behind[WORDS_SIZE], cpu[WORDS_SIZE], before_bytes[CLI_GROUPED_SIZE], bytes[CLI_GROUPED_SIZE];
    say_speed(speed, b, p);
    say_shortly(behind, &p->comparison.behind);
    say_shortly(cpu, &p->comparison.cpu);
    snprintf(text, CLI_BENCH_SENTENCE_SIZE,
             "%s; without decode and resize: %s; in CPU time: %s. Normalization takes %.3g ms of %.4g ms with %s and %.3g ms with %s; %s bytes "
             "handed to the model become %s.", speed, behind, cpu, base->summary.median_ns[CLI_BENCH_NORMALIZE] * 1e-6,
             base->summary.median_ns[CLI_BENCH_N_STAGES] * 1e-6, base->name, p->summary.median_ns[CLI_BENCH_NORMALIZE] * 1e-6,
             p->name, cli_grouped(before_bytes, handed_bytes(base)), cli_grouped(bytes, handed_bytes(p)));
    return text;
}

/* ---- outputs and machine ---- */

const char *cli_bench_agreement(char text[CLI_BENCH_SENTENCE_SIZE], const cli_bench *b, const cli_bench_pipeline *p)
{
    const cli_bench_comparison *c = &p->comparison;
    char apart[64] = "equal";
    if (c->difference > 0)
        snprintf(apart, sizeof apart, "at most %.1e of the largest apart", c->difference);
    snprintf(text, CLI_BENCH_SENTENCE_SIZE, "The scores of %s and %s are %s%s, and the best class is %s.", p->name,
             b->pipelines[0].name, apart, c->difference > p->tolerance ? ", too much" : "",
             c->same_best ? "the same" : "another");
    return text;
}

const char *cli_bench_disturbance(char text[CLI_BENCH_SENTENCE_SIZE], const cli_bench *b)
{
    const cli_bench_pipeline *worst = NULL;
    double scatter = QUIET_SCATTER;
    for (size_t i = 0; i < b->n_pipelines; i++) {
        const cli_bench_pipeline *p = &b->pipelines[i];
        double ratio = p->refused ? 0 : p->summary.p95_ns[CLI_BENCH_N_STAGES] / p->summary.median_ns[CLI_BENCH_N_STAGES];
        if (ratio > scatter) {
            scatter = ratio;
            worst = p;
        }
    }
    if (!worst)
        return NULL;
    snprintf(text, CLI_BENCH_SENTENCE_SIZE, "The machine was disturbed: one round in twenty of %s takes %.2f times the median "
             "or more (%ld involuntary context switches in all), so measure again when it is quiet.", worst->name, scatter,
             b->n_preempted);
    return text;
}
