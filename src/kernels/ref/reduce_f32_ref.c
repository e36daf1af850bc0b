/* Reductions and softmax in float32, plain C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/ref/lanes_ref.h"
#include "kernels/ref/math_calls.h"

#define REDUCE_RECORD oct_reduce_f32_ref
#define REDUCE_NAME "ref"
#include "kernels/reduce_f32_lanes.h"
