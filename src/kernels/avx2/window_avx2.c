/* Pooling windows, level avx2: a block of 32 floats (128 bytes) of one output in registers while its taps pass by.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/window.h"

/* All taps of one output for a block of channels. Offsets in bytes. */
typedef struct taps {
    const uint8_t *x; /* first tap, first channel of the block */
    uint8_t *y;
    size_t row, col;  /* from tap to tap */
    int32_t n_rows, n_cols;
} taps;

/* BLOCK(NAME, V vectors): y = FINISH(FOLD over taps, START first). LOAD and STORE move one vector of 32 bytes. */
#define BLOCK(NAME, N, V, LOAD, STORE, START, FOLD, FINISH)                   \
    OCT_INLINE void NAME##_##N(const taps *t, V extra)                        \
    {                                                                         \
        V acc[N];                                                             \
        for (int i = 0; i < N; i++)                                           \
            acc[i] = START(t->x + 32 * i);                                    \
        for (int32_t kh = 0; kh < t->n_rows; kh++)                            \
            for (int32_t kw = 0; kw < t->n_cols; kw++) {                      \
                const uint8_t *x = t->x + (size_t)kh * t->row + (size_t)kw * t->col; \
                for (int i = 0; i < N; i++)                                   \
                    acc[i] = FOLD(LOAD(x + 32 * i), acc[i]);                  \
            }                                                                 \
        for (int i = 0; i < N; i++)                                           \
            STORE(t->y + 32 * i, FINISH(acc[i], extra));                      \
    }

#define LOAD_F32(p) _mm256_loadu_ps((const float *)(const void *)(p))
#define STORE_F32(p, v) _mm256_storeu_ps((float *)(void *)(p), v)
#define LOAD_I(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE_I(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define ZERO_F32(p) _mm256_setzero_ps()
#define KEEP(v, extra) ((void)(extra), v)

/* max returns its second operand when either is NaN or both are zeros: x > acc ? x : acc */
BLOCK(max_f32, 4, __m256, LOAD_F32, STORE_F32, LOAD_F32, _mm256_max_ps, KEEP)
BLOCK(max_f32, 2, __m256, LOAD_F32, STORE_F32, LOAD_F32, _mm256_max_ps, KEEP)
BLOCK(max_f32, 1, __m256, LOAD_F32, STORE_F32, LOAD_F32, _mm256_max_ps, KEEP)
BLOCK(max_u8, 4, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epu8, KEEP)
BLOCK(max_u8, 2, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epu8, KEEP)
BLOCK(max_u8, 1, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epu8, KEEP)
BLOCK(max_i8, 4, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epi8, KEEP)
BLOCK(max_i8, 2, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epi8, KEEP)
BLOCK(max_i8, 1, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epi8, KEEP)
BLOCK(max_u16, 4, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epu16, KEEP)
BLOCK(max_u16, 2, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epu16, KEEP)
BLOCK(max_u16, 1, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epu16, KEEP)
BLOCK(max_i16, 4, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epi16, KEEP)
BLOCK(max_i16, 2, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epi16, KEEP)
BLOCK(max_i16, 1, __m256i, LOAD_I, STORE_I, LOAD_I, _mm256_max_epi16, KEEP)
BLOCK(average_f32, 4, __m256, LOAD_F32, STORE_F32, ZERO_F32, _mm256_add_ps, _mm256_div_ps)
BLOCK(average_f32, 2, __m256, LOAD_F32, STORE_F32, ZERO_F32, _mm256_add_ps, _mm256_div_ps)
BLOCK(average_f32, 1, __m256, LOAD_F32, STORE_F32, ZERO_F32, _mm256_add_ps, _mm256_div_ps)

/* The last n < 32 bytes of channels. */
#define TAIL(T, name, start, fold, finish)                                                             \
    static void name##_tail(const taps *t, size_t n, float count)                                      \
    {                                                                                                  \
        (void)count;                                                                                   \
        for (size_t c = 0; c < n / sizeof(T); c++) {                                                   \
            T acc = start;                                                                             \
            for (int32_t kh = 0; kh < t->n_rows; kh++)                                                 \
                for (int32_t kw = 0; kw < t->n_cols; kw++) {                                           \
                    T x = ((const T *)(const void *)(t->x + (size_t)kh * t->row + (size_t)kw * t->col))[c]; \
                    acc = fold;                                                                        \
                }                                                                                      \
            ((T *)(void *)t->y)[c] = finish;                                                           \
        }                                                                                              \
    }
