/* conv_f32_border.h: which taps of a convolution lie inside the image, and the border classes that follow from it.
 *
 * Along one axis, neighbouring output positions that see the same taps form a class; classes are numbered from 0 on in
 * the order of the positions. The class of a position (oh, ow) is class_h(oh) * n_w + class_w(ow). A 7x7 kernel of
 * stride 2 and padding 3 on 224 pixels has four classes an axis: taps 3..6, 1..6, 0..6 (the interior) and 0..4.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_BORDER_H
#define OCT_CONV_F32_BORDER_H

#include "kernels/conv_f32.h"

/* One axis of the convolution: tap t of output position o reads input position o*stride - pad + t*dilation. */
typedef struct oct_conv_axis {
    int64_t stride, pad, dilation, n_taps, size;
} oct_conv_axis;

typedef struct oct_conv_span {
    int64_t begin, end; /* begin <= end */
} oct_conv_span;

/* The taps of position o that fall inside [0, size); {0, 0} when none does. */
oct_conv_span oct_conv_axis_taps(const oct_conv_axis *axis, int64_t o);

/* The end of the run of positions from o, below `end`, that have the same taps as o. */
int64_t oct_conv_axis_run(const oct_conv_axis *axis, int64_t o, int64_t end);

/* Class of position o. */
int64_t oct_conv_axis_class(const oct_conv_axis *axis, int64_t o);

/* Input positions that outputs begin .. end - 1 read: all lie in *first .. *last - 1. */
void oct_conv_axis_pixels(const oct_conv_axis *axis, int64_t begin, int64_t end, int64_t *first, int64_t *last);

oct_conv_axis oct_conv_f32_axis_h(const oct_conv_f32_shape *s);
oct_conv_axis oct_conv_f32_axis_w(const oct_conv_f32_shape *s);

/* Border classes of a whole convolution. */
int64_t oct_conv_f32_n_classes(const oct_conv_f32_shape *s);

#endif
