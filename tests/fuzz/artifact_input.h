/* The input of fuzz_artifact: an artifact without its header.
 *
 *     | bytes of the metadata, uint32 | metadata | constants |
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ARTIFACT_INPUT_H
#define ARTIFACT_INPUT_H

#include <stdint.h>
#include <string.h>

#define ARTIFACT_INPUT_HEAD 4u

/* Of n bytes; what the first four say is cut to what is there. */
static inline size_t artifact_input_metadata(const uint8_t *data, size_t n)
{
    uint32_t n_metadata = 0;
    if (n < ARTIFACT_INPUT_HEAD)
        return 0;
    memcpy(&n_metadata, data, sizeof n_metadata);
    return n_metadata < n - ARTIFACT_INPUT_HEAD ? n_metadata : n - ARTIFACT_INPUT_HEAD;
}

#endif
