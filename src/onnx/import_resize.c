/* Resize of opsets 10 to 19, and Upsample, which became Resize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "onnx/import.h"

static octet_status read_mode(oct_import *ctx, oct_resize_params *p)
{
    static const char *const choices[] = {"nearest", "linear", "cubic", NULL}; /* as oct_resize_mode */
    return oct_attr_choice(ctx, "mode", choices, OCT_RESIZE_NEAREST, &p->mode);
}

/* Upsample, and Resize before opset 11, know only in = out / scale. ONNX 1.5 tests that the nearest element is the one
 * below, and the one above when shrinking. */
static octet_status read_old(oct_import *ctx, oct_resize_params *p)
{
    OCT_TRY(read_mode(ctx, p));
    p->coord = OCT_COORD_ASYMMETRIC;
    p->nearest = OCT_NEAREST_SIMPLE;
    p->cubic_a = -0.75f;
    oct_value_id scales = oct_import_in(ctx, 1);
    OCT_TRY(oct_import_most_inputs(ctx, 2));
    if (scales == OCT_NONE)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "input 1 is missing");
    oct_import_set_in(ctx, 1, OCT_NONE);
    oct_import_set_in(ctx, 2, scales);
    return OCTET_OK;
}

octet_status oct_import_upsample(oct_import *ctx)
{
    const float *scales;
    int n;
    oct_resize_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    ctx->op = OCT_OP_RESIZE;
    if (ctx->opset >= 10)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "not an operator of opset %" PRId64, ctx->opset);
    if (ctx->opset < 9) {
        OCT_TRY(oct_attr_require(ctx, "scales"));
        OCT_TRY(oct_import_most_inputs(ctx, 1));
        OCT_TRY(oct_attr_floats(ctx, "scales", &scales, &n));
        OCT_TRY(oct_import_floats_in(ctx, 1, "scales", scales, n));
    }
    return read_old(ctx, p);
}

static octet_status read_axes(oct_import *ctx, oct_resize_params *p)
{
    const int64_t *axes;
    int n;
    OCT_TRY(oct_attr_ints(ctx, "axes", &axes, &n));
    if (n > OCTET_MAX_RANK)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute 'axes' has %d values", n);
    p->n_axes = n > 0 ? n : 0;
    for (int i = 0; i < p->n_axes; i++) {
        if (axes[i] < -OCTET_MAX_RANK || axes[i] >= OCTET_MAX_RANK)
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute 'axes' names axis %" PRId64, axes[i]);
        p->axes[i] = (int32_t)axes[i];
    }
    return OCTET_OK;
}

static octet_status read_choices(oct_import *ctx, oct_resize_params *p)
{
    /* as oct_resize_coord, oct_resize_nearest, oct_resize_policy */
    static const char *const coords[] = {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                                         "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn", NULL};
    static const char *const nearests[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};
    static const char *const policies[] = {"stretch", "not_larger", "not_smaller", NULL};
    OCT_TRY(read_mode(ctx, p));
    OCT_TRY(oct_attr_choice(ctx, "coordinate_transformation_mode", coords, OCT_COORD_HALF_PIXEL, &p->coord));
    OCT_TRY(oct_attr_choice(ctx, "nearest_mode", nearests, OCT_NEAREST_ROUND_PREFER_FLOOR, &p->nearest));
    return oct_attr_choice(ctx, "keep_aspect_ratio_policy", policies, OCT_STRETCH, &p->policy);
}

/* Opset 11 has no way to omit an input but an empty tensor. */
static void omit_empty_inputs(oct_import *ctx)
{
    for (int i = 1; i < ctx->n_in; i++) {
        const oct_value *v = oct_graph_value(ctx->graph, ctx->in[i]);
        if (v && v->data && oct_value_elems(v) == 0)
            ctx->in[i] = OCT_NONE;
    }
}

octet_status oct_import_resize(oct_import *ctx)
{
    oct_resize_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    if (ctx->opset < 11)
        return read_old(ctx, p);
    OCT_TRY(read_choices(ctx, p));
    OCT_TRY(oct_attr_float(ctx, "cubic_coeff_a", -0.75f, &p->cubic_a));
    OCT_TRY(oct_attr_float(ctx, "extrapolation_value", 0, &p->extrapolation));
    OCT_TRY(oct_attr_bool(ctx, "exclude_outside", false, &p->exclude_outside));
    OCT_TRY(oct_attr_bool(ctx, "antialias", false, &p->antialias));
    omit_empty_inputs(ctx);
    return read_axes(ctx, p);
}
