/* Strided copies, level avx2: 4-byte planes as 8 x 8 blocks in registers, and images of up to 4 channels.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>

#include "base/compiler.h"
#include "kernels/copy.h"

typedef struct plane {
    float *dst;       /* dst[r*ds + k] = src[r + k*ss] */
    const float *src;
    int64_t ds, ss, n_rows, n;
} plane;

/* in:  v[k] lane r = src[r + k*ss]      out: v[r] lane k
 * unpack   [00 10 01 11 | 04 14 05 15]  (digits: k r)
 * shuffle  [00 10 20 30 | 04 14 24 34]
 * permute  [00 10 20 30 | 40 50 60 70] */
OCT_INLINE void transpose_8x8(__m256 v[8])
{
    __m256 t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}

static void copy_block(const plane *p, int64_t r, int64_t k)
{
    __m256 v[8];
    for (int i = 0; i < 8; i++)
        v[i] = _mm256_loadu_ps(p->src + r + (k + i) * p->ss);
    transpose_8x8(v);
    for (int i = 0; i < 8; i++)
        _mm256_storeu_ps(p->dst + (r + i) * p->ds + k, v[i]);
}

static void copy_rest(const plane *p, int64_t r0, int64_t r1, int64_t k0, int64_t k1)
{
    const uint32_t *src = (const uint32_t *)(const void *)p->src;
    uint32_t *dst = (uint32_t *)(void *)p->dst;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t k = k0; k < k1; k++)
            dst[r * p->ds + k] = src[r + k * p->ss];
}

/* k outermost: the eight source rows are read as streams even where they lie a multiple of 4 KiB apart. */
static void copy_wide(const plane *p)
{
    int64_t rows = p->n_rows & ~(int64_t)7, n = p->n & ~(int64_t)7;
    for (int64_t k = 0; k < n; k += 8)
        for (int64_t r = 0; r < rows; r += 8)
            copy_block(p, r, k);
    copy_rest(p, 0, rows, n, p->n);
    copy_rest(p, rows, p->n_rows, 0, p->n);
}

/* Dense pixels of 3 or 4 channels from planes: each pixel is stored as 4 floats, the fourth of which the next pixel
 * overwrites; the last pixels are written one by one so that nothing behind them is touched. */
static void copy_pixels(const plane *p)
{
    int64_t r = 0;
    for (; r + 4 < p->n_rows; r += 4) {
        __m128 v[4];
        for (int k = 0; k < 4; k++)
            v[k] = k < p->n ? _mm_loadu_ps(p->src + r + k * p->ss) : _mm_setzero_ps();
        _MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]);
        for (int i = 0; i < 4; i++)
            _mm_storeu_ps(p->dst + (r + i) * p->ds, v[i]);
    }
    copy_rest(p, r, p->n_rows, 0, p->n);
}

void oct_copy_avx2(const oct_copy *c, void *dst, const void *src, size_t item)
{
    if (c->method != OCT_COPY_PLANES || c->elem_size != 4) {
        oct_copy_ref(c, dst, src, item);
        return;
    }
    oct_copy_strip s = oct_copy_get_strip(c, item);
    int last = c->nd.rank - 1;
    plane p = {(float *)dst + s.at[0], (const float *)src + s.at[1], c->nd.strides[0][last - 1], c->nd.strides[1][last],
               s.n_rows, c->nd.dims[last]};
    if ((p.n == 3 || p.n == 4) && p.ds == p.n)
        copy_pixels(&p);
    else
        copy_wide(&p);
}
