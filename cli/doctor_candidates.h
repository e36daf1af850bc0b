/* What octet doctor tries: the means and scales that are in use, ways to resize and crop, resize dialects.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DOCTOR_CANDIDATES_H
#define CLI_DOCTOR_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>

#include <octet/recipe.h>

#include "image_input.h"

/* Families of mean and scale, by the values they give. One stands for all in the first round: the first of its kind. */
typedef enum cli_family_kind {
    CLI_FAMILY_STANDARD, /* mean 0 and variance 1 over a data set */
    CLI_FAMILY_CENTRED,  /* -1..1 */
    CLI_FAMILY_UNIT,     /* 0..1 */
    CLI_FAMILY_RAW,      /* 0..255 */
    CLI_FAMILY_SHIFTED,  /* 0..255 less a mean */
    CLI_FAMILY_HALF,     /* -0.5..0.5 */
    CLI_FAMILY_INVERTED, /* 1..0: black on white where white on black was learnt, or the reverse */
    CLI_FAMILY_N_KINDS
} cli_family_kind;

typedef struct cli_family {
    const char *name;
    cli_family_kind kind;
    float mean[3], std[3]; /* of red, green and blue, or in [0] of gray; pixels are 0..255 */
    const char *source;    /* who trains with it */
} cli_family;

/* Family i for models of 1 or 3 channels, those of a kind one behind the other; NULL behind the last. */
const cli_family *cli_family_at(int channels, int i);

/* Put its numbers into a recipe of this order. */
void cli_family_apply(octet_recipe *recipe, const cli_family *family);

/* Fields that flags have settled. */
typedef struct cli_doctor_fixed {
    bool mean, scale, order, layout, resize, crop, dialect;
} cli_doctor_fixed;

/* Ways to come to the size of the input, each `from` with other resize and crop; what is fixed stays. How many. */
#define CLI_MOST_GEOMETRIES 8
int cli_doctor_geometries(octet_recipe out[CLI_MOST_GEOMETRIES], const octet_recipe *from, const cli_image_input *input,
                          const cli_doctor_fixed *fixed);

/* Dialects worth a try; dialect i, or OCTET_RESIZE_N_DIALECTS behind the last. */
octet_resize_dialect cli_doctor_dialect(int i);

#endif
