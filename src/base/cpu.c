/* CPU detection with CPUID and XGETBV; the ladder of levels lives here and nowhere else.
 * Reference: Intel SDM vol. 1 ch. 13 (XSAVE state), vol. 2 CPUID.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <octet/octet.h>

#include <string.h>

#include "base/compiler.h"
#include "base/err.h"

static const char *const level_names[OCT_CPU_N_LEVELS] = {"ref", "avx2", "avx512", "avx512vnni"};

#if defined(__x86_64__)
#include <cpuid.h>

/* XCR0 bits that say which registers the OS saves: 1 SSE, 2 AVX; 5..7 opmask and zmm */
#define XCR0_AVX 0x06u
#define XCR0_AVX512 0xe6u

static unsigned read_xcr0(void)
{
    unsigned lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return lo;
}

static oct_cpu_level detect(void)
{
    const unsigned leaf1_c = bit_AVX | bit_FMA | bit_OSXSAVE | bit_F16C;
    const unsigned leaf7_b = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & leaf1_c) != leaf1_c)
        return OCT_CPU_REF;
    unsigned xcr0 = read_xcr0();
    if ((xcr0 & XCR0_AVX) != XCR0_AVX || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2))
        return OCT_CPU_REF;
    if ((xcr0 & XCR0_AVX512) != XCR0_AVX512 || (b & leaf7_b) != leaf7_b)
        return OCT_CPU_AVX2;
    return c & bit_AVX512VNNI ? OCT_CPU_AVX512VNNI : OCT_CPU_AVX512;
}

/* The brand string, 48 characters; nothing if there is none. */
static void read_brand(char text[OCT_CPU_MODEL_SIZE])
{
    unsigned parts[12] = {0};
    for (unsigned i = 0; i < 3; i++)
        if (!__get_cpuid(0x80000002u + i, &parts[4 * i], &parts[4 * i + 1], &parts[4 * i + 2], &parts[4 * i + 3]))
            return;
    memcpy(text, parts, sizeof parts);
}
#else
static void read_brand(char text[OCT_CPU_MODEL_SIZE])
{
    (void)text;
}

static oct_cpu_level detect(void)
{
    return OCT_CPU_REF;
}
#endif

void oct_cpu_model(char text[OCT_CPU_MODEL_SIZE])
{
    char brand[OCT_CPU_MODEL_SIZE] = "";
    size_t n = 0;
    read_brand(brand);
    for (const char *s = brand; *s; s++)
        if (*s > ' ' && *s <= '~')
            text[n++] = *s;
        else if (n > 0 && text[n - 1] != ' ')
            text[n++] = ' ';
    text[n - (n > 0 && text[n - 1] == ' ')] = '\0';
    if (!*text)
        strcpy(text, "unknown");
}

static _Atomic int cap = OCT_CPU_N_LEVELS;

void oct_cpu_cap(oct_cpu_level level)
{
    cap = (int)level;
}

oct_cpu_level oct_cpu_detect(void)
{
    const oct_cpu_level level = detect();
    return (int)level < cap ? level : (oct_cpu_level)cap;
}

const char *oct_cpu_name(oct_cpu_level level)
{
    return level_names[level];
}

const char *octet_cpu_level(int i, int *available)
{
    if (i < 0 || i >= (int)OCT_CPU_N_LEVELS)
        return NULL;
    if (available)
        *available = i <= (int)oct_cpu_detect();
    return level_names[i];
}

octet_status oct_cpu_parse(oct_cpu_level *level, const char *name, octet_error *err)
{
    oct_cpu_level best = oct_cpu_detect();
    *level = best;
    if (!name || strcmp(name, "auto") == 0)
        return OCTET_OK;
    for (unsigned i = 0; i < OCT_CPU_N_LEVELS; i++) {
        if (strcmp(name, level_names[i]) != 0)
            continue;
        if (i > (unsigned)best)
            return oct_fail(err, OCTET_UNSUPPORTED, "CPU level '%s': this machine's highest is '%s'", name,
                            level_names[best]);
        *level = (oct_cpu_level)i;
        return OCTET_OK;
    }
    return oct_fail(err, OCTET_USAGE, "CPU level '%s' is unknown; the levels are auto, ref, avx2, avx512, avx512vnni", name);
}
