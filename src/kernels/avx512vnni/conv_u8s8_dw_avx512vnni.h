/* conv_u8s8_dw_avx512vnni.h: depthwise convolution of uint8 with int8, level avx512vnni: 64 channels. The bytes of four taps
 * are interleaved channel by channel by unpacking within lanes, whose order the packs of the store undo:
 *
 *   t0 t1 t2 t3 (64 channels each)  ->  unpack bytes, unpack words  ->  quads [t0 t1 t2 t3] of channel 16*l + 4*v + e in
 *   element e of lane l of vector v
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DW_AVX512VNNI_H
#define OCT_CONV_U8S8_DW_AVX512VNNI_H

#include "kernels/conv_u8s8_dw.h"
#include "kernels/avx512vnni/conv_u8s8_store_avx512vnni.h"

typedef struct quads {
    __m512i v[4];
} quads;

OCT_INLINE quads interleave(__m512i t0, __m512i t1, __m512i t2, __m512i t3)
{
    const __m512i lo01 = _mm512_unpacklo_epi8(t0, t1), hi01 = _mm512_unpackhi_epi8(t0, t1);
    const __m512i lo23 = _mm512_unpacklo_epi8(t2, t3), hi23 = _mm512_unpackhi_epi8(t2, t3);
    return (quads){{_mm512_unpacklo_epi16(lo01, lo23), _mm512_unpackhi_epi16(lo01, lo23),
                    _mm512_unpacklo_epi16(hi01, hi23), _mm512_unpackhi_epi16(hi01, hi23)}};
}

OCT_INLINE quads load_quads(const void *at)
{
    const int8_t *p = at;
    return (quads){{load(p), load(p + 64), load(p + 128), load(p + 192)}};
}

#define DOT_QUADS(acc, q, w)          \
    DOT((acc).v[0], (q).v[0], (w).v[0]); \
    DOT((acc).v[1], (q).v[1], (w).v[1]); \
    DOT((acc).v[2], (q).v[2], (w).v[2]); \
    DOT((acc).v[3], (q).v[3], (w).v[3]);

OCT_INLINE __m512i scale_any(__m512i acc, const float *mult, bool bounded, const output *o)
{
    const __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), _mm512_loadu_ps(mult));
    return bounded ? _mm512_cvtps_epi32(v) : round_any(v, o);
}

/* 64 bytes of the output. plain: saturating to uint8 is all that is left to do. */
OCT_INLINE __m512i finish_sums(quads acc, const float *mult, bool bounded, bool plain, const output *o)
{
    const __m512i a = scale_any(acc.v[0], mult, bounded, o), b = scale_any(acc.v[1], mult + 16, bounded, o);
    const __m512i c = scale_any(acc.v[2], mult + 32, bounded, o), d = scale_any(acc.v[3], mult + 48, bounded, o);
    const __m512i ab = _mm512_packs_epi32(a, b), cd = _mm512_packs_epi32(c, d);
    return plain ? _mm512_packus_epi16(ab, cd)
                 : pack_bytes(_mm512_adds_epi16(ab, o->zero), _mm512_adds_epi16(cd, o->zero), o);
}

/* n channels from slot_at on with a residual, one by one: no network we know has them here. */
OCT_NOINLINE void finish_added(uint8_t *y, const uint8_t *r, const quads *acc, int64_t slot_at, int64_t n,
                               const float *mult, const oct_conv_u8s8_out *out)
{
    int32_t sums[64];
    for (int v = 0; v < 4; v++)
        _mm512_storeu_si512(sums + 16 * v, acc->v[v]);
    for (int64_t c = 0; c < n; c++) {
        const int64_t at = slot(4, slot_at + c);
        y[c] = oct_conv_u8s8_finish(sums[at], mult[at], r[c], out);
    }
}

/* ---- any kernel ---- */

