/* lanes_avx2.h: the vocabulary of ref/lanes_ref.h (described there) for 8 floats and 4 doubles of AVX2 and FMA.
 *   vf   | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |      VF_BY_VD*: lanes 0-3, then 4-7
 *   vd   |   0   |   1   |   2   |   3   |
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_LANES_AVX2_H
#define OCT_LANES_AVX2_H

#ifndef __AVX2__
#error "lanes_avx2.h is for files compiled for AVX2"
#endif

#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define LANES 8

typedef __m256 vf;
typedef __m256 vm;
typedef __m256d vd;
typedef __m256d vdm;

/* the first n of 8 lanes set */
OCT_INLINE __m256i vf_part(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

OCT_INLINE vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
OCT_INLINE void vf_store(float *p, vf v) { _mm256_storeu_ps(p, v); }
OCT_INLINE vf vf_load_part(const float *p, size_t n) { return _mm256_maskload_ps(p, vf_part(n)); }
OCT_INLINE void vf_store_part(float *p, vf v, size_t n) { _mm256_maskstore_ps(p, vf_part(n), v); }
OCT_INLINE vf vf_set(float a) { return _mm256_set1_ps(a); }
OCT_INLINE vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
OCT_INLINE vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
OCT_INLINE vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
OCT_INLINE vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
OCT_INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
OCT_INLINE vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
OCT_INLINE vf vf_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
OCT_INLINE vf vf_neg(vf a) { return _mm256_xor_ps(_mm256_set1_ps(-0.0f), a); }
OCT_INLINE vf vf_copysign(vf a, vf sign)
{
    return _mm256_or_ps(vf_abs(a), _mm256_and_ps(_mm256_set1_ps(-0.0f), sign));
}
OCT_INLINE vf vf_floor(vf a) { return _mm256_floor_ps(a); }
OCT_INLINE vf vf_ceil(vf a) { return _mm256_ceil_ps(a); }
OCT_INLINE vf vf_round(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
OCT_INLINE vm vf_lt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
OCT_INLINE vm vf_gt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
OCT_INLINE vm vf_isnan(vf a) { return _mm256_cmp_ps(a, a, _CMP_UNORD_Q); }
OCT_INLINE vf vf_select(vm m, vf a, vf b) { return _mm256_blendv_ps(b, a, m); }
OCT_INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
OCT_INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
OCT_INLINE vf vf_pow2(vf magic, int add)
{
    __m256i k = _mm256_slli_epi32(_mm256_castps_si256(magic), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(k, _mm256_set1_epi32((127 + add) * (1 << 23))));
}

/* for folding the lanes of one vector: n set lanes in front; lane j+4, j+2, j+1 in lane j; lane 0 everywhere */
OCT_INLINE vm vf_first_lanes(size_t n) { return _mm256_castsi256_ps(vf_part(n)); }
OCT_INLINE vf vf_down4(vf a) { return _mm256_permute2f128_ps(a, a, 1); }
OCT_INLINE vf vf_down2(vf a) { return _mm256_permute_ps(a, 0x4e); }
OCT_INLINE vf vf_down1(vf a) { return _mm256_permute_ps(a, 0xb1); }
OCT_INLINE vf vf_spread0(vf a) { return _mm256_broadcastss_ps(_mm256_castps256_ps128(a)); }

OCT_INLINE vd vd_set(double a) { return _mm256_set1_pd(a); }
OCT_INLINE vd vd_add(vd a, vd b) { return _mm256_add_pd(a, b); }
OCT_INLINE vd vd_sub(vd a, vd b) { return _mm256_sub_pd(a, b); }
OCT_INLINE vd vd_mul(vd a, vd b) { return _mm256_mul_pd(a, b); }
OCT_INLINE vd vd_div(vd a, vd b) { return _mm256_div_pd(a, b); }
OCT_INLINE vd vd_sqrt(vd a) { return _mm256_sqrt_pd(a); }
OCT_INLINE vd vd_abs(vd a) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a); }
OCT_INLINE vd vd_neg(vd a) { return _mm256_xor_pd(_mm256_set1_pd(-0.0), a); }
OCT_INLINE vd vd_copysign(vd a, vd sign)
{
    return _mm256_or_pd(vd_abs(a), _mm256_and_pd(_mm256_set1_pd(-0.0), sign));
}
OCT_INLINE vdm vd_lt(vd a, vd b) { return _mm256_cmp_pd(a, b, _CMP_LT_OQ); }
OCT_INLINE vdm vd_eq(vd a, vd b) { return _mm256_cmp_pd(a, b, _CMP_EQ_OQ); }
OCT_INLINE vdm vd_isnan(vd a) { return _mm256_cmp_pd(a, a, _CMP_UNORD_Q); }
OCT_INLINE vdm vd_and(vdm a, vdm b) { return _mm256_and_pd(a, b); }
OCT_INLINE vdm vd_or(vdm a, vdm b) { return _mm256_or_pd(a, b); }
OCT_INLINE vd vd_select(vdm m, vd a, vd b) { return _mm256_blendv_pd(b, a, m); }
OCT_INLINE vd vd_max(vd a, vd b) { return _mm256_max_pd(a, b); }
OCT_INLINE vd vd_min(vd a, vd b) { return _mm256_min_pd(a, b); }

OCT_INLINE vd vd_scale(vd a, vd magic)
{
    __m256i k = _mm256_slli_epi64(_mm256_castpd_si256(magic), 52);
    return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(a), k));
}

OCT_INLINE vd vd_split(vd a, vd *k)
{
    const __m256i root_half = _mm256_set1_epi64x(0x3fe6a09e667f3bcd), one = _mm256_set1_epi64x(0x3ff0000000000000);
    const __m256i fraction = _mm256_set1_epi64x(0x000fffffffffffff), two52 = _mm256_set1_epi64x(0x4330000000000000);
    __m256i u = _mm256_add_epi64(_mm256_castpd_si256(a), _mm256_sub_epi64(one, root_half));
    __m256i biased = _mm256_or_si256(_mm256_srli_epi64(u, 52), two52);
    *k = vd_sub(_mm256_castsi256_pd(biased), vd_set(0x1p52 + 1023.0));
    return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_and_si256(u, fraction), root_half));
}

OCT_INLINE vd vd_low(vf x) { return _mm256_cvtps_pd(_mm256_castps256_ps128(x)); }
OCT_INLINE vd vd_high(vf x) { return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)); }
OCT_INLINE vf vf_join(vd low, vd high)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(low)), _mm256_cvtpd_ps(high), 1);
}

#define VF_BY_VD1(f, x) vf_join(f(vd_low(x)), f(vd_high(x)))
#define VF_BY_VD2(f, x, y) vf_join(f(vd_low(x), vd_low(y)), f(vd_high(x), vd_high(y)))
#define VF_BY_VD3(f, x, y, z) vf_join(f(vd_low(x), vd_low(y), vd_low(z)), f(vd_high(x), vd_high(y), vd_high(z)))

#endif
