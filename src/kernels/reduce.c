/* Reduced axes and the ladder of the reductions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/reduce.h"

static void copy_axis(oct_axes *axes, int to, int from)
{
    axes->dims[to] = axes->dims[from];
    axes->x[to] = axes->x[from];
    axes->y[to] = axes->y[from];
}

/* Put axis `from` behind axis `last`, or make one of the two. */
static int append(oct_axes *axes, int last, int from)
{
    int64_t dim = axes->dims[from];
    if (last < 0 || axes->x[last] != axes->x[from] * dim || axes->y[last] != axes->y[from] * dim) {
        copy_axis(axes, last + 1, from);
        return last + 1;
    }
    dim *= axes->dims[last];
    copy_axis(axes, last, from);
    axes->dims[last] = dim;
    return last;
}

void oct_axes_normalize(oct_axes *axes)
{
    int last = -1;
    for (int i = 0; i < axes->rank; i++)
        if (axes->dims[i] != 1)
            last = append(axes, last, i);
    if (last < 0) {
        axes->dims[0] = axes->x[0] = axes->y[0] = 1;
        last = 0;
    }
    axes->rank = last + 1;
}

int64_t oct_axes_elems(const oct_axes *axes)
{
    int64_t n = 1;
    for (int i = 0; i < axes->rank; i++)
        n *= axes->dims[i];
    return n;
}

void oct_axes_locate(const oct_axes *axes, int64_t i, int64_t *x, int64_t *y)
{
    *x = *y = 0;
    for (int a = axes->rank - 2; a >= 0; a--) {
        *x += i % axes->dims[a] * axes->x[a];
        *y += i % axes->dims[a] * axes->y[a];
        i /= axes->dims[a];
    }
}

const oct_reduce_f32 *oct_reduce_f32_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return &oct_reduce_f32_avx2;
#endif
    (void)level;
    return &oct_reduce_f32_ref;
}
