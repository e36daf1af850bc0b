/* What a calibration tells the compiler.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_API_CALIBRATION_H
#define OCT_API_CALIBRATION_H

#include "quant/ranges.h"

/* Its ranges; NULL for NULL. */
const oct_ranges *oct_calibration_ranges(const octet_calibration *calibration);

#endif
