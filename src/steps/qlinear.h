/* Steps of the QLinear operators that are no products, and of Table. Zero points may be omitted.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_QLINEAR_H
#define OCT_STEPS_QLINEAR_H

#include "kernels/qlinear.h"
#include "runtime/step.h"

enum {
    OCT_QLINEAR_ADD_Y,
    OCT_QLINEAR_ADD_A,
    OCT_QLINEAR_ADD_A_SCALE,
    OCT_QLINEAR_ADD_A_ZERO,
    OCT_QLINEAR_ADD_B,
    OCT_QLINEAR_ADD_B_SCALE,
    OCT_QLINEAR_ADD_B_ZERO,
    OCT_QLINEAR_ADD_Y_SCALE,
    OCT_QLINEAR_ADD_Y_ZERO,
    OCT_QLINEAR_ADD_N_OPERANDS
};

typedef struct oct_qlinear_add_step {
    oct_qlinear_add add;
} oct_qlinear_add_step;

/* a + b or a - b; a * b */
extern const oct_step_kind oct_step_qlinear_add, oct_step_qlinear_mul;

enum {
    OCT_QLINEAR_AVERAGE_Y,
    OCT_QLINEAR_AVERAGE_X,
    OCT_QLINEAR_AVERAGE_X_SCALE,
    OCT_QLINEAR_AVERAGE_X_ZERO,
    OCT_QLINEAR_AVERAGE_Y_SCALE,
    OCT_QLINEAR_AVERAGE_Y_ZERO,
    OCT_QLINEAR_AVERAGE_N_OPERANDS
};

typedef struct oct_qlinear_average_step {
    oct_qlinear_average average;
} oct_qlinear_average_step;

extern const oct_step_kind oct_step_qlinear_average;

/* operands as those of the global average */
typedef struct oct_qlinear_pool_step {
    oct_qlinear_pool pool;
} oct_qlinear_pool_step;

extern const oct_step_kind oct_step_qlinear_pool;

#define OCT_TABLE_ITEM (64 * 1024) /* elements, about, of an item of table and qlinear_concat */

/* y = table[x] */
enum { OCT_TABLE_Y, OCT_TABLE_X, OCT_TABLE_TABLE, OCT_TABLE_N_OPERANDS };

typedef struct oct_table_step {
    oct_nd nd; /* arrays y, x; normalized */
    oct_nd_cut cut;
} oct_table_step;

extern const oct_step_kind oct_step_table;

/* X, its scale and its zero point, then those of the next input, and so on */
enum { OCT_QLINEAR_CONCAT_Y, OCT_QLINEAR_CONCAT_Y_SCALE, OCT_QLINEAR_CONCAT_Y_ZERO, OCT_QLINEAR_CONCAT_X };

/* One input: where it goes. */
typedef struct oct_qlinear_concat_part {
    oct_nd nd;
    oct_nd_cut cut;
    int32_t x_signed, unused;
} oct_qlinear_concat_part;

typedef struct oct_qlinear_concat_step {
    int32_t n, y_signed;
    oct_qlinear_concat_part parts[];
} oct_qlinear_concat_step;

extern const oct_step_kind oct_step_qlinear_concat;

#endif
