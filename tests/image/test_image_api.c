/* Public functions of the image library: sizes, views, names, recipes, errors; and resizes whose hashes Pillow 9.4 and
 * OpenCV 4.6 gave, for machines that have neither.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include <octet/image.h>

#include "base/mem.h"
#include "image/level.h"

static octet_error err;

/* Noise from a linear congruential generator. */
static octet_image picture(int32_t width, int32_t height, int32_t channels)
{
    octet_image image = {0};
    if (octet_image_new(&image, width, height, channels, &err) != OCTET_OK)
        exit(1);
    uint64_t state = 20261122;
    for (int32_t y = 0; y < height; y++)
        for (int32_t i = 0; i < width * channels; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            image.pixels[(size_t)y * image.stride + (size_t)i] = (uint8_t)(state >> 56);
        }
    return image;
}

/* FNV-1a of the pixels, row by row. */
static uint64_t hash_of(const octet_image *image)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int32_t y = 0; y < image->height; y++)
        for (int32_t i = 0; i < image->width * image->channels; i++)
            hash = (hash ^ image->pixels[(size_t)y * image->stride + (size_t)i]) * 0x100000001b3u;
    return hash;
}

static const struct golden {
    octet_resize_dialect dialect;
    int32_t width, height, new_width, new_height, channels;
    uint64_t hash;
} goldens[] = {
    {OCTET_RESIZE_PILLOW_BILINEAR, 97, 61, 33, 45, 3, 0xbdadb42ef06e790b},
    {OCTET_RESIZE_PILLOW_BILINEAR, 64, 48, 16, 12, 3, 0xe185a07ff5ba1b2b},
    {OCTET_RESIZE_PILLOW_BILINEAR, 40, 30, 101, 77, 3, 0x8f823300218b51c9},
    {OCTET_RESIZE_PILLOW_BILINEAR, 61, 97, 20, 9, 1, 0x1803b31e41dce657},
    {OCTET_RESIZE_PILLOW_BILINEAR, 1, 50, 3, 7, 1, 0x3a3f0cb5a798f460},
    {OCTET_RESIZE_PILLOW_NEAREST, 97, 61, 33, 45, 3, 0x354a07cc8f0a1705},
    {OCTET_RESIZE_PILLOW_NEAREST, 64, 48, 16, 12, 3, 0xf7c47459304bb08f},
    {OCTET_RESIZE_PILLOW_NEAREST, 40, 30, 101, 77, 3, 0xa113936dfda2b6da},
    {OCTET_RESIZE_PILLOW_NEAREST, 61, 97, 20, 9, 1, 0x36435963c0ca3880},
    {OCTET_RESIZE_PILLOW_NEAREST, 1, 50, 3, 7, 1, 0x8e8cde2b4e544d93},
    {OCTET_RESIZE_PILLOW_BOX, 97, 61, 33, 45, 3, 0x83976031f67b1807},
    {OCTET_RESIZE_PILLOW_BOX, 64, 48, 16, 12, 3, 0x528523f34d07b19c},
    {OCTET_RESIZE_PILLOW_BOX, 40, 30, 101, 77, 3, 0xa9a6f47cde119c8d},
    {OCTET_RESIZE_PILLOW_BOX, 61, 97, 20, 9, 1, 0x6f6ead4cf11a561d},
    {OCTET_RESIZE_PILLOW_BOX, 1, 50, 3, 7, 1, 0xfac292820365e80f},
    {OCTET_RESIZE_PILLOW_BICUBIC, 97, 61, 33, 45, 3, 0x7c3a501deb72ee71},
    {OCTET_RESIZE_PILLOW_BICUBIC, 64, 48, 16, 12, 3, 0x732f66e5db202cfe},
    {OCTET_RESIZE_PILLOW_BICUBIC, 40, 30, 101, 77, 3, 0x836df0ad25a93807},
    {OCTET_RESIZE_PILLOW_BICUBIC, 61, 97, 20, 9, 1, 0x2aa482eabecc8d2b},
    {OCTET_RESIZE_PILLOW_BICUBIC, 1, 50, 3, 7, 1, 0x7150e31aa0147c05},
    {OCTET_RESIZE_PILLOW_LANCZOS, 97, 61, 33, 45, 3, 0xd868bde2cc6dee16},
    {OCTET_RESIZE_PILLOW_LANCZOS, 64, 48, 16, 12, 3, 0x5619e1073954c06b},
    {OCTET_RESIZE_PILLOW_LANCZOS, 40, 30, 101, 77, 3, 0x74d3ab061379dcb2},
    {OCTET_RESIZE_PILLOW_LANCZOS, 61, 97, 20, 9, 1, 0x803f17d1ea438592},
    {OCTET_RESIZE_PILLOW_LANCZOS, 1, 50, 3, 7, 1, 0x4fa45e38de2bb1b4},
    {OCTET_RESIZE_OPENCV_LINEAR, 97, 61, 33, 45, 3, 0x2f7ada50b2c38d0d},
    {OCTET_RESIZE_OPENCV_LINEAR, 64, 48, 16, 12, 3, 0x962bbbb97a4402c0},
    {OCTET_RESIZE_OPENCV_LINEAR, 40, 30, 101, 77, 3, 0x5c6f0ba11fb5e1a8},
    {OCTET_RESIZE_OPENCV_LINEAR, 61, 97, 20, 9, 1, 0x091c0888c610deca},
    {OCTET_RESIZE_OPENCV_LINEAR, 1, 50, 3, 7, 1, 0x501142973e1d6a08},
    {OCTET_RESIZE_OPENCV_AREA, 97, 61, 33, 45, 3, 0x7d17ed70a7843656},
    {OCTET_RESIZE_OPENCV_AREA, 64, 48, 16, 12, 3, 0xd576290a1bdb6ad1},
    {OCTET_RESIZE_OPENCV_AREA, 40, 30, 101, 77, 3, 0x70f6ad48ad79ea36},
    {OCTET_RESIZE_OPENCV_AREA, 61, 97, 20, 9, 1, 0x47e215c80a6f710c},
    {OCTET_RESIZE_OPENCV_AREA, 1, 50, 3, 7, 1, 0x418171dfe85e970c},
    {OCTET_RESIZE_OPENCV_NEAREST, 97, 61, 33, 45, 3, 0x583b3cd7c421a01b},
    {OCTET_RESIZE_OPENCV_NEAREST, 64, 48, 16, 12, 3, 0x07a69d3e35e12b39},
    {OCTET_RESIZE_OPENCV_NEAREST, 40, 30, 101, 77, 3, 0x2ba3352d22726939},
    {OCTET_RESIZE_OPENCV_NEAREST, 61, 97, 20, 9, 1, 0xf27c0cf92fbfe4ba},
    {OCTET_RESIZE_OPENCV_NEAREST, 1, 50, 3, 7, 1, 0x1c0bae904556501b},
};

