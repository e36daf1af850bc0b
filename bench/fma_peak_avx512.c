/* Peak of level avx512.
 * SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>

#define V __m512
#define VL 16
#define NAME fma_peak_avx512
#define SET _mm512_set1_ps
#define ADD _mm512_add_ps
#define FMA _mm512_fmadd_ps
#define FIRST _mm512_cvtss_f32
#include "fma_peak_lanes.h"
