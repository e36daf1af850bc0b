/* The version.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/rt.h>

const char *octet_version(void)
{
    return OCTET_VERSION; /* the build's: project() in CMakeLists.txt */
}
