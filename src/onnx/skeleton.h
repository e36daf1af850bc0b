/* A reduced copy of a serialized message, made before protobuf-c sees anything: long tensor data is replaced by its
 * position in the original, so that unpacking costs memory for the structure of a model and not for its weights.
 * Subgraphs, documentation and other parts that the reader does not look at are left out.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_SKELETON_H
#define OCT_SKELETON_H

#include <stddef.h>
#include <stdint.h>

#include <octet/status.h>

#include "base/file.h"

#define OCT_SKELETON_LONG 1024 /* tensor data of more bytes stays in the file */

typedef struct oct_skeleton {
    uint8_t *data;
    size_t n_bytes;
} oct_skeleton;

/* From a serialized ModelProto or TensorProto. OCTET_BAD_INPUT names the byte where the message is damaged.
 * `file` is where a model is mapped, NULL if nowhere: pages that were walked over are given back.
 * Free with oct_skeleton_free, after a failure too. */
octet_status oct_skeleton_model(oct_skeleton *out, const void *data, size_t n_bytes, const oct_file *file,
                                octet_error *err);
octet_status oct_skeleton_tensor(oct_skeleton *out, const void *data, size_t n_bytes, octet_error *err);
void oct_skeleton_free(oct_skeleton *skeleton);

#endif
