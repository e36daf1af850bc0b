/* math_f32.h: elementary functions of float32 that give the same bits on every CPU, compiler and optimization level.
 * Nothing of libm but exact IEEE operations is called. The body is math_f32_lanes.h; these are its one-lane forms.
 *
 *   function            largest error over all 2^32 arguments, in units in the last place (0.5: correctly rounded)
 *   exp                 0.99
 *   sigmoid, tanh       0.98, 0.70
 *   log                 0.5001   log(0) = -inf, log(x < 0) = NaN
 *   erf, gelu           0.502, 0.506   gelu(-inf) = -0
 *   gelu_tanh           0.5001   of x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
 *   softplus, mish      0.5002   ln(1 + e^x), x*tanh(softplus(x)); mish(-inf) = -0
 *   elu, celu           0.5001   alpha*(e^x - 1), alpha*(e^(x/alpha) - 1) for x < 0, else x
 *   selu                as elu, times gamma before it is rounded
 *   pow                 0.501    special cases of C99; exact x*x for y = 2, correctly rounded for y = 1/2
 *
 * Results in the subnormal range are rounded like any other. A NaN gives a NaN.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MATH_F32_H
#define OCT_MATH_F32_H

float oct_exp_f32(float x);
float oct_log_f32(float x);
float oct_sigmoid_f32(float x);
float oct_tanh_f32(float x);
float oct_erf_f32(float x);
float oct_gelu_f32(float x);
float oct_gelu_tanh_f32(float x);
float oct_softplus_f32(float x);
float oct_mish_f32(float x);
float oct_elu_f32(float x, float alpha);
float oct_celu_f32(float x, float alpha);
float oct_selu_f32(float x, float alpha, float gamma);
float oct_pow_f32(float x, float y);

#endif
