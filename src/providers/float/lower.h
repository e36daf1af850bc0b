/* The float provider's lower functions, one per operator family, named by the lower column of graph/ops.def.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_LOWER_H
#define OCT_LOWER_H

#include "plan/builder.h"

/* Each: check the node (types, constants it needs), build its steps. Shapes are known and checked by graph/shape*.c.
 * float16, bfloat16 and double reach only Cast and the data movers: passes/widen.c puts casts round everything else. */
#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) \
    octet_status oct_lower_##LOWER(oct_builder *b, const oct_node *n, octet_error *err);
#include "graph/ops.def"
#undef OCT_OP

/* The one for the node's operator. */
octet_status oct_lower_node(oct_builder *b, const oct_node *n, octet_error *err);

/* OCTET_UNSUPPORTED "<op> '<node>': <reason>" */
octet_status oct_lower_refuse(const oct_node *n, octet_error *err, const char *format, ...) OCT_PRINTF(3, 4);

#endif
