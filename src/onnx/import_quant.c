/* Attributes of quantized operators.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/import.h"

/* QuantizeLinear */
octet_status oct_import_quantize(oct_import *ctx)
{
    oct_quant_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_int32(ctx, "axis", 1, -OCTET_MAX_RANK, OCTET_MAX_RANK, &p->axis));
    OCT_TRY(oct_attr_int32(ctx, "block_size", 0, 0, INT32_MAX, &p->block_size));
    OCT_TRY(oct_attr_dtype(ctx, "output_dtype", &p->output_dtype));
    return oct_attr_bool(ctx, "saturate", true, &p->saturate);
}

/* DequantizeLinear */
octet_status oct_import_dequantize(oct_import *ctx)
{
    oct_quant_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_int32(ctx, "axis", 1, -OCTET_MAX_RANK, OCTET_MAX_RANK, &p->axis));
    return oct_attr_int32(ctx, "block_size", 0, 0, INT32_MAX, &p->block_size);
}

octet_status oct_import_qlinear_concat(oct_import *ctx)
{
    oct_qconcat_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_require(ctx, "axis"));
    return oct_attr_int32(ctx, "axis", 0, -OCTET_MAX_RANK, OCTET_MAX_RANK, &p->axis);
}

octet_status oct_import_qlinear_global_average_pool(oct_import *ctx)
{
    oct_qconcat_params *p = oct_import_params(ctx, sizeof *p);
    return p ? oct_attr_bool(ctx, "channels_last", false, &p->channels_last) : OCTET_NO_MEMORY;
}
