/* Elementwise float32 operations, 8 at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/avx2/lanes_avx2.h"

#include "kernels/math_f32_lanes.h"

#define MAP_TABLE oct_map_f32_avx2
#include "kernels/map_f32_lanes.h"
