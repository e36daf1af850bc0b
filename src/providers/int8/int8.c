/* Registration of the int8 provider. Which kernel runs a node is decided in providers/float/lower_*.c for it too: what moves
 * bytes is the same code that moves floats.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/int8/int8.h"

#include "providers/float/lower.h"

static bool is_quantized(const oct_value *v)
{
    return v && (v->dtype == OCTET_U8 || v->dtype == OCTET_I8 || v->dtype == OCTET_U16 || v->dtype == OCTET_I16);
}

/* Quantized operators, and those that take 8 or 16 bits and give them: MaxPool, Concat, Reshape... */
static bool claims(const oct_graph *g, const oct_node *n)
{
    return oct_op_is_integer(n->op) ||
           (n->n_in > 0 && n->n_out > 0 && is_quantized(oct_node_in(g, n, 0)) && is_quantized(oct_node_out(g, n, 0)));
}

const oct_provider oct_provider_int8 = {.name = "int8", .alias = "TIDLExecutionProvider", .claims = claims,
                                        .lower = oct_lower_node};
