/* Times one model on demand, so that a driver can alternate it with a peer in the same minute.
 *
 *     time_model MODEL.onnx|MODEL.octet THREADS [LEVEL]
 *
 * Prints "ready LOAD_MS FIRST_MS MACS PEAK_KB WEIGHT_BYTES ARENA_BYTES", then for each line "N" on stdin: N runs, their nanoseconds in one line;
 * "peak": GMAC/s of a register-only loop of fused multiply-adds as wide as the level's; "layers N": medians of N profiled runs, a line a
 * step and an empty line. Input: fixed noise.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <octet/octet.h>

#include "fma_peak.h"

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Largest resident size of this process; getrusage would count what the process was before exec. */
static long peak_kb(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kb = 0;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = atol(line + 6);
    if (f)
        fclose(f);
    return kb;
}

static void fill(octet_session *s, const octet_program *p)
{
    float *x = octet_session_input(s, 0);
    uint8_t *bytes = octet_session_input(s, 0);
    uint32_t state = 1;
    for (size_t i = 0; octet_program_input(p, 0)->dtype == OCTET_U8 && i < octet_program_input(p, 0)->n_bytes; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    if (octet_program_input(p, 0)->dtype == OCTET_U8)
        return;
    for (size_t i = 0; i < octet_program_input(p, 0)->n_bytes / sizeof *x; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) / 8388608.0f - 1.0f;
    }
}

static void print_peak(const octet_program *p)
{
    octet_program_info info;
    octet_program_get_info(p, &info);
    uint64_t start = now_ns();
    double macs = fma_peak_macs(info.cpu, 20000000);
    printf("%.3f\n", macs / (double)(now_ns() - start));
}

static void print_runs(octet_session *s, long n)
{
    for (long i = 0; i < n; i++) {
        uint64_t start = now_ns();
        octet_session_run(s, NULL);
        printf("%" PRIu64 "%c", now_ns() - start, i + 1 < n ? ' ' : '\n');
    }
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void print_layers(octet_session *s, const octet_program *p, long n)
{
    octet_program_info info;
    octet_program_get_info(p, &info);
    size_t n_steps = (size_t)info.n_steps;
    uint64_t *ns = malloc(n_steps * (size_t)n * sizeof *ns), *row = malloc((size_t)n * sizeof *row);
    for (long i = 0; i < n; i++)
        octet_session_profile(s, ns + (size_t)i * n_steps, NULL);
    for (size_t k = 0; k < n_steps; k++) {
        octet_step_info step;
        octet_program_step(p, (int)k, &step);
        for (long i = 0; i < n; i++)
            row[i] = ns[(size_t)i * n_steps + k];
        qsort(row, (size_t)n, sizeof *row, by_value);
        printf("%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%s\n", row[n / 2], step.macs, step.op, step.kernel, step.name);
    }
    printf("\n");
    free(ns);
    free(row);
}

static octet_status open_program(octet_program **out, const char *path, const char *cpu, octet_error *err)
{
    const size_t n = strlen(path);
    octet_model *m;
    if (n > 6 && strcmp(path + n - 6, ".octet") == 0)
        return octet_program_open(out, path, &(octet_open_opts){.cpu = cpu}, err);
    octet_status status = octet_model_open(&m, path, err);
    if (status != OCTET_OK)
        return status;
    status = octet_compile(out, m, &(octet_compile_opts){.cpu = cpu}, err);
    octet_model_free(m);
    return status;
}

int main(int argc, char **argv)
{
    octet_program *p;
    octet_session *s;
    octet_error err;
    uint64_t start = now_ns();
    if (argc < 3 || open_program(&p, argv[1], argc > 3 ? argv[3] : NULL, &err) != OCTET_OK ||
        octet_session_new(&s, p, &(octet_session_opts){.n_threads = atoi(argv[2])}, &err) != OCTET_OK) {
        fprintf(stderr, "time_model: %s\n", argc < 3 ? "usage: time_model MODEL THREADS [LEVEL]" : err.message);
        return 2;
    }
    uint64_t loaded = now_ns();
    fill(s, p);
    octet_session_run(s, NULL);
    uint64_t first = now_ns();
    octet_program_info info;
    octet_program_get_info(p, &info);
    printf("ready %.3f %.3f %" PRIu64 " %ld %zu %zu\n", (double)(loaded - start) / 1e6, (double)(first - loaded) / 1e6,
           info.macs, peak_kb(), info.weight_bytes, info.arena_bytes);
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "peak", 4) == 0)
            print_peak(p);
        else if (strncmp(line, "layers ", 7) == 0)
            print_layers(s, p, atol(line + 7));
        else
            print_runs(s, atol(line));
        fflush(stdout);
    }
    octet_session_free(s);
    octet_program_free(p);
    return 0;
}
