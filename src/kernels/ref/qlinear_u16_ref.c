/* 16-bit operators, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#define LEVEL(name) name##_ref
#include "kernels/qlinear_u16_body.h"
