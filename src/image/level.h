/* Which CPU level the image kernels use: the detected one, or a lower one that a test asks for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_IMAGE_LEVEL_H
#define OCT_IMAGE_LEVEL_H

#include "base/cpu.h"

/* min(detected, cap). */
oct_cpu_level oct_image_level(void);

/* For tests and benchmarks: no level above `cap` from now on, in all threads. Starts at the highest. */
void oct_image_cap_level(oct_cpu_level cap);

#endif
