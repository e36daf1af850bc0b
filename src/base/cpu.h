/* CPU levels: bundles of features, detected once, capped by a mask.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CPU_H
#define OCT_CPU_H

#include <octet/status.h>

/* Ascending: a CPU of one level runs all lower ones. */
typedef enum oct_cpu_level {
    OCT_CPU_REF = 0,    /* plain C */
    OCT_CPU_AVX2,       /* AVX2 + FMA + F16C, registers saved by the OS */
    OCT_CPU_AVX512,     /* AVX-512 F, BW, DQ, VL */
    OCT_CPU_AVX512VNNI, /* and VNNI: vpdpbusd */
    OCT_CPU_N_LEVELS
} oct_cpu_level;

/* The highest level of this CPU and operating system. */
oct_cpu_level oct_cpu_detect(void);

/* For tests: from now on this machine seems to have no more than `level`. */
void oct_cpu_cap(oct_cpu_level level);

/* The name that this machine's CPU has for itself, printable ASCII, one blank between words; "unknown" without one. */
#define OCT_CPU_MODEL_SIZE 64
void oct_cpu_model(char text[OCT_CPU_MODEL_SIZE]);

/* "ref", "avx2", "avx512", "avx512vnni". */
const char *oct_cpu_name(oct_cpu_level level);

/* Level named by `name` (NULL or "auto": the detected one). OCTET_USAGE for an unknown name, OCTET_UNSUPPORTED for
 * a level that this CPU does not have. */
octet_status oct_cpu_parse(oct_cpu_level *level, const char *name, octet_error *err);

#endif
