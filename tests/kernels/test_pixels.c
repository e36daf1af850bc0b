/* Pixels made ready for a first layer: every format and layout against a naive reading, at every level, any run of pixels of
 * any odd size, buffers between unreadable pages. YUV bytes are those of the conversion, which has tests of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "guarded.h"
#include "kernels/pixels.h"

#define N_CASES 4000

static uint64_t state = 3;

static int random_int(int lo, int hi)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int)((state >> 33) % (uint64_t)(hi - lo + 1));
}

typedef struct level {
    const char *name;
    const oct_pixels *kernels;
} level;

/* Y, U, V of pixel (row, col) of a frame, read from the definition of its format. */
static void samples(uint8_t yuv[3], const oct_pixel_source *p, const uint8_t *frame, int row, int col)
{
    const int W = p->W, H = p->H, half_w = (W + 1) / 2, half_h = (H + 1) / 2;
    const uint8_t *chroma = frame + W * H;
    switch (p->yuv.format) {
    case OCTET_PIXELS_NV12:
    case OCTET_PIXELS_NV21: {
        const uint8_t *pair = chroma + (row / 2 * half_w + col / 2) * 2;
        const int v_first = p->yuv.format == OCTET_PIXELS_NV21;
        yuv[0] = frame[row * W + col];
        yuv[1] = pair[v_first];
        yuv[2] = pair[!v_first];
        return;
    }
    case OCTET_PIXELS_I420:
        yuv[0] = frame[row * W + col];
        yuv[1] = chroma[row / 2 * half_w + col / 2];
        yuv[2] = chroma[half_w * half_h + row / 2 * half_w + col / 2];
        return;
    default: {
        const uint8_t *four = frame + row * half_w * 4 + col / 2 * 4;
        yuv[0] = four[col % 2 * 2];
        yuv[1] = four[1];
        yuv[2] = four[3];
        return;
    }
    }
}

/* The S bytes of pixel i, counted through all images. */
static void naive_pixel(uint8_t *out, const oct_pixel_source *p, const uint8_t *x, int64_t i)
{
    const int64_t area = (int64_t)p->H * p->W, at = i % area;
    const uint8_t *image = x + (size_t)(i / area) * oct_pixels_image_bytes(p);
    if (!p->is_yuv) {
        for (int c = 0; c < p->S; c++)
            out[c] = p->planar ? image[c * area + at] : image[at * p->C + c];
        return;
    }
    uint8_t yuv[3];
    samples(yuv, p, image, (int)(at / p->W), (int)(at % p->W));
    memcpy(out, yuv, 3);
    const oct_yuv_row row = {yuv, yuv + 1, yuv + 2, 1, 1};
    if (!p->yuv.linear)
        oct_yuv_ref.rgb(out, &row, 1, oct_yuv_law_get(p->yuv.matrix, p->yuv.range));
}

static oct_pixel_source random_source(void)
{
    static const int channels[][2] = {{1, 1}, {3, 3}, {3, 3}, {4, 3}, {4, 4}, {2, 2}, {7, 7}, {700, 700}};
    const int *c = channels[random_int(0, random_int(0, 3) ? 4 : 7)];
    oct_pixel_source p = {.N = random_int(1, 3), .H = random_int(1, 9), .W = random_int(1, c[0] > 10 ? 3 : 70), .C = c[0],
                          .S = c[1], .planar = random_int(0, 1)};
    if (random_int(0, 1))
        return p;
    p.C = p.S = 3;
    p.planar = 0;
    p.is_yuv = 1;
    p.yuv = (octet_pixels){.format = (octet_pixel_format)random_int(OCTET_PIXELS_NV12, OCTET_PIXELS_YUYV),
                           .matrix = random_int(0, 1) ? OCTET_BT709 : OCTET_BT601,
                           .range = random_int(0, 1) ? OCTET_YUV_FULL : OCTET_YUV_LIMITED, .linear = random_int(0, 1)};
    return p;
}

