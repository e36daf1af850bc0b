/* Registration of the float provider: one lower function per operator, from the lower column of graph/ops.def.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/float.h"

#include <stdarg.h>
#include <stdio.h>

#include "providers/float/lower.h"

typedef octet_status (*lower_fn)(oct_builder *b, const oct_node *n, octet_error *err);

static const lower_fn lower_table[OCT_N_OPS] = {
#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) \
    [OCT_OP_##NAME] = oct_lower_##LOWER,
#include "graph/ops.def"
#undef OCT_OP
};

octet_status oct_lower_refuse(const oct_node *n, octet_error *err, const char *format, ...)
{
    char reason[512];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return oct_fail(err, OCTET_UNSUPPORTED, "%s '%s': %s", n->onnx_op, n->name, reason);
}

octet_status oct_lower_node(oct_builder *b, const oct_node *n, octet_error *err)
{
    return lower_table[n->op](b, n, err);
}

static bool claims(const oct_graph *g, const oct_node *n)
{
    (void)g;
    return !oct_op_is_integer(n->op);
}

const oct_provider oct_provider_float = {.name = "float", .alias = "CPUExecutionProvider", .claims = claims,
                                         .lower = oct_lower_node};
