/* Kernels of the image library: the reference against naive formulas, each level against the reference, bit for bit, on
 * exactly sized buffers with guard bytes, sizes around every vector width, and bytes biased to the extremes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "image/filter_kernels.h"
#include "image/opencv_kernels.h"
#include "image/pixel_kernels.h"

enum { GUARD = 64, GUARD_BYTE = 0xa5 };

static uint64_t state = 20261122;

static uint32_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static uint8_t next_byte(void)
{
    uint32_t v = next();
    return (uint8_t)(v % 4 == 0 ? 255 : v % 4 == 1 ? 0 : v >> 8);
}

/* n bytes between guards; freed by release. */
static uint8_t *guarded(size_t n)
{
    uint8_t *p = malloc(n + 2 * GUARD);
    if (!p)
        exit(1);
    memset(p, GUARD_BYTE, n + 2 * GUARD);
    return p + GUARD;
}

static int release(uint8_t *p, size_t n)
{
    int is_whole = 1;
    for (int i = 0; i < GUARD; i++)
        is_whole &= p[i - GUARD] == GUARD_BYTE && p[n + (size_t)i] == GUARD_BYTE;
    free(p - GUARD);
    return is_whole;
}

/* n random bytes in a buffer of exactly that size, so that a sanitizer sees reads beyond it. */
static uint8_t *random_bytes(size_t n)
{
    uint8_t *p = malloc(n ? n : 1);
    if (!p)
        exit(1);
    for (size_t i = 0; i < n; i++)
        p[i] = next_byte();
    return p;
}

/* ---- filter ------------------------------------------------------------------------------------------------------ */

/* Fixed-point weights that add up to 2^22, some negative as in a cubic filter. */
static void random_weights(int32_t *w, int32_t taps)
{
    int32_t sum = 0;
    for (int32_t t = 0; t < taps; t++) {
        w[t] = (int32_t)(next() % (1u << 20)) / taps * 4 - (t % 3 == 2 ? (1 << 20) / taps : 0);
        sum += w[t];
    }
    w[taps / 2] += (1 << OCT_FILTER_BITS) - sum;
}

static uint8_t naive_filter(const uint8_t *x, size_t step, const int32_t *w, int32_t taps)
{
    int64_t sum = 1 << (OCT_FILTER_BITS - 1);
    for (int32_t t = 0; t < taps; t++)
        sum += (int64_t)x[(size_t)t * step] * w[t];
    sum >>= OCT_FILTER_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void check_filter_rows(const oct_filter_kernels *k, int32_t C, int32_t n_out, int32_t real_taps)
{
    int32_t group = k->row_group[C], taps = (real_taps + group - 1) / group * group;
    size_t n_in = (size_t)n_out * 2 + (size_t)(taps + k->row_spare[C]), n_dst = (size_t)(n_out * C) + OCT_FILTER_SPARE;
    uint8_t *src[OCT_FILTER_ROWS], *dst[OCT_FILTER_ROWS];
    int32_t *w = calloc((size_t)(n_out * taps), sizeof *w), *first = calloc((size_t)n_out, sizeof *first);
    uint8_t *packed = malloc((size_t)(n_out * taps) * sizeof *w);
    if (!w || !first || !packed)
        exit(1);
    for (int32_t i = 0; i < n_out; i++) {
        first[i] = i * 2 + (int32_t)(next() % 2);
        random_weights(w + (size_t)(i * taps), real_taps);
        k->pack(packed + (size_t)(i * taps) * sizeof *w, w + (size_t)(i * taps), taps, group);
    }
    oct_filter_rows_args a = {.first = first, .weights = packed, .n_out = n_out, .taps = taps, .channels = C};
    for (int r = 0; r < OCT_FILTER_ROWS; r++) {
        a.src[r] = src[r] = random_bytes(n_in * (size_t)C);
        a.dst[r] = dst[r] = guarded(n_dst);
    }
    k->rows(&a);
    int n_bad = 0;
    for (int r = 0; r < OCT_FILTER_ROWS; r++)
        for (int32_t i = 0; i < n_out; i++)
            for (int32_t c = 0; c < C; c++)
                n_bad += dst[r][i * C + c] !=
                         naive_filter(src[r] + first[i] * C + c, (size_t)C, w + i * taps, real_taps);
    CHECK(n_bad == 0, "%s rows: %d bytes differ, C %d n_out %d taps %d", k->name, n_bad, (int)C, (int)n_out,
          (int)real_taps);
    for (int r = 0; r < OCT_FILTER_ROWS; r++) {
        CHECK(release(dst[r], n_dst), "%s rows wrote outside: C %d n_out %d", k->name, (int)C, (int)n_out);
        free(src[r]);
    }
    free(w);
    free(first);
    free(packed);
}

static void check_filter_column(const oct_filter_kernels *k, size_t n, int32_t real_taps)
{
    enum { MOST = 40 };
    int32_t taps = (real_taps + k->column_group - 1) / k->column_group * k->column_group, w[MOST] = {0}, packed[MOST];
    uint8_t *rows[MOST];
    random_weights(w, real_taps);
    k->pack(packed, w, taps, k->column_group);
    for (int32_t t = 0; t < taps; t++)
        rows[t] = random_bytes(n);
    uint8_t *dst = guarded(n);
    k->column(dst, (const uint8_t *const *)rows, packed, taps, n);
    int n_bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t column[MOST];
        for (int32_t t = 0; t < taps; t++)
            column[t] = rows[t][i];
        n_bad += dst[i] != naive_filter(column, 1, w, real_taps);
    }
    CHECK(n_bad == 0, "%s column: %d bytes differ, n %zu taps %d", k->name, n_bad, n, (int)real_taps);
    CHECK(release(dst, n), "%s column wrote outside: n %zu", k->name, n);
    for (int32_t t = 0; t < taps; t++)
        free(rows[t]);
}

