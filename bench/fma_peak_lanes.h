/* The loop of fma_peak.h for one vector length. A file that includes this defines V, VL, NAME and SET, ADD, FMA, FIRST.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fma_peak.h"

static volatile float sink;

/* n_loops rounds of 12 independent fma of VL lanes. */
double NAME(int64_t n_loops)
{
    V a = SET(0.999f), b = SET(1e-3f);
    const V one = SET(sink + 1.0f); /* unknown to the compiler, or it would merge the sums */
    V s0 = b, s1 = ADD(s0, one), s2 = ADD(s1, one), s3 = ADD(s2, one), s4 = ADD(s3, one), s5 = ADD(s4, one);
    V s6 = ADD(s5, one), s7 = ADD(s6, one), s8 = ADD(s7, one), s9 = ADD(s8, one), s10 = ADD(s9, one), s11 = ADD(s10, one);
#define STEP(s) s = FMA(s, a, b);
    for (int64_t i = 0; i < n_loops; i++) {
        STEP(s0) STEP(s1) STEP(s2) STEP(s3) STEP(s4) STEP(s5) STEP(s6) STEP(s7) STEP(s8) STEP(s9) STEP(s10) STEP(s11)
    }
    V sum = ADD(ADD(ADD(s0, s1), ADD(s2, s3)), ADD(ADD(s4, s5), ADD(s6, s7)));
    sum = ADD(sum, ADD(ADD(s8, s9), ADD(s10, s11)));
    sink = FIRST(sum);
    return (double)n_loops * 12 * VL;
}
