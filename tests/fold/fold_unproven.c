/* fold_unproven MODEL OUT layer|rgbx: what octet fold writes, without the proof, for models that Octet cannot run (control
 * flow, sparse tensors): other runtimes can, and a test compares there. Exit code as octet's.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <octet/fold.h>

int main(int argc, char **argv)
{
    octet_fold_opts opts = {.recipe = {.layout = OCTET_NCHW, .mean = {123.675f, 116.28f, 103.53f},
                                       .scale = {0.017125f, 0.017507f, 0.017429f}},
                            .pixels = {.layout = OCTET_NCHW}, .input = "x"};
    octet_error err;
    octet_fold *fold;
    if (argc != 4)
        return OCTET_USAGE;
    opts.placement = strcmp(argv[3], "rgbx") == 0 ? OCTET_FOLD_RGBX : OCTET_FOLD_LAYER;
    octet_status status = octet_fold_open(&fold, argv[1], &err);
    if (status == OCTET_OK)
        status = octet_fold_plan(fold, &opts, &err);
    if (status == OCTET_OK)
        status = octet_fold_write(fold, argv[2], NULL, NULL, &err);
    if (status != OCTET_OK)
        fprintf(stderr, "%s\n", err.message);
    octet_fold_free(fold);
    return (int)status;
}