static void check_filter(const oct_filter_kernels *k)
{
    for (int32_t taps = 1; taps <= 33; taps++) {
        for (int32_t n_out = 1; n_out <= 9; n_out += 4) {
            check_filter_rows(k, 1, n_out, taps);
            check_filter_rows(k, 3, n_out, taps);
        }
        for (size_t n = 1; n <= 100; n += 7)
            check_filter_column(k, n, taps);
    }
}

/* ---- OpenCV ------------------------------------------------------------------------------------------------------ */

static void check_lerp(const oct_opencv_kernels *k, int32_t C, int32_t n_in, int32_t n_out)
{
    int32_t first[64];
    int16_t weights[64][2];
    for (int32_t i = 0; i < n_out; i++) {
        first[i] = n_in > 1 ? (int32_t)((int64_t)i * (n_in - 1) / n_out) : 0;
        weights[i][1] = (int16_t)(next() % 2049);
        weights[i][0] = (int16_t)(2048 - weights[i][1]);
    }
    oct_lerp_axis axis = {.n_in = n_in, .n_out = n_out, .step = n_in > 1, .first = first, .weights = weights};
    size_t n = (size_t)(n_out * C), n_bytes = (n + OCT_OPENCV_PAD) * sizeof(int16_t);
    uint8_t *src = random_bytes((size_t)(n_in * C)), *row[2], *dst[2];
    for (int level = 0; level < 2; level++) {
        const oct_opencv_kernels *kernels = level ? k : &oct_opencv_ref;
        row[level] = guarded(n_bytes);
        dst[level] = guarded(n);
        int16_t *mixed = (int16_t *)(void *)row[level];
        const int16_t w[2] = {731, 1317};
        kernels->lerp_row(mixed, src, &axis, C);
        kernels->lerp_column(dst[level], mixed, mixed, w, n);
    }
    CHECK(memcmp(row[0], row[1], n * sizeof(int16_t)) == 0, "%s lerp_row: C %d %d to %d", k->name, (int)C, (int)n_in,
          (int)n_out);
    CHECK(memcmp(dst[0], dst[1], n) == 0, "%s lerp_column: n %zu", k->name, n);
    for (int level = 0; level < 2; level++)
        CHECK(release(row[level], n_bytes) & release(dst[level], n), "%s lerp wrote outside: n %zu", k->name, n);
    free(src);
}

