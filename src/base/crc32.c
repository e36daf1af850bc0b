/* Four tables, four bytes a step. They are made anew at each call, which costs as much as some kilobytes of data.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32.h"

#define POLYNOMIAL 0xEDB88320u /* 0x04C11DB7, the lowest bit first */

/* crc of the bytes 0, 0, 0, `byte`, i.e. `byte` after eight steps of the shift register */
static void fill(uint32_t table[4][256])
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        table[0][byte] = crc;
    }
    for (int k = 1; k < 4; k++) /* the same with k more zero bytes behind */
        for (int byte = 0; byte < 256; byte++)
            table[k][byte] = table[k - 1][byte] >> 8 ^ table[0][table[k - 1][byte] & 0xff];
}

uint32_t oct_crc32(uint32_t crc, const void *data, size_t n)
{
    uint32_t table[4][256];
    fill(table);
    const uint8_t *p = data;
    crc = ~crc;
    for (; n >= 4; n -= 4, p += 4) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = table[3][crc & 0xff] ^ table[2][crc >> 8 & 0xff] ^ table[1][crc >> 16 & 0xff] ^ table[0][crc >> 24];
    }
    for (; n > 0; n--, p++)
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
    return ~crc;
}
