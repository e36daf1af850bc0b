/* The recipe as text and back for many random recipes, in a locale with a decimal comma too; hostile text; and the mistakes
 * that octet_recipe_check tells from real recipes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <octet/recipe.h>

#include "check.h"
#include "recipe/number.h"

static octet_error err;
static uint64_t state = 88172645463325252u;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static float random_float(void)
{
    float f;
    do {
        uint32_t bits = next();
        memcpy(&f, &bits, sizeof f);
    } while (!isfinite(f));
    return next() % 3 ? (float)(next() % 256000) / 1000.0f : f; /* often a number as people write it */
}

static octet_recipe random_recipe(int channels)
{
    octet_recipe r = {.resize = (octet_resize_kind)(next() % 3),
                      .dialect = (octet_resize_dialect)(next() % OCTET_RESIZE_N_DIALECTS),
                      .order = (octet_channel_order)(next() % 3), .layout = (octet_pixel_layout)(next() % 2)};
    if (r.resize != OCTET_RESIZE_NONE)
        r.resize_width = 1 + (int32_t)(next() % 65536);
    if (r.resize == OCTET_RESIZE_STRETCH)
        r.resize_height = 1 + (int32_t)(next() % 65536);
    if (next() % 2) {
        r.crop_width = 1 + (int32_t)(next() % 65536);
        r.crop_height = 1 + (int32_t)(next() % 65536);
    }
    for (int c = 0; c < channels; c++) {
        r.mean[c] = random_float();
        r.scale[c] = random_float();
    }
    return r;
}

static int same(const octet_recipe *a, const octet_recipe *b)
{
    return a->resize == b->resize && a->resize_width == b->resize_width && a->resize_height == b->resize_height &&
           a->dialect == b->dialect && a->crop_width == b->crop_width && a->crop_height == b->crop_height &&
           a->order == b->order && a->layout == b->layout && memcmp(a->mean, b->mean, sizeof a->mean) == 0 &&
           memcmp(a->scale, b->scale, sizeof a->scale) == 0;
}

static void check_round_trips(int n)
{
    char text[OCTET_RECIPE_TEXT_SIZE];
    for (int i = 0; i < n; i++) {
        int channels = 1 + (int)(next() % OCTET_MAX_CHANNELS), read_channels = 0;
        octet_recipe r = random_recipe(channels), back;
        CHECK(octet_recipe_format(text, sizeof text, &r, channels, &err) == OCTET_OK, "%s", err.message);
        CHECK(octet_recipe_parse(&back, &read_channels, text, &err) == OCTET_OK, "%s: %s", text, err.message);
        CHECK(read_channels == channels && same(&r, &back), "%s", text);
    }
}

static void check_text(void)
{
    static const char wanted[] = "resize=shorter:256 interp=pillow-bilinear crop=224x224 order=RGB layout=NCHW "
                                 "mean=123.675,116.28,103.53 scale=0.017124753,0.017507004,0.017429193";
    octet_recipe r = {.resize = OCTET_RESIZE_SHORTER, .resize_width = 256, .crop_width = 224, .crop_height = 224,
                      .layout = OCTET_NCHW, .mean = {123.675f, 116.28f, 103.53f},
                      .scale = {(float)(1 / 58.395), (float)(1 / 57.12), (float)(1 / 57.375)}};
    char text[OCTET_RECIPE_TEXT_SIZE];
    CHECK(octet_recipe_format(text, sizeof text, &r, 3, &err) == OCTET_OK, "%s", err.message);
    CHECK(strcmp(text, wanted) == 0, "%s", text);
    CHECK(octet_recipe_format(text, strlen(wanted) + 1, &r, 3, &err) == OCTET_OK, "exactly enough room");
    CHECK(octet_recipe_format(text, strlen(wanted), &r, 3, &err) == OCTET_USAGE && text[0] == '\0', "too little room");
    r = (octet_recipe){.order = OCTET_GRAY};
    CHECK(octet_recipe_format(text, sizeof text, &r, 1, NULL) == OCTET_OK, "no error object");
    CHECK(strcmp(text, "resize=none interp=pillow-bilinear crop=none order=gray layout=NHWC mean=0 scale=1") == 0, "%s",
          text);
    r.mean[0] = NAN;
    CHECK(octet_recipe_format(text, sizeof text, &r, 1, &err) == OCTET_USAGE, "NaN");
    r = (octet_recipe){.resize = (octet_resize_kind)7};
    CHECK(octet_recipe_format(text, sizeof text, &r, 3, &err) == OCTET_USAGE, "no such kind");
}