static void check_goldens(void)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const struct golden *g = &goldens[i];
        octet_image src = picture(g->width, g->height, g->channels), dst = {0};
        CHECK(octet_image_resize(&dst, &src, g->new_width, g->new_height, g->dialect, &err) == OCTET_OK, "%s",
              err.message);
        CHECK(hash_of(&dst) == g->hash, "%s %dx%d to %dx%d, %d channels", octet_resize_dialect_name(g->dialect),
              (int)g->width, (int)g->height, (int)g->new_width, (int)g->new_height, (int)g->channels);
        octet_image_free(&src);
        octet_image_free(&dst);
    }
}

/* Resizing to a window of the result equals cutting the window out of the whole. */
static void check_windows(void)
{
    octet_image src = picture(83, 59, 3);
    for (int d = 0; d < OCTET_RESIZE_N_DIALECTS; d++)
        for (int32_t side = 20; side < 140; side += 17) {
            octet_recipe recipe = {.resize = OCTET_RESIZE_STRETCH, .dialect = (octet_resize_dialect)d,
                                       .resize_width = side, .resize_height = side + 5,
                                       .crop_width = 14, .crop_height = 11};
            octet_image whole = {0}, window = {0}, view = {0};
            octet_image_resize(&whole, &src, side, side + 5, recipe.dialect, &err);
            CHECK(octet_image_geometry(&window, &src, &recipe, &err) == OCTET_OK, "%s", err.message);
            int32_t left = (side - 14) / 2, top = (side + 5 - 11) / 2; /* halves to even */
            left += (side - 14) % 2 && left % 2;
            top += (side + 5 - 11) % 2 && top % 2;
            CHECK(octet_image_view(&view, &whole, left, top, 14, 11, &err) == OCTET_OK, "%s", err.message);
            CHECK(hash_of(&view) == hash_of(&window), "%s window of %d", octet_resize_dialect_name(recipe.dialect),
                  (int)side);
            octet_image_free(&whole);
            octet_image_free(&window);
            octet_image_free(&view);
        }
    octet_image_free(&src);
}

