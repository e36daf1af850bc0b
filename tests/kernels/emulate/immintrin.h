/* Stands before the compiler's <immintrin.h> when the avx512 kernels are built for a CPU without AVX-512: SIMDe defines
 * the 512-bit intrinsics through AVX2 and FMA, so the same source can be tested bit for bit on any AVX2 machine.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_EMULATE_IMMINTRIN_H
#define OCT_EMULATE_IMMINTRIN_H

#include_next <immintrin.h>
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#endif
