/* The ladder of the float convolution family.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32.h"

const oct_conv_f32 *oct_conv_f32_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX512)
        return &oct_conv_f32_avx512;
    if (level >= OCT_CPU_AVX2)
        return &oct_conv_f32_avx2;
#endif
    (void)level;
    return &oct_conv_f32_ref;
}
