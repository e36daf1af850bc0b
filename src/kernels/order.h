/* order.h: kernels that compare elements along an axis, for every type: ArgMax, ArgMin, Hardmax, TopK.
 *
 * One order for all types: numbers by value, -0 equal to +0, a NaN above +infinity (for ARG_MIN below everything, so
 * that a NaN wins there too). Equal elements rank by index, the lower first.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ORDER_H
#define OCT_ORDER_H

#include <octet/octet.h>

#include "kernels/reduce.h"

typedef enum oct_order_op {
    OCT_ORDER_ARG_MAX,       /* y: int64 index of the first (last_index: the last) greatest element */
    OCT_ORDER_ARG_MIN,
    OCT_ORDER_HARDMAX,       /* y, float32: 1 at the first greatest element, else 0 */
    OCT_ORDER_TOPK_LARGEST,  /* y and z: the k first elements of the sorted axis and their int64 indices */
    OCT_ORDER_TOPK_SMALLEST
} oct_order_op;

/* A tile's elements are positions beside the axes: operand 0 is y, 1 is x, 2 is z (TOPK only). axes: as in reduce.h;
 * for TOPK it has one axis and y is the stride of the values. Nothing overlaps. */
typedef struct oct_order_args {
    const oct_tile *tile;
    const oct_axes *axes;
    int32_t op;       /* oct_order_op */
    octet_dtype dtype;/* of x */
    int32_t last_index;
    int64_t k, z_stride; /* TOPK: 0 <= k <= length of the axis */
} oct_order_args;

void oct_order_run(const oct_order_args *a);

/* Types that it takes: bool, the integers, float32. */
int oct_order_takes(octet_dtype dtype);

#endif
