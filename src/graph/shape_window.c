/* Sliding windows of convolution and pooling; formulas from the ONNX text of Conv and MaxPool. All int64 sums stay below
 * 2^63: every factor is below 2^31.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/shape_window.h"

#include <inttypes.h>
#include <string.h>

int64_t oct_image_size(const oct_value *x, int a)
{
    if (x->rank == 4)
        return x->dims[2 + a];
    return a == 1 ? x->dims[2] : 1;
}

static void make_neutral(const oct_window *w, int a)
{
    w->kernel[a] = w->stride[a] = w->dilation[a] = 1;
    w->pad_begin[a] = w->pad_end[a] = 0;
}

octet_status oct_window_begin(oct_infer *ctx, int i, int32_t *n_spatial, const oct_window *w)
{
    const oct_value *x = oct_infer_in(ctx, i);
    if (x->rank > 4)
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' of shape %s has %d spatial dimensions, more than 2",
                              x->name, oct_shape_text(x).text, x->rank - 2);
    if (x->rank < 3)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' of shape %s is no batch of images", x->name,
                              oct_shape_text(x).text);
    if (*n_spatial != 0 && *n_spatial != x->rank - 2)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                              "the attributes have %d spatial dimensions, input '%s' of shape %s has %d", *n_spatial,
                              x->name, oct_shape_text(x).text, x->rank - 2);
    *n_spatial = x->rank - 2;
    if (*n_spatial == 1)
        make_neutral(w, 0);
    return oct_infer_not_empty(ctx, i);
}

static octet_status at_least(oct_infer *ctx, const char *what, const int32_t *values, int min)
{
    for (int a = 0; a < 2; a++)
        if (values[a] < min)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%s has %" PRId32 ", but must be at least %d", what, values[a],
                                  min);
    return OCTET_OK;
}

octet_status oct_window_check(oct_infer *ctx, const oct_window *w)
{
    OCT_TRY(at_least(ctx, "kernel_shape", w->kernel, 1));
    OCT_TRY(at_least(ctx, "strides", w->stride, 1));
    OCT_TRY(at_least(ctx, "dilations", w->dilation, 1));
    OCT_TRY(at_least(ctx, "pads", w->pad_begin, 0));
    return at_least(ctx, "pads", w->pad_end, 0);
}

int64_t oct_window_extent(const oct_window *w, int a)
{
    return ((int64_t)w->kernel[a] - 1) * w->dilation[a] + 1;
}

/* SAME: ceil(in / stride) outputs; the odd element of padding goes to the end for SAME_UPPER. */
static octet_status pad_same(oct_infer *ctx, const oct_window *w, int a, int64_t in)
{
    int64_t stride = w->stride[a], out = (in + stride - 1) / stride;
    int64_t total = (out - 1) * stride + oct_window_extent(w, a) - in;
    if (total < 0)
        total = 0;
    if (total > INT32_MAX)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "auto_pad would pad %" PRId64 " elements", total);
    int32_t less = (int32_t)(total / 2), more = (int32_t)(total - less);
    w->pad_begin[a] = *w->auto_pad == OCT_PAD_SAME_UPPER ? less : more;
    w->pad_end[a] = *w->auto_pad == OCT_PAD_SAME_UPPER ? more : less;
    return OCTET_OK;
}

static octet_status resolve_auto_pad(oct_infer *ctx, const oct_window *w, const oct_value *x)
{
    if (*w->auto_pad == OCT_PAD_EXPLICIT)
        return OCTET_OK;
    for (int a = 0; a < 2; a++) {
        w->pad_begin[a] = w->pad_end[a] = 0;
        if (*w->auto_pad != OCT_PAD_VALID)
            OCT_TRY(pad_same(ctx, w, a, oct_image_size(x, a)));
    }
    *w->auto_pad = OCT_PAD_EXPLICIT;
    if (w->ceil_mode) /* ONNX's sizes under auto_pad are the same with and without it: those of floor */
        *w->ceil_mode = false;
    return OCTET_OK;
}

static int64_t count_windows(const oct_window *w, int a, int64_t in)
{
    int64_t padded = in + w->pad_begin[a] + w->pad_end[a], room = padded - oct_window_extent(w, a);
    int64_t stride = w->stride[a];
    if (room < 0)
        return 0;
    int64_t n = room / stride + 1;
    bool more = w->ceil_mode && *w->ceil_mode && room % stride != 0;
    return more && n * stride < in + w->pad_begin[a] ? n + 1 : n;
}

octet_status oct_window_output(oct_infer *ctx, const oct_window *w, const oct_value *x, int64_t out[2])
{
    OCT_TRY(resolve_auto_pad(ctx, w, x));
    for (int a = 0; a < 2; a++) {
        int64_t in = oct_image_size(x, a);
        out[a] = count_windows(w, a, in);
        if (out[a] <= 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                                  "a kernel of %" PRId32 " with dilation %" PRId32 " does not fit into %" PRId64
                                  " elements padded by %" PRId32 " and %" PRId32,
                                  w->kernel[a], w->dilation[a], in, w->pad_begin[a], w->pad_end[a]);
    }
    return OCTET_OK;
}

void oct_window_dims(const oct_value *x, int64_t channels, const int64_t out[2], int64_t dims[OCTET_MAX_RANK])
{
    dims[0] = x->dims[0];
    dims[1] = channels;
    if (x->rank == 4)
        dims[2] = out[0];
    dims[x->rank - 1] = out[1];
}
