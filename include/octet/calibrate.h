/* calibrate.h: quantize a float model to 8 bits after training, from a few images of the kind it will see.
 *
 *     octet_model_open(&m, "model.onnx", &err);
 *     octet_calibration_new(&c, m, &opts, NULL, &err);             octet_model_free(m);
 *     for each image:
 *         memcpy(octet_calibration_input(c, 0), pixels, n);  octet_calibration_add(c, &err);
 *     octet_model_open(&m, "model.onnx", &err);                     the same file again
 *     opts.calibration = c;
 *     octet_compile(&p, m, &opts, &err);                            octet_calibration_free(c);
 *
 * A calibration runs the float model and keeps the range of every tensor that becomes 8-bit. It is for that model and for the
 * placement it was made with; octet_compile refuses it elsewhere (OCTET_USAGE). The same images and options give
 * the same ranges on every CPU, at every level and thread count. Formulas: docs/arithmetic.md.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_CALIBRATE_H
#define OCTET_CALIBRATE_H

#include <octet/octet.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OCTET_FEWEST_CALIBRATION_IMAGES 8 /* fewer are a warning */

/* What a tensor's values lie in, over all images. */
typedef struct octet_range {
    const char *name; /* of the model's tensor */
    float min, max;   /* not finite where a value was not; infinite and -infinite before the first image */
} octet_range;

/* Prepare to watch `model`, which is compiled by this as by octet_compile and may be freed afterwards. opts: as the quantized
 * program will be compiled; its `calibration` must be NULL. session may be NULL. Errors are those of octet_compile. */
OCTET_API octet_status octet_calibration_new(octet_calibration **out, octet_model *model, const octet_compile_opts *opts,
                                             const octet_session_opts *session, octet_error *err);
OCTET_API void octet_calibration_free(octet_calibration *calibration); /* NULL is fine */

/* The float program that is run; lives as long as the calibration. Its outputs are tensors that are watched. */
OCTET_API const octet_program *octet_calibration_program(const octet_calibration *calibration);

/* Buffer of input i, as octet_session_input. */
OCTET_API void *octet_calibration_input(octet_calibration *calibration, int i);
/* Run on the inputs as they stand and widen the ranges. */
OCTET_API octet_status octet_calibration_add(octet_calibration *calibration, octet_error *err);

OCTET_API int octet_calibration_n_images(const octet_calibration *calibration);
/* Range i, in the model's order; NULL behind the last. Good until the calibration is freed. */
OCTET_API const octet_range *octet_calibration_range(const octet_calibration *calibration, int i);

/* What is wrong with the images as far as one can see: few, all the same, of one colour, noise, out of range. Sentence i, or
 * NULL behind the last; good until the next call of any function with this calibration. */
OCTET_API const char *octet_calibration_warning(octet_calibration *calibration, int i);

#ifdef __cplusplus
}
#endif
#endif
