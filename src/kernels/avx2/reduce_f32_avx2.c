/* Reductions and softmax in float32, 8 at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/avx2/lanes_avx2.h"

#include "kernels/math_f32_lanes.h"

#define REDUCE_RECORD oct_reduce_f32_avx2
#define REDUCE_NAME "avx2"
#include "kernels/reduce_f32_lanes.h"
