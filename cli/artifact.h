/* Artifacts where a command takes a model.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ARTIFACT_H
#define CLI_ARTIFACT_H

#include <stdbool.h>

#include "classifier.h"

/* The file begins as an artifact does. A file that cannot be read is none: whoever opens it says why. */
bool cli_is_artifact(const char *path);

/* OCTET_USAGE if the file is an artifact: `command` needs the ONNX model, and why. */
octet_status cli_refuse_artifact(const char *path, const char *command, const char *why, octet_error *err);

/* Open it at the level of --cpu; --dim and a --placement that is not its own are OCTET_USAGE. */
octet_status cli_artifact_open(octet_program **out, const char *path, const cli_model_flags *model,
                               const cli_placement_flags *placement, octet_error *err);

/* Program, input, recipe and placement of *c: the recipe is the one that the artifact records, overridden by --config and by
 * flags, and the program is bound to it and to what `opts` says of the pixels. */
octet_status cli_artifact_classifier(cli_classifier *c, const cli_classifier_opts *opts, octet_error *err);

#endif
