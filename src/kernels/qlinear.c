/* 8-bit elementwise operators: preparation, tables, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/qlinear.h"

#include "kernels/qlinear_real.h"

#define ITEM_ELEMS (32 * 1024)

void oct_qlinear_add_init(oct_qlinear_add *add, oct_numbers numbers)
{
    add->numbers = (int32_t)numbers;
    add->nd.n_arrays = 3;
    oct_nd_normalize(&add->nd);
    add->cut = oct_nd_make_cut(&add->nd, ITEM_ELEMS);
}

/* The best function of a family that the level has. */
#if defined(__x86_64__)
#define SELECT(NAME)                                     \
    oct_qlinear_##NAME##_fn oct_qlinear_##NAME##_select(oct_cpu_level level) \
    {                                                    \
        return level >= OCT_CPU_AVX2 ? oct_qlinear_##NAME##_avx2 : oct_qlinear_##NAME##_ref; \
    }
#else
#define SELECT(NAME)                                     \
    oct_qlinear_##NAME##_fn oct_qlinear_##NAME##_select(oct_cpu_level level) \
    {                                                    \
        (void)level;                                     \
        return oct_qlinear_##NAME##_ref;                 \
    }
#endif
SELECT(add)
SELECT(mul)
SELECT(average)
SELECT(pool)
SELECT(lookup)

size_t oct_qlinear_average_n_items(const oct_qlinear_average *p)
{
    return (size_t)(p->N * ((p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS));
}

void oct_qlinear_table(uint8_t table[256], const oct_qlinear_scale *x, bool x_signed, const oct_qlinear_scale *y,
                       bool y_signed)
{
    oct_qrange range = oct_qlinear_range(y, y_signed);
    int32_t x_zero = oct_qlinear_zero(x, x_signed);
    for (int32_t i = 0; i < 256; i++) {
        int32_t q = x_signed ? (int8_t)(uint8_t)i : i;
        float real = (float)(q - x_zero) * *x->scale;
        table[i] = (uint8_t)oct_requant(real / *y->scale, range);
    }
}
