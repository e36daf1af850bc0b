/* nest.h: loops over one logical shape whose operands lie in memory in their own ways: a stride per axis and operand,
 * 0 where an operand is broadcast. Built once when lowering, plain data, run by elementwise steps.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_NEST_H
#define OCT_NEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

#define OCT_NEST_RANK 8
#define OCT_NEST_OPERANDS 6

/* Axis 0 is the outermost loop. Operand 0 is the output. */
typedef struct oct_nest {
    int32_t rank, n_operands;
    int32_t elem_size[OCT_NEST_OPERANDS]; /* bytes */
    int64_t dims[OCT_NEST_RANK];
    int64_t strides[OCT_NEST_OPERANDS][OCT_NEST_RANK]; /* elements */
} oct_nest;

/* Axes of length 1 are dropped, the others sorted by operand 0's stride (largest outermost; equal ones keep their
 * order) and neighbours merged where every operand walks both as one. The result has at least one axis, the last one
 * with stride 1 in operand 0 if that is dense. */
void oct_nest_normalize(oct_nest *nest);

int64_t oct_nest_elems(const oct_nest *nest);

/* Two innermost axes of a nest, or a part of them. Operand k's element (i, j) lies at
 * base[k] + i*pitch[k] + j*stride[k] (in elements), 0 <= i < rows, 0 <= j < n. */
typedef struct oct_tile {
    size_t rows, n;
    void *base[OCT_NEST_OPERANDS];
    int64_t pitch[OCT_NEST_OPERANDS], stride[OCT_NEST_OPERANDS];
} oct_tile;

/* Cover the nest with tiles, shared out over the pool's threads if there is much to do: `cost` is the work of one
 * element, in elements read or written. operands[k] is the first element of operand k. Every element belongs to exactly
 * one tile, so results do not depend on the number of threads. */
typedef void (*oct_tile_fn)(void *context, const oct_tile *tile);
void oct_nest_run(const oct_nest *nest, void *const *operands, oct_pool *pool, int64_t cost, oct_tile_fn fn,
                  void *context);

#endif