static void check_area(const oct_opencv_kernels *k, int32_t C, int32_t n_out, int32_t taps)
{
    enum { MOST = 16 };
    int32_t first[MOST], begin[MOST + 1];
    float weights[MOST * MOST];
    for (int32_t i = 0; i <= n_out; i++) {
        begin[i] = i * taps;
        if (i < n_out)
            first[i] = i * taps - (i > 0);
    }
    for (int32_t t = 0; t < n_out * taps; t++)
        weights[t] = (float)next() / (float)(1u << 31) / (float)taps;
    size_t n = (size_t)(n_out * C), n_bytes = (n + OCT_OPENCV_PAD) * sizeof(float);
    oct_area_rows_args a = {.first = first, .begin = begin, .weights = weights, .n_out = n_out, .channels = C};
    uint8_t *src = random_bytes((size_t)((n_out * taps + 1) * C)), *rows[2][OCT_AREA_ROWS], *sum[2], *dst[2];
    for (int level = 0; level < 2; level++) {
        const oct_opencv_kernels *kernels = level ? k : &oct_opencv_ref;
        for (int r = 0; r < OCT_AREA_ROWS; r++) {
            a.src[r] = src;
            rows[level][r] = guarded(n_bytes);
            a.dst[r] = (float *)(void *)rows[level][r];
        }
        sum[level] = guarded(n_bytes);
        dst[level] = guarded(n);
        float *sums = (float *)(void *)sum[level];
        memset(sums, 0, n_bytes);
        kernels->area_rows(&a);
        kernels->area_add(sums, a.dst[0], 0.3f, 1, n);
        kernels->area_add(sums, a.dst[3], 1.1f, 0, n);
        kernels->area_round(dst[level], sums, n);
    }
    CHECK(memcmp(rows[0][0], rows[1][0], n * sizeof(float)) == 0, "%s area_rows: C %d n_out %d taps %d", k->name,
          (int)C, (int)n_out, (int)taps);
    CHECK(memcmp(sum[0], sum[1], n * sizeof(float)) == 0, "%s area_add: n %zu", k->name, n);
    CHECK(memcmp(dst[0], dst[1], n) == 0, "%s area_round: n %zu", k->name, n);
    for (int level = 0; level < 2; level++) {
        CHECK(release(sum[level], n_bytes) & release(dst[level], n), "%s area wrote outside: n %zu", k->name, n);
        for (int r = 0; r < OCT_AREA_ROWS; r++)
            CHECK(release(rows[level][r], n_bytes), "%s area_rows wrote outside: n %zu", k->name, n);
    }
    free(src);
}

static void check_sum_row(const oct_opencv_kernels *k, size_t n)
{
    uint8_t *src = random_bytes(n), *sum = guarded(n * sizeof(uint32_t));
    uint32_t *sums = (uint32_t *)(void *)sum;
    int n_bad = 0;
    for (size_t i = 0; i < n; i++)
        sums[i] = UINT32_MAX - 5;
    k->sum_row(sums, src, n);
    for (size_t i = 0; i < n; i++)
        n_bad += sums[i] != UINT32_MAX - 5 + src[i];
    CHECK(n_bad == 0, "%s sum_row: n %zu", k->name, n);
    CHECK(release(sum, n * sizeof(uint32_t)), "%s sum_row wrote outside: n %zu", k->name, n);
    free(src);
}

static void check_halve(const oct_opencv_kernels *k, size_t n, int32_t C)
{
    size_t n_dst = n * (size_t)C;
    uint8_t *above = random_bytes(2 * n_dst), *below = random_bytes(2 * n_dst), *dst = guarded(n_dst);
    k->halve(dst, above, below, n, C);
    int n_bad = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < (size_t)C; c++) {
            size_t at = 2 * i * (size_t)C + c, right = at + (size_t)C;
            n_bad += dst[i * (size_t)C + c] != (above[at] + above[right] + below[at] + below[right] + 2) / 4;
        }
    CHECK(n_bad == 0, "%s halve: %d bytes differ, n %zu C %d", k->name, n_bad, n, (int)C);
    CHECK(release(dst, n_dst), "%s halve wrote outside: n %zu C %d", k->name, n, (int)C);
    free(above);
    free(below);
}

static void check_opencv(const oct_opencv_kernels *k)
{
    for (int32_t C = 1; C <= 3; C += 2) {
        for (int32_t n_in = 1; n_in <= 40; n_in++)
            for (int32_t n_out = 1; n_out <= 64; n_out += 3)
                check_lerp(k, C, n_in, n_out);
        for (int32_t n_out = 1; n_out <= 16; n_out++)
            for (int32_t taps = 1; taps <= 16; taps += 3)
                check_area(k, C, n_out, taps);
    }
    for (size_t n = 1; n < 40; n++) {
        check_sum_row(k, n);
        check_halve(k, n, 1);
        check_halve(k, n, 3);
    }
}

