/* CRC-32 (polynomial 0x04C11DB7 reflected, as in zlib, PNG and Ethernet): tells whether a file is still the one it was.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CRC32_H
#define OCT_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Of n more bytes behind those that gave `crc`; 0 to begin. */
uint32_t oct_crc32(uint32_t crc, const void *data, size_t n);

#endif
