/* XXH3 with 64 bits, the checksum of artifacts and the name of model files.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CHECKSUM_H
#define OCT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Of n bytes; p may be NULL for none. */
uint64_t oct_checksum(const void *p, size_t n);

/* Bytes in pieces. Allocates nothing. */
typedef struct oct_checksum_stream {
    _Alignas(64) unsigned char state[640]; /* XXH3_state_t */
} oct_checksum_stream;

void oct_checksum_begin(oct_checksum_stream *s);
void oct_checksum_add(oct_checksum_stream *s, const void *p, size_t n);
uint64_t oct_checksum_end(const oct_checksum_stream *s);

#endif
