/* test_tuned MODEL: at every CPU level, with tables of random tilings that serve, the outputs have the bits of the default; and
 * octet_tune, whose every allocation may fail, writes a table that can be used.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <octet/tune.h>

#include "base/mem.h"
#include "kernels_move/dice.h"
#include "runtime/program.h"
#include "steps/conv_u8s8.h"
#include "tuning/table.h"

#define N_TABLES 4

static octet_program *compile(const char *path, const char *cpu, const char *tuning)
{
    octet_model *m;
    octet_program *p = NULL;
    octet_error err = {.status = OCTET_OK};
    if (octet_model_open(&m, path, &err) == OCTET_OK)
        octet_compile(&p, m, &(octet_compile_opts){.cpu = cpu, .tuning = tuning}, &err);
    octet_model_free(m);
    CHECK(p, "%s at %s: %s", path, cpu, err.message);
    return p;
}

/* FNV-1a of all outputs for inputs that look random. */
static uint64_t run(const octet_program *p)
{
    octet_session *s;
    uint64_t hash = 14695981039346656037u;
    CHECK(octet_session_new(&s, p, NULL, NULL) == OCTET_OK, "a session");
    for (int i = 0; i < octet_program_n_inputs(p); i++) {
        const octet_tensor_info *info = octet_program_input(p, i);
        dice_state = 7;
        for (size_t k = 0; k < info->n_bytes; k++)
            if (info->dtype == OCTET_F32 && k % 4 == 0)
                ((float *)octet_session_input(s, i))[k / 4] = 2 * dice_float();
            else if (info->dtype != OCTET_F32)
                ((uint8_t *)octet_session_input(s, i))[k] = (uint8_t)dice_u32();
    }
    CHECK(octet_session_run(s, NULL) == OCTET_OK, "a run");
    for (int i = 0; i < octet_program_n_outputs(p); i++)
        for (size_t k = 0; k < octet_program_output(p, i)->n_bytes; k++)
            hash = (hash ^ ((const uint8_t *)octet_session_output(s, i))[k]) * 1099511628211u;
    octet_session_free(s);
    return hash;
}

/* The tilings of all steps as one number; *n: how many are not the default's. */
static uint64_t tilings_of(const octet_program *p, int *n)
{
    uint64_t hash = 0;
    *n = 0;
    for (int i = 0; i < p->n_steps; i++)
        if (p->steps[i].kind == &oct_step_conv_u8s8) {
            const oct_conv_u8s8_step *step = (const void *)(p->params + p->steps[i].params);
            hash = hash * 31 + (uint64_t)step->shape.tile;
            *n += step->shape.tile != 0;
        }
    return hash;
}

/* One of the tilings that serve, for every shape that has some; their number. *n_choices: shapes with several. */
static int make_table(const char *path, const octet_program *portable, oct_cpu_level level, int *n_choices)
{
    oct_tuning t = {0};
    *n_choices = 0;
    for (int i = 0; i < portable->n_steps; i++) {
        int32_t tiles[OCT_CONV_U8S8_MOST_TILINGS];
        if (portable->steps[i].kind != &oct_step_conv_u8s8)
            continue;
        const oct_conv_u8s8_step *step = (const void *)(portable->params + portable->steps[i].params);
        const int n = oct_conv_u8s8_select(level)->tilings(&step->shape, tiles);
        *n_choices += n > 1;
        if (n > 0)
            CHECK(oct_tuning_set(&t, level, &step->shape, tiles[dice_int(0, n - 1)], NULL) == OCTET_OK, "a line");
    }
    const int n = t.n;
    CHECK(oct_tuning_write(&t, path, NULL) == OCTET_OK, "%s", path);
    oct_tuning_free(&t);
    return n;
}

static void check_level(const char *path, const octet_program *portable, oct_cpu_level level, uint64_t expected, const char *table)
{
    const char *name = oct_cpu_name(level);
    octet_program *p = compile(path, name, NULL);
    uint64_t seen[N_TABLES];
    int n, n_choices;
    CHECK(run(p) == expected, "%s at %s", path, name);
    tilings_of(p, &n);
    CHECK(n == 0, "defaults at %s", name);
    octet_program_free(p);
    for (int i = 0; i < N_TABLES; i++) {
        dice_state = (uint64_t)i + 1;
        const int n_lines = make_table(table, portable, level, &n_choices);
        p = compile(path, name, table);
        seen[i] = tilings_of(p, &n);
        CHECK(n >= n_lines, "%d lines, %d tilings at %s", n_lines, n, name);
        CHECK(n_choices < 10 || i == 0 || seen[i] != seen[i - 1], "the same tilings at %s", name);
        CHECK(run(p) == expected, "%s at %s, table %d", path, name, i);
        octet_program_free(p);
    }
}

/* Every allocation of octet_tune fails once; then it is done. */
static void check_tune(const octet_program *p, const char *table, bool failing)
{
    const octet_tune_opts opts = {.ms = 1};
    octet_error err;
    oct_tuning t;
    octet_status status = OCTET_NO_MEMORY;
    for (uint64_t n = 1; failing && n < 200 && status == OCTET_NO_MEMORY; n++) {
        oct_alloc_fail_after(n);
        status = octet_tune(&p, 1, table, &opts, &err);
        oct_alloc_fail_after(0);
        CHECK(status == OCTET_OK || (status == OCTET_NO_MEMORY && *err.message), "allocation %d: %s", (int)n, err.message);
    }
    CHECK(octet_tune(&p, 1, table, &opts, &err) == OCTET_OK, "%s", err.message);
    CHECK(oct_tuning_read(&t, table, &err) == OCTET_OK, "%s", err.message);
    oct_tuning_free(&t);
}

int main(int argc, char **argv)
{
    char table[] = "/tmp/octet_tuned_XXXXXX";
    if (argc != 2 || access(argv[1], R_OK) != 0)
        return puts("no model"), 77;
    const int fd = mkstemp(table);
    CHECK(fd >= 0 && close(fd) == 0, "a temporary file");
    octet_program *portable = compile(argv[1], "ref", NULL);
    const bool small = portable->n_consts < 100000;
    const uint64_t expected = run(portable);
    for (int level = OCT_CPU_REF; level <= (int)oct_cpu_detect(); level++)
        check_level(argv[1], portable, (oct_cpu_level)level, expected, table);
    octet_error err;
    if (small)
        check_tune(portable, table, true);
    octet_program *p = compile(argv[1], "auto", NULL);
    CHECK(p->cpu == OCT_CPU_REF || octet_tune((const octet_program *const *)&p, 1, table, NULL, &err) == OCTET_USAGE,
          "a program that is not portable");
    octet_program_free(p);
    octet_program_free(portable);
    unlink(table);
    return check_done();
}
