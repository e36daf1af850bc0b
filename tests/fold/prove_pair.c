/* prove_pair ORIGINAL REWRITTEN layer|rgbx: the proof of octet fold on a file that something else rewrote, with the mean and
 * scale of the tests. Prints the verdict; exit code as octet's.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/proof.h"
#include "base/err.h"
#include "base/file.h"

static octet_status plan_and_prove(const char *original, const char *rewritten, bool rgbx, octet_proof *proof, octet_error *err)
{
    octet_fold_opts opts = {.placement = rgbx ? OCTET_FOLD_RGBX : OCTET_FOLD_LAYER,
                            .recipe = {.layout = OCTET_NCHW, .mean = {123.675f, 116.28f, 103.53f},
                                       .scale = {0.017125f, 0.017507f, 0.017429f}},
                            .pixels = {.layout = OCTET_NCHW}};
    oct_file file;
    oct_onnx_fold fold;
    OCT_TRY(oct_file_map(&file, original, 1 << 30, err));
    oct_slice bytes = {file.data, file.n_bytes};
    octet_status status = oct_onnx_fold_check(bytes, err);
    if (status == OCTET_OK)
        status = oct_onnx_fold_plan(&fold, bytes, original, &opts, err);
    if (status == OCTET_OK) {
        status = oct_prove(proof, &fold, original, rewritten, &(octet_proof_opts){0}, err);
        oct_onnx_fold_fini(&fold);
    }
    oct_file_unmap(&file);
    return status;
}

int main(int argc, char **argv)
{
    octet_error err = {.message = ""};
    octet_proof proof = {0};
    if (argc != 4)
        return OCTET_USAGE;
    octet_status status = plan_and_prove(argv[1], argv[2], strcmp(argv[3], "rgbx") == 0, &proof, &err);
    printf("relative %g", proof.relative);
    for (int kind = 0; kind < OCTET_PROOF_N_KINDS; kind++)
        printf(" %s %g", octet_proof_kind_name((octet_proof_kind)kind), proof.relative_by_kind[kind]);
    printf("\n%s\n", err.message);
    return (int)status;
}
