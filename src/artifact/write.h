/* program -> artifact.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ARTIFACT_WRITE_H
#define OCT_ARTIFACT_WRITE_H

#include "runtime/program.h"

/* What is written beside the program. */
typedef struct oct_artifact_origin {
    uint64_t source_hash; /* 0: none */
    const octet_record *records;
    int n_records;
} oct_artifact_origin;

/* The artifact, handed over piece by piece. OCTET_UNSUPPORTED names a step that cannot be stored, OCTET_USAGE a bad record. */
typedef octet_status (*oct_artifact_put)(void *context, const void *data, size_t n, octet_error *err);
octet_status oct_artifact_write(const octet_program *p, const oct_artifact_origin *origin, oct_artifact_put put, void *context,
                                octet_error *err);

#endif
