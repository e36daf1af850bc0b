/* The 16-bit forms of the QLinear operators, to which their lower functions (lower_qlinear.c) hand over.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROVIDERS_QLINEAR_U16_H
#define OCT_PROVIDERS_QLINEAR_U16_H

#include "kernels/qlinear.h"
#include "plan/builder.h"

static inline bool oct_qlinear_is_u16(const oct_value *v)
{
    return v->dtype == OCTET_U16 || v->dtype == OCTET_I16;
}

octet_status oct_lower_qlinear_u16_add(oct_builder *b, const oct_node *n, octet_error *err);
/* shape: all but its types */
octet_status oct_lower_qlinear_u16_average(oct_builder *b, const oct_node *n, const oct_qlinear_average *shape,
                                           octet_error *err);

#endif
