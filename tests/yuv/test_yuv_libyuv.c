/* octet_yuv_to_rgb against libyuv, byte for byte: all formats, matrices and ranges, sizes from 1x1, odd ones, strides with
 * gaps, and both of libyuv's and our CPU levels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#ifndef HAVE_LIBYUV
int main(void)
{
    puts("built without libyuv (libyuv-dev)");
    return CHECK_SKIP;
}
#else
#include <stdint.h>
#include <stdlib.h>

#include <libyuv.h>

#include <octet/image.h>

#include "image/level.h"

static octet_error err;
static uint64_t state = 20261124;

static uint32_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static void *allocate(size_t n)
{
    void *p = malloc(n);
    if (!p)
        exit(1);
    return p;
}

/* A frame with random bytes, up to 40 bytes between the rows, planes apart. */
static octet_yuv_frame random_frame(octet_pixels pixels, int32_t width, int32_t height)
{
    octet_yuv_frame f = {.pixels = pixels, .width = width, .height = height};
    size_t w = (size_t)width, half = (w + 1) / 2;
    int is_yuyv = pixels.format == OCTET_PIXELS_YUYV, is_i420 = pixels.format == OCTET_PIXELS_I420;
    for (int p = 0; p < (is_yuyv ? 1 : is_i420 ? 3 : 2); p++) {
        size_t row = is_yuyv ? 4 * half : p == 0 ? w : is_i420 ? half : 2 * half;
        size_t n_rows = p == 0 ? (size_t)height : (size_t)(height + 1) / 2;
        f.strides[p] = row + next() % 41;
        uint8_t *plane = allocate(f.strides[p] * n_rows);
        for (size_t i = 0; i < f.strides[p] * n_rows; i++)
            plane[i] = (uint8_t)(next() >> 8);
        f.planes[p] = plane;
    }
    return f;
}

static void free_frame(octet_yuv_frame *f)
{
    for (int p = 0; p < 3; p++)
        free((void *)(uintptr_t)f->planes[p]);
}

static const struct YuvConstants *constants_of(const octet_pixels *p)
{
    if (p->range == OCTET_YUV_LIMITED)
        return p->matrix == OCTET_BT601 ? &kYuvI601Constants : &kYuvH709Constants;
    return p->matrix == OCTET_BT601 ? &kYuvJPEGConstants : &kYuvF709Constants;
}

/* libyuv's RGB24 is B, G, R in memory. It has YUYV to RGB in BT.601 limited only; otherwise by way of I422. */
static int theirs_yuyv(uint8_t *bgr, const octet_yuv_frame *f)
{
    int w = f->width, h = f->height, half = (w + 1) / 2;
    size_t n = (size_t)w * (size_t)h, n_uv = (size_t)half * (size_t)h;
    uint8_t *y = allocate(n + 2 * n_uv), *u = y + n, *v = u + n_uv;
    int bad = YUY2ToI422(f->planes[0], (int)f->strides[0], y, w, u, half, v, half, w, h);
    bad |= I422ToRGB24Matrix(y, w, u, half, v, half, bgr, 3 * w, constants_of(&f->pixels), w, h);
    free(y);
    return bad;
}

static int theirs(uint8_t *bgr, const octet_yuv_frame *f)
{
    const uint8_t *const *p = f->planes;
    int s[3] = {(int)f->strides[0], (int)f->strides[1], (int)f->strides[2]}, w = f->width, h = f->height;
    const struct YuvConstants *k = constants_of(&f->pixels);
    switch (f->pixels.format) {
    case OCTET_PIXELS_NV12: return NV12ToRGB24Matrix(p[0], s[0], p[1], s[1], bgr, 3 * w, k, w, h);
    case OCTET_PIXELS_NV21: return NV21ToRGB24Matrix(p[0], s[0], p[1], s[1], bgr, 3 * w, k, w, h);
    case OCTET_PIXELS_I420: return I420ToRGB24Matrix(p[0], s[0], p[1], s[1], p[2], s[2], bgr, 3 * w, k, w, h);
    default: return theirs_yuyv(bgr, f);
    }
}

static size_t n_different(const octet_image *ours, const uint8_t *bgr, size_t step)
{
    size_t n = 0;
    for (int32_t y = 0; y < ours->height; y++)
        for (int32_t x = 0; x < ours->width; x++) {
            const uint8_t *a = ours->pixels + (size_t)y * ours->stride + (size_t)x * 3;
            const uint8_t *b = bgr + ((size_t)y * (size_t)ours->width + (size_t)x) * step;
            n += a[0] != b[2] || a[1] != b[1] || a[2] != b[0];
        }
    return n;
}

static void check_size(octet_pixels pixels, int32_t w, int32_t h)
{
    octet_yuv_frame f = random_frame(pixels, w, h);
    char name[OCTET_PIXELS_NAME_SIZE];
    octet_pixels_name(name, &pixels);
    uint8_t *bgr = allocate((size_t)w * (size_t)h * 4);
    for (int level = 0; level < 4; level++) {
        octet_image ours = {0};
        MaskCpuFlags(level & 1 ? -1 : 1); /* libyuv: 1 is plain C, -1 all that the CPU has */
        oct_image_cap_level(level & 2 ? OCT_CPU_AVX512 : OCT_CPU_REF);
        CHECK(octet_yuv_to_rgb(&ours, &f, NULL, &err) == OCTET_OK, "%s %dx%d: %s", name, (int)w, (int)h, err.message);
        CHECK(theirs(bgr, &f) == 0, "libyuv refuses %s %dx%d", name, (int)w, (int)h);
        size_t n = n_different(&ours, bgr, 3);
        CHECK(n == 0, "%s %dx%d, level %d: %zu pixels differ", name, (int)w, (int)h, level, n);
        if (pixels.format == OCTET_PIXELS_YUYV && constants_of(&pixels) == &kYuvI601Constants) {
            CHECK(YUY2ToARGB(f.planes[0], (int)f.strides[0], bgr, 4 * w, w, h) == 0, "libyuv refuses %dx%d", (int)w, (int)h);
            n = n_different(&ours, bgr, 4);
            CHECK(n == 0, "YUY2ToARGB %dx%d, level %d: %zu pixels differ", (int)w, (int)h, level, n);
        }
        octet_image_free(&ours);
    }
    free(bgr);
    free_frame(&f);
}

int main(void)
{
    static const octet_pixel_format formats[] = {OCTET_PIXELS_NV12, OCTET_PIXELS_NV21, OCTET_PIXELS_I420,
                                                 OCTET_PIXELS_YUYV};
    for (int i = 0; i < 16; i++) {
        octet_pixels pixels = {.format = formats[i / 4], .matrix = (octet_yuv_matrix)(i / 2 % 2),
                               .range = (octet_yuv_range)(i % 2)};
        for (int32_t w = 1; w <= 80; w++)
            check_size(pixels, w, 1 + (int32_t)(next() % 7));
        for (int32_t h = 1; h <= 9; h++)
            check_size(pixels, 60 + (int32_t)(next() % 9), h);
        check_size(pixels, 641, 361);
        check_size(pixels, 1280, 720);
    }
    return check_done();
}
#endif
