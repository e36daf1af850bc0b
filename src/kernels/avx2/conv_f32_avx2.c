/* Float convolution, level avx2: tiles of up to 6 pixels x 16 channels, 12 sums in the 16 registers. Two fma a clock of
 * 4 clocks latency need 8 sums in flight; 8 loads for 12 fma stay below the two load ports.
 * SPDX-License-Identifier: Apache-2.0 */
#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile with -mavx2 -mfma"
#endif
#include <immintrin.h>

#include "kernels/conv_f32_tile_simd.h"

#define V __m256
#define VL 8
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define SPLAT(p) _mm256_broadcast_ss(p)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define ADD(a, b) _mm256_add_ps(a, b)
#define PREFETCH(p) _mm_prefetch(p, _MM_HINT_T1)
/* max and min return their second operand when it is NaN or both are zeros: exactly the two comparisons of the law */
#define CLAMP(v, lo, hi) _mm256_min_ps(hi, _mm256_max_ps(lo, v))

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1) TILE(7, 1) TILE(8, 1)
TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2)
TILE(1, 3) TILE(2, 3) TILE(3, 3) TILE(4, 3)
TILE(1, 4) TILE(2, 4) TILE(3, 4)
TILE(1, 8)

static const oct_conv_f32_tiles tiles = {
    .vl = VL,
    .max_p = {[1] = 8, [2] = 6, [3] = 4, [4] = 3, [8] = 1},
    .run = {[1] = {NULL, tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1},
            [2] = {NULL, tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2},
            [3] = {NULL, tile_1x3, tile_2x3, tile_3x3, tile_4x3},
            [4] = {NULL, tile_1x4, tile_2x4, tile_3x4},
            [8] = {NULL, tile_1x8}},
};

static const char *const tile_names[] = {"avx2 depthwise", "avx2 8x8", "avx2 6x16", "avx2 4x24", "avx2 3x32",
                                         [8] = "avx2 1x64"};

#include "kernels/conv_f32_level_simd.h"

const oct_conv_f32 oct_conv_f32_avx2 = {describe, packed_size, pack, scratch_size, n_items, run, input_pixels, &tiles};
