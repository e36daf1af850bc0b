/* Inference of the convolutions: Conv, ConvTranspose, ConvInteger, QLinearConv.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "graph/shape_window.h"

/* kernel_shape, where given, agrees with the weights; else it comes from them. */
static octet_status take_kernel(oct_infer *ctx, const oct_window *w, const oct_value *weights)
{
    for (int a = 4 - weights->rank; a < 2; a++) {
        int64_t size = oct_image_size(weights, a);
        if (w->kernel[a] != 0 && w->kernel[a] != size)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "kernel_shape has %" PRId32 ", but input '%s' has shape %s",
                                  w->kernel[a], weights->name, oct_shape_text(weights).text);
        w->kernel[a] = (int32_t)size;
    }
    return OCTET_OK;
}

/* Everything up to the output size: image at input i, weights at input j. */
static octet_status begin(oct_infer *ctx, int i, int j, oct_conv_params *p, const oct_window *w)
{
    const oct_value *x = oct_infer_in(ctx, i);
    OCT_TRY(oct_window_begin(ctx, i, &p->n_spatial, w));
    OCT_TRY(oct_infer_rank(ctx, j, x->rank, x->rank));
    OCT_TRY(oct_infer_not_empty(ctx, j));
    OCT_TRY(take_kernel(ctx, w, oct_infer_in(ctx, j)));
    OCT_TRY(oct_window_check(ctx, w));
    if (p->group < 1)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "group is %" PRId32 ", but must be at least 1", p->group);
    return OCTET_OK;
}

/* weights [OC, C / group, KH, KW] */
static octet_status check_channels(oct_infer *ctx, const oct_value *x, const oct_value *weights, int32_t group)
{
    if (weights->dims[1] * group != x->dims[1])
        return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                              "input '%s' has %" PRId64 " channels, but weights '%s' of shape %s in %" PRId32
                              " groups take %" PRId64,
                              x->name, x->dims[1], weights->name, oct_shape_text(weights).text, group,
                              weights->dims[1] * group);
    if (weights->dims[0] % group != 0)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%" PRId64 " output channels do not divide into %" PRId32 " groups",
                              weights->dims[0], group);
    return OCTET_OK;
}

/* Shape of a convolution of input i with weights j. */
static octet_status convolve(oct_infer *ctx, int i, int j, octet_dtype dtype)
{
    oct_conv_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, i), *weights = oct_infer_in(ctx, j);
    oct_window w = OCT_WINDOW(p, NULL);
    OCT_TRY(begin(ctx, i, j, p, &w));
    OCT_TRY(check_channels(ctx, x, weights, p->group));
    int64_t out[2], dims[OCTET_MAX_RANK];
    OCT_TRY(oct_window_output(ctx, &w, x, out));
    oct_window_dims(x, weights->dims[0], out, dims);
    return oct_infer_set(ctx, 0, dtype, x->rank, dims);
}

octet_status oct_infer_conv(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0), *weights = oct_infer_in(ctx, 1);
    for (int i = 0; i < 4; i++) {
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_FLOAT));
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
    }
    OCT_TRY(convolve(ctx, 0, 1, x->dtype));
    OCT_TRY(oct_infer_vector(ctx, 2, weights->dims[0], "output channel"));
    const oct_value *y = oct_infer_out(ctx, 0);
    OCT_TRY(oct_infer_broadcasts_to(ctx, 3, y->dims, y->rank));
    return oct_infer_vector(ctx, 4, weights->dims[0], "output channel");
}

/* ---- transposed ---- */

/* Size without padding. */
static int64_t full_size(const oct_conv_params *p, const oct_window *w, int a, int64_t in)
{
    return p->stride[a] * (in - 1) + p->output_pad[a] + oct_window_extent(w, a);
}

/* Padding that makes the output `wanted` long; what is missing is appended as output padding. */
static octet_status pad_to(oct_infer *ctx, oct_conv_params *p, const oct_window *w, int a, int64_t in, int64_t wanted)
{
    int64_t total = full_size(p, w, a, in) - wanted;
    if (total > INT32_MAX || total < -INT32_MAX || p->output_pad[a] - total > INT32_MAX)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "an output size of %" PRId64 " from %" PRId64
                              " elements needs a padding of %" PRId64, wanted, in, total);
    if (total < 0) {
        p->output_pad[a] += (int32_t)-total;
        total = 0;
    }
    int32_t less = (int32_t)(total / 2), more = (int32_t)total - less;
    bool upper = p->auto_pad == OCT_PAD_SAME_UPPER;
    p->pad_begin[a] = upper ? less : more;
    p->pad_end[a] = upper ? more : less;
    return OCTET_OK;
}

/* output_shape and auto_pad become pads. */
static octet_status resolve_transposed(oct_infer *ctx, oct_conv_params *p, const oct_window *w, const oct_value *x)
{
    for (int a = 2 - p->n_spatial; a < 2; a++) {
        int64_t in = oct_image_size(x, a), wanted = p->output_shape[a];
        if (p->output_pad[a] < 0 || wanted < 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%s has %" PRId32 ", but must not be negative",
                                  wanted < 0 ? "output_shape" : "output_padding",
                                  wanted < 0 ? p->output_shape[a] : p->output_pad[a]);
        if (p->auto_pad == OCT_PAD_VALID)
            p->pad_begin[a] = p->pad_end[a] = 0;
        if (wanted == 0 && (p->auto_pad == OCT_PAD_SAME_UPPER || p->auto_pad == OCT_PAD_SAME_LOWER))
            wanted = in * p->stride[a];
        if (wanted > 0)
            OCT_TRY(pad_to(ctx, p, w, a, in, wanted));
        p->output_shape[a] = 0;
    }
    p->auto_pad = OCT_PAD_EXPLICIT;
    return OCTET_OK;
}