/* The channels of one tap, as uint8. inside: the tap is in the image. whole: all 64 channels exist, and are uint8. */
OCT_INLINE __m512i load_tap(const oct_conv_u8s8_dw_row *r, int64_t tap, int64_t x_at, __mmask64 m, bool inside, bool whole)
{
    if (tap >= r->n_taps || (!inside && r->offset[tap] == OCT_CONV_U8S8_DW_OUTSIDE))
        return _mm512_setzero_si512();
    const uint8_t *x = r->x + r->offset[tap] + x_at;
    return whole ? load(x) : _mm512_xor_si512(_mm512_maskz_loadu_epi8(m, x), _mm512_set1_epi8((char)r->x_flip));
}

OCT_INLINE void run_positions(const oct_conv_u8s8_dw_row *row, bool inside, bool whole)
{
    const oct_conv_u8s8_dw_row r = *row; /* which y cannot overlap */
    const output o = get_output(&r.out);
    const __mmask64 m = first_bits(r.n_channels);
    for (int64_t p = 0; p < r.n_positions; p++) {
        const int64_t at = p * r.x_step;
        const int8_t *w = r.w;
        quads acc = load_quads(r.bias);
        for (int64_t t = 0; t < r.n_taps; t += 4, w += 256) {
            const quads q = interleave(load_tap(&r, t, at, m, inside, whole), load_tap(&r, t + 1, at, m, inside, whole),
                                       load_tap(&r, t + 2, at, m, inside, whole), load_tap(&r, t + 3, at, m, inside, whole));
            const quads v = load_quads(w);
            DOT_QUADS(acc, q, v)
        }
        if (r.out.add)
            finish_added(r.y + p * r.y_step, r.r + p * r.r_step, &acc, 0, r.n_channels, r.mult, &r.out);
        else
            _mm512_mask_storeu_epi8(r.y + p * r.y_step, m, finish_sums(acc, r.mult, false, false, &o));
    }
}

static void run_row(const oct_conv_u8s8_dw_row *r)
{
    if (r->all_inside && r->n_channels == 64 && r->x_flip == 0)
        run_positions(r, true, true);
    else
        run_positions(r, false, false);
}

/* ---- 3 x 3: columns slide through registers ---- */

/* Row k of the kernel at byte `at` of the image's rows: 64 channels, or 32 of two lines, or 16 of four. whole: all exist,
 * masks cost. */
OCT_INLINE __m512i load_lines(const oct_conv_u8s8_dw_line *v, int64_t k, int64_t at, int64_t copies, bool whole, __mmask64 m)
{
#define LINE(i) (const void *)(v[i].x[k] + at)
#define QUARTER(i) (whole ? _mm_loadu_si128(LINE(i)) : _mm_maskz_loadu_epi8((__mmask16)m, LINE(i)))
#define HALF(i) (whole ? _mm256_loadu_si256(LINE(i)) : _mm256_maskz_loadu_epi8((__mmask32)m, LINE(i)))
    __m512i x;
    if (copies == 1) {
        x = whole ? load(LINE(0)) : _mm512_maskz_loadu_epi8(m, LINE(0));
    } else if (copies == 2) {
        x = _mm512_inserti64x4(_mm512_castsi256_si512(HALF(0)), HALF(1), 1);
    } else {
        const __m256i upper = _mm256_inserti128_si256(_mm256_castsi128_si256(QUARTER(2)), QUARTER(3), 1);
        const __m256i lower = _mm256_inserti128_si256(_mm256_castsi128_si256(QUARTER(0)), QUARTER(1), 1);
        x = _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1);
    }
#undef HALF
#undef QUARTER
#undef LINE
    return x;
}

/* The lanes of line i, and of those after it. */
OCT_INLINE __mmask16 lanes_from(int64_t i, int64_t copies)
{
    return (__mmask16)(0xffff << i * 16 / copies);
}

