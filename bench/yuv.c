/* Octet's YUV conversion against libyuv's: frames of 1920x1080, one thread, calls in turn, both into memory that is there
 * already. Prints the least and the median of ROUNDS (default 500) calls, and whether the bytes are equal.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libyuv.h>

#include "yuv/frame.h"

enum { W = 1920, H = 1080, MOST_ROUNDS = 100000 };

typedef struct bench {
    octet_pixel_format format;
    const char *name;
    uint8_t *frame, *ours, *theirs; /* RGB; BGR, as libyuv's name RGB24 means */
} bench;

static void run_ours(const bench *b, oct_cpu_level level)
{
    const uint8_t *planes[3];
    size_t strides[3];
    oct_yuv_frame_planes(planes, strides, b->format, W, H, b->frame);
    const oct_yuv_source source = oct_yuv_source_of(b->format, planes, strides);
    oct_yuv_convert(b->ours, (size_t)W * 3, &source, (oct_yuv_rect){0, 0, W, H},
                    oct_yuv_law_get(OCTET_BT601, OCTET_YUV_LIMITED), oct_yuv_select(level));
}

/* YUYV has no direct way to 24 bits: to 32, as libyuv's users do. */
static void run_theirs(const bench *b)
{
    const uint8_t *y = b->frame, *uv = y + W * H, *v = uv + W * H / 4;
    const struct YuvConstants *k = &kYuvI601Constants;
    switch (b->format) {
    case OCTET_PIXELS_NV12: NV12ToRGB24Matrix(y, W, uv, W, b->theirs, 3 * W, k, W, H); break;
    case OCTET_PIXELS_NV21: NV21ToRGB24Matrix(y, W, uv, W, b->theirs, 3 * W, k, W, H); break;
    case OCTET_PIXELS_I420: I420ToRGB24Matrix(y, W, uv, W / 2, v, W / 2, b->theirs, 3 * W, k, W, H); break;
    default: YUY2ToARGB(y, 2 * W, b->theirs, 4 * W, W, H);
    }
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int is_equal(const bench *b)
{
    size_t step = b->format == OCTET_PIXELS_YUYV ? 4 : 3;
    for (size_t i = 0; i < (size_t)W * H; i++)
        for (size_t c = 0; c < 3; c++)
            if (b->ours[3 * i + c] != b->theirs[step * i + 2 - c])
                return 0;
    return 1;
}

/* GB/s of what is read and written at `bytes` a pixel. */
static double speed(double ms, double bytes)
{
    return bytes * W * H / ms * 1e-6;
}

static void time_format(const bench *b, int rounds, double *ms[3])
{
    for (int r = 0; r < rounds; r++) {
        double t[4] = {now_ms()};
        run_theirs(b);
        t[1] = now_ms();
        run_ours(b, OCT_CPU_REF);
        t[2] = now_ms();
        run_ours(b, oct_cpu_detect());
        t[3] = now_ms();
        for (int i = 0; i < 3; i++)
            ms[i][r] = t[i + 1] - t[i];
    }
    for (int i = 0; i < 3; i++)
        qsort(ms[i], (size_t)rounds, sizeof *ms[i], ascending);
    int m = rounds / 2, yuyv = b->format == OCTET_PIXELS_YUYV;
    double in = yuyv ? 2 : 1.5, out = in + 3, their_out = in + (yuyv ? 4 : 3);
    printf("| %s | %.3f (%.3f) | %.1f | %.3f (%.3f) | %.3f (%.3f) | %.1f | %.2f (%.2f) | %s |\n", b->name, ms[0][0], ms[0][m],
           speed(ms[0][0], their_out), ms[1][0], ms[1][m], ms[2][0], ms[2][m], speed(ms[2][0], out), ms[0][0] / ms[2][0],
           ms[0][m] / ms[2][m], is_equal(b) ? "equal" : "DIFFERENT");
}

int main(int argc, char **argv)
{
    bench all[] = {{.format = OCTET_PIXELS_NV12, .name = "NV12"}, {.format = OCTET_PIXELS_NV21, .name = "NV21"},
                   {.format = OCTET_PIXELS_I420, .name = "I420"}, {.format = OCTET_PIXELS_YUYV, .name = "YUYV"}};
    int rounds = argc > 1 ? atoi(argv[1]) : 500;
    size_t n = (size_t)W * H;
    uint8_t *memory = malloc(n * 9);
    double *ms = malloc(sizeof *ms * 3 * MOST_ROUNDS);
    if (!memory || !ms || rounds < 1 || rounds > MOST_ROUNDS)
        return 1;
    for (size_t i = 0; i < n * 2; i++)
        memory[i] = (uint8_t)(rand() >> 7);
    memset(memory + 2 * n, 0, n * 7);
    puts("| format | libyuv, ms least (median) | GB/s | Octet ref, ms | Octet, ms | GB/s | libyuv / Octet | bytes |\n"
         "|---|---|---|---|---|---|---|---|");
    for (int i = 0; i < 4; i++) {
        all[i].frame = memory;
        all[i].ours = memory + 2 * n;
        all[i].theirs = memory + 5 * n;
        time_format(&all[i], rounds, (double *[3]){ms, ms + MOST_ROUNDS, ms + 2 * MOST_ROUNDS});
    }
    free(memory);
    free(ms);
    return 0;
}
