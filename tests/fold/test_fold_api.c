/* octet/fold.h from C: the order of calls, what a wrong one says, and the checksum that undoing relies on.
 *     test_fold_api MODEL OUT
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include <octet/fold.h>

#include "base/crc32.h"
#include "tests/check.h"

static const octet_fold_opts opts = {.recipe = {.layout = OCTET_NCHW, .mean = {128, 128, 128}, .scale = {0.01f, 0.01f, 0.01f}},
                                     .pixels = {.format = OCTET_PIXELS_BGR}, .tail = OCTET_FOLD_SOFTMAX};

static void check_wrong_calls(const char *model, const char *out)
{
    octet_error err;
    octet_fold *fold = NULL;
    CHECK(octet_fold_open(&fold, "/no/such/file", &err) == OCTET_BAD_INPUT && !fold, "%s", err.message);
    CHECK(octet_fold_open(&fold, model, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_fold_undo(fold, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_fold_write(fold, out, NULL, NULL, &err) == OCTET_USAGE, "%s", err.message);
    octet_fold_opts wrong = opts;
    wrong.axes = "NCH";
    CHECK(octet_fold_plan(fold, &wrong, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_fold_plan(fold, &opts, &err) == OCTET_USAGE, "planned twice: %s", err.message);
    CHECK(octet_fold_write(fold, out, NULL, NULL, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(access(out, F_OK) != 0, "%s is there", out);
    octet_fold_free(fold);
    octet_fold_free(NULL);
}

static void check_fold(const char *model, const char *out)
{
    octet_error err;
    octet_fold *fold;
    octet_tensor_info info;
    octet_fold_info result;
    octet_proof proof;
    CHECK(octet_fold_open(&fold, model, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_fold_input(fold, NULL, &info, &err) == OCTET_OK && info.rank == 4 && info.dtype == OCTET_F32 &&
          info.dims[0] == -1 && strcmp(info.dim_names[0], "N") == 0 && info.dims[1] == 3, "%s", err.message);
    CHECK(octet_fold_input(fold, "nothing", &info, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(!octet_fold_metadata(fold, OCTET_RECIPE_METADATA), "a recipe before");
    CHECK(octet_fold_plan(fold, &opts, &err) == OCTET_OK, "%s", err.message);
    octet_fold_get_info(fold, &result);
    CHECK(strcmp(result.input, "input") == 0 && strcmp(result.output, "logits") == 0 && !result.unchanged, "info");
    CHECK(octet_fold_write(fold, out, &(octet_proof_opts){.tolerance = 1e-3, .n_threads = 2}, &proof, &err) == OCTET_OK, "%s",
          err.message);
    CHECK(proof.n_images == 12 && proof.varies && proof.relative <= proof.tolerance && proof.largest_logit > 1,
          "%d images, %g of %g, logits up to %g", proof.n_images, proof.relative, proof.tolerance, proof.largest_logit);
    octet_fold_free(fold);
}

static void check_result(const char *out)
{
    octet_error err;
    octet_model *m;
    octet_tensor_info info;
    octet_fold *fold;
    CHECK(octet_model_open(&m, out, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_model_input(m, 0, &info) == OCTET_OK && info.dtype == OCTET_U8 && info.dims[3] == 3, "input of %s", out);
    octet_model_free(m);
    CHECK(octet_fold_open(&fold, out, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_fold_input(fold, NULL, &info, &err) == OCTET_OK && info.dtype == OCTET_F32 && info.dims[1] == 3,
          "a folded file stands for its original");
    const char *placement = octet_fold_metadata(fold, OCTET_PLACEMENT_METADATA);
    CHECK(placement && strcmp(placement, "layer") == 0, "placement '%s'", placement ? placement : "");
    CHECK(octet_fold_undo(fold, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_fold_plan(fold, &opts, &err) == OCTET_USAGE, "%s", err.message);
    CHECK(octet_fold_write(fold, out, NULL, NULL, &err) == OCTET_OK, "%s", err.message);
    octet_fold_free(fold);
    CHECK(octet_fold_open(&fold, out, &err) == OCTET_OK && octet_fold_undo(fold, &err) == OCTET_USAGE, "it is the original");
    octet_fold_free(fold);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    CHECK(oct_crc32(0, "123456789", 9) == 0xCBF43926u, "CRC-32 of the usual text: %x", (unsigned)oct_crc32(0, "123456789", 9));
    CHECK(oct_crc32(oct_crc32(0, "1234", 4), "56789", 5) == 0xCBF43926u, "CRC-32 in two parts");
    unlink(argv[2]);
    check_wrong_calls(argv[1], argv[2]);
    check_fold(argv[1], argv[2]);
    check_result(argv[2]);
    unlink(argv[2]);
    return check_done();
}