static void check_level(const level *l, const oct_pixel_source *p, const uint8_t *x, int64_t first, int64_t n)
{
    const size_t S = (size_t)p->S;
    guarded bytes = guarded_new((size_t)n * S, random_int(0, 1), 0xA5), floats = guarded_new((size_t)n * S * 4, 1, 0xA5);
    float *y = (float *)(void *)floats.p;
    uint8_t want[700];
    int same = 1;
    oct_pixels_bytes(l->kernels, p, bytes.p, x, first, n);
    oct_pixels_floats(l->kernels, p, y, x, first, n);
    for (int64_t i = 0; i < n; i++) {
        naive_pixel(want, p, x, first + i);
        same &= memcmp(want, bytes.p + (size_t)i * S, S) == 0;
        for (size_t c = 0; c < S; c++)
            same &= y[(size_t)i * S + c] == (float)want[c];
    }
    CHECK(same && guarded_intact(&bytes, 0xA5) && guarded_intact(&floats, 0xA5),
          "%s: N%d %dx%d, %d of %d channels, planar %d, yuv %d format %d linear %d, pixels %lld + %lld", l->name, p->N, p->H,
          p->W, p->S, p->C, p->planar, p->is_yuv, p->yuv.format, p->yuv.linear, (long long)first, (long long)n);
    guarded_free(&bytes);
    guarded_free(&floats);
}

static float random_scale(void)
{
    static const float scales[] = {1.0f, -0.5f, 0.25f, 0.0171247f, 3.7f, 1e6f};
    return scales[random_int(0, 5)];
}

/* Steepest lines too, whose ends saturate, and ties (halves). */
static void check_scale3(const level *l)
{
    oct_pixel_scale3 p = {.min = random_int(0, 1) ? -128 : 0};
    const int n = random_int(0, 200);
    guarded x = guarded_new((size_t)n * 3, random_int(0, 1), 0), y = guarded_new((size_t)n * 3, random_int(0, 1), 0xA5);
    p.zero = random_int(p.min, p.min + 255);
    for (int c = 0; c < 3; c++) {
        p.a[c] = random_scale();
        p.b[c] = random_scale() * (float)random_int(-255, 255);
    }
    for (size_t i = 0; i < x.n; i++)
        x.p[i] = (uint8_t)random_int(0, 255);
    l->kernels->scale3(y.p, x.p, (size_t)n, &p);
    int wrong = 0;
    for (int i = 0; i < 3 * n; i++) {
        const double v = rint((double)fmaf((float)x.p[i], p.a[i % 3], p.b[i % 3])) + p.zero;
        wrong += y.p[i] != (uint8_t)(int)(v < p.min ? p.min : v > p.min + 255 ? p.min + 255 : v);
    }
    CHECK(wrong == 0 && guarded_intact(&y, 0xA5), "%s: scale3 of %d pixels, min %d: %d wrong", l->name, n, p.min, wrong);
    guarded_free(&x);
    guarded_free(&y);
}

int main(void)
{
    level levels[OCT_CPU_N_LEVELS];
    int n_levels = 0;
    for (int l = 0; l <= (int)oct_cpu_detect(); l++)
        if (n_levels == 0 || oct_pixels_select((oct_cpu_level)l) != levels[n_levels - 1].kernels)
            levels[n_levels++] = (level){oct_cpu_name((oct_cpu_level)l), oct_pixels_select((oct_cpu_level)l)};
    for (int i = 0; i < N_CASES && check_n_failed < 10; i++) {
        oct_pixel_source p = random_source();
        const int64_t n_all = (int64_t)p.N * p.H * p.W;
        const int64_t first = random_int(0, 3) ? random_int(0, (int)n_all - 1) : 0, n = random_int(1, (int)(n_all - first));
        guarded x = guarded_new((size_t)p.N * oct_pixels_image_bytes(&p), random_int(0, 1), 0);
        for (size_t k = 0; k < x.n; k++)
            x.p[k] = (uint8_t)random_int(0, 255);
        for (int l = 0; l < n_levels; l++)
            check_level(&levels[l], &p, x.p, first, n), check_scale3(&levels[l]);
        guarded_free(&x);
    }
    for (int l = 0; l < n_levels; l++)
        printf("%s ", levels[l].name);
    return check_done();
}