/* In the lanes of each line: bytes that are 255 for its rows inside the image. */
OCT_INLINE __m512i get_inside(const oct_conv_u8s8_dw_line *v, int64_t copies)
{
    __m512i inside = _mm512_set1_epi32((int)v[0].inside);
    for (int64_t i = 1; i < copies; i++)
        inside = _mm512_mask_set1_epi32(inside, lanes_from(i, copies), (int)v[i].inside);
    return inside;
}

/* Biases of each class of columns, for lines of several classes side by side. */
OCT_INLINE const int32_t *get_biases(int32_t *mixed, const oct_conv_u8s8_dw_lines *l, const oct_conv_u8s8_dw_line *v,
                                     int64_t copies)
{
    bool same = true;
    for (int64_t i = 1; i < copies; i++)
        same = same && v[i].class == v[0].class;
    if (same)
        return l->bias + 64 * v[0].class;
    for (int64_t at = 0; at < l->n_classes * 64; at += 16) {
        __m512i bias = load(l->bias + 64 * v[0].class + at);
        for (int64_t i = 1; i < copies; i++)
            bias = _mm512_mask_blend_epi32(lanes_from(i, copies), bias, load(l->bias + 64 * v[i].class + at));
        _mm512_store_si512(mixed + at, bias);
    }
    return mixed;
}

/* Weights of a column, none for rows outside. */
OCT_INLINE quads load_weights(const void *w, __m512i inside)
{
    const quads q = load_quads(w);
    return (quads){{_mm512_and_si512(q.v[0], inside), _mm512_and_si512(q.v[1], inside), _mm512_and_si512(q.v[2], inside),
                    _mm512_and_si512(q.v[3], inside)}};
}

/* One position of n lines. */
OCT_INLINE void store_lines(const oct_conv_u8s8_dw_line *v, int64_t n, int64_t at, __m512i y, int64_t copies, __mmask64 m)
{
    if (copies == 1) {
        _mm512_mask_storeu_epi8(v[0].y + at, m, y);
    } else if (copies == 2) {
        _mm256_mask_storeu_epi8(v[0].y + at, (__mmask32)m, _mm512_castsi512_si256(y));
        if (n > 1)
            _mm256_mask_storeu_epi8(v[1].y + at, (__mmask32)m, _mm512_extracti64x4_epi64(y, 1));
    } else {
        _mm_mask_storeu_epi8(v[0].y + at, (__mmask16)m, _mm512_castsi512_si128(y));
        if (n > 1)
            _mm_mask_storeu_epi8(v[1].y + at, (__mmask16)m, _mm512_extracti32x4_epi32(y, 1));
        if (n > 2)
            _mm_mask_storeu_epi8(v[2].y + at, (__mmask16)m, _mm512_extracti32x4_epi32(y, 2));
        if (n > 3)
            _mm_mask_storeu_epi8(v[3].y + at, (__mmask16)m, _mm512_extracti32x4_epi32(y, 3));
    }
}

OCT_NOINLINE void store_added_lines(const oct_conv_u8s8_dw_lines *l, const oct_conv_u8s8_dw_line *v, int64_t n, int64_t p,
                                    const quads *acc, int64_t copies)
{
    for (int64_t i = 0; i < n; i++)
        finish_added(v[i].y + l->channel + p * l->y_step, v[i].r + l->channel + p * l->r_step, acc, i * 64 / copies,
                     l->n_channels, l->mult, &l->out);
}

/* Variables t0..t2 = the rows of the next column, zeros outside. Separate variables, since gcc keeps arrays of vectors in
 * memory. */
