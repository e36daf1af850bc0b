/* 8-bit operators, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#define LEVEL(name) name##_ref
#define LOOKUP_DENSE(y, x, table, n) 0
#include "kernels/qlinear_body.h"
