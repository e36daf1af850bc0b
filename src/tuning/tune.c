/* Measuring the tilings of the integer convolutions.
 *
 * A shape is measured with the weights of the first step that has it, packed for each tiling. The tilings take turns, so that
 * what disturbs the machine disturbs all; before each turn the caches are filled with something else, and then the image is
 * touched: in a network too the weights come from afar, and the image has just been written.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <octet/tune.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "runtime/program.h"
#include "steps/conv_u8s8.h"
#include "tuning/table.h"

#define DEFAULT_MS 100
#define MOST_TURNS 1001
#define FEWEST_TURNS 5
#define WINS_BELOW 0.97          /* of the default's time */
#define OTHER_BYTES (4u << 20)   /* more than a second level cache */
#define MOST_PACKED (64u << 20)  /* larger weights come from memory, however they are cut */
#define MOST_CANDIDATES (1 + OCT_CONV_U8S8_MOST_TILINGS)

typedef struct candidate {
    oct_conv_int_shape shape;
    void *packed;
    double us[MOST_TURNS];
} candidate;

typedef struct bench {
    const oct_conv_u8s8 *kernel;
    const oct_conv_u8s8_step *step;
    const void *source;
    candidate *all; /* the first is the default */
    int n;
    uint8_t *x, *y, *r, *other;
    void *scratch;
    size_t n_x;
} bench;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- one shape ---- */

static void free_bench(bench *b)
{
    for (int i = 0; b->all && i < b->n; i++)
        oct_free_aligned(b->all[i].packed);
    oct_free(b->all);
    oct_free_aligned(b->x);
    oct_free_aligned(b->y);
    oct_free_aligned(b->r);
    oct_free_aligned(b->other);
    oct_free_aligned(b->scratch);
}

static int64_t image_bytes(int32_t n, int32_t h, int32_t w, int32_t pitch, int32_t channels)
{
    return (int64_t)n * h * w * (pitch ? pitch : channels);
}

static bool allocate(bench *b, const int32_t *tiles, size_t *wanted)
{
    const oct_conv_int_shape *s = &b->step->shape;
    const size_t n_y = (size_t)image_bytes(s->N, s->OH, s->OW, s->y_pitch, s->OC);
    const size_t n_r = (size_t)image_bytes(s->N, s->OH, s->OW, s->r_pitch, s->OC);
    size_t n_scratch = 0;
    b->n_x = (size_t)image_bytes(s->N, s->H, s->W, s->x_pitch, s->C);
    *wanted = b->n_x + n_y + n_r + OTHER_BYTES;
    b->all = oct_calloc((size_t)b->n, sizeof *b->all);
    bool done = b->all != NULL;
    for (int i = 0; i < b->n && done; i++) {
        candidate *c = &b->all[i];
        c->shape = *s;
        c->shape.tile = i ? tiles[i - 1] : 0;
        const size_t n_packed = b->kernel->packed_size(&c->shape), scratch = b->kernel->scratch_size(&c->shape);
        *wanted += n_packed;
        n_scratch = scratch > n_scratch ? scratch : n_scratch;
        done = (c->packed = oct_alloc_aligned(n_packed)) != NULL;
    }
    return done && (b->x = oct_alloc_aligned(b->n_x)) && (b->y = oct_alloc_aligned(n_y)) &&
           (b->r = oct_calloc_aligned(n_r)) && (b->other = oct_alloc_aligned(OTHER_BYTES)) &&
           (b->scratch = oct_alloc_aligned(n_scratch + 1));
}

static void fill(bench *b)
{
    uint32_t state = 1;
    for (size_t i = 0; i < b->n_x; i++) {
        state = state * 1664525u + 1013904223u;
        b->x[i] = (uint8_t)(state >> 24);
    }
    for (int i = 0; i < b->n; i++)
        b->kernel->pack(b->all[i].packed, &b->all[i].shape, &(oct_conv_u8s8_weights){.source = b->source});
}