#define FIRST(T) ((const T *)(const void *)t->x)[c]
TAIL(float, max_f32, FIRST(float), x > acc ? x : acc, acc)
TAIL(uint8_t, max_u8, FIRST(uint8_t), x > acc ? x : acc, acc)
TAIL(int8_t, max_i8, FIRST(int8_t), x > acc ? x : acc, acc)
TAIL(uint16_t, max_u16, FIRST(uint16_t), x > acc ? x : acc, acc)
TAIL(int16_t, max_i16, FIRST(int16_t), x > acc ? x : acc, acc)
TAIL(float, average_f32, 0.0f, acc + x, acc / count)

#define PIXEL(name, V, EXTRA)                                   \
    static void name##_pixel(taps t, size_t n_bytes, float count) \
    {                                                           \
        V extra = EXTRA;                                        \
        for (; n_bytes >= 128; n_bytes -= 128, t.x += 128, t.y += 128) \
            name##_4(&t, extra);                                \
        for (; n_bytes >= 64; n_bytes -= 64, t.x += 64, t.y += 64) \
            name##_2(&t, extra);                                \
        for (; n_bytes >= 32; n_bytes -= 32, t.x += 32, t.y += 32) \
            name##_1(&t, extra);                                \
        if (n_bytes)                                            \
            name##_tail(&t, n_bytes, count);                    \
    }
PIXEL(max_f32, __m256, _mm256_setzero_ps())
PIXEL(max_u8, __m256i, _mm256_setzero_si256())
PIXEL(max_i8, __m256i, _mm256_setzero_si256())
PIXEL(max_u16, __m256i, _mm256_setzero_si256())
PIXEL(max_i16, __m256i, _mm256_setzero_si256())
PIXEL(average_f32, __m256, _mm256_set1_ps(count))

/* An output without taps gets `empty`; that is rare enough to be written value by value. */
#define ROW(T, name, empty)                                                                              \
    static void name##_row(const oct_window_args *a, size_t item)                                        \
    {                                                                                                    \
        const oct_window_shape *s = a->shape;                                                            \
        oct_window_item it = oct_window_get_item(s, item);                                               \
        size_t pixel = (size_t)s->C * sizeof(T);                                                         \
        oct_window_taps w = {0};                                                                         \
        for (int32_t ow = 0, same = 0; ow < s->OW; ow++, same--, w.first += s->stride_w) {               \
            if (same == 0) {                                                                             \
                w = oct_window_get_taps(s, it.n, it.oh, ow);                                             \
                same = oct_window_n_same(s, ow, &w);                                                     \
            }                                                                                            \
            T *y = (T *)a->y + (((int64_t)it.n * s->OH + it.oh) * s->OW + ow) * s->C + it.c;             \
            for (int32_t c = 0; w.count == 0 && c < it.n_channels; c++)                                  \
                y[c] = (T)(empty);                                                                       \
            if (w.count > 0)                                                                             \
                name##_pixel((taps){(const uint8_t *)((const T *)a->x + w.first * s->C + it.c), (uint8_t *)y, \
                                    pixel * (size_t)s->W * (size_t)s->dilation_h, pixel * (size_t)s->dilation_w, \
                                    w.kh1 - w.kh0, w.kw1 - w.kw0},                                       \
                             (size_t)it.n_channels * sizeof(T), w.count);                                \
        }                                                                                                \
    }
ROW(float, max_f32, -INFINITY)
ROW(uint8_t, max_u8, 0)
ROW(int8_t, max_i8, -128)
ROW(uint16_t, max_u16, 0)
ROW(int16_t, max_i16, -32768)
ROW(float, average_f32, 0)

/* Positions of the maxima are for training graphs: the reference finds them. */
#define MAX(name)                                                        \
    void oct_window_##name##_avx2(const oct_window_args *a, size_t item) \
    {                                                                    \
        if (a->indices)                                                  \
            oct_window_##name##_ref(a, item);                            \
        else                                                             \
            name##_row(a, item);                                         \
    }
MAX(max_f32)
MAX(max_u8)
MAX(max_i8)
MAX(max_u16)
MAX(max_i16)

void oct_window_average_f32_avx2(const oct_window_args *a, size_t item)
{
    average_f32_row(a, item);
}
