/* Float convolution, level avx512: tiles of up to 12 pixels x 32 channels, 24 sums in the 32 registers; more pixels
 * would need more addresses than there are registers for them.
 * SPDX-License-Identifier: Apache-2.0 */
#if !defined(__AVX512F__) && !defined(OCT_EMULATED_AVX512)
#error "compile with -mavx512f"
#endif
#include <immintrin.h>

#include "kernels/conv_f32_tile_simd.h"

#define V __m512
#define VL 16
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define SPLAT(p) _mm512_set1_ps(*(p))
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define ADD(a, b) _mm512_add_ps(a, b)
#define PREFETCH(p) _mm_prefetch(p, _MM_HINT_T1)
/* max and min return their second operand when it is NaN or both are zeros: exactly the two comparisons of the law */
#define CLAMP(v, lo, hi) _mm512_min_ps(hi, _mm512_max_ps(lo, v))

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1)
TILE(7, 1) TILE(8, 1) TILE(9, 1) TILE(10, 1) TILE(11, 1) TILE(12, 1)
TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2)
TILE(7, 2) TILE(8, 2) TILE(9, 2) TILE(10, 2) TILE(11, 2) TILE(12, 2)
TILE(1, 3) TILE(2, 3) TILE(3, 3) TILE(4, 3) TILE(5, 3) TILE(6, 3) TILE(7, 3) TILE(8, 3)
TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4) TILE(6, 4)
TILE(1, 8) TILE(2, 8) TILE(3, 8)

static const oct_conv_f32_tiles tiles = {
    .vl = VL,
    .max_p = {[1] = 12, [2] = 12, [3] = 8, [4] = 6, [8] = 3},
    .run = {[1] = {NULL, tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1,
                   tile_10x1, tile_11x1, tile_12x1},
            [2] = {NULL, tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2,
                   tile_10x2, tile_11x2, tile_12x2},
            [3] = {NULL, tile_1x3, tile_2x3, tile_3x3, tile_4x3, tile_5x3, tile_6x3, tile_7x3, tile_8x3},
            [4] = {NULL, tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4},
            [8] = {NULL, tile_1x8, tile_2x8, tile_3x8}},
};

static const char *const tile_names[] = {"avx512 depthwise", "avx512 12x16", "avx512 12x32", "avx512 8x48",
                                         "avx512 6x64", [8] = "avx512 3x128"};

#include "kernels/conv_f32_level_simd.h"

const oct_conv_f32 oct_conv_f32_avx512 = {describe, packed_size, pack, scratch_size, n_items, run, input_pixels, &tiles};
