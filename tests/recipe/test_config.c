/* Random configurations against the formula that each form stands for, in double precision, at every pixel value; and the notes
 * that known entries without a meaning get.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "cli/recipe_config.h"

static octet_error err;
static uint64_t state = 88172645463325252u;
static char notes[4096];

static double dice(double lo, double hi)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return lo + (hi - lo) * (double)(state >> 40) / (double)(1 << 24);
}

static void note(const char *format, ...) CLI_PRINTF(1, 2);
static void note(const char *format, ...)
{
    size_t used = strlen(notes);
    va_list args;
    va_start(args, format);
    vsnprintf(notes + used, sizeof notes - used, format, args);
    va_end(args);
}

static octet_status parse(cli_recipe_fields *fields, const char *text)
{
    notes[0] = '\0';
    const cli_config config = {.text = text, .n_bytes = strlen(text), .name = "test", .note = note};
    return cli_recipe_config_parse(fields, &config, &err);
}

/* y(x) = a * x + b per channel, for x of 0..255, against the fields: two roundings of float32 apart. */
static void compare(const cli_recipe_fields *fields, const double *a, const double *b, const char *text)
{
    for (int c = 0; c < 3; c++) {
        float mean = fields->mean.values[fields->mean.n == 1 ? 0 : c];
        float scale = fields->scale.values[fields->scale.n == 1 ? 0 : c];
        double worst = 0, largest = fabs(b[c]) + 255 * fabs(a[c]);
        for (int x = 0; x < 256; x++)
            worst = fmax(worst, fabs((double)(((float)x - mean) * scale) - (a[c] * x + b[c])));
        CHECK(worst <= 1e-6 * largest, "channel %d differs by %g of %g:\n%s", c, worst, largest, text);
    }
}

static void check_import(bool norm)
{
    char text[1024];
    double m[3], s[3], a[3], b[3], factor = dice(0.1, 4), zero = floor(dice(-20, 200));
    for (int c = 0; c < 3; c++) {
        m[c] = dice(-10, 200);
        s[c] = dice(0.001, 0.1);
        /* ((x - zero) / factor - m) * s, or without m and s */
        a[c] = (norm ? s[c] : 1) / factor;
        b[c] = (-zero / factor - (norm ? m[c] : 0)) * (norm ? s[c] : 1);
    }
    snprintf(text, sizeof text,
             "inDataNorm = %d\ninMean = %.17g %.17g,%.17g\n\tinScale=%.17g\t%.17g  %.17g # multiplied\n"
             "inZeroPoint = %d\ninQuantFactor = %.17g\n", norm, m[0], m[1], m[2], s[0], s[1], s[2], (int)zero, factor);
    cli_recipe_fields fields;
    CHECK(parse(&fields, text) == OCTET_OK, "%s", err.message);
    compare(&fields, a, b, text);
    CHECK((strstr(notes, "no effect") != NULL) == !norm, "%s", notes);
}

static void check_json(bool offset, bool twice)
{
    char text[1024];
    double m[3], s[3], a[3], b[3], factor = dice(0.001, 0.1);
    for (int c = 0; c < 3; c++) {
        m[c] = dice(-1, 1);
        s[c] = dice(0.1, 0.9);
        double divisor = s[c] * (twice ? s[c] : 1);
        a[c] = factor / divisor;
        b[c] = (-(offset ? 1 : 0) - m[c]) / divisor;
    }
    snprintf(text, sizeof text,
             "{\"image_mean\": [%.17g, %.17g, %.17g], \"image_std\": [%.17g, %.17g, %.17g], \"rescale_factor\": %.17g,\n"
             "\"rescale_offset\": %s, \"include_top\": %s, \"size\": 8}", m[0], m[1], m[2], s[0], s[1], s[2], factor,
             offset ? "true" : "false", twice ? "true" : "false");
    cli_recipe_fields fields;
    CHECK(parse(&fields, text) == OCTET_OK, "%s", err.message);
    compare(&fields, a, b, text);
}

static void check_yaml(void)
{
    char text[1024];
    double m[3], s[3], b[3];
    for (int c = 0; c < 3; c++) {
        m[c] = dice(0, 255);
        s[c] = dice(0.001, 0.1);
        b[c] = -m[c] * s[c];
    }
    snprintf(text, sizeof text, "session:\n  input_mean: [%.17g, %.17g, %.17g]\n  input_scale:\n  - %.17g\n  - %.17g\n  - %.17g\n",
             m[0], m[1], m[2], s[0], s[1], s[2]);
    cli_recipe_fields fields;
    CHECK(parse(&fields, text) == OCTET_OK, "%s", err.message);
    compare(&fields, s, b, text);
}

static void check_fields(void)
{
    cli_recipe_fields f;
    CHECK(parse(&f, "inYuvFormat = 1\ninLayout = 1\nnumFrames = 3\n") == OCTET_OK, "%s", err.message);
    CHECK(f.pixels.format == OCTET_PIXELS_YUYV && cli_field_given(&f, CLI_FIELD_PIXELS), "YUYV");
    CHECK(strcmp(notes, "test:3: numFrames has no meaning here") == 0, "%s", notes);
    CHECK(parse(&f, "inLayout = 0\ninDataFormat = 0\n") == OCTET_OK, "%s", err.message);
    CHECK(f.pixels.format == OCTET_PIXELS_BGR && f.pixels.layout == OCTET_NCHW && f.order == OCTET_BGR, "BGR planes");
    CHECK(!cli_field_given(&f, CLI_FIELD_CROP) && f.resize.kind == CLI_RESIZE_STRETCH && f.resize.width == 0,
          "a size that is not given is the model's");
    CHECK(parse(&f, "inNumChannels = 1 3\ninDataFormat = 1\n") == OCTET_OK && f.channels == 1, "%s", err.message);
    CHECK(!cli_field_given(&f, CLI_FIELD_ORDER), "gray has no order");
    CHECK(strstr(notes, "2 inputs"), "%s", notes);
    cli_recipe_fields higher = {.from = {[CLI_FIELD_CHANNELS] = {"key", NULL}}, .channels = 3, .order = OCTET_BGR};
    cli_fields_override(&f, &higher);
    CHECK(f.channels == 3 && f.order == OCTET_RGB && !f.from[CLI_FIELD_CHANNELS].file, "only what is given goes above");
}

int main(void)
{
    for (int i = 0; i < 1000; i++) {
        check_import(i % 2);
        check_json(i % 2, i / 2 % 2);
        check_yaml();
    }
    check_fields();
    return check_done();
}
