/* octet bench for people.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "bench.h"
#include "numbers.h"

#define LABEL_WIDTH 20
#define COLUMN_WIDTH 21

static const char *row_name(int stage)
{
    return stage == CLI_BENCH_N_STAGES ? "total" : cli_bench_stage_name((cli_bench_stage)stage);
}

static void print_head(const cli_bench *b)
{
    char bytes[CLI_GROUPED_SIZE];
    const cli_classifier *c = &b->pipelines[0].classifier;
    int n_threads = b->model->n_threads ? b->model->n_threads : 1;
    printf("%-12s%s\n", "model", b->model_path);
    printf("%-12s%s, %s bytes, %dx%d to %dx%d\n", "image", b->image_path, cli_grouped(bytes, b->n_file), (int)b->width,
           (int)b->height, (int)c->input.width, (int)c->input.height);
    printf("%-12s%d thread%s, CPU level %s, %zu rounds after %d to warm up\n", "execution", n_threads, n_threads > 1 ? "s" : "",
           c->cpu, b->n_rounds, CLI_BENCH_WARM_UP);
}

static void print_columns(const cli_bench *b, const char *label)
{
    printf("\n%-*s", LABEL_WIDTH, label);
    for (size_t i = 0; i < b->n_pipelines; i++)
        if (!b->pipelines[i].refused)
            printf("%*s", COLUMN_WIDTH, b->pipelines[i].name);
    putchar('\n');
}

static void print_times(const cli_bench *b)
{
    print_columns(b, "median ms (p95)");
    for (int stage = 0; stage <= CLI_BENCH_N_STAGES; stage++) {
        printf("%-*s", LABEL_WIDTH, row_name(stage));
        for (size_t i = 0; i < b->n_pipelines; i++) {
            const cli_bench_summary *s = &b->pipelines[i].summary;
            if (!b->pipelines[i].refused)
                printf("%*.4f (%9.4f)", COLUMN_WIDTH - 12, s->median_ns[stage] * 1e-6, s->p95_ns[stage] * 1e-6);
        }
        putchar('\n');
    }
}

static void print_bytes(const cli_bench *b)
{
    char text[CLI_GROUPED_SIZE];
    print_columns(b, "bytes moved");
    for (int stage = 0; stage <= CLI_BENCH_N_STAGES; stage++) {
        printf("%-*s", LABEL_WIDTH, row_name(stage));
        for (size_t i = 0; i < b->n_pipelines; i++)
            if (!b->pipelines[i].refused)
                printf("%*s", COLUMN_WIDTH, cli_grouped(text, b->pipelines[i].summary.bytes[stage]));
        putchar('\n');
    }
}

/* A new line behind each semicolon and full stop. */
static void print_broken(const char *text)
{
    for (; *text; text++) {
        putchar(*text);
        if ((*text == ';' || *text == '.') && text[1] == ' ')
            fputs("\n ", stdout);
    }
    putchar('\n');
}

static void print_sentences(const cli_bench *b)
{
    char text[CLI_BENCH_SENTENCE_SIZE];
    putchar('\n');
    for (size_t i = 1; i < b->n_pipelines; i++) {
        const cli_bench_pipeline *p = &b->pipelines[i];
        if (p->refused)
            snprintf(text, sizeof text, "%s is not possible: %s.", p->name, p->refused);
        else
            cli_bench_verdict(text, b, p);
        print_broken(text);
    }
    for (size_t i = 1; i < b->n_pipelines; i++)
        if (!b->pipelines[i].refused)
            print_broken(cli_bench_agreement(text, b, &b->pipelines[i]));
    if (cli_bench_disturbance(text, b))
        print_broken(text);
}

void cli_bench_print(const cli_bench *b)
{
    print_head(b);
    print_times(b);
    print_bytes(b);
    print_sentences(b);
}
