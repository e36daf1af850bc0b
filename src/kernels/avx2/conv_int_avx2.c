/* Integer convolution, level avx2: 4 pixels x 16 channels, pairs of int16 by vpmaddwd. A pair sums to at most
 * 2*255*255 < 2^31, so nothing saturates.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>

#include "base/compiler.h"
#include "kernels/conv_int_plan.h"
#include "kernels/conv_int_widen.h"

/* Taps of a tile: `rows` rows of `cols` runs of n int16 that lie side by side. */
typedef struct runs {
    int32_t rows, cols;
    int64_t row, col, n; /* int16 from row to row and from run to run; n even */
    int64_t pixel;       /* int16 from one output's first tap to the next one's */
} runs;

/* Where results go. */
typedef struct output {
    const oct_conv_int_args *a;
    oct_qrange range;
    const float *mult; /* of the block */
    int64_t pitch;     /* elements from pixel to pixel */
    int64_t n;         /* channels of the block that exist */
} output;

/* clamp(round(acc * mult) + zero) of 8 channels; _mm256_cvtps_epi32 rounds half to even */
OCT_INLINE __m256i requantize(__m256i acc, __m256 mult, const oct_qrange *r)
{
    __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), mult);
    v = _mm256_min_ps(_mm256_max_ps(v, _mm256_set1_ps(r->lo)), _mm256_set1_ps(r->hi));
    return _mm256_add_epi32(_mm256_cvtps_epi32(v), _mm256_set1_epi32(r->zero));
}

/* lo, hi: channels 0-7 and 8-15 of one pixel
 * packs   [0-3 8-11 | 4-7 12-15] int16     permute [0-3 4-7 | 8-11 12-15]     packs of both halves: 16 bytes */
OCT_INLINE void store_bytes(const output *o, __m256i lo, __m256i hi, int64_t at)
{
    lo = requantize(lo, _mm256_loadu_ps(o->mult), &o->range);
    hi = requantize(hi, _mm256_loadu_ps(o->mult + 8), &o->range);
    __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(lo, hi), 0xd8);
    __m128i low = _mm256_castsi256_si128(words), high = _mm256_extracti128_si256(words, 1);
    __m128i bytes = o->a->shape->out == OCT_CONV_INT_I8 ? _mm_packs_epi16(low, high) : _mm_packus_epi16(low, high);
    uint8_t *y = (uint8_t *)o->a->y + at;
    if (o->n == OCT_CONV_INT_BLOCK) {
        _mm_storeu_si128((__m128i *)(void *)y, bytes);
        return;
    }
    uint8_t all[OCT_CONV_INT_BLOCK];
    _mm_storeu_si128((__m128i *)(void *)all, bytes);
    memcpy(y, all, (size_t)o->n);
}

OCT_INLINE void store_words(const output *o, __m256i lo, __m256i hi, int64_t at)
{
    int32_t all[OCT_CONV_INT_BLOCK];
    _mm256_storeu_si256((__m256i *)(void *)all, lo);
    _mm256_storeu_si256((__m256i *)(void *)(all + 8), hi);
    memcpy((int32_t *)o->a->y + at, all, (size_t)o->n * sizeof(int32_t));
}

OCT_NOINLINE void store_pixel(const output *o, __m256i lo, __m256i hi, int64_t at)
{
    if (o->a->shape->out == OCT_CONV_INT_I32)
        store_words(o, lo, hi, at);
    else
        store_bytes(o, lo, hi, at);
}

OCT_INLINE int32_t load_pair(const int16_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return v;
}