static double time_once(const bench *b, const candidate *c)
{
    const oct_conv_u8s8_args args = {.shape = &c->shape, .x = b->x, .packed = c->packed, .y_zero = b->step->y_zero, .y = b->y,
                                     .store = &b->step->store, .r = b->r, .scratch = b->scratch};
    memset(b->other, 1, OTHER_BYTES);
    for (size_t i = 0; i < b->n_x; i += OCT_CACHE_LINE)
        ((volatile uint8_t *)b->x)[i] = b->x[i];
    const double begin = now_us();
    b->kernel->run(&args, 0, SIZE_MAX);
    return now_us() - begin;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void take_turns(const bench *b, int ms, double medians[MOST_CANDIDATES])
{
    const double end = now_us() + 1e3 * ms * b->n;
    size_t turns = 0;
    for (int i = 0; i < b->n; i++)
        time_once(b, &b->all[i]);
    for (; turns < FEWEST_TURNS || (turns < MOST_TURNS && now_us() < end); turns++)
        for (int i = 0; i < b->n; i++)
            b->all[i].us[turns] = time_once(b, &b->all[i]);
    for (int i = 0; i < b->n; i++) {
        qsort(b->all[i].us, turns, sizeof *b->all[i].us, ascending);
        medians[i] = b->all[i].us[turns / 2];
    }
}

/* *tile: the winner, 0 for the default. */
static octet_status measure(bench *b, const int32_t *tiles, int ms, int32_t *tile, octet_tune_result *result, octet_error *err)
{
    double medians[MOST_CANDIDATES];
    size_t wanted;
    int best = 1;
    if (!allocate(b, tiles, &wanted))
        return oct_fail_memory(err, "measuring a convolution", wanted);
    fill(b);
    take_turns(b, ms, medians);
    for (int i = 2; i < b->n; i++)
        best = medians[i] < medians[best] ? i : best;
    *tile = medians[best] < WINS_BELOW * medians[0] ? tiles[best - 1] : 0;
    result->tiling = oct_conv_u8s8_tile_name(*tile);
    result->default_us = medians[0];
    result->best_us = medians[best];
    return OCTET_OK;
}

/* ---- all shapes ---- */

typedef struct found {
    char shape[OCT_TUNING_SHAPE_SIZE];
    const oct_conv_u8s8_step *step;
    const void *source;
    int n_steps;
} found;

typedef struct found_list {
    found *at;
    int n;
} found_list;

static void add_step(found_list *list, const octet_program *p, const oct_step *step)
{
    const oct_conv_u8s8_step *params = (const void *)(p->params + step->params);
    const oct_operand packed = p->operands[step->first_operand + OCT_CONV_U8S8_PACKED];
    found *f = list->at;
    char shape[OCT_TUNING_SHAPE_SIZE];
    oct_tuning_shape(shape, &params->shape);
    while (f < list->at + list->n && strcmp(f->shape, shape) != 0)
        f++;
    if (f == list->at + list->n) {
        *f = (found){.step = params, .source = p->consts + packed.offset};
        memcpy(f->shape, shape, sizeof shape);
        list->n++;
    }
    f->n_steps++;
}

static octet_status find_shapes(found_list *list, const octet_program *const *programs, int n, octet_error *err)
{
    size_t n_steps = 0;
    for (int i = 0; i < n; i++) {
        if (programs[i]->cpu != OCT_CPU_REF)
            return oct_fail(err, OCTET_USAGE, "a program for CPU level %s cannot be tuned; compile it for ref",
                            oct_cpu_name(programs[i]->cpu));
        n_steps += (size_t)programs[i]->n_steps;
    }
    list->at = oct_calloc(n_steps + 1, sizeof *list->at);
    if (!list->at)
        return oct_fail_memory(err, "the list of shapes", (n_steps + 1) * sizeof *list->at);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < programs[i]->n_steps; k++)
            if (programs[i]->steps[k].kind == &oct_step_conv_u8s8)
                add_step(list, programs[i], &programs[i]->steps[k]);
    return OCTET_OK;
}

static octet_status tune_shape(oct_tuning *table, const found *f, oct_cpu_level level, const octet_tune_opts *opts,
                               octet_error *err)
{
    int32_t tiles[OCT_CONV_U8S8_MOST_TILINGS], tile = 0;
    bench b = {.kernel = oct_conv_u8s8_select(level), .step = f->step, .source = f->source};
    octet_tune_result result = {.shape = f->shape, .n_steps = f->n_steps};
    b.n = 1 + b.kernel->tilings(&f->step->shape, tiles);
    if (b.n == 1 || b.kernel->packed_size(&f->step->shape) > MOST_PACKED)
        return OCTET_OK;
    octet_status status = measure(&b, tiles, opts->ms > 0 ? opts->ms : DEFAULT_MS, &tile, &result, err);
    free_bench(&b);
    if (status == OCTET_OK)
        status = oct_tuning_set(table, level, &f->step->shape, tile, err);
    if (status == OCTET_OK && opts->report)
        opts->report(opts->context, &result);
    return status;
}

octet_status octet_tune(const octet_program *const *programs, int n, const char *path, const octet_tune_opts *opts, octet_error *err)
{
    static const octet_tune_opts defaults = {0};
    oct_cpu_level level;
    oct_tuning table = {0};
    found_list list = {0};
    opts = opts ? opts : &defaults;
    octet_status status = oct_cpu_parse(&level, opts->cpu, err);
    if (status == OCTET_OK)
        status = find_shapes(&list, programs, n, err);
    if (status == OCTET_OK && access(path, F_OK) == 0)
        status = oct_tuning_read(&table, path, err);
    if (status == OCTET_OK) /* as it is: what cannot be written is said now */
        status = oct_tuning_write(&table, path, err);
    for (int i = 0; status == OCTET_OK && i < list.n; i++)
        status = tune_shape(&table, &list.at[i], level, opts, err);
    if (status == OCTET_OK)
        status = oct_tuning_write(&table, path, err);
    oct_free(list.at);
    oct_tuning_free(&table);
    return status;
}
