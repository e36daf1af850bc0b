/* The limit of one core: float fma on registers only, by vector length. Each returns the multiply-adds done.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FMA_PEAK_H
#define FMA_PEAK_H

#include <stdint.h>
#include <string.h>

double fma_peak_avx2(int64_t n_loops);
double fma_peak_avx512(int64_t n_loops);

/* At a CPU level, by its name. */
static inline double fma_peak_macs(const char *level, int64_t n_loops)
{
    return strncmp(level, "avx512", 6) == 0 ? fma_peak_avx512(n_loops) : fma_peak_avx2(n_loops);
}

#endif
