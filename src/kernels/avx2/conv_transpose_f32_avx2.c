/* Transposed convolution, level avx2: up to 64 output channels of one pixel in eight registers while the taps pass by.
 * Eight sums in flight cover the 4 clocks of an fma; nine loads for eight fma stay near the two load ports.
 * SPDX-License-Identifier: Apache-2.0 */
#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile with -mavx2 -mfma"
#endif
#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_transpose_f32.h"

/* One block of channels of one output pixel. */
typedef struct block {
    const oct_conv_transpose_shape *s;
    const float *x, *w; /* first channel of the group in the image's pixel 0; weights of the block */
    int64_t pitch;      /* floats from one input channel's weights to the next */
    int32_t oh, ow;
} block;

/* max and min return their second operand when it is NaN or both are zeros: exactly the two comparisons of the law */
OCT_INLINE __m256 activate(__m256 v, const oct_act *act)
{
    if (act->kind == OCT_ACT_CLAMP)
        return _mm256_min_ps(_mm256_set1_ps(act->hi), _mm256_max_ps(_mm256_set1_ps(act->lo), v));
    if (act->kind == OCT_ACT_LEAKY)
        return _mm256_blendv_ps(v, _mm256_mul_ps(v, _mm256_set1_ps(act->alpha)),
                                _mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_LT_OQ));
    return v;
}

/* acc[NV] += taps of the block; y: NV vectors */
#define BLOCK(NV)                                                                                                \
    static void block_##NV(const block *b, const float *bias, float *y)                                          \
    {                                                                                                            \
        const oct_conv_transpose_shape *s = b->s;                                                                \
        int32_t ICG = s->C / s->G;                                                                               \
        __m256 acc[NV];                                                                                          \
        for (int v = 0; v < NV; v++)                                                                             \
            acc[v] = _mm256_loadu_ps(bias + 8 * v);                                                              \
        for (int32_t k = 0; k < s->KH * s->KW; k++) {                                                            \
            int32_t ih = oct_conv_transpose_source(b->oh, s->pad_top, k / s->KW, s->dilation_h, s->stride_h, s->H);  \
            int32_t iw = oct_conv_transpose_source(b->ow, s->pad_left, k % s->KW, s->dilation_w, s->stride_w, s->W); \
            if (ih < 0 || iw < 0)                                                                                \
                continue;                                                                                        \
            const float *x = b->x + ((int64_t)ih * s->W + iw) * s->C, *w = b->w + (int64_t)k * ICG * b->pitch;   \
            for (int32_t i = 0; i < ICG; i++, w += b->pitch) {                                                   \
                __m256 xi = _mm256_broadcast_ss(x + i);                                                          \
                for (int v = 0; v < NV; v++)                                                                     \
                    acc[v] = _mm256_fmadd_ps(xi, _mm256_loadu_ps(w + 8 * v), acc[v]);                            \
            }                                                                                                    \
        }                                                                                                        \
        for (int v = 0; v < NV; v++)                                                                             \
            _mm256_storeu_ps(y + 8 * v, activate(acc[v], &s->act));                                              \
    }
BLOCK(1)
BLOCK(2)
BLOCK(4)
BLOCK(8)

/* The last channels of a group may fill only part of a block: those go by way of a buffer. */
static void run_block(const block *b, const float *bias, float *y, int32_t n)
{
    float whole[64];
    int32_t nv = n > 32 ? 8 : n > 16 ? 4 : n > 8 ? 2 : 1;
    float *to = n == nv * 8 ? y : whole;
    switch (nv) {
    case 8: block_8(b, bias, to); break;
    case 4: block_4(b, bias, to); break;
    case 2: block_2(b, bias, to); break;
    default: block_1(b, bias, to); break;
    }
    if (to == whole)
        memcpy(y, whole, (size_t)n * sizeof(float));
}

/* Channels of the next block when n are left: as many whole vectors as packed, at most 64, a power of two of them. */
static int32_t block_size(int32_t n)
{
    if (n >= 64)
        return 64;
    int32_t vectors = (n + 7) / 8, width = vectors >= 4 ? 32 : vectors >= 2 ? 16 : 8;
    return n < width ? n : width;
}

void oct_conv_transpose_f32_avx2(const oct_conv_transpose_args *a, size_t item)
{
    const oct_conv_transpose_shape *s = a->shape;
    int32_t ICG = s->C / s->G, OCG = s->OC / s->G;
    int64_t n = (int64_t)item / s->OH, pitch = (int64_t)oct_round_up((uint64_t)OCG, 8);
    const float *weights = a->packed + s->G * pitch;
    for (int32_t g = 0; g < s->G; g++)
        for (int32_t o = 0, size; o < OCG; o += size) {
            size = block_size(OCG - o);
            const float *x = a->x + n * s->H * s->W * s->C + (int64_t)g * ICG;
            const float *w = weights + (int64_t)g * s->KH * s->KW * ICG * pitch + o;
            block b = {s, x, w, pitch, (int32_t)((int64_t)item % s->OH), 0};
            for (b.ow = 0; b.ow < s->OW; b.ow++)
                run_block(&b, a->packed + g * pitch + o,
                          a->y + ((int64_t)item * s->OW + b.ow) * s->OC + (int64_t)g * OCG + o, size);
        }
}
