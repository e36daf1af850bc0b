/* The first layer in integers: random first layers that end in QuantizeLinear, compiled to take pixels and compared with the
 * unfolded arithmetic in double precision; equal bits at every CPU level and with threads. `--naive` puts a fold with one bias
 * in the place of the engine's: it must fail.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "pixel_run.h"

#define N_CASES 2000

static int naive, n_integer;

/* What rounding the weights of a channel may change, six standard deviations: n_taps errors of up to half a scale, even in
 * distribution, each times a pixel's distance from the middle. A channel of the pixel may carry several of the model's. */
static double rounding_bound(const pixel_case *t, int o)
{
    const int icg = t->C / t->G, area = t->K[0] * t->K[1];
    const double mixed = t->rgb && t->pixels.linear ? 6 : t->pixels.format == OCTET_PIXELS_GRAY ? icg : 1;
    double most = 0;
    for (int i = 0; i < icg * area; i++) {
        const double slope = fabs(pixel_case_slope(t, o / (t->OC / t->G) * icg + i / area));
        most = fmax(most, fabs((double)t->w[o * icg * area + i]) * slope);
    }
    const double scale = most * mixed / 127;
    return 6 * scale / sqrt(12) * 255 * sqrt((double)area * 4) + scale;
}

static void set_quantizer(pixel_case *t)
{
    double lo = 0, hi = 1e-3;
    for (size_t i = 0; i < (size_t)t->N * (size_t)(t->OC * t->OH * t->OW); i++) {
        lo = fmin(lo, t->want[i]);
        hi = fmax(hi, t->want[i]);
    }
    t->y_dtype = pixel_int(0, 1) ? OCTET_U8 : OCTET_I8;
    t->y_scale = (float)((hi - lo) / (t->relu ? 255 : 200)); /* with 200 a little saturates nowhere; else the ends are met */
    t->y_zero = (uint8_t)(rint(-lo / (double)t->y_scale) + (t->y_dtype == OCTET_I8 ? -128 : 0));
}

static double clamp(double v, double min)
{
    return fmin(fmax(v, min), min + 255);
}

static int is_integer_layer(const octet_program *p)
{
    octet_step_info info;
    return octet_program_step(p, 0, &info) == OCTET_OK && info.dtype != OCTET_F32;
}

static void compare(const pixel_case *t, const octet_program *program, const uint8_t *y)
{
    const double *want = naive ? t->naive : t->want, min = t->y_dtype == OCTET_I8 ? -128 : 0;
    const double zero = t->y_dtype == OCTET_I8 ? (int8_t)t->y_zero : t->y_zero, scale = (double)t->y_scale;
    double worst = -1e9;
    for (int64_t i = 0; i < (int64_t)octet_program_output(program, 0)->n_bytes; i++) {
        const int o = (int)(i / ((int64_t)t->OH * t->OW) % t->OC);
        const double bound = rounding_bound(t, o) / scale + 0.501, q = t->y_dtype == OCTET_I8 ? (int8_t)y[i] : y[i];
        const double at = naive ? clamp(rint(want[i] / scale) + zero, min) : q;
        worst = fmax(worst, fabs(at - clamp(t->want[i] / scale + zero, min)) - bound);
    }
    char text[512];
    pixel_case_describe(t, text);
    CHECK(worst <= 0, "off by %g beyond the bound: %s", worst, text);
}

static void check_case(pixel_case *t)
{
    octet_program *program = pixel_case_compile(t, OCTET_PLACEMENT_FOLD, "ref");
    if (!program)
        return;
    n_integer += is_integer_layer(program);
    uint8_t *y = (uint8_t *)pixel_case_run(t, program, 1);
    const size_t n = octet_program_output(program, 0)->n_bytes;
    compare(t, program, y);
    octet_program_free(program);
    int available;
    for (int l = 1; octet_cpu_level(l, &available); l++) {
        if (!available)
            continue;
        program = pixel_case_compile(t, OCTET_PLACEMENT_FOLD, octet_cpu_level(l, NULL));
        void *other = pixel_case_run(t, program, 1 + l % 3);
        char text[512];
        pixel_case_describe(t, text);
        CHECK(memcmp(y, other, n) == 0, "%s gives other bits than ref: %s", octet_cpu_level(l, NULL), text);
        free(other);
        octet_program_free(program);
    }
    free(y);
}

int main(int argc, char **argv)
{
    naive = argc > 1 && strcmp(argv[1], "--naive") == 0;
    pixel_seed(argc > 2 && strcmp(argv[1], "--seed") == 0 ? strtoull(argv[2], NULL, 0) : 7);
    for (int i = 0; i < N_CASES && check_n_failed < 20; i++) {
        pixel_case t;
        pixel_case_random(&t);
        set_quantizer(&t);
        check_case(&t);
        pixel_case_free(&t);
    }
    printf("%d of %d first layers are integer ones\n", n_integer, N_CASES);
    CHECK(naive || n_integer > N_CASES / 2, "only %d integer layers", n_integer);
    return check_done();
}
