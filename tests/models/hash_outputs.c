/* Fingerprints of outputs: every model at every CPU level this machine has and 1 to 4 threads must give the same one.
 *
 *     hash_outputs MODEL.onnx...       prints "MODEL HASH HASH HASH HASH" a line: float input, pixels through a table, pixels
 *                                      folded, bytes of their portable artifacts; exit 1 if two ways differ
 *
 * Inputs are made from a fixed generator: noise over the range of normalised pixels, zeros, and large values.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <octet/octet.h>

static const char *const levels[] = {"ref", "avx2", "avx512", "avx512vnni"};

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 1099511628211u; /* FNV-1a */
    return h;
}

/* xorshift; the same numbers on every machine */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void fill_input(void *dst, const octet_tensor_info *info, int pattern)
{
    uint32_t state = 2463534242u;
    if (info->dtype != OCTET_F32) {
        for (size_t i = 0; i < info->n_bytes; i++)
            ((uint8_t *)dst)[i] = pattern == 1 ? 0 : (uint8_t)(next(&state) & 3);
        return;
    }
    float *x = dst;
    for (size_t i = 0; i < info->n_bytes / sizeof *x; i++) {
        float noise = (float)(int32_t)(next(&state) >> 8) / 8388608.0f - 1.0f; /* -1 .. 1 */
        x[i] = pattern == 0 ? noise * 2.5f : pattern == 1 ? 0.0f : noise * 1e4f;
    }
}

static int hash_program(const octet_program *p, int n_threads, uint64_t *hash)
{
    octet_session *s;
    octet_error err;
    if (octet_session_new(&s, p, &(octet_session_opts){.n_threads = n_threads}, &err) != OCTET_OK) {
        fprintf(stderr, "hash_outputs: %s\n", err.message);
        return 0;
    }
    *hash = 14695981039346656037u;
    for (int pattern = 0; pattern < 3; pattern++) {
        for (int i = 0; i < octet_program_n_inputs(p); i++)
            fill_input(octet_session_input(s, i), octet_program_input(p, i), pattern);
        octet_session_run(s, NULL);
        for (int i = 0; i < octet_program_n_outputs(p); i++)
            *hash = mix(*hash, octet_session_output(s, i), octet_program_output(p, i)->n_bytes);
    }
    octet_session_free(s);
    return 1;
}

/* What octet_program_save would write. */
static int hash_artifact(const octet_program *p, uint64_t *hash)
{
    void *data;
    size_t n;
    octet_error err;
    if (octet_program_save_memory(&data, &n, p, NULL, &err) != OCTET_OK) {
        fprintf(stderr, "hash_outputs: %s\n", err.message);
        return 0;
    }
    *hash = mix(*hash, data, n);
    octet_artifact_free(data);
    return 1;
}

/* 1: fine, 0: failed or different. *hash is set by the first level, *artifact goes on with that of level ref. */
static int hash_placement(const char *path, const char *level, octet_placement placement, uint64_t *hash, int *have,
                          uint64_t *artifact)
{
    const octet_recipe recipe = {.mean = {123.675f, 116.28f, 103.53f}, .scale = {0.017125f, 0.017507f, 0.017429f}};
    octet_compile_opts opts = {.cpu = level, .placement = placement, .recipe = &recipe};
    octet_model *m;
    octet_program *p;
    octet_error err;
    octet_status status = octet_model_open(&m, path, &err);
    if (status == OCTET_OK) {
        octet_recipe of_model = recipe;
        octet_tensor_info info;
        octet_model_input(m, 0, &info);
        of_model.layout = info.rank == 4 && info.dims[3] <= 4 ? OCTET_NHWC : OCTET_NCHW;
        of_model.order = info.rank == 4 && info.dims[of_model.layout == OCTET_NHWC ? 3 : 1] == 1 ? OCTET_GRAY : OCTET_RGB;
        opts.recipe = &of_model;
        status = octet_compile(&p, m, &opts, &err);
        octet_model_free(m);
    }
    if (status == OCTET_UNSUPPORTED && strstr(err.message, "CPU level"))
        return 1;
    if (status != OCTET_OK) {
        fprintf(stderr, "hash_outputs: %s\n", err.message);
        return 0;
    }
    int same = strcmp(level, "ref") != 0 || hash_artifact(p, artifact);
    for (int n_threads = 1; n_threads <= 4 && same; n_threads++) {
        uint64_t h = 0;
        same = hash_program(p, n_threads, &h) && (!*have || h == *hash);
        if (!same)
            printf("%s: %s with %d threads gives %016" PRIx64 ", expected %016" PRIx64 "\n", path, level, n_threads, h, *hash);
        *hash = h;
        *have = 1;
    }
    octet_program_free(p);
    return same;
}

/* The float input, and pixels: through a table and straight into the first layer, each with a hash of its own. */
static int hash_level(const char *path, const char *level, uint64_t hash[4], int have[3])
{
    int same = 1;
    for (int i = 0; i < 3 && same; i++)
        same = hash_placement(path, level, (octet_placement)i, &hash[i], &have[i], &hash[3]);
    return same;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        uint64_t hash[4] = {0};
        int have[3] = {0}, same = 1;
        for (size_t k = 0; k < sizeof levels / sizeof *levels && same; k++)
            same = hash_level(argv[i], levels[k], hash, have);
        if (same)
            printf("%s %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n", argv[i], hash[0], hash[1],
                   hash[2], hash[3]);
        failed |= !same;
    }
    return failed;
}
