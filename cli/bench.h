/* octet bench between its files: pipelines from the bytes of an image file to the best classes, timed in turn.
 * bench_pipelines.c opens and runs them, bench_rounds.c times and sums up, bench_sentences.c concludes, bench_text.c and
 * bench_json.c print.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <cjson/cJSON.h>

#include "classifier.h"
#include "pixel_flags.h"
#include "statistics.h"

typedef enum cli_bench_stage {
    CLI_BENCH_DECODE = 0,  /* the bytes of the file, in memory, to pixels */
    CLI_BENCH_RESIZE,      /* resize and crop */
    CLI_BENCH_NORMALIZE,   /* fill the session's input; of a layer its step too */
    CLI_BENCH_RUN,         /* the rest of octet_session_run */
    CLI_BENCH_POSTPROCESS, /* softmax and the best classes */
    CLI_BENCH_N_STAGES
} cli_bench_stage;

/* "decode", ... */
const char *cli_bench_stage_name(cli_bench_stage stage);

/* Nanoseconds of one pass. */
typedef struct cli_bench_times {
    uint64_t ns[CLI_BENCH_N_STAGES];
    uint64_t cpu_ns; /* of all threads, over all stages: what a preempted pass does not pay for */
} cli_bench_times;

/* Over the rounds; entry CLI_BENCH_N_STAGES is the whole. */
typedef struct cli_bench_summary {
    double least_ns[CLI_BENCH_N_STAGES + 1], median_ns[CLI_BENCH_N_STAGES + 1], p95_ns[CLI_BENCH_N_STAGES + 1];
    uint64_t bytes[CLI_BENCH_N_STAGES + 1]; /* image, tensor and scores: what the stage reads and what it writes */
} cli_bench_summary;

/* Against the first pipeline. */
typedef struct cli_bench_comparison {
    cli_estimate whole;   /* time of the first / time of this one, round by round */
    cli_estimate behind;  /* the same without decode and resize */
    cli_estimate cpu;     /* the same of CPU time */
    double difference;    /* largest |score - score of the first| / largest |score of the first| */
    bool same_best;
} cli_bench_comparison;

typedef struct cli_bench_pipeline {
    char name[32];            /* "fold + float" */
    octet_placement placement;
    double tolerance;         /* comparison.difference may be as large */
    const char *refused;      /* why it is not possible, or NULL; then nothing below counts */
    cli_classifier classifier;
    bool makes_probabilities; /* the scores are logits */
    float *scores, *probabilities; /* [n_scores]; of the first pass */
    cli_bench_times *times;   /* [rounds] */
    double step_ns;           /* of a layer's own step */
    cli_bench_summary summary;
    cli_bench_comparison comparison;
} cli_bench_pipeline;

#define CLI_BENCH_MOST 8
#define CLI_BENCH_TOP 5
#define CLI_BENCH_WARM_UP 3

typedef struct cli_bench { /* all zero: empty */
    const char *model_path, *image_path;
    const cli_model_flags *model;
    const cli_recipe_flags *recipe;
    const cli_pixel_flags *frames;   /* NULL: an image file */
    const cli_calibration_flags *calib;
    unsigned char *file;             /* the bytes of image_path */
    size_t n_file;
    int32_t width, height, channels; /* of the decoded image */
    cli_bench_pipeline pipelines[CLI_BENCH_MOST];
    size_t n_pipelines;
    size_t n_rounds;
    long n_preempted;                /* involuntary context switches during the rounds */
} cli_bench;

/* Read the image file and open every pipeline. OCTET_UNSUPPORTED: the model takes uint8, so there is nothing to place. Close
 * with cli_bench_close, after a failure too. */
octet_status cli_bench_open(cli_bench *b, octet_error *err);
void cli_bench_close(cli_bench *b);

/* One pass of a pipeline, timed. Messages name the image. */
octet_status cli_bench_pass(const cli_bench *b, cli_bench_pipeline *p, cli_bench_times *times, octet_error *err);
/* The time of the step that is a layer's normalization: median of n_runs profiled runs on the input as it stands; 0 for
 * other placements. */
octet_status cli_bench_time_step(cli_bench_pipeline *p, int n_runs, octet_error *err);

/* Warm up, time n_rounds rounds (0: as many as fit into `seconds`, at least CLI_FEWEST_FOR_INTERVAL), in each of which every
 * pipeline runs once, beginning with another one each time; then fill in summaries and comparisons. */
octet_status cli_bench_measure(cli_bench *b, size_t n_rounds, double seconds, octet_error *err);

/* "fold + float is 1.03 times as fast as host + float ...": what the comparison with the first pipeline comes to. */
#define CLI_BENCH_SENTENCE_SIZE 1024
const char *cli_bench_verdict(char text[CLI_BENCH_SENTENCE_SIZE], const cli_bench *b, const cli_bench_pipeline *p);
/* How far the outputs of the two are apart. */
const char *cli_bench_agreement(char text[CLI_BENCH_SENTENCE_SIZE], const cli_bench *b, const cli_bench_pipeline *p);
/* That the times scatter more than a quiet machine lets them; NULL if they do not. */
const char *cli_bench_disturbance(char text[CLI_BENCH_SENTENCE_SIZE], const cli_bench *b);

void cli_bench_print(const cli_bench *b);
octet_status cli_bench_print_json(const cli_bench *b, octet_error *err);

#endif
