/* Quantizers, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#define LOOPS oct_quant_ref
#include "kernels/quant_body.h"
