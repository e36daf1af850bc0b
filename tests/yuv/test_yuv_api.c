/* Public functions for YUV frames: sizes, regions, counts, errors, and hashes that libyuv gave, for machines without it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include <octet/image.h>

#include "base/mem.h"
#include "image/level.h"

static octet_error err;

static const octet_pixel_format formats[] = {OCTET_PIXELS_NV12, OCTET_PIXELS_NV21, OCTET_PIXELS_I420, OCTET_PIXELS_YUYV};

/* A frame of noise in one piece, which *memory owns. */
static octet_yuv_frame noise(uint8_t **memory, octet_pixels pixels, int32_t width, int32_t height)
{
    octet_yuv_frame frame = {0};
    size_t n = octet_yuv_frame_bytes(pixels.format, width, height);
    *memory = malloc(n);
    if (!*memory)
        exit(1);
    uint64_t state = 20261124;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        (*memory)[i] = (uint8_t)(state >> 56);
    }
    octet_status status = octet_yuv_frame_from_memory(&frame, &pixels, width, height, *memory, n, &err);
    CHECK(status == OCTET_OK, "%dx%d: %s", (int)width, (int)height, err.message);
    return frame;
}

static void check_bytes(void)
{
    const size_t want[4][3] = {{3110400, 15 + 2 * 6, 3}, {3110400, 15 + 2 * 6, 3}, {3110400, 15 + 2 * 6, 3},
                               {4147200, 36, 4}};
    for (int i = 0; i < 4; i++) {
        size_t got[3] = {octet_yuv_frame_bytes(formats[i], 1920, 1080), octet_yuv_frame_bytes(formats[i], 5, 3),
                         octet_yuv_frame_bytes(formats[i], 1, 1)};
        for (int k = 0; k < 3; k++)
            CHECK(got[k] == want[i][k], "format %d: %zu bytes, not %zu", (int)formats[i], got[k], want[i][k]);
        CHECK(octet_yuv_frame_bytes(formats[i], INT32_MAX, INT32_MAX) == 0, "a frame of 2^62 pixels");
        CHECK(octet_yuv_frame_bytes(formats[i], 0, 4) == 0 && octet_yuv_frame_bytes(formats[i], 4, -1) == 0, "no pixels");
    }
    CHECK(octet_yuv_frame_bytes(OCTET_PIXELS_RGB, 4, 4) == 0, "RGB is no YUV format");
}

/* ---- regions ----------------------------------------------------------------------------------------------------- */

static void check_region(const octet_yuv_frame *frame, const octet_image *whole, octet_rect roi)
{
    octet_image part = {0}, view = {0};
    CHECK(octet_yuv_to_rgb(&part, frame, &roi, &err) == OCTET_OK, "%s", err.message);
    CHECK(part.width == roi.width && part.height == roi.height && part.channels == 3, "shape of the region");
    octet_image_view(&view, whole, roi.x, roi.y, roi.width, roi.height, NULL);
    int n_bad = 0;
    for (int32_t y = 0; y < roi.height; y++)
        n_bad += memcmp(part.pixels + (size_t)y * part.stride, view.pixels + (size_t)y * view.stride,
                        (size_t)roi.width * 3) != 0;
    CHECK(n_bad == 0, "format %d, region %dx%d at (%d, %d): %d rows differ from the crop of the whole",
          (int)frame->pixels.format, (int)roi.width, (int)roi.height, (int)roi.x, (int)roi.y, n_bad);
    octet_image_free(&part);
}

static void check_regions(octet_pixel_format format)
{
    uint8_t *memory;
    octet_yuv_frame frame = noise(&memory, (octet_pixels){.format = format}, 77, 9);
    octet_image whole = {0};
    CHECK(octet_yuv_to_rgb(&whole, &frame, NULL, &err) == OCTET_OK, "%s", err.message);
    for (int32_t x = 0; x < 77; x += x < 4 || x >= 73 ? 1 : 23)
        for (int32_t y = 0; y < 9; y++)
            for (int32_t w = 1; x + w <= 77; w += w < 4 ? 1 : 5)
                check_region(&frame, &whole, (octet_rect){x, y, w, 1 + (x + w) % (9 - y)});
    octet_image_free(&whole);
    free(memory);
}

