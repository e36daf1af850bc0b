/* The limit of one core: float fma on registers only. Compiled with the flags of level avx2.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2 -mfma"
#endif
#include <immintrin.h>
#include <stdint.h>

double fma_peak_macs(int64_t n_loops);

static volatile float sink;

/* Runs n_loops rounds of 12 independent fma of 8 lanes; returns the multiply-adds done. */
double fma_peak_macs(int64_t n_loops)
{
    __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
    const __m256 one = _mm256_set1_ps(sink + 1.0f); /* unknown to the compiler, or it would merge the sums */
    __m256 s0 = b, s1 = _mm256_add_ps(s0, one), s2 = _mm256_add_ps(s1, one), s3 = _mm256_add_ps(s2, one);
    __m256 s4 = _mm256_add_ps(s3, one), s5 = _mm256_add_ps(s4, one), s6 = _mm256_add_ps(s5, one);
    __m256 s7 = _mm256_add_ps(s6, one), s8 = _mm256_add_ps(s7, one), s9 = _mm256_add_ps(s8, one);
    __m256 s10 = _mm256_add_ps(s9, one), s11 = _mm256_add_ps(s10, one);
#define STEP(s) s = _mm256_fmadd_ps(s, a, b);
    for (int64_t i = 0; i < n_loops; i++) {
        STEP(s0) STEP(s1) STEP(s2) STEP(s3) STEP(s4) STEP(s5) STEP(s6) STEP(s7) STEP(s8) STEP(s9) STEP(s10) STEP(s11)
    }
    __m256 sum = _mm256_add_ps(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)),
                               _mm256_add_ps(_mm256_add_ps(s4, s5), _mm256_add_ps(s6, s7)));
    sum = _mm256_add_ps(sum, _mm256_add_ps(_mm256_add_ps(s8, s9), _mm256_add_ps(s10, s11)));
    sink = _mm256_cvtss_f32(sum);
    return (double)n_loops * 12 * 8;
}
