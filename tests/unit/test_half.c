/* float16 and bfloat16 conversion: all 65536 patterns back and forth, rounding below, at and above every
 * middle.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>

#include "base/half.h"
#include "check.h"

/* Value of a binary16 pattern from its definition. */
static double f16_value(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double magnitude = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return h & 0x8000 ? -magnitude : magnitude;
}

static int f16_is_nan(uint16_t h)
{
    return (h & 0x7fff) > 0x7c00;
}

static void check_f16_pattern(uint16_t h)
{
    float f = oct_f32_from_f16(h);
    if (f16_is_nan(h)) {
        uint32_t bits = oct_float_bits(f), want = (uint32_t)(h & 0x8000) << 16 | 0x7fc00000u | (uint32_t)(h & 0x3ff) << 13;
        CHECK(bits == want, "NaN %04x gives %08x", h, bits);
        CHECK(oct_f16_from_f32(f) == (h | 0x200), "NaN %04x comes back as %04x", h, oct_f16_from_f32(f));
        return;
    }
    if ((h & 0x7fff) == 0x7c00)
        CHECK(isinf(f) && !!signbit(f) == h >> 15, "infinity %04x gives %g", h, f);
    else
        CHECK(f == f16_value(h) && !!signbit(f) == h >> 15, "%04x gives %g", h, f);
    CHECK(oct_f16_from_f32(f) == h, "%04x comes back as %04x", h, oct_f16_from_f32(f));
    CHECK(oct_f16_from_f64(f) == h, "%04x comes back from double as %04x", h, oct_f16_from_f64(f));
}

/* Between two neighbours: below, at and above the middle. lo is even or odd; the tie goes to the even one. */
static void check_f16_middle(uint16_t lo)
{
    uint16_t hi = (uint16_t)(lo + 1), even = lo & 1 ? hi : lo;
    double above = hi == 0x7c00 ? 65536.0 : f16_value(hi); /* the middle to 2^16 is where infinity begins */
    double middle = (f16_value(lo) + above) / 2;
    float f = (float)middle; /* exact: 12 bits */
    const struct {
        float x;
        uint16_t want;
    } cases[] = {{nextafterf(f, 0), lo}, {f, even}, {nextafterf(f, INFINITY), hi}};
    for (int i = 0; i < 3; i++) {
        uint16_t plus = oct_f16_from_f32(cases[i].x), minus = oct_f16_from_f32(-cases[i].x);
        CHECK(plus == cases[i].want, "%a gives %04x, not %04x", cases[i].x, plus, cases[i].want);
        CHECK(minus == (cases[i].want | 0x8000), "%a gives %04x", -cases[i].x, minus);
    }
    /* one rounding from double, where going by way of a rounded float32 would make a tie of it */
    CHECK(oct_f16_from_f64(nextafter(middle, 0)) == lo, "just below %a", middle);
    CHECK(oct_f16_from_f64(middle) == even, "%a", middle);
    CHECK(oct_f16_from_f64(nextafter(middle, INFINITY)) == hi, "just above %a", middle);
}

static void check_bf16_pattern(uint16_t b)
{
    float f = oct_f32_from_bf16(b);
    CHECK(oct_float_bits(f) == (uint32_t)b << 16, "%04x gives %08x", b, oct_float_bits(f));
    uint16_t want = (b & 0x7fff) > 0x7f80 ? b | 0x40 : b;
    CHECK(oct_bf16_from_f32(f) == want, "%04x comes back as %04x", b, oct_bf16_from_f32(f));
    if ((b & 0x7fff) >= 0x7f80)
        return;
    uint32_t bits = (uint32_t)b << 16;
    uint16_t up = (uint16_t)(b + 1), even = b & 1 ? up : b;
    CHECK(oct_bf16_from_f32(oct_bits_float(bits | 0x7fff)) == b, "below the middle of %04x", b);
    CHECK(oct_bf16_from_f32(oct_bits_float(bits | 0x8000)) == even, "at the middle of %04x", b);
    CHECK(oct_bf16_from_f32(oct_bits_float(bits | 0x8001)) == up, "above the middle of %04x", b);
    double middle = oct_bits_float(bits | 0x8000);
    CHECK(oct_bf16_from_f64(nextafter(middle, 0)) == b, "double below the middle of %04x", b);
    CHECK(oct_bf16_from_f64(nextafter(middle, middle < 0 ? -INFINITY : INFINITY)) == up, "double above %04x", b);
}

static void check_special(void)
{
    CHECK(oct_f16_from_f32(65519.996f) == 0x7bff && oct_f16_from_f32(65520.0f) == 0x7c00, "largest");
    CHECK(oct_f16_from_f32(3e38f) == 0x7c00 && oct_f16_from_f32(-INFINITY) == 0xfc00, "infinity");
    CHECK(oct_f16_from_f32(0x1p-25f) == 0 && oct_f16_from_f32(-0x1.000002p-25f) == 0x8001, "smallest");
    CHECK(oct_f16_from_f32(-0.0f) == 0x8000 && oct_f16_from_f32(0x1p-149f) == 0, "zeros");
    CHECK(oct_f16_from_f64(1e300) == 0x7c00 && oct_f16_from_f64(-1e-300) == 0x8000, "doubles outside float32");
    CHECK(oct_bf16_from_f64(1e300) == 0x7f80 && oct_bf16_from_f64(NAN) == 0x7fc0, "bfloat16 outside float32");
    CHECK(oct_f16_from_f32(oct_bits_float(0x7f800001u)) == 0x7e00, "a signalling NaN stays one NaN");
    CHECK(oct_bf16_from_f32(oct_bits_float(0xff800001u)) == 0xffc0, "a signalling NaN with a sign");
}

int main(void)
{
    for (uint32_t i = 0; i < 65536; i++) {
        check_f16_pattern((uint16_t)i);
        check_bf16_pattern((uint16_t)i);
    }
    for (uint16_t lo = 0; lo < 0x7c00; lo++)
        check_f16_middle(lo);
    check_special();
    return check_done();
}
