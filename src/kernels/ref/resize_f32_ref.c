/* Separable Resize, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#define LEVEL(name) name##_ref
#include "kernels/resize_f32_body.h"
