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

#include <stddef.h>
#include <stdint.h>

#include <octet/recipe.h>
#include <octet/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OCTET_MAX_RANK 8

/* Element types, numbered as in ONNX's TensorProto.DataType. */
typedef enum octet_dtype {
    OCTET_UNDEFINED = 0,
    OCTET_F32 = 1,
    OCTET_U8 = 2,
    OCTET_I8 = 3,
    OCTET_U16 = 4,
    OCTET_I16 = 5,
    OCTET_I32 = 6,
    OCTET_I64 = 7,
    OCTET_BOOL = 9,
    OCTET_F16 = 10,
    OCTET_F64 = 11,
    OCTET_U32 = 12,
    OCTET_U64 = 13,
    OCTET_BF16 = 16
} octet_dtype;

/* "float32", "uint8", ...: NumPy's names; "undefined" for any other number. */
OCTET_API const char *octet_dtype_name(octet_dtype dtype);
/* Bytes of one element, 0 for OCTET_UNDEFINED and unknown numbers. */
OCTET_API size_t octet_dtype_size(octet_dtype dtype);

typedef struct octet_model octet_model;     /* mutable graph; one thread at a time */
typedef struct octet_program octet_program; /* immutable; share between threads */
typedef struct octet_session octet_session; /* one per thread; its program must outlive it */
typedef struct octet_calibration octet_calibration; /* ranges of a float model's tensors: octet/calibrate.h */

/* Name, type and shape of a graph input or output. Strings live as long as the model or program asked. */
typedef struct octet_tensor_info {
    const char *name;
    octet_dtype dtype;
    int32_t rank;                          /* -1 in a model where it is not known */
    int64_t dims[OCTET_MAX_RANK];          /* row-major; -1 where free (in a model only) */
    const char *dim_names[OCTET_MAX_RANK]; /* name of a free dimension, else NULL */
    size_t n_bytes;                        /* 0 in a model */
} octet_tensor_info;

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

/* Where the normalization of an input happens. */
typedef enum octet_placement {
    OCTET_PLACEMENT_HOST = 0, /* before the run: the input is what the model states */
    OCTET_PLACEMENT_LAYER,    /* the input is uint8 pixels; a first step makes floats of them: a table per channel */
    OCTET_PLACEMENT_FOLD      /* the input is uint8 pixels; the first layer takes them as they lie, at no cost */
} octet_placement;

/* "host", "layer", "fold" */
OCTET_API const char *octet_placement_name(octet_placement placement);

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
} octet_compile_opts;

/* A model that takes uint8 and normalizes with nodes of its own (Cast, Sub, Mul, Div, Add, BatchNormalization, Transpose)
 * in front of a convolution or matrix product has these folded into it, whatever the placement. FOLD where the first
 * consumer is neither becomes LAYER, and of a uint8 input HOST: it stays as the model states. octet_program_placement
 * says why.
 * Shapes are bound, constants folded, nodes fused, weights packed. Nodes that nobody can run are all named in one
 * OCTET_UNSUPPORTED message. The model may be freed afterwards. A model can be compiled once. */
OCTET_API octet_status octet_compile(octet_program **out, octet_model *model, const octet_compile_opts *opts,
                                     octet_error *err);
OCTET_API void octet_program_free(octet_program *program);

OCTET_API int octet_program_n_inputs(const octet_program *program);
OCTET_API int octet_program_n_outputs(const octet_program *program);
OCTET_API const octet_tensor_info *octet_program_input(const octet_program *program, int i);
OCTET_API const octet_tensor_info *octet_program_output(const octet_program *program, int i);

/* Where the normalization of input i is done. *why (may be NULL): why it is not where it was asked for, or NULL. */
OCTET_API octet_placement octet_program_placement(const octet_program *program, int i, const char **why);

