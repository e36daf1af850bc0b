/* Building steps made of strided copies, which most data movers are lowered to.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MOVE_H
#define OCT_MOVE_H

#include "plan/builder.h"
#include "steps/copy.h"

/* An empty list for up to `cap` copies; NULL when out of memory. Lives until the program is built. */
oct_moves *oct_moves_new(oct_builder *b, int cap);
/* Add a copy; push axes and offsets onto the index space that is returned (dst is array 0, src array 1). */
oct_nd *oct_moves_add(oct_moves *m, int dst, int src);
/* Append the step. Operands: the n_out outputs, then the inputs. */
void oct_moves_build(oct_builder *b, oct_moves *m, octet_dtype dtype, const oct_ref *operands, int n_operands,
                     int n_out);

/* The common case: one output, one input. `nd` is not yet normalized. */
octet_status oct_move_build(oct_builder *b, const oct_node *n, const oct_nd *nd, octet_error *err);

#endif