static void check_numbers(void)
{
    static const struct {
        float value;
        const char *text;
    } cases[] = {{0, "0"}, {-0.0f, "-0"}, {1, "1"}, {255, "255"}, {100, "100"}, {0.1f, "0.1"}, {1.0f / 3, "0.33333334"},
                 {1e10f, "1e10"}, {123456792, "123456790"}, {1e-5f, "0.00001"}, {1e-6f, "1e-6"}, {-2.5e-7f, "-2.5e-7"},
                 {1e-45f, "1e-45"}, {3.4028235e38f, "3.4028235e38"}, {16777216, "16777216"}, {0.0078125f, "0.0078125"}};
    char text[OCT_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(strcmp(oct_number_print(text, cases[i].value), cases[i].text) == 0, "%s, not %s", text, cases[i].text);
    static const char *const wrong[] = {"", "-", ".", "e5", "1e", "1e+", "nan", "inf", "0x", "1e99", "+-1", " 1", "1e99999"};
    float value;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *at = wrong[i];
        CHECK(!oct_number_scan(&value, &at) || *at, "%s is no number", wrong[i]);
    }
}

static void check_hostile(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"reszie=none", "did you mean 'resize'"}, {"resize", "is not key=value"},
        {"resize=none resize=none", "twice"},     {"resize=shorter:", "resize=shorter:N"},
        {"resize=shorter:0", "is not resize"},    {"resize=shorter:65537", "is not resize"},
        {"resize=shorter:99999999999999999999", "is not resize"}, {"resize=256", "is not resize"},
        {"resize=stretch:3", "is not resize"},    {"resize=none:1", "is not resize"},
        {"crop=224", "crop=WxH"},                 {"crop=-1x3", "crop=WxH"},
        {"crop=3x4x5", "crop=WxH"},               {"interp=bilinera", "did you mean 'bilinear'"},
        {"order=RBG", "did you mean 'RGB'"},      {"layout=HWC", "did you mean 'NHWC'"},
        {"mean=", "list of 1 to 4"},              {"mean=1,", "list of 1 to 4"},
        {"mean=1,2,3,4,5", "list of 1 to 4"},     {"mean=nan", "list of 1 to 4"},
        {"mean=1e999", "list of 1 to 4"},         {"scale=1;2", "list of 1 to 4"},
        {"", "'resize' is missing"}, {"resize=none crop=none order=RGB layout=NHWC mean=1 scale=1", "'interp' is missing"},
        {"resize=none interp=box crop=none order=RGB layout=NHWC mean=1,2,3 scale=1", "mean has 3 numbers, but scale has 1"},
        {"=", "is unknown"},
        {"mean=11111111111111111111111111111111111111111111111111111111111111111", "list of 1 to 4"},
        {"order=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is not a name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        octet_recipe r = {.resize_width = 77};
        int channels = 9;
        octet_status status = octet_recipe_parse(&r, &channels, cases[i].text, &err);
        CHECK(status == OCTET_BAD_INPUT && err.status == OCTET_BAD_INPUT, "%s", cases[i].text);
        CHECK(strstr(err.message, cases[i].message), "%s: %s", cases[i].text, err.message);
        CHECK(r.resize_width == 77 && channels == 9, "%s touched its result", cases[i].text);
        CHECK(octet_recipe_parse(&r, &channels, cases[i].text, NULL) == OCTET_BAD_INPUT, "%s", cases[i].text);
    }
    static const char complete[] = "  scale=2  mean=1 layout=nchw order=Gray crop=none interp=area resize=none ";
    octet_recipe r;
    int channels;
    CHECK(octet_recipe_parse(&r, &channels, complete, &err) == OCTET_OK && channels == 1, "%s", err.message);
    CHECK(r.order == OCTET_GRAY && r.layout == OCTET_NCHW && r.dialect == OCTET_RESIZE_OPENCV_AREA && r.scale[0] == 2,
          "any order, blanks and letter case");
}

static void check_pixels(void)
{
    static const char *const good[][2] = {
        {"NV12", "NV12,bt601,limited"}, {"bgr", "BGR,NHWC"}, {"nchw", "RGB,NCHW"}, {"gray", "gray"},
        {"yuy2,FULL,BT709", "YUYV,bt709,full"}, {"linear,i420", "I420,bt601,limited,linear"}, {"rgbx,NCHW", "RGBX,NCHW"}};
    char text[OCTET_PIXELS_NAME_SIZE];
    octet_pixels p;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(octet_pixels_parse(&p, good[i][0], &err) == OCTET_OK, "%s: %s", good[i][0], err.message);
        CHECK(strcmp(octet_pixels_name(text, &p), good[i][1]) == 0, "%s", text);
        octet_pixels back;
        CHECK(octet_pixels_parse(&back, text, &err) == OCTET_OK && memcmp(&back, &p, sizeof p) == 0, "%s", text);
    }
    static const char *const wrong[][2] = {
        {"NV13", "'NV12'"}, {"", "unknown"}, {"rgb,", "unknown"}, {"rgb,bgr", "one too many"}, {"nv12,nchw", "layout of its own"},
        {"gray,nhwc", "layout of its own"}, {"rgb,bt709", "of YUV formats"}, {"full", "of YUV formats"}, {"bgr,linear", "of YUV"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(octet_pixels_parse(&p, wrong[i][0], &err) == OCTET_USAGE, "%s", wrong[i][0]);
        CHECK(strstr(err.message, wrong[i][1]), "%s: %s", wrong[i][0], err.message);
    }
    octet_yuv_matrix matrix;
    CHECK(octet_yuv_matrix_parse(&matrix, "BT709", &err) == OCTET_OK && matrix == OCTET_BT709, "%s", err.message);
    CHECK(octet_yuv_matrix_parse(&matrix, "bt608", &err) == OCTET_USAGE && strstr(err.message, "'bt601'"), "%s", err.message);
}

