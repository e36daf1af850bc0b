/* The limit of one core: vpdpbusd on registers only. Compiled with the flags of level avx512vnni.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX512VNNI__
#error "compile with -mavx512vnni"
#endif
#include <immintrin.h>
#include <stdint.h>

double dot_peak_macs(int64_t n_loops);

static volatile int sink;

/* Runs n_loops rounds of 24 independent dot products of 16 x 4 bytes; returns the multiply-adds done. */
double dot_peak_macs(int64_t n_loops)
{
    const __m512i x = _mm512_set1_epi8(3), w = _mm512_set1_epi8((char)(sink + 1));
#define ALL(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) \
    M(12) M(13) M(14) M(15) M(16) M(17) M(18) M(19) M(20) M(21) M(22) M(23)
#define START(i) __m512i s##i = _mm512_set1_epi32(i);
#define STEP(i) __asm__("vpdpbusd %2, %1, %0" : "+v"(s##i) : "v"(x), "v"(w));
#define ADD(i) sum = _mm512_add_epi32(sum, s##i);
    ALL(START)
    for (int64_t n = 0; n < n_loops; n++) {
        ALL(STEP)
    }
    __m512i sum = x;
    ALL(ADD)
    sink = _mm512_reduce_add_epi32(sum);
    return (double)n_loops * 24 * 64;
}
