/* Pooling windows: geometry and ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/window.h"

#include <stdbool.h>

#define MIN_ROWS 16      /* with fewer rows than this an item is a block of channels of a row */
#define BLOCK_CHANNELS 64

static int32_t n_blocks(const oct_window_shape *s)
{
    bool few_rows = (int64_t)s->N * s->OH < MIN_ROWS;
    return few_rows ? (s->C + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS : 1;
}

size_t oct_window_n_items(const oct_window_shape *s)
{
    return (size_t)s->N * (size_t)s->OH * (size_t)n_blocks(s);
}

oct_window_item oct_window_get_item(const oct_window_shape *s, size_t item)
{
    int32_t blocks = n_blocks(s);
    size_t row = item / (size_t)blocks;
    oct_window_item it = {
        .n = (int32_t)(row / (size_t)s->OH), .oh = (int32_t)(row % (size_t)s->OH), .n_channels = s->C};
    if (blocks > 1) {
        it.c = (int32_t)(item % (size_t)blocks) * BLOCK_CHANNELS;
        it.n_channels = s->C - it.c < BLOCK_CHANNELS ? s->C - it.c : BLOCK_CHANNELS;
    }
    return it;
}

/* Taps first..end of a kernel of K that fall into 0..size when tap 0 lies at `start`. */
static void clip(int64_t start, int32_t K, int32_t dilation, int64_t size, int32_t *first, int32_t *end)
{
    int64_t lo = start < 0 ? (-start + dilation - 1) / dilation : 0;
    int64_t hi = start < size ? (size - start + dilation - 1) / dilation : 0;
    *first = (int32_t)(lo < K ? lo : K);
    *end = (int32_t)(hi < K ? hi : K);
    if (*end < *first)
        *end = *first;
}

oct_window_taps oct_window_get_taps(const oct_window_shape *s, int32_t n, int32_t oh, int32_t ow)
{
    oct_window_taps t;
    int64_t h = (int64_t)oh * s->stride_h - s->pad_top, w = (int64_t)ow * s->stride_w - s->pad_left;
    clip(h, s->KH, s->dilation_h, s->H, &t.kh0, &t.kh1);
    clip(w, s->KW, s->dilation_w, s->W, &t.kw0, &t.kw1);
    t.first = ((int64_t)n * s->H + h + (int64_t)t.kh0 * s->dilation_h) * s->W + w + (int64_t)t.kw0 * s->dilation_w;
    int64_t count = (int64_t)(t.kh1 - t.kh0) * (t.kw1 - t.kw0);
    if (count && s->count_include_pad) {
        int32_t first, kh, kw;
        clip(h + s->pad_top, s->KH, s->dilation_h, (int64_t)s->H + s->pad_top + s->pad_bottom, &first, &kh);
        clip(w + s->pad_left, s->KW, s->dilation_w, (int64_t)s->W + s->pad_left + s->pad_right, &first, &kw);
        count = (int64_t)kh * kw;
    }
    t.count = (float)count;
    return t;
}

int32_t oct_window_n_same(const oct_window_shape *s, int32_t ow, const oct_window_taps *t)
{
    if (t->kw1 - t->kw0 < s->KW)
        return 1;
    int64_t last = (s->W - 1 - (int64_t)(s->KW - 1) * s->dilation_w + s->pad_left) / s->stride_w; /* the last that is all inside */
    return (int32_t)(last < s->OW ? last + 1 : s->OW) - ow;
}

oct_window_fn oct_window_select(oct_window_op op, oct_cpu_level level)
{
    static const oct_window_fn ref[OCT_WINDOW_N_OPS] = {oct_window_max_f32_ref, oct_window_max_u8_ref,
        oct_window_max_i8_ref, oct_window_max_u16_ref, oct_window_max_i16_ref, oct_window_average_f32_ref, oct_window_lp_f32_ref};
#if defined(__x86_64__)
    static const oct_window_fn avx2[OCT_WINDOW_N_OPS] = {oct_window_max_f32_avx2, oct_window_max_u8_avx2,
        oct_window_max_i8_avx2, oct_window_max_u16_avx2, oct_window_max_i16_avx2, oct_window_average_f32_avx2, oct_window_lp_f32_ref};
    if (level >= OCT_CPU_AVX2)
        return avx2[op];
#endif
    (void)level;
    return ref[op];
}