OCT_INLINE __m256i load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* P pixels from x on, one block of 16 channels; lane of an accumulator: one channel. */
#define TILE(P)                                                                                                 \
    static void tile_##P(const runs *r, const int16_t *x, const int16_t *w, const int32_t *bias, const output *o, \
                         int64_t at)                                                                            \
    {                                                                                                           \
        __m256i acc[P][2];                                                                                      \
        for (int p = 0; p < P; p++) {                                                                           \
            acc[p][0] = load(bias);                                                                             \
            acc[p][1] = load(bias + 8);                                                                         \
        }                                                                                                       \
        for (int32_t row = 0; row < r->rows; row++)                                                             \
            for (int32_t col = 0; col < r->cols; col++) {                                                       \
                const int16_t *tap = x + row * r->row + col * r->col;                                           \
                for (int64_t i = 0; i < r->n; i += 2, w += 2 * OCT_CONV_INT_BLOCK) {                            \
                    __m256i w0 = load(w), w1 = load(w + OCT_CONV_INT_BLOCK);                                    \
                    for (int p = 0; p < P; p++) {                                                               \
                        __m256i pair = _mm256_set1_epi32(load_pair(tap + p * r->pixel + i));                    \
                        acc[p][0] = _mm256_add_epi32(acc[p][0], _mm256_madd_epi16(pair, w0));                   \
                        acc[p][1] = _mm256_add_epi32(acc[p][1], _mm256_madd_epi16(pair, w1));                   \
                    }                                                                                           \
                }                                                                                               \
            }                                                                                                   \
        for (int p = 0; p < P; p++)                                                                             \
            store_pixel(o, acc[p][0], acc[p][1], at + p * o->pitch);                                            \
    }
TILE(1)
TILE(2)
TILE(3)
TILE(4)

/* All pixels of the item for one block of channels. */
static void run_block(const runs *r, const int16_t *x, const int16_t *w, const int32_t *bias, const output *o,
                      int64_t at, int64_t n_pixels)
{
    int64_t p = 0;
    for (; p + 4 <= n_pixels; p += 4)
        tile_4(r, x + p * r->pixel, w, bias, o, at + p * o->pitch);
    switch (n_pixels - p) {
    case 3: tile_3(r, x + p * r->pixel, w, bias, o, at + p * o->pitch); break;
    case 2: tile_2(r, x + p * r->pixel, w, bias, o, at + p * o->pitch); break;
    case 1: tile_1(r, x + p * r->pixel, w, bias, o, at + p * o->pitch); break;
    default: break;
    }
}

/* Neighbouring taps of a row are one run where nothing lies between them. */
static runs get_runs(const oct_conv_int_shape *s, const oct_conv_int_plan *p)
{
    bool joined = s->G == 1 && s->dilation_w == 1;
    return (runs){
        .rows = s->KH, .cols = joined ? 1 : s->KW,
        .row = s->dilation_h * p->row, .col = s->dilation_w * p->pixel, .n = joined ? (int64_t)s->KW * p->ICP : p->ICP,
        .pixel = s->stride_w * p->pixel,
    };
}

static void run_dense(const oct_conv_int_args *a, const oct_conv_int_plan *p, const oct_conv_int_item *it,
                      const int16_t *x)
{
    const oct_conv_int_shape *s = a->shape;
    runs r = get_runs(s, p);
    output o = {.a = a, .range = oct_conv_int_range(a), .pitch = s->OC};
    int64_t n_blocks = p->OCP / OCT_CONV_INT_BLOCK, pixel = ((int64_t)it->n * s->OH + it->oh) * s->OW + it->ow0;
    for (int64_t g = 0; g < s->G; g++)
        for (int64_t b = it->b0; b < it->b1; b++) {
            int64_t first = b * OCT_CONV_INT_BLOCK, channel = g * p->OCP + first, left = p->OCG - first;
            o.mult = p->mult + channel;
            o.n = left < OCT_CONV_INT_BLOCK ? left : OCT_CONV_INT_BLOCK;
            run_block(&r, x + it->ow0 * r.pixel + g * p->ICP, p->w + (g * n_blocks + b) * p->taps * OCT_CONV_INT_BLOCK,
                      p->bias + channel, &o, pixel * s->OC + g * p->OCG + first, it->ow1 - it->ow0);
        }
}

/* ---- depthwise ---- */

