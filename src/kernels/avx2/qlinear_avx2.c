/* 8-bit operators, level avx2: the same loops, vectorized with 32-byte registers, and tables by shuffles.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>
#include <stdint.h>

#include "base/compiler.h"

/* The low four bits of a byte choose in each of sixteen rows of the table, the high four among the rows, a bit at a time:
 * bit 4 + level is moved to the top of each byte, which is what blendv looks at. */
OCT_INLINE __m256i lookup_32(const __m256i rows[16], __m256i x)
{
    const __m256i low = _mm256_and_si256(x, _mm256_set1_epi8(15));
    __m256i r[16];
    for (int i = 0; i < 16; i++)
        r[i] = _mm256_shuffle_epi8(rows[i], low);
    for (int bit = 4, n = 8; n > 0; bit++, n /= 2) {
        const __m256i choice = _mm256_slli_epi16(x, 7 - bit);
        for (int i = 0; i < n; i++)
            r[i] = _mm256_blendv_epi8(r[2 * i], r[2 * i + 1], choice);
    }
    return r[0];
}

static void lookup_dense(uint8_t *y, const uint8_t *x, const uint8_t *table, int64_t n)
{
    __m256i rows[16];
    int64_t i = 0;
    for (int k = 0; k < 16; k++)
        rows[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(table + 16 * k)));
    for (; i + 32 <= n; i += 32)
        _mm256_storeu_si256((__m256i *)(void *)(y + i),
                            lookup_32(rows, _mm256_loadu_si256((const __m256i *)(const void *)(x + i))));
    for (; i < n; i++)
        y[i] = table[x[i]];
}

#define MOST_SUMMED 257 /* times 255 fit 16 bits */

/* 32 channels at a time: even and odd ones in 16 bits. */
static int64_t sum_blocks(int32_t *sum, const uint8_t *x, int64_t step, int64_t n_pixels, uint8_t flip, int64_t n)
{
    const __m256i low = _mm256_set1_epi16(255), flips = _mm256_set1_epi8((char)flip);
    int64_t c = 0;
    for (; c + 32 <= n; c += 32)
        for (int64_t i = 0, end; i < n_pixels; i = end) {
            __m256i even = _mm256_setzero_si256(), odd = even;
            uint16_t sums[32];
            end = oct_min64(i + MOST_SUMMED, n_pixels);
            for (int64_t k = i; k < end; k++) {
                const __m256i v = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)(x + k * step + c)), flips);
                even = _mm256_add_epi16(even, _mm256_and_si256(v, low));
                odd = _mm256_add_epi16(odd, _mm256_srli_epi16(v, 8));
            }
            _mm256_storeu_si256((__m256i *)(void *)sums, even);
            _mm256_storeu_si256((__m256i *)(void *)(sums + 16), odd);
            for (int k = 0; k < 32; k++)
                sum[c + k] += sums[k % 2 * 16 + k / 2];
        }
    return c;
}

#define LOOPS oct_qlinear_avx2
#define SUM_BLOCKS sum_blocks
#define LOOKUP lookup_dense
#include "kernels/qlinear_body.h"
