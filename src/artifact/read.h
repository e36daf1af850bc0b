/* artifact -> program. The bytes are believed in nothing: read.c checks what the header says, restore.c each number of the
 * metadata, prove.c that no step can leave its operands.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ARTIFACT_READ_H
#define OCT_ARTIFACT_READ_H

#include "runtime/program.h"

struct OctPb__Artifact;

/* The program's tables out of the message; p->consts is there. Every index, size, number and name is in range then, but what
 * the steps do with their operands is not known. OCTET_BAD_INPUT; OCTET_UNSUPPORTED: a kind of step that is not known. */
octet_status oct_artifact_restore(octet_program *p, const struct OctPb__Artifact *a, octet_error *err);

/* Whether step i, run with the scratch that it asks for, stays inside its operands; *extents has room for
 * its operands, of which the steps have most_operands at most. */
size_t oct_artifact_most_operands(const octet_program *p);
bool oct_artifact_step_is_safe(const octet_program *p, int i, oct_step_extent *extents);

/* Every step, run with the scratch that it asks for, stays inside its operands. */
octet_status oct_artifact_prove(const octet_program *p, octet_error *err);

/* Pack the constants of a proven program of level ref for p->cpu. */
octet_status oct_artifact_pack(octet_program *p, octet_error *err);

/* Scratch and kernel names for p->cpu. */
octet_status oct_artifact_settle(octet_program *p, octet_error *err);

#endif
