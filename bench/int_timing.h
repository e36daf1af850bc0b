/* What the benchmarks of the integer convolutions share: a clock, the vpdpbusd peak, medians.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef INT_TIMING_H
#define INT_TIMING_H

#include <stdint.h>
#include <time.h>

#include "base/cpu.h"

double dot_peak_macs(int64_t n_loops);

#define MAX_REPS 100000

static inline double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* 0 where the CPU has no vpdpbusd. */
static inline double peak_gmacs(void)
{
    double best = 0;
    for (int i = 0; i < 20 && oct_cpu_detect() >= OCT_CPU_AVX512VNNI; i++) {
        const double start = now_us(), macs = dot_peak_macs(5000), gmacs = macs / (now_us() - start) * 1e-3;
        best = gmacs > best ? gmacs : best;
    }
    return best;
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#endif
