/* What the Python tests need beyond the public functions: forcing a CPU level and making views.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/image.h>

#include "image/level.h"

OCTET_API int shim_cap_level(int level);
OCTET_API int shim_detected_level(void);

int shim_cap_level(int level)
{
    oct_image_cap_level((oct_cpu_level)level);
    return (int)oct_image_level();
}

int shim_detected_level(void)
{
    return (int)oct_cpu_detect();
}
