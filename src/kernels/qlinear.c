/* 8-bit elementwise operators: preparation, tables, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/qlinear.h"

#include "kernels/qlinear_real.h"

#define ITEM_ELEMS (32 * 1024)

void oct_qlinear_add_init(oct_qlinear_add *add, bool is_signed)
{
    add->is_signed = is_signed;
    add->nd.n_arrays = 3;
    oct_nd_normalize(&add->nd);
    add->cut = oct_nd_make_cut(&add->nd, ITEM_ELEMS);
}

oct_qlinear_add_fn oct_qlinear_add_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_qlinear_add_avx2;
#endif
    (void)level;
    return oct_qlinear_add_ref;
}

size_t oct_qlinear_average_n_items(const oct_qlinear_average *p)
{
    return (size_t)(p->N * ((p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS));
}

oct_qlinear_average_fn oct_qlinear_average_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_qlinear_average_avx2;
#endif
    (void)level;
    return oct_qlinear_average_ref;
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

static void lookup_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const oct_qlinear_lookup_args *a = context;
    int last = a->nd->rank - 1;
    int64_t ys = a->nd->strides[0][last], xs = a->nd->strides[1][last];
    uint8_t *y = a->y + at[0];
    const uint8_t *x = a->x + at[1];
    for (int64_t i = 0; i < n; i++)
        y[i * ys] = a->table[x[i * xs]];
}

void oct_qlinear_lookup(const oct_qlinear_lookup_args *a, size_t item)
{
    oct_qlinear_lookup_args copy = *a;
    oct_nd_run(a->nd, a->cut, item, lookup_row, &copy);
}
