/* In what numbers the steps of a quantized program compute.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PRECISION_H
#define CLI_PRECISION_H

#include <cjson/cJSON.h>

#include <octet/octet.h>

typedef struct cli_precision {
    int n_integer, n_float, n_conversions; /* steps; conversions: QuantizeLinear and DequantizeLinear that stand alone */
} cli_precision;

cli_precision cli_precision_count(const octet_program *program);

/* "precision   8 bits, ranges from 100 images of calib.tsv: 60 steps in integers, 2 in float32, 3 between them", then the steps in
 * float32 with their reasons. */
void cli_precision_print(const octet_program *program, const char *images, int n_images);
/* The same as "calibration": {...} */
void cli_precision_add(cJSON *document, const octet_program *program, const char *images, int n_images);

#endif
