/* A classifier ready to run: compiled model, session, and the recipe that makes its input from an image.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLASSIFIER_H
#define CLI_CLASSIFIER_H

#include <octet/image.h>
#include <octet/octet.h>

#include "calibration.h"
#include "image_input.h"
#include "image_notes.h"
#include "model_flags.h"
#include "pixel_flags.h"
#include "placement_flags.h"
#include "recipe_flags.h"

typedef struct cli_classifier { /* all zero: closed */
    octet_program *program;
    octet_session *session;
    cli_image_input input;
    octet_recipe recipe;
    octet_placement placement; /* LAYER, FOLD: the session takes pixels, RGB interleaved or gray */
    const char *elsewhere;     /* why the normalization is not placed where it was asked for, or NULL */
    int output;      /* which output holds the scores */
    int n_scores;
    const char *cpu; /* level chosen */
    uint64_t run_ns; /* spent in octet_session_run so far */
    int n_calibration_images; /* that it was quantized with; 0: it was not */
    const cli_model_flags *flags; /* those it was opened with */
} cli_classifier;

typedef struct cli_classifier_opts {
    const char *path;
    const cli_model_flags *model;
    const cli_recipe_flags *recipe;
    const cli_placement_flags *placement;
    const cli_pixel_flags *frames; /* these go straight into the first layer; NULL: images */
    const cli_calibration_flags *calib; /* NULL, or no path in it: the model as it is */
    bool exact;            /* the images have the size of the input already */
    bool quiet;            /* the caller tells of a placement that is not the one asked for */
} cli_classifier_opts;

/* Open, compile (an artifact is compiled already) and check: one image input (1x3xHxW, 1xHxWx3 or one channel; float32 or uint8) and scores in float32.
 * Close with cli_classifier_close, after a failure too. */
octet_status cli_classifier_open(cli_classifier *c, const cli_classifier_opts *opts, octet_error *err);

/* Frames of opts can go straight into the first layer of *c, of which placement and input are known. OCTET_USAGE. */
octet_status cli_classifier_check_frames(const cli_classifier *c, const cli_classifier_opts *opts, octet_error *err);
void cli_classifier_close(cli_classifier *c);

/* Preprocess and run. *scores (n_scores of them) are the session's and valid until the next run. OCTET_BAD_INPUT: the image
 * does not come to the size of the input; OCTET_CHECK_FAILED: a score is not a number. *border: the crop reached beyond
 * the image. Messages do not name the image. */
octet_status cli_classifier_run(cli_classifier *c, const float **scores, const octet_image *image, bool *border,
                                octet_error *err);

/* The three parts of cli_classifier_run. fit: the recipe's geometry; *fitted must be empty. */
octet_status cli_classifier_fit(const cli_classifier *c, octet_image *fitted, const octet_image *image, bool *border,
                                octet_error *err);
/* Fill the session's input from a fitted image: floats, or pixels if the program takes these. */
octet_status cli_classifier_feed(cli_classifier *c, const octet_image *fitted, octet_error *err);
/* The same into other memory of that size; input, recipe and placement of *c are used. */
octet_status cli_classifier_fill(const cli_classifier *c, void *dst, const octet_image *fitted, octet_error *err);
octet_status cli_classifier_score(cli_classifier *c, const float **scores, octet_error *err);

/* Run on a frame of opts.frames, whose bytes these are. */
octet_status cli_classifier_run_frame(cli_classifier *c, const float **scores, const unsigned char *bytes, octet_error *err);

/* Another order, mean and scale: milliseconds, the weights are shared. The rest of the recipe is taken over as it is; its
 * layout must be that of the model. */
octet_status cli_classifier_bind(cli_classifier *c, const octet_recipe *recipe, octet_error *err);

#endif
