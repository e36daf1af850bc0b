/* The ladder of the float convolution family.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32.h"

#include "kernels/conv_f32_dense.h"

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

size_t oct_conv_f32_most_packed(const oct_conv_f32_shape *s)
{
    size_t most = oct_conv_f32_ref.packed_size(s); /* depthwise ones are as large */
    for (int level = OCT_CPU_REF; level < OCT_CPU_N_LEVELS; level++) {
        const oct_conv_f32_tiles *tiles = oct_conv_f32_select((oct_cpu_level)level)->tiles;
        const size_t n = tiles ? oct_conv_f32_dense_packed_size(tiles, s) : 0; /* a record's own runs on its level only */
        most = n > most ? n : most;
    }
    return most;
}
