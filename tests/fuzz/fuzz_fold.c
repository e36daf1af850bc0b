/* Fuzzes the rewriting of models: any bytes are an error, or a rewriting that undoes to the same bytes and comes out the same
 * when done again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "onnx/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static octet_status copy_piece(void *context, const uint8_t *data, size_t n, octet_error *err)
{
    (void)err;
    uint8_t **at = context;
    memcpy(*at, data, n);
    *at += n;
    return OCTET_OK;
}

/* The result of the edits, to be freed. */
static oct_slice emit(const oct_edits *e)
{
    size_t n = oct_edits_size(e);
    uint8_t *bytes = malloc(n ? n : 1), *at = bytes;
    if (!bytes || oct_edits_emit(e, copy_piece, &at, NULL) != OCTET_OK || at != bytes + n)
        abort();
    return (oct_slice){bytes, n};
}

static void give_back(oct_slice s)
{
    free((void *)(uintptr_t)s.data);
}

/* A file that claims to be folded: the way back is an error or a file. */
static void try_undo(oct_slice file)
{
    oct_edits back = {0};
    octet_error err;
    if (oct_undo_read(&back, file, &err) != OCTET_OK)
        return;
    give_back(emit(&back));
    oct_edits_fini(&back);
}

static void check_round_trip(const oct_onnx_fold *fold, oct_slice file, const octet_fold_opts *opts)
{
    octet_error err;
    oct_edits back = {0};
    oct_slice folded = emit(&fold->edits);
    if (oct_onnx_fold_check(folded, &err) != OCTET_OK || !oct_onnx_is_folded(folded) ||
        oct_undo_read(&back, folded, &err) != OCTET_OK)
        abort();
    oct_slice restored = emit(&back);
    if (!oct_slice_equal(restored, file))
        abort();
    oct_onnx_fold again;
    if (oct_onnx_fold_plan(&again, restored, NULL, opts, &err) != OCTET_OK)
        abort();
    oct_slice twice = emit(&again.edits);
    if (!oct_slice_equal(twice, folded))
        abort();
    give_back(twice);
    oct_onnx_fold_fini(&again);
    give_back(restored);
    oct_edits_fini(&back);
    give_back(folded);
}

static octet_fold_opts choose(uint8_t a, uint8_t b)
{
    octet_fold_opts opts = {.placement = a & 1 ? OCTET_FOLD_RGBX : OCTET_FOLD_LAYER,
                            .recipe = {.order = (octet_channel_order)((a >> 1 & 3) % 3),
                                       .layout = a & 8 ? OCTET_NHWC : OCTET_NCHW,
                                       .mean = {123.675f, 116.28f, 103.53f, 1}, .scale = {0.0171f, 0.0175f, 0.0174f, 1}},
                            .pixels = {.format = (octet_pixel_format)(b & 7),
                                       .layout = b & 8 ? OCTET_NHWC : OCTET_NCHW, .linear = b >> 7},
                            .tail = (octet_fold_tail)((a >> 4 & 3) % 3)};
    if (opts.tail == OCTET_FOLD_ARGMAX)
        opts.argmax_type = b & 16 ? OCTET_U8 : OCTET_UNDEFINED;
    return opts;
}

static void try_options(oct_slice file, uint8_t a, uint8_t b)
{
    octet_error err;
    oct_onnx_fold fold;
    octet_fold_opts opts = choose(a, b);
    if (oct_onnx_fold_plan(&fold, file, NULL, &opts, &err) != OCTET_OK)
        return;
    if (!oct_edits_none(&fold.edits))
        check_round_trip(&fold, file, &opts);
    oct_onnx_fold_fini(&fold);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    octet_error err;
    oct_slice file = {data, n_bytes};
    try_undo(file);
    if (oct_onnx_is_folded(file) || oct_onnx_fold_check(file, &err) != OCTET_OK)
        return 0;
    static const uint8_t choices[][2] = {{0, 0}, {1, 1}, {8, 11}, {9, 8}, {16, 3}, {40, 24}, {2, 1}, {4, 2}, {0, 4}, {0, 135}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        try_options(file, choices[i][0], choices[i][1]);
    return 0;
}
