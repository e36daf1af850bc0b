/* The first 128 bytes of an artifact, and what they say of the rest.
 *
 *     | header, 128 bytes | metadata: a message of artifact.proto | zeros to a multiple of 64 | constants, to the end |
 *
 * The numbers are in the byte order of the machine that wrote them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ARTIFACT_HEADER_H
#define OCT_ARTIFACT_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <octet/status.h>

#define OCT_ARTIFACT_VERSION 2u
#define OCT_ARTIFACT_HEADER 128u
#define OCT_ARTIFACT_TENSORS 4096 /* inputs at most, and outputs: they are compared with one another */

typedef struct oct_artifact_header {
    uint64_t n_metadata; /* bytes, from 128 on */
    uint64_t consts;     /* where the constants begin: the metadata's end rounded up to 64 */
    uint64_t n_consts;   /* bytes, a multiple of 64; the file ends with them */
    uint64_t metadata_checksum; /* of metadata and zeros */
    uint64_t consts_checksum;
} oct_artifact_header;

/* Where the constants of n_metadata bytes of metadata begin. */
uint64_t oct_artifact_consts_at(uint64_t n_metadata);

void oct_artifact_header_write(uint8_t out[OCT_ARTIFACT_HEADER], const oct_artifact_header *h);

/* The bytes are those of an artifact, whatever else is wrong with it. */
bool oct_artifact_is(const void *data, size_t n_bytes);

/* Everything that the header claims holds for these n bytes, checksums included. OCTET_BAD_INPUT says what does not. */
octet_status oct_artifact_header_read(oct_artifact_header *h, const uint8_t *data, size_t n_bytes, octet_error *err);

#endif
