/* The float provider: every operator of the table in float32 (and its integer forms), bit-exact at all levels.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_FLOAT_H
#define OCT_FLOAT_H

#include "providers/provider.h"

extern const oct_provider oct_provider_float;

#endif