static void check_names(void)
{
    octet_resize_dialect d;
    for (int i = 0; i < OCTET_RESIZE_N_DIALECTS; i++) {
        const char *name = octet_resize_dialect_name((octet_resize_dialect)i);
        CHECK(octet_resize_dialect_parse(&d, name, &err) == OCTET_OK && (int)d == i, "%s", name);
    }
    static const struct {
        const char *name;
        octet_resize_dialect dialect;
    } aliases[] = {{"nearest", OCTET_RESIZE_PILLOW_NEAREST}, {"bilinear", OCTET_RESIZE_PILLOW_BILINEAR},
                   {"bicubic", OCTET_RESIZE_PILLOW_BICUBIC}, {"lanczos", OCTET_RESIZE_PILLOW_LANCZOS},
                   {"box", OCTET_RESIZE_PILLOW_BOX},         {"area", OCTET_RESIZE_OPENCV_AREA}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        CHECK(octet_resize_dialect_parse(&d, aliases[i].name, &err) == OCTET_OK && d == aliases[i].dialect, "%s",
              aliases[i].name);
    static const char *const wrong[][2] = {{"pilow-bilinear", "'pillow-bilinear'"},
                                           {"opencv_linear", "'opencv-linear'"},
                                           {"bicubik", "'bicubic'"}, {"", "'"}, {"linear", "'bilinear'"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(octet_resize_dialect_parse(&d, wrong[i][0], &err) == OCTET_USAGE, "%s", wrong[i][0]);
        CHECK(strstr(err.message, wrong[i][1]) && strstr(err.message, "opencv-area"), "%s: %s", wrong[i][0],
              err.message);
    }
    CHECK(octet_resize_dialect_name((octet_resize_dialect)99)[0] != '\0', "a name for any value");
}

static void check_refusals(void)
{
    octet_image src = picture(8, 6, 3), dst = {0};
    octet_recipe recipe = {.resize = OCTET_RESIZE_SHORTER};
    float tensor[8 * 6 * 3];
    CHECK(octet_image_new(&dst, 0, 5, 3, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_new(&dst, 5, 5, 2, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_new(&dst, 100000, 100000, 3, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_resize(&dst, &src, 0, 5, OCTET_RESIZE_PILLOW_BOX, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_resize(&dst, &src, 5, -1, OCTET_RESIZE_PILLOW_BOX, &err) == OCTET_USAGE, "%s", err.message);
    const octet_resize_dialect box = OCTET_RESIZE_PILLOW_BOX;
    CHECK(octet_image_resize(&dst, &src, 50000, 50000, box, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_resize(&dst, &src, 5000000, 1, box, &err) == OCTET_UNSUPPORTED, "%s", err.message);
    CHECK(octet_image_resize(&dst, &src, 5, 5, (octet_resize_dialect)99, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_view(&dst, &src, 1, 0, 8, 6, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_view(&dst, &src, -1, 0, 2, 2, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_view(&dst, &src, INT32_MAX, 0, 2, 2, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_geometry(&dst, &src, &recipe, &err) == OCTET_USAGE, "%s", err.message);
    recipe = (octet_recipe){.crop_width = 5};
    CHECK(octet_image_geometry(&dst, &src, &recipe, &err) == OCTET_USAGE, "%s", err.message);
    recipe = (octet_recipe){.crop_width = 50000, .crop_height = 50000};
    CHECK(octet_image_geometry(&dst, &src, &recipe, &err) == OCTET_USAGE, "%s", err.message);
    recipe = (octet_recipe){0};
    CHECK(octet_image_to_float(tensor, 8 * 6 * 3 - 1, &src, &recipe, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_image_to_float(tensor, 8 * 6 * 3, &src, &recipe, NULL) == OCTET_OK, "exact room");
    CHECK(tensor[5] == (float)src.pixels[5], "an empty recipe leaves the values");
    CHECK(dst.pixels == NULL, "refusals leave the image empty");
    octet_image_free(&src);
    octet_image_free(NULL);
    octet_image_free(&dst);
}

/* Sizes by torchvision's formula; those of 3 pixels are cut where a rounding would go up. */
static void check_sizes(void)
{
    static const struct {
        int32_t width, height, shorter, want_width, want_height;
    } cases[] = {{1920, 1080, 256, 455, 256}, {500, 375, 256, 341, 256}, {375, 500, 256, 256, 341}, {3, 2, 5, 7, 5},
                 {224, 224, 256, 256, 256},   {1, 3, 1, 1, 3},           {1000, 3, 2, 666, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        octet_recipe recipe = {.resize = OCTET_RESIZE_SHORTER, .resize_width = cases[i].shorter};
        int32_t w = 0, h = 0;
        octet_image_geometry_size(&w, &h, cases[i].width, cases[i].height, &recipe, &err);
        CHECK(w == cases[i].want_width && h == cases[i].want_height, "%dx%d by %d gives %dx%d", (int)cases[i].width,
              (int)cases[i].height, (int)cases[i].shorter, (int)w, (int)h);
    }
}

static void check_channels(void)
{
    octet_image rgb = picture(37, 3, 3), bgr = {0}, gray = {0}, back = {0};
    octet_image_convert(&bgr, &rgb, OCTET_BGR, &err);
    octet_image_convert(&back, &bgr, OCTET_BGR, &err);
    CHECK(bgr.pixels[0] == rgb.pixels[2] && hash_of(&back) == hash_of(&rgb), "BGR twice is RGB");
    octet_image_free(&back);
    octet_image_convert(&gray, &rgb, OCTET_GRAY, &err);
    octet_image_convert(&back, &gray, OCTET_RGB, &err);
    CHECK(gray.channels == 1 && back.channels == 3 && back.pixels[3 * 36 + 1] == gray.pixels[36], "gray repeated");
    uint8_t planes[3][37 * 3];
    uint8_t *pointers[3] = {planes[0], planes[1], planes[2]};
    octet_image_split(pointers, &rgb);
    CHECK(planes[2][37 * 2 + 36] == rgb.pixels[2 * rgb.stride + 36 * 3 + 2], "the last blue");
    octet_image_free(&rgb);
    octet_image_free(&bgr);
    octet_image_free(&gray);
    octet_image_free(&back);
}

/* Every allocation of every dialect fails in turn. */
static void check_memory(void)
{
    octet_image src = picture(31, 23, 3);
    for (int d = 0; d < OCTET_RESIZE_N_DIALECTS; d++) {
        octet_recipe recipe = {.resize = OCTET_RESIZE_STRETCH, .resize_width = 20, .resize_height = 21,
                                   .dialect = (octet_resize_dialect)d, .order = OCTET_GRAY};
        octet_status status = OCTET_NO_MEMORY;
        for (uint64_t n = 1; status != OCTET_OK && n < 50; n++) {
            octet_image dst = {0};
            oct_alloc_fail_after(n);
            status = octet_image_geometry(&dst, &src, &recipe, &err);
            oct_alloc_fail_after(0);
            CHECK(status == OCTET_OK || (status == OCTET_NO_MEMORY && !dst.pixels), "allocation %d: %s", (int)n,
                  err.message);
            octet_image_free(&dst);
        }
        CHECK(status == OCTET_OK, "%s: %s", octet_resize_dialect_name(recipe.dialect), err.message);
    }
    octet_image_free(&src);
}

int main(void)
{
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_image_cap_level((oct_cpu_level)level);
        check_goldens();
        check_windows();
        check_channels();
    }
    check_names();
    check_refusals();
    check_sizes();
    check_memory();
    return check_done();
}
