/* Elementwise float32 operations, plain C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/ref/lanes_ref.h"
#include "kernels/ref/math_calls.h"

#define MAP_TABLE oct_map_f32_ref
#include "kernels/map_f32_lanes.h"
