/* --calib: quantizing a float model with the ranges of some images.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CALIBRATION_H
#define CLI_CALIBRATION_H

#include <argp.h>

#include <octet/calibrate.h>

#include "fail.h"
#include "image_input.h"
#include "model_flags.h"
#include "pixel_flags.h"

#define CLI_MOST_CALIBRATION_IMAGES 500 /* of more, that many are taken, evenly spread */

typedef struct cli_calibration_flags { /* all zero: nothing given */
    octet_error *err;                  /* where the parser puts its message */
    const char *path, *root;           /* path NULL: the model is not quantized */
    const cli_pixel_flags *frames;     /* what files of the list hold; NULL: images */
    bool ignore_orientation;
} cli_calibration_flags;

extern const struct argp cli_calibration_argp; /* its input is a cli_calibration_flags */

/* --calib-root needs --calib. */
octet_status cli_calibration_check(const cli_calibration_flags *flags, octet_error *err);

/* Run the model file `path` over the images that the flags name, which come to `input` by `recipe`. model: the file, opened, its
 * shapes bound. opts: as the quantized program will be compiled. Tells what is wrong with the images. OCTET_BAD_INPUT: there are
 * none, or one cannot be used. Free with octet_calibration_free. */
octet_status cli_calibrate(octet_calibration **out, const char *path, const octet_model *model, const cli_model_flags *model_flags,
                           const cli_image_input *input, const octet_recipe *recipe, const octet_compile_opts *opts,
                           const cli_calibration_flags *flags, octet_error *err);

/* The ranges as text, a line each: min, max, with the digits that read back as the same float32, and the tensor's name, whose control
 * characters become '?'. malloc'd; NULL: out of memory. */
char *cli_calibration_text(const octet_calibration *calibration);

#endif
