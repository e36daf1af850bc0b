/* AVX2 of the YUV kernels: 32 pixels at once in 16 bits. One 256-bit register per arrangement holds the 16 chroma pairs
 * of the block as words; vpmaddubsw makes each of them a term of R, G and B, and unpacking a term with itself gives it to
 * the two pixels of the pair:
 *     pairs   0 1 .. 7 | 8 9 .. 15
 *     low     pixels 0 .. 7 | 16 .. 23        high    pixels 8 .. 15 | 24 .. 31
 * Luma is unpacked the same way, into y * 257. Only sums beyond every clip can saturate. The last n % 32 pixels go
 * through the reference.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include "yuv/kernels.h"

#include <immintrin.h>

#include "base/compiler.h"

typedef struct block {
    __m256i y;  /* 32 samples */
    __m256i uv; /* 16 pairs, the lower byte that of the lower address */
} block;

typedef struct constants {
    __m256i y_gain, y_bias, to_b, to_g, to_r; /* to_*: gains of the two bytes of a pair; u is u - 128 there */
} constants;

OCT_INLINE __m256i both(__m128i half)
{
    return _mm256_broadcastsi128_si256(half);
}

OCT_INLINE __m256i pair(int of_u, int of_v, int v_first)
{
    return _mm256_set1_epi16((short)(v_first ? of_v | of_u << 8 : of_u | of_v << 8));
}

static constants constants_of(const oct_yuv_law *law, int v_first)
{
    return (constants){
        .y_gain = _mm256_set1_epi16((short)law->y_gain),
        .y_bias = _mm256_set1_epi16(law->y_bias),
        .to_b = pair(law->u_b, 0, v_first),
        .to_g = pair(law->u_g, law->v_g, v_first),
        .to_r = pair(0, law->v_r, v_first),
    };
}

/* ---- the three arrangements -------------------------------------------------------------------------------------- */

OCT_INLINE block load_planar(const oct_yuv_row *row, size_t i)
{
    __m128i u = _mm_loadu_si128((const void *)(row->u + i / 2)), v = _mm_loadu_si128((const void *)(row->v + i / 2));
    return (block){_mm256_loadu_si256((const void *)(row->y + i)),
                   _mm256_set_m128i(_mm_unpackhi_epi8(u, v), _mm_unpacklo_epi8(u, v))};
}

OCT_INLINE block load_interleaved(const oct_yuv_row *row, size_t i)
{
    const uint8_t *uv = row->u < row->v ? row->u : row->v;
    return (block){_mm256_loadu_si256((const void *)(row->y + i)), _mm256_loadu_si256((const void *)(uv + i))};
}

/* Per register 16 pixels: bytes to luma | pairs in each half, halves together, then the middle quarters change places. */
OCT_INLINE block load_packed(const oct_yuv_row *row, size_t i)
{
    const __m256i apart = both(_mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
    __m256i a = _mm256_loadu_si256((const void *)(row->y + 2 * i));
    __m256i b = _mm256_loadu_si256((const void *)(row->y + 2 * i + 32));
    a = _mm256_shuffle_epi8(a, apart);
    b = _mm256_shuffle_epi8(b, apart);
    return (block){_mm256_permute4x64_epi64(_mm256_unpacklo_epi64(a, b), 0xd8),
                   _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(a, b), 0xd8)};
}

/* ---- arithmetic -------------------------------------------------------------------------------------------------- */

typedef struct lanes { /* 16 bits a pixel */
    __m256i low, high;
} lanes;

typedef struct colours {
    lanes r, g, b; /* before the clip */
} colours;

/* (t + term) >> 6. */
OCT_INLINE lanes add_term(lanes t, __m256i term)
{
    return (lanes){
        _mm256_srai_epi16(_mm256_adds_epi16(t.low, _mm256_unpacklo_epi16(term, term)), 6),
        _mm256_srai_epi16(_mm256_adds_epi16(t.high, _mm256_unpackhi_epi16(term, term)), 6),
    };
}

OCT_INLINE __m256i luma(__m256i y257, const constants *k)
{
    return _mm256_add_epi16(_mm256_mulhi_epu16(y257, k->y_gain), k->y_bias);
}

OCT_INLINE colours convert(block x, const constants *k)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i uv = _mm256_xor_si256(x.uv, _mm256_set1_epi8((char)0x80)); /* - 128, with a sign */
    lanes t = {luma(_mm256_unpacklo_epi8(x.y, x.y), k), luma(_mm256_unpackhi_epi8(x.y, x.y), k)};
    return (colours){
        .r = add_term(t, _mm256_maddubs_epi16(k->to_r, uv)),
        .g = add_term(t, _mm256_sub_epi16(zero, _mm256_maddubs_epi16(k->to_g, uv))),
        .b = add_term(t, _mm256_maddubs_epi16(k->to_b, uv)),
    };
}

/* ---- packed RGB -------------------------------------------------------------------------------------------------- */

