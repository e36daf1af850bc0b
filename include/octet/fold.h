/* fold.h: the preprocessing of a classifier written into its ONNX file, for any ONNX runtime: the application hands over
 * uint8 pixels, and the file says so. Proven on images before the file comes to be there, and undone byte for byte.
 *
 *     octet_fold *fold;
 *     octet_fold_opts opts = {.recipe = recipe, .pixels = {.format = OCTET_PIXELS_RGB}};
 *     octet_fold_open(&fold, "model.onnx", &err);
 *     octet_fold_plan(fold, &opts, &err);
 *     octet_fold_write(fold, "model_u8.onnx", &(octet_proof_opts){0}, &proof, &err);
 *     octet_fold_free(fold);
 *
 * Every byte of the file that is not touched stays: names, operator sets, other domains, unknown fields, metadata.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_FOLD_H
#define OCTET_FOLD_H

#include <octet/octet.h>
#include <octet/recipe.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum octet_fold_placement {
    OCTET_FOLD_LAYER = 0, /* nodes Cast, Sub, Mul behind the input, before them what order and layout need */
    OCTET_FOLD_RGBX       /* Cast alone: the scale goes into the weights of the first convolution, the mean into those of a
                             fourth channel, which the application fills with 255; exact at padded borders too. Pixels RGBX,
                             or BGR: then they are B, G, R, 255 */
} octet_fold_placement;

#define OCTET_PLACEMENT_METADATA "octet.placement" /* key of the file's metadata: "layer" or "rgbx" */

typedef enum octet_fold_tail {
    OCTET_FOLD_NO_TAIL = 0,
    OCTET_FOLD_SOFTMAX, /* the output becomes probabilities */
    OCTET_FOLD_ARGMAX   /* the output becomes the number of the best class, its dimension dropped */
} octet_fold_tail;

typedef struct octet_fold_opts { /* all zero: layer, pixels RGB in NHWC, nothing normalized */
    octet_fold_placement placement;
    octet_recipe recipe;  /* order, layout, mean and scale of the model; the rest is only recorded */
    octet_pixels pixels;  /* what the application hands over */
    const char *axes;     /* of the model's input, one letter each, C, H and W among them: "NCHW", "HWC", "CNHW"; NULL: the
                             recipe's layout behind N */
    const char *input;    /* NULL: the only one that is not an initializer */
    octet_fold_tail tail;
    octet_dtype argmax_type; /* OCTET_UNDEFINED: int64, as ArgMax gives; else a Cast to uint8, uint16, int32 or int64 */
    const char *output;   /* of the tail; NULL: the only one */
} octet_fold_opts;

/* Normalization that a model turned out to carry already. */
typedef struct octet_fold_found {
    const char *input;       /* NULL: none was found */
    const char *first, *last; /* names of the first and last node of it, or of their outputs where they have no name */
    int channels;
    float mean[OCTET_MAX_CHANNELS], scale[OCTET_MAX_CHANNELS];
} octet_fold_found;

typedef struct octet_fold_info { /* strings live as long as the fold */
    const char *input;  /* the input that takes pixels now */
    const char *output; /* of the tail; NULL: none */
    int unchanged;      /* 1: the file is folded with these options already and will be written as it is */
    octet_fold_found found;
} octet_fold_info;

typedef struct octet_fold octet_fold; /* the rewriting of one file; one thread at a time */

/* Map the file, which stays so until octet_fold_free, and check its structure. A file that Octet folded before stands for
 * the one it was folded from, from here on. OCTET_BAD_INPUT: no ONNX model, a damaged one, or one that was folded and
 * changed since. */
OCTET_API octet_status octet_fold_open(octet_fold **out, const char *path, octet_error *err);

/* The input called `name`, or the only one that is no initializer if that is NULL: as the model has it before. Strings live
 * as long as the fold. OCTET_USAGE: there is none, or several; the message lists them. */
