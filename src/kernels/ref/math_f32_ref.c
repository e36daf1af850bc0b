/* Elementary functions, one argument at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/math_f32.h"

#include "kernels/ref/lanes_ref.h"

#include "kernels/math_f32_lanes.h"

float oct_exp_f32(float x) { return v_exp(x); }
float oct_log_f32(float x) { return v_log(x); }
float oct_sigmoid_f32(float x) { return v_sigmoid(x); }
float oct_tanh_f32(float x) { return v_tanh(x); }
float oct_erf_f32(float x) { return v_erf(x); }
float oct_gelu_f32(float x) { return v_gelu(x); }
float oct_gelu_tanh_f32(float x) { return v_gelu_tanh(x); }
float oct_softplus_f32(float x) { return v_softplus(x); }
float oct_mish_f32(float x) { return v_mish(x); }
float oct_elu_f32(float x, float alpha) { return v_elu(x, alpha); }
float oct_celu_f32(float x, float alpha) { return v_celu(x, alpha); }
float oct_selu_f32(float x, float alpha, float gamma) { return v_selu(x, alpha, gamma); }
float oct_pow_f32(float x, float y) { return v_pow(x, y); }
