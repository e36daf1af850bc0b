/* Scales, zero points, and the weights and biases they make.
 * SPDX-License-Identifier: Apache-2.0 */
#include "quant/qparams.h"

#include <float.h>
#include <math.h>

bool oct_qparams_u8(float min, float max, float *scale, uint8_t *zero)
{
    if (!isfinite(min) || !isfinite(max) || min > max)
        return false;
    const float lo = min < 0 ? min : 0.0f, hi = max > 0 ? max : 0.0f;
    const double step = ((double)hi - (double)lo) / 255;
    const bool usable = step >= (double)FLT_MIN;
    *scale = usable ? (float)step : 1.0f;
    *zero = usable ? (uint8_t)rintf(-lo / *scale) : 0; /* at most 255, since -lo <= hi - lo */
    return true;
}

float oct_weight_scale(float largest, float bias, float x_scale, double most_bias)
{
    const double for_weights = (double)largest / OCT_WEIGHT_MAX, for_bias = fabs((double)bias) / ((double)x_scale * most_bias);
    const double scale = for_weights > for_bias ? for_weights : for_bias;
    if (scale == 0)
        return 1.0f;
    return scale < (double)FLT_MIN ? FLT_MIN : (float)scale;
}

static double clamp(double v, double most)
{
    return v < -most ? -most : v > most ? most : v;
}

int8_t oct_quantize_weight(float w, float scale)
{
    return (int8_t)clamp(rint((double)w / (double)scale), OCT_WEIGHT_MAX);
}

int32_t oct_quantize_bias(float bias, float x_scale, float w_scale)
{
    return (int32_t)clamp(rint((double)bias / ((double)x_scale * (double)w_scale)), INT32_MAX);
}