/* One tap after the other, row by row. */
typedef struct tap_walk {
    const int16_t *x; /* the next tap */
    int64_t col, wrap; /* int16 to the next tap of the row; to the first of the next row from behind the last */
    int32_t KW, kw;
} tap_walk;

OCT_INLINE __m256i next_tap(tap_walk *t)
{
    __m256i x = load(t->x);
    t->x += t->col;
    if (++t->kw == t->KW) {
        t->kw = 0;
        t->x += t->wrap;
    }
    return x;
}

/* acc += x0*w0 + x1*w1 for 16 channels; unpack makes pairs [x0 x1] of channels 0-3, 8-11 (lo) and 4-7, 12-15 (hi) */
OCT_INLINE void add_taps(__m256i acc[2], __m256i x0, __m256i x1, const int16_t *w)
{
    acc[0] = _mm256_add_epi32(acc[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), load(w)));
    acc[1] = _mm256_add_epi32(acc[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), load(w + OCT_CONV_INT_BLOCK)));
}

/* 16 channels of one pixel: taps two by two; the partner of an odd last one has weight 0. */
OCT_INLINE void depthwise_block(tap_walk t, int32_t n_taps, const int16_t *w, int64_t w_pitch, const int32_t *bias,
                                const output *o, int64_t at)
{
    __m256i acc[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int32_t k = 0; k + 2 <= n_taps; k += 2, w += w_pitch) {
        __m256i x0 = next_tap(&t);
        add_taps(acc, x0, next_tap(&t), w);
    }
    if (n_taps % 2)
        add_taps(acc, load(t.x), _mm256_setzero_si256(), w);
    /* [0-3 | 8-11], [4-7 | 12-15] to [0-3 | 4-7], [8-11 | 12-15] */
    __m256i lo = _mm256_permute2x128_si256(acc[0], acc[1], 0x20), hi = _mm256_permute2x128_si256(acc[0], acc[1], 0x31);
    store_pixel(o, _mm256_add_epi32(lo, load(bias)), _mm256_add_epi32(hi, load(bias + 8)), at);
}

static void run_depthwise(const oct_conv_int_args *a, const oct_conv_int_plan *p, const oct_conv_int_item *it,
                          const int16_t *x)
{
    const oct_conv_int_shape *s = a->shape;
    output o = {.a = a, .range = oct_conv_int_range(a), .pitch = s->OC};
    int64_t y_row = ((int64_t)it->n * s->OH + it->oh) * s->OW, col = s->dilation_w * p->pixel;
    tap_walk t = {.col = col, .wrap = s->dilation_h * p->row - s->KW * col, .KW = s->KW};
    for (int64_t ow = it->ow0; ow < it->ow1; ow++)
        for (int64_t b = it->b0; b < it->b1; b++) {
            int64_t c = b * OCT_CONV_INT_BLOCK, left = s->OC - c;
            o.mult = p->mult + c;
            o.n = left < OCT_CONV_INT_BLOCK ? left : OCT_CONV_INT_BLOCK;
            t.x = x + ow * s->stride_w * p->pixel + c;
            depthwise_block(t, s->KH * s->KW, p->w + 2 * c, (int64_t)2 * p->OCP, p->bias + c, &o,
                            (y_row + ow) * s->OC + c);
        }
}

static void run(const oct_conv_int_args *a, size_t item)
{
    const oct_conv_int_shape *s = a->shape;
    oct_conv_int_plan p = oct_conv_int_get_plan(s, a->packed);
    oct_conv_int_item it = oct_conv_int_get_item(s, item);
    const int16_t *x = a->image + ((int64_t)it.n * p.HP + (int64_t)it.oh * s->stride_h) * p.row;
    if (p.depthwise)
        run_depthwise(a, &p, &it, x);
    else
        run_dense(a, &p, &it, x);
}

const oct_conv_int oct_conv_int_avx2 = {widen_piece, run, "avx2 int16 4x16"};
