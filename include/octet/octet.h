/* octet.h: read an ONNX classifier, compile it for this CPU, run it.
 *
 *     octet_model *m;    octet_model_open(&m, "model.onnx", &err);
 *     octet_program *p;  octet_compile(&p, m, NULL, &err);           octet_model_free(m);
 *     octet_session *s;  octet_session_new(&s, p, NULL, &err);
 *     memcpy(octet_session_input(s, 0), pixels, octet_program_input(p, 0)->n_bytes);
 *     octet_session_run(s, &err);
 *     const float *logits = octet_session_output(s, 0);
 *     octet_session_free(s);  octet_program_free(p);
 *
 * Every fallible function returns a status and fills *err (may be NULL). On failure *out is NULL.
 * A model is used by one thread at a time; a program is immutable and may be shared; a session belongs to one thread.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_OCTET_H
#define OCTET_OCTET_H

#include <octet/rt.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct octet_model octet_model;             /* mutable graph; one thread at a time */
typedef struct octet_calibration octet_calibration; /* ranges of a float model's tensors: octet/calibrate.h */

/* ---- model ---- */

/* Read an ONNX file; external data is looked for in the file's folder only. Refused nodes (control flow, recurrent,
 * unknown operators) are all named in one OCTET_UNSUPPORTED message. The file may be mapped until the model is freed. */
OCTET_API octet_status octet_model_open(octet_model **out, const char *path, octet_error *err);
/* The same from memory, which must stay valid until octet_model_free. External data is refused. */
OCTET_API octet_status octet_model_load(octet_model **out, const void *onnx, size_t n_bytes, octet_error *err);
OCTET_API void octet_model_free(octet_model *model); /* NULL is fine */

OCTET_API int octet_model_n_inputs(const octet_model *model); /* without initializers */
OCTET_API int octet_model_n_outputs(const octet_model *model);
OCTET_API octet_status octet_model_input(const octet_model *model, int i, octet_tensor_info *info);
OCTET_API octet_status octet_model_output(const octet_model *model, int i, octet_tensor_info *info);

/* Value of the free dimension `name` (of all that bear it). Unknown names are OCTET_USAGE. Free dimensions that nobody
 * bound: a first dimension becomes 1, any other is an error that names it. */
OCTET_API octet_status octet_model_bind_dim(octet_model *model, const char *name, int64_t value, octet_error *err);
/* Give input i its whole shape. OCTET_USAGE if it contradicts the fixed dimensions. */
OCTET_API octet_status octet_model_bind_shape(octet_model *model, int i, const int64_t *dims, int rank, octet_error *err);
/* Turn input i into a constant (copied). It is no input any more; those behind it move up. For shapes, axes and the like
 * that must be known at compile time, and for weights that were given as inputs. */
OCTET_API octet_status octet_model_bind_input(octet_model *model, int i, octet_dtype dtype, const int64_t *dims, int rank,
                                              const void *data, octet_error *err);

/* What the file says of itself. Strings are never NULL and live as long as the model. */
typedef struct octet_model_info {
    const char *producer_name, *producer_version, *domain;
    int64_t ir_version, model_version;
    int64_t opset;         /* version of ONNX's own operator set */
    uint64_t n_parameters; /* elements of the initializers */
    int n_nodes;
    int n_metadata;
} octet_model_info;
OCTET_API void octet_model_get_info(const octet_model *model, octet_model_info *info);
/* Entry i of the file's metadata_props; the key, or NULL behind the last. */
OCTET_API const char *octet_model_metadata(const octet_model *model, int i, const char **value);
/* Operators of the file with their counts, sorted by name: i in 0 .. n-1. NULL behind the last. */
OCTET_API const char *octet_model_op(const octet_model *model, int i, int *count);

/* ---- program ---- */

typedef struct octet_compile_opts { /* all zero: defaults */
    const char *cpu;                /* highest level to use: "ref", "avx2", "avx512", "avx512vnni"; NULL: this CPU's best */
    const char *providers;          /* comma-separated, in order of preference; NULL: "int8,float". Without int8 files with
                                       DequantizeLinear and QuantizeLinear run in float, other quantized operators not at
                                       all. "TIDLExecutionProvider" is int8, "CPUExecutionProvider" float */
    octet_placement placement;      /* of the normalization of input `pixel_input`; for LAYER and FOLD: */
    int pixel_input;                /* an input of rank 4, float32 or uint8 */
    const octet_recipe *recipe;     /* its order, layout, mean and scale; needed. With a uint8 input they come in front of
                                       what the model does itself, so mean 0 and scale 1 are usual there */
    const octet_pixels *pixels;     /* what the application hands over; NULL: RGB bytes, interleaved (gray: one channel) */
    const octet_calibration *calibration; /* quantize to 8 bits with its ranges; NULL: compute as the model states */
    const char *tuning;             /* file with the tilings that are fastest on this CPU (octet/tune.h); NULL: the defaults.
                                       The results do not depend on it. Nothing in it is for level ref, so that a portable
                                       artifact is the same with it */
} octet_compile_opts;

/* A model that takes uint8 and normalizes with nodes of its own (Cast, Sub, Mul, Div, Add, BatchNormalization, Transpose)
 * in front of a convolution or matrix product has these folded into it, whatever the placement. FOLD where the first
 * consumer is neither becomes LAYER, and of a uint8 input HOST: it stays as the model states. octet_program_placement
 * says why.
 * Shapes are bound, constants folded, nodes fused, weights packed. Nodes that nobody can run are all named in one
 * OCTET_UNSUPPORTED message. The model may be freed afterwards. A model can be compiled once. */
OCTET_API octet_status octet_compile(octet_program **out, octet_model *model, const octet_compile_opts *opts,
                                     octet_error *err);

/* Names of the providers in the default order of preference: i = 0, 1, ...; NULL behind the last. *alias (may be NULL) is
 * another spelling that is taken for it. */
OCTET_API const char *octet_provider(int i, const char **alias);

/* ---- artifacts ---- */

/* XXH3 (64 bits) of the model's file, and behind it of its external data files in the order in which the file names them.
 * Reads all of them. */
OCTET_API uint64_t octet_model_hash(const octet_model *model);

typedef struct octet_save_opts { /* all zero: defaults */
    const octet_model *source;   /* what the program was compiled from, for its hash; NULL: none is recorded */
    const octet_record *records; /* stored in this order; OCTET_RECIPE_METADATA is the recipe of the images */
    int n_records;
} octet_save_opts;

/* Write a program that octet_compile made as a file: whole or not at all. Compiled for "ref" it is portable: whoever opens
 * it packs its constants for the CPU there. Compiled for another level it is stored for that level. The same program gives
 * the same bytes everywhere. OCTET_UNSUPPORTED: it was opened from an artifact itself, or the message names a step whose packed
 * form cannot be checked, so that only a portable artifact can have it. */
OCTET_API octet_status octet_program_save(const octet_program *program, const char *path, const octet_save_opts *opts,
                                          octet_error *err);
/* The same into memory: *artifact is to be freed with octet_artifact_free. */
OCTET_API octet_status octet_program_save_memory(void **artifact, size_t *n_bytes, const octet_program *program,
                                                 const octet_save_opts *opts, octet_error *err);
OCTET_API void octet_artifact_free(void *artifact); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
