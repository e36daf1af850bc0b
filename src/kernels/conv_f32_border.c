/* Taps in bounds and border classes, see conv_f32_border.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/conv_f32_border.h"

oct_conv_span oct_conv_axis_taps(const oct_conv_axis *axis, int64_t o)
{
    int64_t at = o * axis->stride - axis->pad;
    oct_conv_span span = {0, axis->n_taps};
    if (at < 0)
        span.begin = oct_ceil_div(-at, axis->dilation);
    if (at + (axis->n_taps - 1) * axis->dilation >= axis->size)
        span.end = at >= axis->size ? 0 : (axis->size - 1 - at) / axis->dilation + 1;
    return span.begin < span.end ? span : (oct_conv_span){0, 0};
}

int64_t oct_conv_axis_run(const oct_conv_axis *axis, int64_t o, int64_t end)
{
    oct_conv_span span = oct_conv_axis_taps(axis, o);
    if (span.begin == 0 && span.end == axis->n_taps) /* the interior: its last position in closed form */
        return oct_min64(end, (axis->size - 1 - (axis->n_taps - 1) * axis->dilation + axis->pad) / axis->stride + 1);
    for (o++; o < end; o++) {
        oct_conv_span next = oct_conv_axis_taps(axis, o);
        if (next.begin != span.begin || next.end != span.end)
            break;
    }
    return o;
}

int64_t oct_conv_axis_class(const oct_conv_axis *axis, int64_t o)
{
    int64_t n = 0;
    for (int64_t end = oct_conv_axis_run(axis, 0, o + 1); end <= o; end = oct_conv_axis_run(axis, end, o + 1))
        n++;
    return n;
}

oct_conv_axis oct_conv_f32_axis_h(const oct_conv_f32_shape *s)
{
    return (oct_conv_axis){s->stride_h, s->pad_top, s->dilation_h, s->KH, s->H};
}

oct_conv_axis oct_conv_f32_axis_w(const oct_conv_f32_shape *s)
{
    return (oct_conv_axis){s->stride_w, s->pad_left, s->dilation_w, s->KW, s->W};
}

int64_t oct_conv_f32_n_classes(const oct_conv_f32_shape *s)
{
    const oct_conv_axis h = oct_conv_f32_axis_h(s), w = oct_conv_f32_axis_w(s);
    return (oct_conv_axis_class(&h, s->OH - 1) + 1) * (oct_conv_axis_class(&w, s->OW - 1) + 1);
}

void oct_conv_axis_pixels(const oct_conv_axis *axis, int64_t begin, int64_t end, int64_t *first, int64_t *last)
{
    const int64_t lo = begin * axis->stride - axis->pad;
    const int64_t hi = (end - 1) * axis->stride - axis->pad + (axis->n_taps - 1) * axis->dilation + 1;
    *first = lo < 0 ? 0 : oct_min64(lo, axis->size);
    *last = hi < *first ? *first : oct_min64(hi, axis->size);
}