/* The same program for other pixels or another recipe: input i, whose placement must be LAYER or FOLD, is bound anew. Takes
 * about as long as packing the first layer (milliseconds) and shares all other weights with `program`, which may be
 * freed before or after. recipe: order, mean and scale (its layout is ignored: the model's is known); NULL: none, the
 * values 0..255 themselves. pixels may be NULL as in octet_compile_opts. OCTET_USAGE if channels do not fit. */
OCTET_API octet_status octet_program_bind(octet_program **out, const octet_program *program, int i,
                                          const octet_recipe *recipe, const octet_pixels *pixels, octet_error *err);

/* Nonzero if output i is a probability distribution already (the graph ends in Softmax there). */
OCTET_API int octet_program_output_is_softmax(const octet_program *program, int i);

/* Totals of a program. */
typedef struct octet_program_info {
    const char *cpu;        /* level chosen */
    size_t weight_bytes;    /* packed weights and parameters */
    size_t arena_bytes;     /* activations, inputs and outputs of one session */
    size_t scratch_bytes;   /* per thread */
    uint64_t macs;          /* multiply-accumulates of one run, as the graph states them (padding counted) */
    int n_steps;            /* after fusing and folding */
} octet_program_info;
OCTET_API void octet_program_get_info(const octet_program *program, octet_program_info *info);

/* One step of the program, in execution order. Strings live as long as the program. */
typedef struct octet_step_info {
    const char *name;     /* name of the ONNX node it stems from (the first, if several were fused) */
    const char *op;       /* ONNX operator, fused ones behind a plus: "Conv+Add+Relu" */
    const char *provider; /* "int8" or "float" */
    const char *kernel;   /* "avx2 6x16", "strided copy", ... */
    int32_t rank;         /* of the first output */
    int64_t dims[OCTET_MAX_RANK];
    octet_dtype dtype;
    uint64_t macs;
    uint64_t n_parameters;
    const char *reason;   /* in a quantized model: why the step computes in float; else NULL. QuantizeLinear and
                             DequantizeLinear, which lead from one provider to the other, have none: */
    int32_t conversion;   /* 1: to integers, -1: to float, 0: neither */
} octet_step_info;
OCTET_API octet_status octet_program_step(const octet_program *program, int i, octet_step_info *info);

/* ---- session ---- */

typedef struct octet_session_opts { /* all zero: defaults */
    int n_threads;                  /* 0: 1 */
} octet_session_opts;

/* All memory that a run writes: one allocation of octet_session_size bytes. */
OCTET_API size_t octet_session_size(const octet_program *program, const octet_session_opts *opts);
OCTET_API octet_status octet_session_new(octet_session **out, const octet_program *program,
                                         const octet_session_opts *opts, octet_error *err);
OCTET_API void octet_session_free(octet_session *session);

/* Buffers of input and output i, dense, row-major, shaped as octet_program_input and _output say, aligned to 64 bytes;
 * they belong to the session. A run leaves the inputs as they are. NULL if i is out of range. */
OCTET_API void *octet_session_input(octet_session *session, int i);
OCTET_API const void *octet_session_output(const octet_session *session, int i);

/* Compute all outputs from the inputs. Allocates nothing. Same bits at every CPU level and thread count. */
OCTET_API octet_status octet_session_run(octet_session *session, octet_error *err);
/* The same, storing the nanoseconds of each step in ns[0 .. n_steps-1]. */
OCTET_API octet_status octet_session_profile(octet_session *session, uint64_t *ns, octet_error *err);

/* Names of the CPU levels, the lowest first: i = 0, 1, ...; NULL behind the last. *available (may be NULL) is nonzero if
 * this machine has the level. */
OCTET_API const char *octet_cpu_level(int i, int *available);

/* Names of the providers in the default order of preference: i = 0, 1, ...; NULL behind the last. *alias (may be NULL) is
 * another spelling that is taken for it. */
OCTET_API const char *octet_provider(int i, const char **alias);

/* "MAJOR.MINOR.PATCH" */
OCTET_API const char *octet_version(void);

#ifdef __cplusplus
}
#endif
#endif
