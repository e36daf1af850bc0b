/* lanes_ref.h: the vocabulary of the *_lanes.h bodies for one lane, in plain C. Each ISA folder has the same header
 * for its registers; a body compiled against either gives the same bits, lane by lane.
 *   vf, vd     LANES floats; half as many doubles (at least one)
 *   vm, vdm    results of comparisons, for vf_select and vd_select (m ? a : b)
 * Every operation is one IEEE operation, rounded once; comparisons with a NaN are false.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_LANES_REF_H
#define OCT_LANES_REF_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

#define LANES 1

typedef float vf;
typedef int vm;
typedef double vd;
typedef int vdm;

OCT_INLINE vf vf_load(const float *p) { return *p; }
OCT_INLINE void vf_store(float *p, vf v) { *p = v; }
/* the first n < LANES lanes; the others are read as 0 and not written */
OCT_INLINE vf vf_load_part(const float *p, size_t n) { return n ? *p : 0.0f; }
OCT_INLINE void vf_store_part(float *p, vf v, size_t n) { if (n) *p = v; }
OCT_INLINE vf vf_set(float a) { return a; }
OCT_INLINE vf vf_add(vf a, vf b) { return a + b; }
OCT_INLINE vf vf_sub(vf a, vf b) { return a - b; }
OCT_INLINE vf vf_mul(vf a, vf b) { return a * b; }
OCT_INLINE vf vf_div(vf a, vf b) { return a / b; }
OCT_INLINE vf vf_fma(vf a, vf b, vf c) { return fmaf(a, b, c); } /* a*b + c */
OCT_INLINE vf vf_sqrt(vf a) { return sqrtf(a); }
OCT_INLINE vf vf_abs(vf a) { return fabsf(a); }
OCT_INLINE vf vf_neg(vf a) { return -a; }
OCT_INLINE vf vf_copysign(vf a, vf sign) { return copysignf(a, sign); }
OCT_INLINE vf vf_floor(vf a) { return floorf(a); }
OCT_INLINE vf vf_ceil(vf a) { return ceilf(a); }
OCT_INLINE vf vf_round(vf a) { return rintf(a); } /* half to even */
OCT_INLINE vm vf_lt(vf a, vf b) { return a < b; }
OCT_INLINE vm vf_gt(vf a, vf b) { return a > b; }
OCT_INLINE vm vf_isnan(vf a) { return a != a; }
OCT_INLINE vf vf_select(vm m, vf a, vf b) { return m ? a : b; }
OCT_INLINE vf vf_max(vf a, vf b) { return a > b ? a : b; } /* b if one is a NaN or both are zeros */
OCT_INLINE vf vf_min(vf a, vf b) { return a < b ? a : b; }
/* 2^(k + add) from 1.5*2^23 + k, with -127 < k + add < 128 */
OCT_INLINE vf vf_pow2(vf magic, int add)
{
    uint32_t u;
    memcpy(&u, &magic, sizeof u);
    u = (u << 23) + ((uint32_t)(127 + add) << 23);
    memcpy(&magic, &u, sizeof u);
    return magic;
}

OCT_INLINE vd vd_set(double a) { return a; }
OCT_INLINE vd vd_add(vd a, vd b) { return a + b; }
OCT_INLINE vd vd_sub(vd a, vd b) { return a - b; }
OCT_INLINE vd vd_mul(vd a, vd b) { return a * b; }
OCT_INLINE vd vd_div(vd a, vd b) { return a / b; }
OCT_INLINE vd vd_sqrt(vd a) { return sqrt(a); }
OCT_INLINE vd vd_abs(vd a) { return fabs(a); }
OCT_INLINE vd vd_neg(vd a) { return -a; }
OCT_INLINE vd vd_copysign(vd a, vd sign) { return copysign(a, sign); }
OCT_INLINE vdm vd_lt(vd a, vd b) { return a < b; }
OCT_INLINE vdm vd_eq(vd a, vd b) { return a == b; }
OCT_INLINE vdm vd_isnan(vd a) { return a != a; }
OCT_INLINE vdm vd_and(vdm a, vdm b) { return a & b; }
OCT_INLINE vdm vd_or(vdm a, vdm b) { return a | b; }
OCT_INLINE vd vd_select(vdm m, vd a, vd b) { return m ? a : b; }
OCT_INLINE vd vd_max(vd a, vd b) { return a > b ? a : b; }
OCT_INLINE vd vd_min(vd a, vd b) { return a < b ? a : b; }

OCT_INLINE uint64_t vd_bits(vd a)
{
    uint64_t u;
    memcpy(&u, &a, sizeof u);
    return u;
}

OCT_INLINE vd vd_from_bits(uint64_t u)
{
    vd a;
    memcpy(&a, &u, sizeof a);
    return a;
}

/* a * 2^k from magic = 1.5*2^52 + k; a and the result are normal numbers */
OCT_INLINE vd vd_scale(vd a, vd magic)
{
    return vd_from_bits(vd_bits(a) + (vd_bits(magic) << 52));
}

/* a = m * 2^k with m in [sqrt(1/2), sqrt(2)), for a normal and positive: returns m */
OCT_INLINE vd vd_split(vd a, vd *k)
{
    const uint64_t root_half = 0x3fe6a09e667f3bcdu, one = 0x3ff0000000000000u, fraction = 0x000fffffffffffffu;
    uint64_t u = vd_bits(a) + (one - root_half);
    *k = vd_sub(vd_from_bits((u >> 52) | 0x4330000000000000u), 0x1p52 + 1023.0);
    return vd_from_bits((u & fraction) + root_half);
}

/* y = f(x) in double, rounded to float once */
#define VF_BY_VD1(f, x) ((vf)f((vd)(x)))
#define VF_BY_VD2(f, x, y) ((vf)f((vd)(x), (vd)(y)))
#define VF_BY_VD3(f, x, y, z) ((vf)f((vd)(x), (vd)(y), (vd)(z)))

#endif
