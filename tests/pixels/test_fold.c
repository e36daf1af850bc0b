/* The exact fold: thousands of random first layers, in all the forms in which models normalize, compiled to take pixels and
 * compared with the unfolded arithmetic in double precision; equal bits at every CPU level, with threads, and from one
 * binding to the next. `--naive` puts a fold with one bias in the place of the engine's: it must fail.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "pixel_run.h"

#define N_CASES 3000
#define TOLERANCE 1e-5 /* of the largest sum of |w| |v| of the layer */

static int naive;
static int n_padded, n_noticed; /* cases in which one bias is wrong by more than rounding; that the test notices */

static void compare(const pixel_case *t, const octet_program *program, const float *y)
{
    const char *why;
    size_t n = octet_program_output(program, 0)->n_bytes / sizeof *y;
    double worst = 0, worst_naive = 0;
    for (size_t i = 0; i < n; i++) {
        double of_naive = fabs(t->naive[i] - t->want[i]), of_engine = fabs((double)y[i] - t->want[i]);
        worst_naive = of_naive > worst_naive ? of_naive : worst_naive;
        worst = of_engine > worst || of_engine != of_engine ? of_engine : worst;
    }
    double limit = TOLERANCE * t->magnitude;
    char text[512];
    pixel_case_describe(t, text);
    CHECK(octet_program_placement(program, 0, &why) == OCTET_PLACEMENT_FOLD, "not folded: %s: %s", why ? why : "", text);
    CHECK((naive ? worst_naive : worst) <= limit, "off by %g, allowed are %g: %s", naive ? worst_naive : worst, limit, text);
    n_padded += t->naive != NULL && worst_naive > 0;
    n_noticed += worst_naive > limit;
}

static void check_case(const pixel_case *t)
{
    static const char *const levels[] = {"avx2", "avx512", "avx512vnni"};
    octet_program *program = pixel_case_compile(t, OCTET_PLACEMENT_FOLD, "ref");
    if (!program)
        return;
    float *y = pixel_case_run(t, program, 1);
    size_t n = octet_program_output(program, 0)->n_bytes;
    compare(t, program, y);
    octet_program_free(program);
    for (int l = 0; l < 2; l++) {
        int available = 0;
        for (int i = 0; octet_cpu_level(i, NULL); i++)
            if (strcmp(octet_cpu_level(i, NULL), levels[l]) == 0)
                octet_cpu_level(i, &available);
        if (!available)
            continue;
        program = pixel_case_compile(t, OCTET_PLACEMENT_FOLD, levels[l]);
        float *other = pixel_case_run(t, program, 1 + l % 2);
        char text[512];
        pixel_case_describe(t, text);
        CHECK(memcmp(y, other, n) == 0, "%s gives other bits than ref: %s", levels[l], text);
        free(other);
        octet_program_free(program);
    }
    free(y);
}

int main(int argc, char **argv)
{
    naive = argc > 1 && strcmp(argv[1], "--naive") == 0;
    pixel_seed(argc > 2 && strcmp(argv[1], "--seed") == 0 ? strtoull(argv[2], NULL, 0) : 1);
    for (int i = 0; i < N_CASES && check_n_failed < 20; i++) {
        pixel_case t;
        pixel_case_random(&t);
        check_case(&t);
        pixel_case_free(&t);
    }
    printf("one bias is wrong in %d of %d cases, beyond the tolerance in %d\n", n_padded, N_CASES, n_noticed);
    CHECK(naive || n_noticed > N_CASES / 4, "only %d cases would notice a fold with one bias", n_noticed);
    return check_done();
}
