/* float16 and bfloat16 to and from float32: the bits of VCVTPH2PS and VCVTPS2PH (round to nearest, ties to even; a NaN
 * keeps the upper bits of its payload and becomes quiet; subnormals are kept).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_HALF_H
#define OCT_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t oct_float_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static inline float oct_bits_float(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

/* float16: sign 1, exponent 5 (bias 15), fraction 10. Exact. */
static inline float oct_f32_from_f16(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = (h >> 10) & 0x1fu, fraction = h & 0x3ffu;
    if (exponent == 0x1f)
        return oct_bits_float(sign | 0x7f800000u | fraction << 13 | (fraction ? 0x00400000u : 0));
    if (exponent)
        return oct_bits_float(sign | (exponent + 112) << 23 | fraction << 13); /* 112 = 127 - 15 */
    float magnitude = (float)fraction * 0x1p-24f;                              /* subnormal or zero */
    return oct_bits_float(sign | oct_float_bits(magnitude));
}

/* u >> n with the lost bits rounded half to even; 1 <= n <= 31 */
static inline uint32_t oct_shift_half_even(uint32_t u, unsigned n)
{
    uint32_t lost = u & ((1u << n) - 1), half = 1u << (n - 1), kept = u >> n;
    return kept + (lost > half || (lost == half && (kept & 1)));
}

static inline uint16_t oct_f16_from_f32(float f)
{
    uint32_t bits = oct_float_bits(f), sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) /* NaN */
        return (uint16_t)(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
    if (magnitude >= 0x47800000u) /* 2^16 and above, infinity */
        return (uint16_t)(sign | 0x7c00u);
    if (magnitude >= 0x38800000u) /* 2^-14 and above: normal; a carry into the exponent is right, up to infinity */
        return (uint16_t)(sign | oct_shift_half_even(magnitude - (112u << 23), 13));
    uint32_t exponent = magnitude >> 23;
    if (exponent < 102) /* below 2^-25: zero */
        return (uint16_t)sign;
    /* subnormal: units of 2^-24; the significand counts units of 2^(exponent - 150) */
    return (uint16_t)(sign | oct_shift_half_even((magnitude & 0x7fffffu) | 0x800000u, 126 - exponent));
}

/* bfloat16: the upper half of a float32. Exact. */
static inline float oct_f32_from_bf16(uint16_t b)
{
    return oct_bits_float((uint32_t)b << 16);
}

static inline uint16_t oct_bf16_from_f32(float f)
{
    uint32_t bits = oct_float_bits(f);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)oct_shift_half_even(bits, 16);
}

/* float32 rounded to odd: a further rounding to float16 or bfloat16 then gives what a single one from double gives. */
static inline float oct_f32_odd_from_f64(double d)
{
    float f = (float)d;
    uint32_t bits = oct_float_bits(f);
    double back = f;
    if (d != d || back == d)
        return f;
    double magnitude = d < 0 ? -d : d, magnitude_back = back < 0 ? -back : back;
    if (magnitude_back > magnitude) /* truncate, also from infinity to the largest finite number */
        bits--;
    return oct_bits_float(bits | 1);
}

static inline uint16_t oct_f16_from_f64(double d)
{
    return oct_f16_from_f32(oct_f32_odd_from_f64(d));
}

static inline uint16_t oct_bf16_from_f64(double d)
{
    return oct_bf16_from_f32(oct_f32_odd_from_f64(d));
}

#endif
