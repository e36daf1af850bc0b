/* Peak of level avx2.
 * SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>

#define V __m256
#define VL 8
#define NAME fma_peak_avx2
#define SET _mm256_set1_ps
#define ADD _mm256_add_ps
#define FMA _mm256_fmadd_ps
#define FIRST _mm256_cvtss_f32
#include "fma_peak_lanes.h"
