/* The operator table, made from ops.def.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "graph/shape.h"

static const oct_op_info infos[OCT_N_OPS] = {
#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) \
    [OCT_OP_##NAME] = {ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, OCT_LC_##LAYOUT, oct_infer_##INFER},
#include "graph/ops.def"
#undef OCT_OP
};

const oct_op_info *oct_op_get_info(oct_op op)
{
    assert((unsigned)op < OCT_N_OPS);
    return &infos[op];
}

bool oct_op_is_integer(oct_op op)
{
    return op >= OCT_OP_CONV_INTEGER && op <= OCT_OP_TABLE;
}

oct_op oct_op_find(const char *onnx_name, const char *domain)
{
    if (strcmp(domain, "ai.onnx") == 0) /* the long spelling of the default domain */
        domain = "";
    for (int i = 0; i < OCT_N_OPS; i++)
        if (strcmp(infos[i].onnx_name, onnx_name) == 0 && strcmp(infos[i].domain, domain) == 0)
            return (oct_op)i;
    return OCT_N_OPS;
}
