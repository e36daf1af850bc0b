/* Local response normalization, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#define LEVEL(name) name##_ref
#include "kernels/lrn_f32_body.h"
