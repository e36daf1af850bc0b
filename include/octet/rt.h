/* rt.h: run a compiled program. All of it is in the library octet_rt, which knows neither ONNX nor graphs; octet.h adds the
 * compiler.
 *
 *     octet_program *p;  octet_program_open(&p, "model.octet", NULL, &err);
 *     octet_session *s;  octet_session_new(&s, p, NULL, &err);
 *     memcpy(octet_session_input(s, 0), pixels, octet_program_input(p, 0)->n_bytes);
 *     octet_session_run(s, &err);
 *     const float *logits = octet_session_output(s, 0);
 *     octet_session_free(s);  octet_program_free(p);
 *
 * Every fallible function returns a status and fills *err (may be NULL). On failure *out is NULL.
 * A program is immutable and may be shared; a session belongs to one thread.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_RT_H
#define OCTET_RT_H

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

typedef struct octet_program octet_program; /* immutable; share between threads */
typedef struct octet_session octet_session; /* one per thread; its program must outlive it */

/* Name, type and shape of a graph input or output. Strings live as long as the model or program asked. */
typedef struct octet_tensor_info {
    const char *name;
    octet_dtype dtype;
    int32_t rank;                          /* -1 in a model where it is not known */
    int64_t dims[OCTET_MAX_RANK];          /* row-major; -1 where free (in a model only) */
    const char *dim_names[OCTET_MAX_RANK]; /* name of a free dimension, else NULL */
    size_t n_bytes;                        /* 0 in a model */
} octet_tensor_info;

/* ---- program ---- */

/* Where the normalization of an input happens. */
typedef enum octet_placement {
    OCTET_PLACEMENT_HOST = 0, /* before the run: the input is what the model states */
    OCTET_PLACEMENT_LAYER,    /* the input is uint8 pixels; a first step makes floats of them: a table per channel */
    OCTET_PLACEMENT_FOLD      /* the input is uint8 pixels; the first layer takes them as they lie, at no cost */
} octet_placement;

/* "host", "layer", "fold" */
OCTET_API const char *octet_placement_name(octet_placement placement);

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

/* What input i, whose placement is LAYER or FOLD, is bound to: *recipe and *pixels (each may be NULL) as they were given to
 * octet_compile or octet_program_bind. 0: it is not bound, they are untouched. */
OCTET_API int octet_program_binding(const octet_program *program, int i, octet_recipe *recipe, octet_pixels *pixels);

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

/* ---- artifacts: programs as files (docs/artifact.md) ---- */

/* Nonzero if these bytes, of which 8 are enough, begin as an artifact does. */
OCTET_API int octet_is_artifact(const void *data, size_t n_bytes);

/* Open a program that octet_program_save wrote. The file stays mapped until the last program made of it is freed. A portable
 * one is packed for `cpu` here, which takes milliseconds; one that is stored for a level uses its constants as they lie.
 * Every byte is checked first: OCTET_BAD_INPUT for a file that is damaged, cut short, of another format version or no
 * artifact; OCTET_UNSUPPORTED if it was stored for a level that this CPU does not have, or for another than `cpu`. */
typedef struct octet_open_opts { /* all zero: defaults */
    const char *cpu;             /* level to run at, as in octet_compile_opts; NULL: this CPU's best, or the one stored for */
} octet_open_opts;
OCTET_API octet_status octet_program_open(octet_program **out, const char *path, const octet_open_opts *opts,
                                          octet_error *err);
/* The same from memory, which must stay valid until the last program made of it is freed. Aligned to 64 bytes it is used in
 * place, else the constants are copied. */
OCTET_API octet_status octet_program_load(octet_program **out, const void *artifact, size_t n_bytes,
                                          const octet_open_opts *opts, octet_error *err);

/* Something worth remembering of how a program came to be: a key of [a-z0-9._-] and a text. */
typedef struct octet_record {
    const char *key, *value;
} octet_record;

/* What an artifact says of itself. */
typedef struct octet_artifact_info {
    const char *octet_version; /* of the octet that wrote it */
    const char *cpu;           /* the level it was stored for; "portable" */
    uint64_t source_hash;      /* octet_model_hash of the model it was compiled from; 0: not recorded */
} octet_artifact_info;
/* Nonzero if the program was opened from an artifact; else *info is all zero. */
OCTET_API int octet_program_artifact(const octet_program *program, octet_artifact_info *info);
/* Record i of the artifact, in the order of octet_save_opts; NULL behind the last. */
OCTET_API const octet_record *octet_program_record(const octet_program *program, int i);

/* ---- session ---- */

typedef struct octet_session_opts { /* all zero: defaults */
    int n_threads;                  /* 0: 1 */
} octet_session_opts;

/* All memory that a run writes: one allocation of octet_session_size bytes. */
OCTET_API size_t octet_session_size(const octet_program *program, const octet_session_opts *opts);
OCTET_API octet_status octet_session_new(octet_session **out, const octet_program *program,
                                         const octet_session_opts *opts, octet_error *err);
/* The same for one thread in memory of the caller: octet_session_size(program, NULL) bytes aligned to 64, which must stay
 * valid while the session is used. Nothing is allocated, here or later, and octet_session_free is not called.
 * OCTET_USAGE: too few bytes, or not aligned. */
OCTET_API octet_status octet_session_init(octet_session **out, void *memory, size_t n_bytes, const octet_program *program,
                                          octet_error *err);
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

/* "MAJOR.MINOR.PATCH" */
OCTET_API const char *octet_version(void);

#ifdef __cplusplus
}
#endif
#endif
