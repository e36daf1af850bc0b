/* Attributes of normalizations, activations and other elementwise operators.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/import.h"

/* ---- normalization ---- */

octet_status oct_import_batch_norm(oct_import *ctx)
{
    bool training, spatial;
    oct_norm_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_float(ctx, "epsilon", 1e-5f, &p->epsilon));
    OCT_TRY(oct_attr_bool(ctx, "training_mode", false, &training));
    OCT_TRY(oct_attr_bool(ctx, "spatial", true, &spatial));
    oct_attr_ignore(ctx, "momentum"); /* of training */
    if (training || ctx->n_out > 1)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "training mode");
    if (!spatial)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute 'spatial' is 0");
    return OCTET_OK;
}

octet_status oct_import_instance_norm(oct_import *ctx)
{
    oct_norm_params *p = oct_import_params(ctx, sizeof *p);
    return p ? oct_attr_float(ctx, "epsilon", 1e-5f, &p->epsilon) : OCTET_NO_MEMORY;
}

octet_status oct_import_layer_norm(oct_import *ctx)
{
    int64_t stash;
    oct_norm_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_float(ctx, "epsilon", 1e-5f, &p->epsilon));
    OCT_TRY(oct_attr_int32(ctx, "axis", -1, -OCTET_MAX_RANK, OCTET_MAX_RANK - 1, &p->axis));
    OCT_TRY(oct_attr_int(ctx, "stash_type", OCTET_F32, &stash));
    if (stash != OCTET_F32)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute 'stash_type' is not float32");
    return OCTET_OK;
}

octet_status oct_import_lp_norm(oct_import *ctx)
{
    oct_lp_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_int32(ctx, "axis", -1, -OCTET_MAX_RANK, OCTET_MAX_RANK - 1, &p->axis));
    return oct_attr_int32(ctx, "p", 2, 1, 2, &p->p);
}

octet_status oct_import_lrn(oct_import *ctx)
{
    oct_lrn_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_require(ctx, "size"));
    OCT_TRY(oct_attr_int32(ctx, "size", 0, 1, INT32_MAX, &p->size));
    OCT_TRY(oct_attr_float(ctx, "alpha", 1e-4f, &p->alpha));
    OCT_TRY(oct_attr_float(ctx, "beta", 0.75f, &p->beta));
    return oct_attr_float(ctx, "bias", 1, &p->bias);
}

/* ---- activations ---- */

/* `second` is the name of the attribute behind beta, NULL if there is none. */
static octet_status read_alpha(oct_import *ctx, float alpha, const char *second, float beta)
{
    oct_alpha_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_float(ctx, "alpha", alpha, &p->alpha));
    return second ? oct_attr_float(ctx, second, beta, &p->beta) : OCTET_OK;
}

octet_status oct_import_leaky_relu(oct_import *ctx)
{
    return read_alpha(ctx, 0.01f, NULL, 0);
}

/* Elu, ThresholdedRelu */
octet_status oct_import_elu(oct_import *ctx)
{
    return read_alpha(ctx, 1, NULL, 0);
}

octet_status oct_import_celu(oct_import *ctx)
{
    return read_alpha(ctx, 1, NULL, 0);
}

/* gamma is params' beta; the defaults are those of the specification */
octet_status oct_import_selu(oct_import *ctx)
{
    return read_alpha(ctx, 1.67326319217681884765625f, "gamma", 1.05070102214813232421875f);
}

octet_status oct_import_hard_sigmoid(oct_import *ctx)
{
    return read_alpha(ctx, 0.2f, "beta", 0.5f);
}

octet_status oct_import_gelu(oct_import *ctx)
{
    static const char *const choices[] = {"none", "tanh", NULL};
    int32_t index;
    oct_gelu_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_choice(ctx, "approximate", choices, 0, &index));
    p->tanh = index == 1;
    return OCTET_OK;
}

/* Attribute `name` (if there is one) becomes scalar input i. */
static octet_status float_to_in(oct_import *ctx, int i, const char *name)
{
    float value;
    if (!oct_attr_has(ctx, name))
        return OCTET_OK;
    OCT_TRY(oct_attr_float(ctx, name, 0, &value));
    return oct_import_float_in(ctx, i, name, value);
}

/* min and max are inputs since opset 11; without them there is no bound */
octet_status oct_import_clip(oct_import *ctx)
{
    if (ctx->opset >= 11)
        return OCTET_OK;
    OCT_TRY(oct_import_most_inputs(ctx, 1));
    OCT_TRY(float_to_in(ctx, 1, "min"));
    return float_to_in(ctx, 2, "max");
}

/* ---- other elementwise operators ---- */

octet_status oct_import_cast(oct_import *ctx)
{
    oct_cast_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_require(ctx, "to"));
    OCT_TRY(oct_attr_dtype(ctx, "to", &p->to));
    return oct_attr_bool(ctx, "saturate", true, &p->saturate);
}

/* ratio and seed have no effect on inference. A training_mode that is computed is left to shape inference. */
octet_status oct_import_dropout(oct_import *ctx)
{
    const oct_value *training = oct_graph_value(ctx->graph, oct_import_in(ctx, 2));
    oct_attr_ignore(ctx, "ratio");
    oct_attr_ignore(ctx, "seed");
    if (training && training->data && oct_value_elems(training) == 1 && oct_const_int(training, 0) != 0)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "training mode");
    return OCTET_OK;
}

octet_status oct_import_mod(oct_import *ctx)
{
    oct_mod_params *p = oct_import_params(ctx, sizeof *p);
    return p ? oct_attr_bool(ctx, "fmod", false, &p->fmod) : OCTET_NO_MEMORY;
}
