/* The ladder of the YUV kernels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "yuv/kernels.h"

const oct_yuv_kernels *oct_yuv_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return &oct_yuv_avx2;
#endif
    (void)level;
    return &oct_yuv_ref;
}
