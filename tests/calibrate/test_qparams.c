/* Scales and zero points: ties, extremes, and that 0 is always a step.
 * SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>

#include "calibrate/min_max.h"
#include "quant/qparams.h"
#include "quant/ranges.h"
#include "tests/check.h"

static void check_u8(float min, float max, float want_scale, int want_zero)
{
    float scale = -1;
    uint8_t zero = 77;
    CHECK(oct_qparams_u8(min, max, &scale, &zero), "%g..%g", (double)min, (double)max);
    CHECK(scale == want_scale && zero == want_zero, "%g..%g: scale %.9g, zero %d; wanted %.9g, %d", (double)min, (double)max,
          (double)scale, zero, (double)want_scale, want_zero);
}

static void test_u8(void)
{
    float scale;
    uint8_t zero;
    check_u8(0, 255, 1, 0);
    check_u8(0, 6, 6 / 255.0f, 0);
    check_u8(-255, 0, 1, 255);
    check_u8(3, 255, 1, 0);      /* 0 belongs to every range */
    check_u8(-510, -2, 2, 255);
    check_u8(-128, 127, 1, 128);
    check_u8(-0.5f, 254.5f, 1, 0);  /* ties to even: 0.5 is 0, */
    check_u8(-1.5f, 253.5f, 1, 2);  /* 1.5 is 2, */
    check_u8(-2.5f, 252.5f, 1, 2);  /* 2.5 is 2 */
    check_u8(0, 0, 1, 0);
    check_u8(0, 1e-40f, 1, 0);   /* the scale would not be a normal number */
    check_u8(-FLT_MAX, FLT_MAX, (float)(2.0 * (double)FLT_MAX / 255), 128);
    CHECK(!oct_qparams_u8(NAN, NAN, &scale, &zero), "NaN");
    CHECK(!oct_qparams_u8(INFINITY, -INFINITY, &scale, &zero), "nobody has seen a value");
    CHECK(!oct_qparams_u8(0, INFINITY, &scale, &zero), "infinite");
    CHECK(!oct_qparams_u8(2, 1, &scale, &zero), "turned round");
}

static void test_weights(void)
{
    const double most = 1 << 24;
    CHECK(oct_weight_scale(127, 0, 1, most) == 1, "largest 127");
    CHECK(oct_weight_scale(1, 0, 0.1f, most) == (float)(1.0 / 127), "largest 1");
    CHECK(oct_weight_scale(0, 0, 1, most) == 1, "nothing");
    const float scale = oct_weight_scale(0, 1000, 0.5f, most); /* weights of 0: the bias decides */
    CHECK(scale == (float)(1000 / (0.5 * most)), "scale %g", (double)scale);
    CHECK(oct_quantize_bias(1000, 0.5f, scale) == 1 << 24, "bias %d", (int)oct_quantize_bias(1000, 0.5f, scale));
    CHECK(oct_weight_scale(1e-44f, 0, 1, most) == FLT_MIN, "denormal weights");
    CHECK(oct_quantize_weight(0.5f, 1) == 0 && oct_quantize_weight(1.5f, 1) == 2 && oct_quantize_weight(-2.5f, 1) == -2, "ties");
    CHECK(oct_quantize_weight(127.4f, 1) == 127 && oct_quantize_weight(-1000, 1) == -127, "ends");
    CHECK(oct_quantize_bias(1e30f, 1, 1) == INT32_MAX && oct_quantize_bias(-1e30f, 1, 1) == -INT32_MAX, "biases saturate");
    CHECK(oct_quantize_bias(2.5f, 1, 1) == 2 && oct_quantize_bias(-3.5f, 1, 1) == -4, "ties of a bias");
}

static void test_ranges(void)
{
    static const char *const names[] = {"a", "b", "c"};
    oct_ranges ranges = {0};
    int32_t hint = 0;
    for (int i = 0; i < 3; i++)
        CHECK(oct_ranges_add(&ranges, names[i], NULL) == OCTET_OK, "%s", names[i]);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3; i++)
            CHECK(oct_ranges_find(&ranges, names[i], &hint) == &ranges.at[i], "%s", names[i]);
    CHECK(oct_ranges_find(&ranges, "d", &hint) == NULL, "a name that is not there");
    oct_ranges_free(&ranges);
    CHECK(oct_ranges_find(&ranges, "a", &hint) == NULL, "empty");
}

/* Every place of an extreme, and of a NaN, for lengths around the lanes. */
static void test_widen(void)
{
    float x[50];
    for (size_t n = 1; n <= 50; n++)
        for (size_t at = 0; at < n; at++) {
            octet_range r = {.min = INFINITY, .max = -INFINITY};
            for (size_t i = 0; i < n; i++)
                x[i] = 1 + (float)i / 64;
            x[at] = -3;
            oct_range_widen(&r, x, n);
            CHECK(r.min == -3, "n %zu at %zu: min %g", n, at, (double)r.min);
            x[at] = 9;
            oct_range_widen(&r, x, n);
            CHECK(r.min == -3 && r.max == 9, "n %zu at %zu: %g..%g", n, at, (double)r.min, (double)r.max);
            x[at] = NAN;
            oct_range_widen(&r, x, n);
            x[at] = 0;
            oct_range_widen(&r, x, n);
            CHECK(isnan(r.min) && isnan(r.max), "n %zu at %zu: a NaN is forgotten", n, at);
        }
}

int main(void)
{
    test_u8();
    test_weights();
    test_ranges();
    test_widen();
    return check_done();
}
