/* Convolution of uint8 with int8, level avx512vnni: vpdpbusd adds the products of four bytes to an int32, without
 * saturation. Dense: tiles of up to 6 positions x 64 channels, or 7 x 32 in pairs. Depthwise: 64 channels.
 * SPDX-License-Identifier: Apache-2.0 */
#if !defined(__AVX512VNNI__) && !defined(OCT_EMULATED_AVX512)
#error "compile with -mavx512vnni"
#endif
#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u8s8_dense.h"
#include "kernels/conv_u8s8_dw.h"

#include "kernels/avx512vnni/conv_u8s8_dw_avx512vnni.h"
#include "kernels/avx512vnni/conv_u8s8_stream_avx512vnni.h"

/* ---- dense ---- */

OCT_INLINE int32_t sum_lanes(__m512i v)
{
    const __m256i four = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    __m128i two = _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    two = _mm_add_epi32(two, _mm_shuffle_epi32(two, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}

/* 64 bytes at a time, times one. */
static void sum_taps(int32_t *sums, const oct_conv_u8s8_tile *t, int64_t n)
{
    const __m512i one = _mm512_set1_epi8(1);
    for (int64_t p = 0; p < n; p++) {
        __m512i acc = _mm512_setzero_si512();
        for (int64_t row = 0; row < t->n_rows; row++)
            for (int64_t col = 0; col < t->n_cols; col++) {
                const uint8_t *x = t->x + p * t->x_step + row * t->x_row + col * t->x_col;
                for (int64_t at = 0; at < t->n_bytes; at += 64) {
                    const __mmask64 m = first_bits(t->n_bytes - at);
                    DOT(acc, _mm512_maskz_loadu_epi8(m, x + at), one);
                }
            }
        sums[p] = sum_lanes(acc);
    }
}

/* Whether a row of taps is one run of whole quads. */
static bool is_plain_run(const oct_conv_u8s8_tile *t)
{
    return t->n_cols == 1 && t->n_bytes % 4 == 0 && !t->shift;
}

static bool run_streams(const oct_conv_u8s8_tile *t, int64_t nv, int64_t n)
{
    const bool may = is_plain_run(t) && n >= 4 && get_finish(&t->out, t->bounded) == FINISH_PLAIN;
    const stream_fn run = may ? find_stream(t, nv) : NULL;
    if (!run)
        return false;
    finisher f;
    get_finisher(&f, &t->out, t->bounded, t->y_step, t->r_step);
    stream_lines(t, &f, run, nv, n);
    return true;
}

static int64_t run_paired(oct_conv_u8s8_tile *t, int64_t nv, int64_t n)
{
    const int64_t P = nv == 1 ? 12 : 7, n_tiles = n / P;
    if (n_tiles == 0 || !is_plain_run(t) || !may_pair(t, get_finish(&t->out, t->bounded), nv, n))
        return 0;
    finisher f;
    get_finisher(&f, &t->out, t->bounded, t->y_step, t->r_step);
    t->n_tiles = n_tiles;
    run_pairs(t, &f, nv);
    oct_conv_u8s8_advance(t, n_tiles * P, n_tiles);
    return n_tiles * P;
}

static const oct_conv_u8s8_tiles tiles = {
    .vl = 16,
    .nv = 4,
    .max_p = {[1] = 12, [2] = 7, [4] = 6},
    .run_lines = run_streams,
    .run_many = run_paired,
    .slot = dense_slot,
    .sum = sum_taps,
    .run = {[1] = {[1] = single_1x1, [2] = single_2x1, [4] = single_4x1, [8] = single_8x1, [12] = single_12x1},
            [2] = {[1] = single_1x2, [2] = single_2x2, [4] = single_4x2, [7] = single_7x2},
            [4] = {NULL, single_1x4, single_2x4, single_3x4, single_4x4, single_5x4, single_6x4}},
    .names = {[1] = "avx512vnni 12x16", [2] = "avx512vnni 7x32", [4] = "avx512vnni 7x64"},
};

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx512vnni = {describe, packed_size, pack_weights, check_packed, scratch_size, n_items, run, tilings};
