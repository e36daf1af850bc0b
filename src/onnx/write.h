/* ONNX files from ONNX files: preprocessing put in, and taken out again. Only the ranges that change are made anew.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ONNX_WRITE_H
#define OCT_ONNX_WRITE_H

#include <octet/fold.h>

#include "onnx/edits.h"
#include "onnx/undo.h"

/* A planned rewriting and what a proof needs to know of it. All-zero is empty; end with oct_onnx_fold_fini. Strings lie in
 * the arena of the edits, except `file`, which must outlive it. */
typedef struct oct_onnx_fold {
    oct_edits edits;              /* empty if the model carries its normalization already (found.input) */
    octet_fold_placement placement;
    octet_recipe recipe;          /* scale without the zeros that mean 1 */
    octet_pixels pixels;
    const char *input, *output;   /* output: of the tail, NULL without one */
    octet_dtype dtype;            /* of the input before */
    char axes[OCTET_MAX_RANK + 1];       /* of the input before */
    char pixel_axes[OCTET_MAX_RANK + 1]; /* of the input now; F: all bytes of a frame */
    int channels, pixel_channels; /* of the input before and now */
    int64_t height, width;        /* of the input before; -1: free */
    octet_fold_tail tail;
    int class_axis;               /* of the output, for the tail */
    bool external;                /* tensors of the model lie in other files */
    octet_fold_found found;
} oct_onnx_fold;

/* Structure of a model: OCTET_BAD_INPUT where it is damaged. To be called before all others. */
octet_status oct_onnx_fold_check(oct_slice file, octet_error *err);

/* octet_fold_input; strings in the arena. */
octet_status oct_onnx_fold_input(octet_tensor_info *info, oct_slice file, const char *name, oct_arena *arena,
                                 octet_error *err);

/* `path` is where the file lies, for its external data; NULL: nowhere. */
octet_status oct_onnx_fold_plan(oct_onnx_fold *fold, oct_slice file, const char *path, const octet_fold_opts *opts,
                                octet_error *err);
void oct_onnx_fold_fini(oct_onnx_fold *fold);

/* Folded by Octet before. */
bool oct_onnx_is_folded(oct_slice file);

/* A metadata entry of a file, in the arena; NULL if it has none of this key. */
const char *oct_onnx_metadata(oct_arena *arena, oct_slice file, const char *key);

#endif
