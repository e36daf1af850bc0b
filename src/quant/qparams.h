/* From the range of a tensor to the scale and zero point of its 8-bit form. Law: docs/arithmetic.md, "Quantizing a float model".
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QPARAMS_H
#define OCT_QPARAMS_H

#include <stdbool.h>
#include <stdint.h>

#define OCT_WEIGHT_MAX 127 /* quantized weights are in -127..127 */

/* Activations, uint8: real = (q - zero) * scale. With lo = min(min, 0) and hi = max(max, 0)
 *     scale = float32((hi - lo) / 255) in double, zero = round_half_even(-lo / scale), a division in float32
 * so that 0 is a step exactly. A range of nothing but 0, or so small that the scale would be no normal float32, gives 1 and 0.
 * false: min or max is not finite, or min > max. */
bool oct_qparams_u8(float min, float max, float *scale, uint8_t *zero);

/* Weights of one output channel, int8: real = q * scale. `largest` is the largest |weight|, finite; scale is
 * float32(largest / 127), but so large that the bias fits: |bias / (x_scale * scale)| <= most_bias, and at least the
 * smallest normal float32. 1 where weights and bias are all 0. Steps are computed in double and rounded once. */
float oct_weight_scale(float largest, float bias, float x_scale, double most_bias);

/* round_half_even(w / scale), a division in double; in -127..127 */
int8_t oct_quantize_weight(float w, float scale);

/* round_half_even(bias / (x_scale * w_scale)), all in double; in -2147483647..2147483647 */
int32_t oct_quantize_bias(float bias, float x_scale, float w_scale);

#endif