/* ---- clipping ---------------------------------------------------------------------------------------------------- */

/* Full-range BT.601, in which white, gray and black are inside; u = v = 255 on them is not. */
static void check_count(octet_pixel_format format, int level)
{
    enum { W = 67, H = 5 };
    uint8_t *memory;
    oct_image_cap_level(level ? OCT_CPU_AVX512 : OCT_CPU_REF);
    octet_pixels pixels = {.format = format, .range = OCTET_YUV_FULL};
    octet_yuv_frame frame = noise(&memory, pixels, W, H);
    size_t n = octet_yuv_frame_bytes(format, W, H);
    uint64_t count = 99;
    memset(memory, 128, n);
    CHECK(octet_yuv_count_clipped(&count, &frame, NULL, &err) == OCTET_OK && count == 0, "gray: %d", (int)count);
    memset(memory, 255, n);
    CHECK(octet_yuv_count_clipped(&count, &frame, NULL, &err) == OCTET_OK && count == W * H, "bright: %d", (int)count);
    octet_rect roi = {1, 1, 50, 3};
    CHECK(octet_yuv_count_clipped(&count, &frame, &roi, &err) == OCTET_OK && count == 150, "region: %d", (int)count);
    memset(memory, 128, n);
    size_t step = format == OCTET_PIXELS_YUYV ? 2 : 1, u = format == OCTET_PIXELS_YUYV ? 1 : W * H;
    memory[u] = 255; /* the first U, or V for NV21: 1.4 to 1.8 times 127 above 128 */
    CHECK(octet_yuv_count_clipped(&count, &frame, NULL, &err) == OCTET_OK && count == (step == 2 ? 2 : 4),
          "format %d, one chroma sample: %d", (int)format, (int)count);
    memory[W / 2 * step] = memory[0] = 0; /* of these, one has that chroma: 0 + 1.8 * 127 is inside, green is below 0 */
    CHECK(octet_yuv_count_clipped(&count, &frame, NULL, &err) == OCTET_OK && count == (step == 2 ? 2 : 4),
          "format %d, dark: %d", (int)format, (int)count);
    free(memory);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void refuse(const octet_yuv_frame *frame, const octet_rect *roi, const char *words)
{
    octet_image image = {0};
    uint64_t count = 7;
    CHECK(octet_yuv_to_rgb(&image, frame, roi, &err) == OCTET_USAGE && !image.pixels, "should refuse: %s", words);
    CHECK(strstr(err.message, words), "'%s' does not say '%s'", err.message, words);
    CHECK(octet_yuv_count_clipped(&count, frame, roi, &err) == OCTET_USAGE && count == 7, "should refuse: %s", words);
}

static void check_errors(void)
{
    uint8_t *memory;
    const octet_pixels nv12 = {.format = OCTET_PIXELS_NV12};
    const octet_yuv_frame good = noise(&memory, nv12, 9, 7);
    octet_yuv_frame f = good;
    f.pixels.format = OCTET_PIXELS_RGB;
    refuse(&f, NULL, "NV12, NV21, I420 and YUYV");
    f.pixels.format = (octet_pixel_format)77;
    refuse(&f, NULL, "(77)");
    f = good;
    f.pixels.matrix = (octet_yuv_matrix)2;
    refuse(&f, NULL, "matrix 2");
    f = good;
    f.pixels.range = (octet_yuv_range)-1;
    refuse(&f, NULL, "range -1");
    f = good;
    f.width = 0;
    refuse(&f, NULL, "0x7");
    f.width = INT32_MAX;
    f.height = INT32_MAX;
    refuse(&f, NULL, "pixels at most");
    f = good;
    f.planes[1] = NULL;
    refuse(&f, NULL, "plane 1 of the NV12 frame is missing");
    f = good;
    f.strides[1] = 9;
    refuse(&f, NULL, "rows of 10 bytes, but a stride of 9");
    f = good;
    f.pixels.format = OCTET_PIXELS_YUYV;
    refuse(&f, NULL, "rows of 20 bytes");
    const octet_rect bad[] = {{-1, 0, 2, 2}, {0, -1, 2, 2}, {0, 0, 10, 2}, {0, 0, 2, 8}, {8, 0, 2, 2}, {0, 6, 2, 2},
                              {0, 0, 0, 2},  {0, 0, 2, -3}, {INT32_MAX, 0, INT32_MAX, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(&good, &bad[i], "is not inside a frame of 9x7");
    CHECK(octet_yuv_frame_from_memory(&f, &nv12, 9, 7, memory, 102, &err) == OCTET_BAD_INPUT, "one byte too few");
    CHECK(strstr(err.message, "a frame of 9x7 in NV12 has 103 bytes, but here are 102"), "%s", err.message);
    CHECK(octet_yuv_frame_from_memory(&f, &nv12, 9, 7, memory, 104, &err) == OCTET_BAD_INPUT, "one byte too many");
    CHECK(octet_yuv_frame_from_memory(&f, &nv12, INT32_MAX, 3, memory, 103, &err) == OCTET_USAGE, "a hostile size");
    octet_image image = {0};
    oct_alloc_fail_after(1);
    CHECK(octet_yuv_to_rgb(&image, &good, NULL, &err) == OCTET_NO_MEMORY && !image.pixels, "out of memory");
    oct_alloc_fail_after(0);
    free(memory);
}

/* ---- hashes ------------------------------------------------------------------------------------------------------ */

/* FNV-1a of 97x61 noise as libyuv converts it: BT.601 limited, full, BT.709 limited, full. */
static const uint64_t goldens[4][4] = {
    {0xdc377d0f60d89e7f, 0xf4dec22ca6cb2e93, 0x529e9e74d514fd09, 0x3bb826ff6fa46581},
    {0x03d7749a77daa8f7, 0x7d62daaf279d32fa, 0x568d196e1a61c5d0, 0x76116f99574fe0f0},
    {0xaa45a830a9f5104b, 0x1d9bbcf2c8dccf30, 0x8b0ad672cd104e3e, 0x179bc1421f552749},
    {0xf8b0feb9d1a3653b, 0x306838cbd391e4a2, 0xac60d9b8d21acf9d, 0x0b2d703e88adb100},
};

static void check_hash(int i, int law, int level)
{
    uint8_t *memory;
    octet_pixels pixels = {.format = formats[i], .matrix = (octet_yuv_matrix)(law / 2), .range = (octet_yuv_range)(law % 2)};
    octet_yuv_frame frame = noise(&memory, pixels, 97, 61);
    octet_image image = {0};
    oct_image_cap_level(level ? OCT_CPU_AVX512 : OCT_CPU_REF);
    CHECK(octet_yuv_to_rgb(&image, &frame, NULL, &err) == OCTET_OK, "%s", err.message);
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t k = 0; k < (size_t)97 * 61 * 3; k++)
        hash = (hash ^ image.pixels[k]) * 0x100000001b3u;
    CHECK(hash == goldens[i][law], "format %d, law %d, level %d: hash 0x%016llx", (int)formats[i], law, level,
          (unsigned long long)hash);
    octet_image_free(&image);
    free(memory);
}

int main(void)
{
    check_bytes();
    check_errors();
    for (int i = 0; i < 4; i++) {
        check_regions(formats[i]);
        for (int level = 0; level < 2; level++) {
            check_count(formats[i], level);
            for (int law = 0; law < 4; law++)
                check_hash(i, law, level);
        }
    }
    return check_done();
}