/* ---- pixels ------------------------------------------------------------------------------------------------------ */

static void check_bytes(const oct_pixel_kernels *k, size_t n)
{
    uint8_t *rgb = random_bytes(3 * n), *one = random_bytes(n);
    uint8_t *planes[3] = {guarded(n), guarded(n), guarded(n)}, *swapped = guarded(3 * n), *gray = guarded(n);
    uint8_t *repeated = guarded(3 * n);
    k->split(planes[0], planes[1], planes[2], rgb, n);
    k->swap(swapped, rgb, n);
    k->gray(gray, rgb, n);
    k->repeat(repeated, one, n);
    int n_bad = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = rgb + 3 * i;
        for (size_t c = 0; c < 3; c++)
            n_bad += (planes[c][i] != p[c]) + (swapped[3 * i + 2 - c] != p[c]) + (repeated[3 * i + c] != one[i]);
        n_bad += gray[i] != (19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16;
    }
    CHECK(n_bad == 0, "%s pixels: %d bytes differ, n %zu", k->name, n_bad, n);
    int is_whole = release(swapped, 3 * n) & release(gray, n) & release(repeated, 3 * n);
    for (size_t c = 0; c < 3; c++)
        is_whole &= release(planes[c], n);
    CHECK(is_whole, "%s pixels wrote outside: n %zu", k->name, n);
    free(rgb);
    free(one);
}

static void check_normalize(const oct_pixel_kernels *k, size_t n)
{
    const float mean[3] = {123.675f, 116.28f, 103.53f}, scale[3] = {0.017125f, -0.017507f, 0.017429f};
    uint8_t *x = random_bytes(3 * n), *y1 = guarded(n * sizeof(float)), *y3 = guarded(3 * n * sizeof(float));
    k->normalize_1((float *)(void *)y1, x, mean[1], scale[1], n);
    k->normalize_3((float *)(void *)y3, x, mean, scale, n);
    int n_bad = 0;
    for (size_t i = 0; i < 3 * n; i++) {
        float difference = (float)x[i] - mean[i % 3], y = difference * scale[i % 3];
        n_bad += memcmp(&y, y3 + i * sizeof y, sizeof y) != 0;
        difference = (float)x[i] - mean[1];
        y = difference * scale[1];
        n_bad += i < n && memcmp(&y, y1 + i * sizeof y, sizeof y) != 0;
    }
    CHECK(n_bad == 0, "%s normalize: %d floats differ, n %zu", k->name, n_bad, n);
    CHECK(release(y1, n * sizeof(float)) & release(y3, 3 * n * sizeof(float)), "%s normalize wrote outside: n %zu",
          k->name, n);
    free(x);
}

static void check_pixels(const oct_pixel_kernels *k)
{
    for (size_t n = 1; n <= 70; n++) {
        check_bytes(k, n);
        check_normalize(k, n);
    }
}

/* All colours are too many; all pairs of two channels beside extremes of the third are not. */
static void check_gray_exhaustively(const oct_pixel_kernels *k)
{
    static const uint8_t extremes[] = {0, 1, 127, 254, 255};
    static uint8_t rgb[3 * 65536], want[65536], got[65536];
    for (int c = 0; c < 3; c++)
        for (size_t e = 0; e < sizeof extremes; e++) {
            for (uint32_t i = 0; i < 65536; i++) {
                rgb[3 * i + (uint32_t)c] = extremes[e];
                rgb[3 * i + (uint32_t)(c + 1) % 3] = (uint8_t)i;
                rgb[3 * i + (uint32_t)(c + 2) % 3] = (uint8_t)(i >> 8);
            }
            oct_pixel_ref.gray(want, rgb, 65536);
            k->gray(got, rgb, 65536);
            CHECK(memcmp(want, got, sizeof got) == 0, "%s gray: channel %d is %d", k->name, c, extremes[e]);
        }
}

int main(void)
{
    check_filter(&oct_filter_ref);
    check_opencv(&oct_opencv_ref);
    check_pixels(&oct_pixel_ref);
#if defined(__x86_64__)
    if (oct_cpu_detect() >= OCT_CPU_AVX2) {
        check_filter(&oct_filter_avx2);
        check_opencv(&oct_opencv_avx2);
        check_pixels(&oct_pixel_avx2);
        check_gray_exhaustively(&oct_pixel_avx2);
    }
#endif
    return check_done();
}