static octet_status transposed_output(oct_infer *ctx, const oct_conv_params *p, const oct_window *w, const oct_value *x,
                                      int64_t out[2])
{
    for (int a = 0; a < 2; a++) {
        out[a] = full_size(p, w, a, oct_image_size(x, a)) - p->pad_begin[a] - p->pad_end[a];
        if (out[a] <= 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                                  "pads %" PRId32 " and %" PRId32 " leave an output size of %" PRId64, p->pad_begin[a],
                                  p->pad_end[a], out[a]);
    }
    return OCTET_OK;
}

octet_status oct_infer_conv_transpose(oct_infer *ctx)
{
    oct_conv_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0), *weights = oct_infer_in(ctx, 1);
    for (int i = 0; i < 3; i++) {
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_FLOAT));
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
    }
    oct_window w = OCT_WINDOW(p, NULL);
    OCT_TRY(begin(ctx, 0, 1, p, &w));
    if (p->n_spatial == 1)
        p->output_pad[0] = p->output_shape[0] = 0;
    if (weights->dims[0] != x->dims[1] || x->dims[1] % p->group != 0) /* weights [C, OC / group, KH, KW] */
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has %" PRId64 " channels in %" PRId32
                              " groups, but weights '%s' have shape %s", x->name, x->dims[1], p->group, weights->name,
                              oct_shape_text(weights).text);
    OCT_TRY(resolve_transposed(ctx, p, &w, x));
    int64_t out[2], dims[OCTET_MAX_RANK], channels = weights->dims[1] * p->group;
    OCT_TRY(transposed_output(ctx, p, &w, x, out));
    OCT_TRY(oct_infer_vector(ctx, 2, channels, "output channel"));
    oct_window_dims(x, channels, out, dims);
    return oct_infer_set(ctx, 0, x->dtype, x->rank, dims);
}

/* ---- integer ---- */

/* Zero point or scale of the weights: one element, or one for each output channel. */
static octet_status check_per_channel(oct_infer *ctx, int i, int64_t channels)
{
    const oct_value *v = oct_infer_in(ctx, i);
    return !v || oct_value_elems(v) == 1 ? OCTET_OK : oct_infer_vector(ctx, i, channels, "output channel");
}

octet_status oct_infer_conv_integer(oct_infer *ctx)
{
    const oct_value *weights = oct_infer_in(ctx, 1);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_8));
    OCT_TRY(oct_infer_types(ctx, 1, OCT_TYPES_8));
    OCT_TRY(oct_infer_same_type(ctx, 0, 2));
    OCT_TRY(oct_infer_same_type(ctx, 1, 3));
    OCT_TRY(convolve(ctx, 0, 1, OCTET_I32));
    OCT_TRY(oct_infer_scalar(ctx, 2));
    return check_per_channel(ctx, 3, weights->dims[0]);
}

octet_status oct_infer_qlinear_conv(oct_infer *ctx)
{
    enum { X, X_SCALE, X_ZERO, W, W_SCALE, W_ZERO, Y_SCALE, Y_ZERO, BIAS };
    OCT_TRY(oct_infer_types(ctx, X, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, W, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, Y_ZERO, OCT_TYPES_QUANTIZED));
    OCT_TRY(oct_infer_types(ctx, BIAS, OCT_TYPE(I32)));
    OCT_TRY(oct_infer_same_type(ctx, X, X_ZERO));
    OCT_TRY(oct_infer_same_type(ctx, W, W_ZERO));
    OCT_TRY(oct_infer_types(ctx, X_SCALE, OCT_TYPE(F32)));
    OCT_TRY(oct_infer_types(ctx, W_SCALE, OCT_TYPE(F32)));
    OCT_TRY(oct_infer_types(ctx, Y_SCALE, OCT_TYPE(F32)));
    OCT_TRY(convolve(ctx, X, W, oct_infer_in(ctx, Y_ZERO)->dtype));
    OCT_TRY(oct_infer_scalar(ctx, X_SCALE));
    OCT_TRY(oct_infer_scalar(ctx, X_ZERO));
    OCT_TRY(oct_infer_scalar(ctx, Y_SCALE));
    OCT_TRY(oct_infer_scalar(ctx, Y_ZERO));
    int64_t channels = oct_infer_in(ctx, W)->dims[0];
    OCT_TRY(check_per_channel(ctx, W_SCALE, channels));
    OCT_TRY(check_per_channel(ctx, W_ZERO, channels));
    OCT_TRY(oct_infer_types(ctx, OCT_QCONV_RESIDUAL, OCT_TYPES_8));
    OCT_TRY(oct_infer_scalar(ctx, OCT_QCONV_RESIDUAL_SCALE));
    OCT_TRY(oct_infer_scalar(ctx, OCT_QCONV_SUM_SCALE));
    return oct_infer_vector(ctx, BIAS, channels, "output channel");
}

/* Made by a pass that knows the shapes; never in a file. */
octet_status oct_infer_pixels(oct_infer *ctx)
{
    const oct_value *y = oct_infer_out(ctx, 0);
    return oct_value_known(y) ? OCTET_OK : oct_infer_fail(ctx, OCTET_BAD_INPUT, "shapes are set by the pass that made it");
}