static void check_mistakes(void)
{
    static const struct {
        int channels;
        octet_channel_order order;
        float mean[4], scale[4];
        const char *message; /* NULL: a real recipe */
    } cases[] = {
        {3, OCTET_RGB, {0}, {0}, NULL},
        {3, OCTET_RGB, {0}, {1, 1, 1}, NULL},
        {3, OCTET_RGB, {0}, {1 / 255.0f, 1 / 255.0f, 1 / 255.0f}, NULL},
        {3, OCTET_RGB, {127.5f, 127.5f, 127.5f}, {1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, NULL},
        {3, OCTET_BGR, {104, 117, 123}, {1, 1, 1}, NULL},
        {3, OCTET_BGR, {104, 117, 123}, {0}, NULL},
        {3, OCTET_RGB, {123.675f, 116.28f, 103.53f}, {0.0171247f, 0.0175070f, 0.0174292f}, NULL},
        {1, OCTET_GRAY, {33.3184f}, {1 / 78.5674f}, NULL},
        {1, OCTET_GRAY, {255}, {-1 / 255.0f}, NULL},
        {4, OCTET_RGB, {0}, {1, 1, 1, 1}, NULL},
        {3, OCTET_RGB, {0.485f, 0.456f, 0.406f}, {0.0171247f, 0.0175070f, 0.0174292f}, "mean 123.675,116.28,103.53"},
        {3, OCTET_RGB, {0.485f, 0.456f, 0.406f}, {4.366812f, 4.464286f, 4.444444f},
         "mean 123.675,116.28,103.53 and scale 0.0171248,0.017507,0.0174292 (std 58.395,57.12,57.375)"},
        {3, OCTET_RGB, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}, "(std 58.395,57.12,57.375)"},
        {3, OCTET_RGB, {0.5f, 0.5f, 0.5f}, {0}, "mean 127.5 and scale 0.00392157 (std 255)"},
        {1, OCTET_GRAY, {0.1307f}, {0}, "mean 33.3285"},
        {3, OCTET_RGB, {123.675f, 116.28f, 103.53f}, {58.395f, 57.12f, 57.375f}, "scale 0.0171248,0.017507,0.0174292 (std 58"},
        {3, OCTET_RGB, {0}, {4.366812f, 4.464286f, 4.444444f}, "of pixels of 0..255; meant is probably mean 0 and scale 0.0171248"},
        {3, OCTET_RGB, {0}, {255, 255, 255}, "scale 0.00392157"},
        {3, OCTET_RGB, {0}, {1, 0, 1}, "scale of channel 1 is 0"},
        {3, OCTET_RGB, {NAN}, {0}, "not finite"},
        {3, OCTET_RGB, {0}, {INFINITY, 1, 1}, "not finite"},
        {3, OCTET_GRAY, {0}, {0}, "order gray contradicts 3 channels"},
        {1, OCTET_BGR, {0}, {0}, "order BGR contradicts 1 channel"},
        {2, OCTET_RGB, {0}, {0}, "2 channels"},
        {5, OCTET_RGB, {0}, {0}, "5 channels"},
        {0, OCTET_RGB, {0}, {0}, "0 channels"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        octet_recipe r = {.order = cases[i].order};
        memcpy(r.mean, cases[i].mean, sizeof r.mean);
        memcpy(r.scale, cases[i].scale, sizeof r.scale);
        octet_status status = octet_recipe_check(&r, cases[i].channels, &err);
        CHECK(status == (cases[i].message ? OCTET_USAGE : OCTET_OK), "case %zu: %s", i, status ? err.message : "accepted");
        CHECK(!cases[i].message || strstr(err.message, cases[i].message), "case %zu: %s", i, err.message);
    }
    octet_recipe r = {.crop_width = 5};
    CHECK(octet_recipe_check(&r, 3, &err) == OCTET_USAGE && strstr(err.message, "crop to 5x0"), "%s", err.message);
    r = (octet_recipe){.resize = OCTET_RESIZE_STRETCH, .resize_width = 5, .resize_height = 70000};
    CHECK(octet_recipe_check(&r, 3, &err) == OCTET_USAGE && strstr(err.message, "resize to 5x70000"), "%s", err.message);
}

int main(void)
{
    check_numbers();
    check_text();
    check_round_trips(20000);
    check_hostile();
    check_pixels();
    check_mistakes();
    static const char *const comma_locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    int n_locales = 0;
    for (size_t i = 0; i < sizeof comma_locales / sizeof *comma_locales; i++) {
        if (!setlocale(LC_ALL, comma_locales[i]))
            continue;
        n_locales++;
        check_numbers();
        check_text();
        check_round_trips(2000);
        check_mistakes();
        break;
    }
    printf("%d locales with a decimal comma\n", n_locales);
    return check_done();
}
