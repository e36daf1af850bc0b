/* Steps of QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_QUANTIZE_H
#define OCT_STEPS_QUANTIZE_H

#include "kernels/quant.h"
#include "runtime/step.h"

/* A block that is cut short by the end of its axis is a box of its own. */
typedef struct oct_quantize_step {
    int32_t n_boxes, unused;
    oct_quant boxes[2];
} oct_quantize_step;

/* quantize, dequantize */
enum { OCT_QUANTIZE_Y, OCT_QUANTIZE_X, OCT_QUANTIZE_SCALE, OCT_QUANTIZE_ZERO, OCT_QUANTIZE_N_OPERANDS };

extern const oct_step_kind oct_step_quantize, oct_step_dequantize;

/* dynamic_quantize: one box, whose scale strides are all 0; scale and zero are results */
enum { OCT_DYNAMIC_Y, OCT_DYNAMIC_SCALE, OCT_DYNAMIC_ZERO, OCT_DYNAMIC_X, OCT_DYNAMIC_N_OPERANDS };

extern const oct_step_kind oct_step_dynamic_quantize;

#endif
