/* math_calls.h: the functions v_* of math_f32_lanes.h for one lane, by those that math_f32_ref.c holds.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MATH_CALLS_H
#define OCT_MATH_CALLS_H

#include "kernels/math_f32.h"

#define v_exp oct_exp_f32
#define v_log oct_log_f32
#define v_sigmoid oct_sigmoid_f32
#define v_tanh oct_tanh_f32
#define v_erf oct_erf_f32
#define v_gelu oct_gelu_f32
#define v_gelu_tanh oct_gelu_tanh_f32
#define v_softplus oct_softplus_f32
#define v_mish oct_mish_f32
#define v_elu oct_elu_f32
#define v_celu oct_celu_f32
#define v_selu oct_selu_f32
#define v_pow oct_pow_f32

#endif