#define FETCH(t)                                                                                                 \
    if ((uint64_t)at >= width) {                                                                                 \
        t##0 = t##1 = t##2 = _mm512_setzero_si512();                                                             \
    } else {                                                                                                     \
        t##0 = load_lines(v, 0, at, copies, whole, m);                                                           \
        t##1 = load_lines(v, 1, at, copies, whole, m);                                                           \
        t##2 = load_lines(v, 2, at, copies, whole, m);                                                           \
        if (!usual) {                                                                                            \
            t##0 = _mm512_xor_si512(t##0, flip);                                                                 \
            t##1 = _mm512_xor_si512(t##1, flip);                                                                 \
            t##2 = _mm512_xor_si512(t##2, flip);                                                                 \
        }                                                                                                        \
    }                                                                                                            \
    at += step;

/* q0..q3 = its quads: three rows and anything. */
#define MAKE_QUADS(q, t)                                                                                         \
    {                                                                                                            \
        const __m512i lo01_ = _mm512_unpacklo_epi8(t##0, t##1), hi01_ = _mm512_unpackhi_epi8(t##0, t##1);        \
        const __m512i lo22_ = _mm512_unpacklo_epi8(t##2, t##2), hi22_ = _mm512_unpackhi_epi8(t##2, t##2);        \
        q##0 = _mm512_unpacklo_epi16(lo01_, lo22_);                                                              \
        q##1 = _mm512_unpackhi_epi16(lo01_, lo22_);                                                              \
        q##2 = _mm512_unpacklo_epi16(hi01_, hi22_);                                                              \
        q##3 = _mm512_unpackhi_epi16(hi01_, hi22_);                                                              \
    }

#define DOT_COLUMN(q, w)                                                                                         \
    DOT(s0, q##0, (w).v[0]); DOT(s1, q##1, (w).v[1]);                                                            \
    DOT(s2, q##2, (w).v[2]); DOT(s3, q##3, (w).v[3]);

/* One position: column d, then e, which is there with stride 1, then the next one in the place of d. That order leaves
 * registers for the weights. Columns of many loads are fetched early. */
#define SLIDE(d, e)                                                                                              \
    {                                                                                                            \
        const int32_t *b = bias + 64 * classes[p];                                                               \
        if (stride == 2) {                                                                                       \
            FETCH(u)                                                                                             \
        }                                                                                                        \
        if (early) {                                                                                             \
            FETCH(t)                                                                                             \
        }                                                                                                        \
        __m512i s0 = load(b), s1 = load(b + 16), s2 = load(b + 32), s3 = load(b + 48);                           \
        DOT_COLUMN(d, w0)                                                                                        \
        if (stride == 2)                                                                                         \
            MAKE_QUADS(e, u)                                                                                     \
        DOT_COLUMN(e, w1)                                                                                        \
        if (!early) {                                                                                            \
            FETCH(t)                                                                                             \
        }                                                                                                        \
        MAKE_QUADS(d, t)                                                                                         \
        DOT_COLUMN(d, w2)                                                                                        \
        const quads acc = {{s0, s1, s2, s3}};                                                                    \
        OPAQUE(plain);                                                                                           \
        OPAQUE(add);                                                                                             \
        if (!usual && add)                                                                                       \
            store_added_lines(l, from, n, p, &acc, copies);                                                      \
        else                                                                                                     \
            store_lines(v, n, y_at, finish_sums(acc, mult, usual, usual && plain, &o), copies, m);               \
        if (++p == n_positions)                                                                                  \
            break;                                                                                               \
        y_at += y_step;                                                                                          \
    }

#define SWAP(a, b)            \
    {                         \
        const __m512i t_ = a; \
        a = b;                \
        b = t_;               \
    }

/* usual: uint8 images, bounded multipliers, no residual; whole: all channels of a block or of its copies exist. */
OCT_INLINE void slide(const oct_conv_u8s8_dw_lines *l, int64_t copies, int64_t stride, bool usual, bool whole)
{
    const bool early = stride == 2 || copies > 1;
    const output o = get_output(&l->out);
    const __mmask64 m = first_bits(l->n_channels);
    const __m512i flip = _mm512_set1_epi8((char)l->x_flip);
    const int64_t step = l->x_step, y_step = l->y_step, n_positions = l->n_positions;
    const uint64_t width = (uint64_t)(l->W * step);
    const int32_t *classes = l->classes;
    bool add = l->out.add;
    bool plain = l->out.zero == 0 && l->out.y_lo == 0 && l->out.y_hi == 255 && l->out.y_flip == 0;
    const float *mult = l->mult;
    const int8_t *w = l->w;
    _Alignas(64) int32_t mixed[OCT_CONV_U8S8_DW_MOST_LEFT_RIGHT * 64];
    for (int64_t first = 0; first < l->n_lines; first += copies) {
        const oct_conv_u8s8_dw_line *from = l->lines + first;
        oct_conv_u8s8_dw_line v[OCT_CONV_U8S8_DW_COPIES]; /* which y cannot overlap */
        for (int64_t i = 0; i < copies; i++) {
            v[i].y = from[i].y + l->channel;
            for (int64_t k = 0; k < 3; k++)
                v[i].x[k] = from[i].x[k] + l->channel;
        }
        const int64_t n = oct_min64(l->n_lines - first, copies);
        const int32_t *bias = get_biases(mixed, l, from, copies);
        const __m512i inside = get_inside(from, copies);
        const quads w0 = load_weights(w, inside), w1 = load_weights(w + 256, inside), w2 = load_weights(w + 512, inside);
        int64_t at = l->col * step, p = 0, y_at = 0;
        __m512i a0, a1, a2, a3, b0, b1, b2, b3, t0, t1, t2, u0, u1, u2;
        FETCH(t)
        MAKE_QUADS(a, t)
        b0 = b1 = b2 = b3 = a0;
        if (stride == 1) {
            FETCH(u)
            MAKE_QUADS(b, u)
        }
        for (;;) {
            SLIDE(a, b)
            if (stride == 1 && usual) {
                SLIDE(b, a)
            } else if (stride == 1) { /* less code */
                SWAP(a0, b0) SWAP(a1, b1) SWAP(a2, b2) SWAP(a3, b3)
            }
        }
    }
}

/* Functions of their own, lest gcc mixes their registers. What is not usual goes line by line: the first copy of the channels
 * is where it is without copies. */
#define LINES(name, copies, stride, usual, whole)                                                                \
    static void name##_##copies##x##stride(const oct_conv_u8s8_dw_lines *l) { slide(l, copies, stride, usual, whole); }
LINES(any, 1, 1, false, false) LINES(any, 1, 2, false, false) LINES(usual, 1, 1, true, true) LINES(usual, 1, 2, true, true)
LINES(usual, 2, 1, true, true) LINES(usual, 2, 2, true, true) LINES(usual, 4, 1, true, false) LINES(usual, 4, 2, true, false)

static void run_lines(const oct_conv_u8s8_dw_lines *l)
{
    typedef void slide_lines(const oct_conv_u8s8_dw_lines *);
    static slide_lines *const usual[OCT_CONV_U8S8_DW_COPIES + 1][3] = {
        [1] = {[1] = usual_1x1, usual_1x2}, [2] = {[1] = usual_2x1, usual_2x2}, [4] = {[1] = usual_4x1, usual_4x2}};
    const bool is_usual = (l->copies == 4 || l->n_channels * l->copies == 64) && l->x_flip == 0 && !l->out.add && l->bounded;
    slide_lines *const run = is_usual ? usual[l->copies][l->stride] : l->stride == 1 ? any_1x1 : any_1x2;
    run(l);
}

static int64_t depthwise_slot(int64_t c)
{
    return slot(4, c);
}

static const oct_conv_u8s8_dw depthwise = {
    .block = 64, .group = 4, .most_copies = 4, .slot = depthwise_slot, .run = run_row, .run_lines = run_lines,
    .line_taps = {0, 4, 8, 1, 5, 9, 2, 6, 10}, .line_size = 12};
static const char depthwise_name[] = "avx512vnni depthwise";

#endif
