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

TILES(8, 1) TILES(6, 2) TILES(4, 3) TILES(3, 4) TILES(1, 8)

static const oct_conv_f32_tiles tiles = {
    .vl = VL,
    .max_p = {[1] = 8, [2] = 6, [3] = 4, [4] = 3, [8] = 1},
    .run = {[1] = tiles_1, [2] = tiles_2, [3] = tiles_3, [4] = tiles_4, [8] = tiles_8},
};

static const char *const tile_names[] = {"avx2 depthwise", "avx2 8x8", "avx2 6x16", "avx2 4x24", "avx2 3x32",
                                         [8] = "avx2 1x64"};

#include "kernels/conv_f32_level_simd.h"

const oct_conv_f32 oct_conv_f32_avx2 = {describe, packed_size, pack, scratch_size, n_items, run, input_pixels, &tiles};
