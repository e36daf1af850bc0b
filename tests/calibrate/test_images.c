/* What is said about calibration images: nothing about sound ones, and about each kind of unsound ones what is wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "calibrate/images.h"
#include "tests/check.h"

enum { SIDE = 32, N = SIDE * SIDE * 3 };

typedef struct image_case {
    const char *name;
    int n;                          /* images */
    float (*pixel)(int which, int y, int x, int c);
    octet_dtype dtype;
    const octet_recipe *recipe;
    const char *expected[2];        /* parts of the sentences, all of them */
} image_case;

static uint32_t dice_state;

static float noise(int which, int y, int x, int c)
{
    (void)which, (void)y, (void)x, (void)c;
    dice_state = dice_state * 1664525u + 1013904223u;
    return (float)(dice_state >> 24);
}

static float hills(int which, int y, int x, int c)
{
    return floorf(127.5f + 60 * sinf((float)(y + which) / 5) + 60 * cosf((float)(x + 7 * c) / 4));
}

static float letters(int which, int y, int x, int c) /* black on white, as a scan */
{
    (void)c;
    return (y + which) % 8 < 2 || x % 11 < 3 ? 0 : 255;
}

static float same(int which, int y, int x, int c)
{
    (void)which;
    return hills(3, y, x, c);
}

static float plain(int which, int y, int x, int c)
{
    return which % 2 ? hills(which, y, x, c) : (float)(40 * c);
}

static float unit(int which, int y, int x, int c)
{
    return hills(which, y, x, c) > 128 ? 1 : 0;
}

static const octet_recipe centred = {.mean = {127.5f, 127.5f, 127.5f}, .scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f}};

static float normalized(int which, int y, int x, int c)
{
    return (hills(which, y, x, c) - 127.5f) / 127.5f;
}

static const image_case cases[] = {
    {"photographs", 20, hills, OCTET_U8, NULL, {NULL}},
    {"letters", 20, letters, OCTET_U8, NULL, {NULL}},
    {"floats", 20, normalized, OCTET_F32, &centred, {NULL}},
    {"few", 3, hills, OCTET_U8, NULL, {"3 calibration images"}},
    {"one", 1, hills, OCTET_U8, NULL, {"1 calibration image;"}},
    {"none", 0, hills, OCTET_U8, NULL, {"0 calibration images"}},
    {"noise", 20, noise, OCTET_U8, NULL, {"20 of 20 calibration images look like noise"}},
    {"the same", 9, same, OCTET_U8, NULL, {"all 9 calibration images are the same"}},
    {"one colour", 10, plain, OCTET_U8, NULL, {"5 of 10 calibration images are of one colour"}},
    {"pixels of 0..1", 10, unit, OCTET_U8, NULL, {"above 1"}},
    {"bytes as floats", 10, hills, OCTET_F32, &centred, {"come to -1 to 1"}},
    {"bytes as floats, no recipe", 10, hills, OCTET_F32, NULL, {NULL}},
};

static void check_case(const image_case *k)
{
    const octet_tensor_info info = {.name = "x", .dtype = k->dtype, .rank = 4, .dims = {1, SIDE, SIDE, 3},
                                    .n_bytes = N * octet_dtype_size(k->dtype)};
    char text[OCT_IMAGE_WARNINGS][OCT_IMAGE_WARNING_SIZE];
    oct_images_seen seen = {0};
    uint8_t bytes[N];
    float floats[N];
    for (int which = 0; which < k->n; which++) {
        for (int i = 0; i < N; i++) {
            floats[i] = k->pixel(which, i / 3 / SIDE, i / 3 % SIDE, i % 3);
            bytes[i] = k->dtype == OCTET_U8 ? (uint8_t)floats[i] : 0;
        }
        CHECK(oct_images_look(&seen, &info, k->dtype == OCTET_U8 ? (void *)bytes : (void *)floats, NULL) == OCTET_OK, "%s", k->name);
    }
    const int n = oct_images_judge(text, &seen, &info, k->recipe);
    int n_expected = 0;
    for (; n_expected < 2 && k->expected[n_expected]; n_expected++)
        CHECK(n_expected < n && strstr(text[n_expected], k->expected[n_expected]), "%s: '%s', wanted '%s'", k->name,
              n_expected < n ? text[n_expected] : "", k->expected[n_expected]);
    CHECK(n == n_expected, "%s: %d warnings, the last '%s'", k->name, n, n ? text[n - 1] : "");
}

static void check_nan(void)
{
    float x[N] = {0};
    octet_error err;
    oct_images_seen seen = {0};
    const octet_tensor_info info = {.name = "x", .dtype = OCTET_F32, .rank = 4, .dims = {1, SIDE, SIDE, 3}, .n_bytes = sizeof x};
    x[N / 2] = NAN;
    CHECK(oct_images_look(&seen, &info, x, &err) == OCTET_BAD_INPUT && strstr(err.message, "'x'"), "NaN: %s", err.message);
    x[N / 2] = INFINITY;
    CHECK(oct_images_look(&seen, &info, x, &err) == OCTET_BAD_INPUT, "infinity");
    CHECK(seen.n == 0, "a refused image is not counted");
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
    check_nan();
    return check_done();
}
