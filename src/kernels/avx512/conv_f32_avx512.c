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

TILES(12, 1) TILES(12, 2) TILES(8, 3) TILES(6, 4) TILES(3, 8)

static const oct_conv_f32_tiles tiles = {
    .vl = VL,
    .max_p = {[1] = 12, [2] = 12, [3] = 8, [4] = 6, [8] = 3},
    .run = {[1] = tiles_1, [2] = tiles_2, [3] = tiles_3, [4] = tiles_4, [8] = tiles_8},
};

static const char *const tile_names[] = {"avx512 depthwise", "avx512 12x16", "avx512 12x32", "avx512 8x48",
                                         "avx512 6x64", [8] = "avx512 3x128"};

#include "kernels/conv_f32_level_simd.h"

const oct_conv_f32 oct_conv_f32_avx512 = {describe, packed_size, pack, scratch_size, n_items, run, input_pixels, &tiles};