/* Pixels 0..15 in the lower halves, 16..31 in the upper, which go 48 bytes further. Of three registers of 16 bytes
 *     a: r0 g0 b0 r1 ... r5     b: g5 b5 r6 ... g10     c: b10 r11 ... b15
 * red has every third byte: 0 3 .. of a, 2 5 .. of b, 1 4 .. of c, so one shuffle puts all 16 of it in place. */
OCT_INLINE void store(uint8_t *p, __m256i r, __m256i g, __m256i b)
{
    const __m256i of_r = both(_mm_setr_epi8(0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10, 5));
    const __m256i of_g = both(_mm_setr_epi8(5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10));
    const __m256i of_b = both(_mm_setr_epi8(10, 5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15));
    const __m256i at_0 = both(_mm_setr_epi8(-1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1));
    const __m256i at_1 = both(_mm_setr_epi8(0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0));
    const __m256i at_2 = both(_mm_setr_epi8(0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0));
    r = _mm256_shuffle_epi8(r, of_r);
    g = _mm256_shuffle_epi8(g, of_g);
    b = _mm256_shuffle_epi8(b, of_b);
    const __m256i out[3] = {
        _mm256_blendv_epi8(_mm256_blendv_epi8(r, g, at_1), b, at_2),
        _mm256_blendv_epi8(_mm256_blendv_epi8(r, g, at_0), b, at_1),
        _mm256_blendv_epi8(_mm256_blendv_epi8(r, g, at_2), b, at_0),
    };
    for (int i = 0; i < 3; i++) {
        _mm_storeu_si128((void *)(p + 16 * i), _mm256_castsi256_si128(out[i]));
        _mm_storeu_si128((void *)(p + 48 + 16 * i), _mm256_extracti128_si256(out[i], 1));
    }
}

OCT_INLINE __m256i clip(lanes x)
{
    return _mm256_packus_epi16(x.low, x.high);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

typedef block load_block(const oct_yuv_row *row, size_t i);

OCT_INLINE size_t rgb_blocks(uint8_t *rgb, const oct_yuv_row *row, size_t n, const constants *k, load_block *load)
{
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        colours x = convert(load(row, i), k);
        store(rgb + 3 * i, clip(x.r), clip(x.g), clip(x.b));
    }
    return i;
}

OCT_INLINE __m256i or3(__m256i a, __m256i b, __m256i c)
{
    return _mm256_or_si256(a, _mm256_or_si256(b, c));
}

/* All ones where a word lies outside 0..255. */
OCT_INLINE __m256i outside(__m256i x)
{
    const __m256i most = _mm256_set1_epi16(255);
    return _mm256_or_si256(_mm256_cmpgt_epi16(x, most), _mm256_cmpgt_epi16(_mm256_setzero_si256(), x));
}

OCT_INLINE size_t clipped_blocks(size_t *count, const oct_yuv_row *row, size_t n, const constants *k, load_block *load)
{
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        colours x = convert(load(row, i), k);
        __m256i low = or3(outside(x.r.low), outside(x.g.low), outside(x.b.low));
        __m256i high = or3(outside(x.r.high), outside(x.g.high), outside(x.b.high));
        *count += (size_t)_mm_popcnt_u32((unsigned)_mm256_movemask_epi8(_mm256_packs_epi16(low, high)));
    }
    return i;
}

static oct_yuv_row rest(const oct_yuv_row *row, size_t i)
{
    oct_yuv_row r = *row;
    r.y += i * r.y_step;
    r.u += i / 2 * r.uv_step;
    r.v += i / 2 * r.uv_step;
    return r;
}

static void rgb_row(uint8_t *rgb, const oct_yuv_row *row, size_t n, const oct_yuv_law *law)
{
    const constants k = constants_of(law, row->uv_step == 2 && row->v < row->u);
    size_t i = row->y_step == 2    ? rgb_blocks(rgb, row, n, &k, load_packed)
               : row->uv_step == 2 ? rgb_blocks(rgb, row, n, &k, load_interleaved)
                                   : rgb_blocks(rgb, row, n, &k, load_planar);
    const oct_yuv_row end = rest(row, i);
    oct_yuv_ref.rgb(rgb + 3 * i, &end, n - i, law);
}

static size_t count_clipped(const oct_yuv_row *row, size_t n, const oct_yuv_law *law)
{
    const constants k = constants_of(law, row->uv_step == 2 && row->v < row->u);
    size_t count = 0;
    size_t i = row->y_step == 2    ? clipped_blocks(&count, row, n, &k, load_packed)
               : row->uv_step == 2 ? clipped_blocks(&count, row, n, &k, load_interleaved)
                                   : clipped_blocks(&count, row, n, &k, load_planar);
    const oct_yuv_row end = rest(row, i);
    return count + oct_yuv_ref.count_clipped(&end, n - i, law);
}

const oct_yuv_kernels oct_yuv_avx2 = {.name = "avx2", .rgb = rgb_row, .count_clipped = count_clipped};
