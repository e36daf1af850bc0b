/* The proof of a rewriting: the original with normalization on the host and the rewritten model, run side by side.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROOF_H
#define OCT_PROOF_H

#include "onnx/write.h"

/* Both files run on the same images. *proof is filled as far as it came. OCTET_CHECK_FAILED as octet_fold_write says. */
octet_status oct_prove(octet_proof *proof, const oct_onnx_fold *fold, const char *original, const char *rewritten,
                       const octet_proof_opts *opts, octet_error *err);

#endif
