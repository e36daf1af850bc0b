/* A step that copies by index tables: Pad and nearest Resize.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_TAKE_STEP_H
#define OCT_TAKE_STEP_H

#include "plan/builder.h"

/* For every axis of the node's first output, the index along the same axis of its first input that each output index
 * takes its element from, -1 for the fill value. */
typedef struct oct_take_axes {
    int64_t *index[OCTET_MAX_RANK]; /* [output dim] */
} oct_take_axes;

/* Zeroed tables; OCTET_NO_MEMORY when there is none. They live until the program is built. */
octet_status oct_take_axes_new(oct_builder *b, const oct_node *n, oct_take_axes *axes, octet_error *err);
/* Append the step. `fill`: one element, OCT_NO_REF for zero. */
octet_status oct_take_build(oct_builder *b, const oct_node *n, const oct_take_axes *axes, oct_ref fill,
                            octet_error *err);

#endif
