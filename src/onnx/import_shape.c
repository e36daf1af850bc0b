/* Attributes of operators that move data or compute shapes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "onnx/import.h"

/* starts, ends and axes are inputs since opset 10 */
octet_status oct_import_slice(oct_import *ctx)
{
    if (ctx->opset >= 10)
        return OCTET_OK;
    OCT_TRY(oct_import_most_inputs(ctx, 1));
    OCT_TRY(oct_attr_require(ctx, "starts"));
    OCT_TRY(oct_attr_require(ctx, "ends"));
    OCT_TRY(oct_import_ints_to_in(ctx, 1, "starts"));
    OCT_TRY(oct_import_ints_to_in(ctx, 2, "ends"));
    return oct_import_ints_to_in(ctx, 3, "axes");
}

/* pads and value are inputs since opset 11 */
octet_status oct_import_pad(oct_import *ctx)
{
    static const char *const choices[] = {"constant", "reflect", "edge", "wrap", NULL}; /* as oct_pad_mode */
    float value;
    oct_pad_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_choice(ctx, "mode", choices, OCT_PAD_CONSTANT, &p->mode));
    if (ctx->opset >= 11)
        return OCTET_OK;
    OCT_TRY(oct_import_most_inputs(ctx, 1));
    OCT_TRY(oct_attr_require(ctx, "pads"));
    OCT_TRY(oct_import_ints_to_in(ctx, 1, "pads"));
    OCT_TRY(oct_attr_float(ctx, "value", 0, &value));
    return oct_import_float_in(ctx, 2, "value", value);
}

octet_status oct_import_reshape(oct_import *ctx)
{
    oct_reshape_params *p = oct_import_params(ctx, sizeof *p);
    return p ? oct_attr_bool(ctx, "allowzero", false, &p->allow_zero) : OCTET_NO_MEMORY;
}

/* axes are an input since opset 13 */
octet_status oct_import_squeeze(oct_import *ctx)
{
    if (ctx->opset >= 13)
        return OCTET_OK;
    OCT_TRY(oct_import_most_inputs(ctx, 1));
    return oct_import_ints_to_in(ctx, 1, "axes");
}

octet_status oct_import_unsqueeze(oct_import *ctx)
{
    if (ctx->opset < 13)
        OCT_TRY(oct_attr_require(ctx, "axes"));
    return oct_import_squeeze(ctx);
}

octet_status oct_import_transpose(oct_import *ctx)
{
    const int64_t *perm;
    int n;
    oct_transpose_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_ints(ctx, "perm", &perm, &n));
    if (n > OCTET_MAX_RANK)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute 'perm' has %d values, at most %d", n, OCTET_MAX_RANK);
    p->n_perm = n > 0 ? n : 0;
    for (int i = 0; i < p->n_perm; i++) {
        if (perm[i] < 0 || perm[i] >= n)
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute 'perm' names axis %" PRId64, perm[i]);
        p->perm[i] = (int32_t)perm[i];
    }
    return OCTET_OK;
}

/* DepthToSpace, SpaceToDepth */
octet_status oct_import_depth(oct_import *ctx)
{
    static const char *const choices[] = {"DCR", "CRD", NULL};
    int32_t index = 0;
    oct_depth_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_require(ctx, "blocksize"));
    OCT_TRY(oct_attr_int32(ctx, "blocksize", 0, 1, INT16_MAX, &p->block));
    if (ctx->op == OCT_OP_DEPTH_TO_SPACE)
        OCT_TRY(oct_attr_choice(ctx, "mode", choices, 0, &index));
    p->crd = index == 1;
    return OCTET_OK;
}

octet_status oct_import_shape(oct_import *ctx)
{
    oct_shape_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_int32(ctx, "start", 0, INT32_MIN, INT32_MAX, &p->start));
    return oct_attr_int32(ctx, "end", INT32_MAX, INT32_MIN, INT32_MAX, &p->end);
}

/* The value is a tensor of one element; float32 zero if there is none. */
octet_status oct_import_constant_of_shape(oct_import *ctx)
{
    const OctPb__TensorProto *t;
    oct_value_id id;
    oct_fill_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    p->dtype = OCTET_F32;
    OCT_TRY(oct_attr_tensor(ctx, "value", &t));
    if (!t)
        return OCTET_OK;
    OCT_TRY(oct_import_tensor(ctx, &id, "value", t));
    const oct_value *v = oct_graph_value(ctx->graph, id);
    if (oct_value_elems(v) != 1)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute 'value' has %" PRId64 " elements, not 1",
                               oct_value_elems(v));
    p->dtype = v->dtype;
    memcpy(&p->bits, v->data, octet_dtype_size(v->dtype));
    return OCTET_OK;
}
