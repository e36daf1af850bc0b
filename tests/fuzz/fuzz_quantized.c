/* Fuzzes the integer engine: networks of quantized operators, made of the input's bytes, give the same bits at every CPU
 * level with 1 and with 3 threads, and the same when all tensors in between are outputs, which nothing may fuse or retype.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <octet/octet.h>

#include "quantized_graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

static octet_program *compile(const msg *m, const char *cpu)
{
    octet_error err = {.message = ""};
    octet_model *model = NULL;
    octet_program *program = NULL;
    octet_status status = octet_model_load(&model, m->data, m->n, &err);
    if (status == OCTET_OK)
        status = octet_compile(&program, model, &(octet_compile_opts){.cpu = cpu}, &err);
    octet_model_free(model);
    if (status != OCTET_OK)
        fail("a valid network is refused", err.message);
    return program;
}

/* Numbers around the whole range, some of them no numbers. */
static void fill(float *x, size_t n, uint32_t seed)
{
    static const float special[] = {INFINITY, -INFINITY, NAN, 0.0f, -0.0f, 1e30f};
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = seed >> 25 == 0 ? special[(seed >> 8) % 6] : (float)(int32_t)seed * 0x1p-27f;
    }
}

/* The outputs of a run; to be freed. */
static float *run(const octet_program *p, int n_threads, uint32_t seed, size_t *n)
{
    octet_error err = {.message = ""};
    octet_session *s;
    if (octet_session_new(&s, p, &(octet_session_opts){.n_threads = n_threads}, &err) != OCTET_OK)
        fail("no session", err.message);
    const octet_tensor_info *in = octet_program_input(p, 0), *out = octet_program_output(p, 0);
    fill(octet_session_input(s, 0), in->n_bytes / sizeof(float), seed);
    if (octet_session_run(s, &err) != OCTET_OK)
        fail("a run fails", err.message);
    float *y = malloc(out->n_bytes);
    *n = out->n_bytes / sizeof(float);
    memcpy(y, octet_session_output(s, 0), out->n_bytes);
    octet_session_free(s);
    return y;
}

/* The same bits, but for the payloads of NaNs. */
static bool same(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

/* Whether a network of the same bytes gives the expected output. */
static void check_open(const uint8_t *data, size_t n_bytes, uint32_t seed, const float *expected, size_t n_expected)
{
    msg m = quantized_graph(data, n_bytes, 1);
    octet_program *p = compile(&m, NULL);
    size_t n;
    float *y = run(p, 1, seed, &n);
    if (n != n_expected || !same(y, expected, n))
        fail("other bits than", "with all tensors as outputs");
    free(y);
    octet_program_free(p);
    msg_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    msg m = quantized_graph(data, n_bytes, 0);
    const uint32_t seed = (uint32_t)n_bytes * 2654435761u;
    octet_program *ref = compile(&m, "ref");
    size_t n;
    float *expected = run(ref, 1, seed, &n);
    for (int i = 0, available; octet_cpu_level(i, &available); i++) {
        octet_program *p = available ? compile(&m, octet_cpu_level(i, NULL)) : NULL;
        for (int threads = 1; p && threads <= 3; threads += 2) {
            float *y = run(p, threads, seed, &n);
            if (!same(y, expected, n))
                fail("other bits than at ref", octet_cpu_level(i, NULL));
            free(y);
        }
        octet_program_free(p);
    }
    check_open(data, n_bytes, seed, expected, n);
    octet_program_free(ref);
    free(expected);
    msg_free(&m);
    return 0;
}
