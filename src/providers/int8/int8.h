/* The integer engine: quantized operators, and bytes moved.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_INT8_H
#define OCT_INT8_H

#include "providers/provider.h"

extern const oct_provider oct_provider_int8;

#endif