OCTET_API octet_status octet_fold_input(octet_fold *fold, const char *name, octet_tensor_info *info, octet_error *err);

/* The value of a metadata entry of the file, NULL if it has none; lives as long as the fold. */
OCTET_API const char *octet_fold_metadata(octet_fold *fold, const char *key);

/* Plan the rewriting. Once only. OCTET_USAGE: options that contradict each other or the model, or a model that was folded
 * otherwise before (undo that first). OCTET_UNSUPPORTED: what cannot be folded, with node and reason. */
OCTET_API octet_status octet_fold_plan(octet_fold *fold, const octet_fold_opts *opts, octet_error *err);

/* Plan the way back instead: the file that this one was folded from, byte for byte. OCTET_USAGE: it was not folded. */
OCTET_API octet_status octet_fold_undo(octet_fold *fold, octet_error *err);

/* Of a planned one. */
OCTET_API void octet_fold_get_info(const octet_fold *fold, octet_fold_info *info);
OCTET_API void octet_fold_free(octet_fold *fold); /* NULL is fine */

/* ---- the proof ---- */

/* What the two models are run on. */
typedef enum octet_proof_kind {
    OCTET_PROOF_RANDOM = 0,
    OCTET_PROOF_CONSTANT, /* 0, the mean, 255 */
    OCTET_PROOF_BORDER,   /* one bright pixel around black, and the reverse; bright corners */
    OCTET_PROOF_PATTERN,  /* checkerboard, ramps */
    OCTET_PROOF_IMAGE,    /* those given */
    OCTET_PROOF_N_KINDS
} octet_proof_kind;

/* "random", "constant", ...: never NULL, static storage. */
OCTET_API const char *octet_proof_kind_name(octet_proof_kind kind);

typedef struct octet_proof_dim {
    const char *name;
    int64_t value;
} octet_proof_dim;

typedef struct octet_proof_opts { /* all zero: defaults */
    double tolerance;             /* of an output's largest difference / its largest |element|; 0: 1e-4, and for outputs of
                                     float16 and bfloat16, whose steps are larger, 2^-9 and 2^-6 */
    const char *cpu;              /* as octet_compile_opts */
    int n_threads;                /* 0: 1 */
    const octet_proof_dim *dims;  /* free dimensions that both models need to know */
    int n_dims;
    const uint8_t *const *images; /* RGB, interleaved, or gray for a model of one channel; size of the model's input */
    int n_images;
} octet_proof_opts;

typedef struct octet_proof {
    double tolerance;           /* the largest that was allowed */
    double largest_difference;  /* of an output element */
    double largest_logit;       /* largest |element| of the original's outputs */
    double relative;            /* the largest of difference / largest |element| over the outputs; what tolerance bounds */
    double relative_by_kind[OCTET_PROOF_N_KINDS];
    int n_by_kind[OCTET_PROOF_N_KINDS]; /* images run */
    int n_images;               /* in all */
    int varies;                 /* 0: the original gives the same outputs for every image, so that this proves little */
    char output[128];           /* the one that differs most, "" if none does */
} octet_proof;

/* Write the file beside `path` under a temporary name, run it and the original with normalization on the host on the same
 * images, both by Octet, compare all outputs, and only then give it its name. Other inputs get random values, free first
 * dimensions 1. OCTET_CHECK_FAILED: over the tolerance, or a result that is not a number; there is no file then. *proof is
 * filled in both cases. opts NULL: no proof (of an unfolding, whose checksum is proof; of one that is `unchanged`).
 * OCTET_UNSUPPORTED: Octet cannot run the model, so nothing can be proven; a model with external data may be written only
 * into its own folder. `path` may be the path that was opened. */
OCTET_API octet_status octet_fold_write(octet_fold *fold, const char *path, const octet_proof_opts *opts,
                                        octet_proof *proof, octet_error *err);

#ifdef __cplusplus
}
#endif
#endif
