/* The ladder of the image library: families of kernels and the best record of each for this CPU.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/level.h"

#include <stdatomic.h>

#include "image/filter_kernels.h"
#include "image/opencv_kernels.h"
#include "image/pixel_kernels.h"

static _Atomic int level_cap = OCT_CPU_N_LEVELS - 1;
static _Atomic int level_found = -1; /* CPUID leaves a virtual machine: tens of microseconds */

oct_cpu_level oct_image_level(void)
{
    int cap = atomic_load_explicit(&level_cap, memory_order_relaxed);
    int found = atomic_load_explicit(&level_found, memory_order_relaxed);
    if (found < 0) {
        found = (int)oct_cpu_detect();
        atomic_store_explicit(&level_found, found, memory_order_relaxed);
    }
    return (oct_cpu_level)(found < cap ? found : cap);
}

void oct_image_cap_level(oct_cpu_level cap)
{
    atomic_store(&level_cap, (int)cap);
}

#if defined(__x86_64__)
#define PICK(family) (oct_image_level() >= OCT_CPU_AVX2 ? &family##_avx2 : &family##_ref)
#else
#define PICK(family) (&family##_ref)
#endif

const oct_filter_kernels *oct_filter_select(void)
{
    return PICK(oct_filter);
}

const oct_opencv_kernels *oct_opencv_select(void)
{
    return PICK(oct_opencv);
}

const oct_pixel_kernels *oct_pixel_select(void)
{
    return PICK(oct_pixel);
}
