/* Runs a fuzz target on files, without a fuzzing compiler: replay FILE_OR_FOLDER... Folders are read one level deep.
 * Each input is also cut short and bit-flipped in a fixed pattern, so that the seeds reach further than themselves.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_VARIANTS = 24 };

static int n_inputs, n_failed;

/* An exact-size copy, so that a sanitizer sees every byte read behind the end. */
static void run(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (n)
        memcpy(copy, data, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    n_inputs++;
}

static void run_variants(uint8_t *data, size_t n)
{
    run(data, n);
    uint32_t state = (uint32_t)n + 12345u;
    for (int i = 0; i < N_VARIANTS && n > 0; i++) {
        state = state * 1664525u + 1013904223u;
        size_t at = state % n;
        if (i % 3 == 0) {
            run(data, at);
        } else {
            data[at] ^= (uint8_t)(1u << (i & 7));
            run(data, n);
            data[at] ^= (uint8_t)(1u << (i & 7));
        }
    }
}

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "replay: cannot open %s\n", path);
        n_failed++;
        return;
    }
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    uint8_t *data = malloc((size_t)n + 1);
    if (fread(data, 1, (size_t)n, f) == (size_t)n)
        run_variants(data, (size_t)n);
    free(data);
    fclose(f);
}

static void run_path(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) {
        run_file(path);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.')
            run_file(inner);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    printf("%d inputs\n%d passed, %d failed\n", n_inputs, n_inputs, n_failed);
    return n_failed || n_inputs == 0;
}
