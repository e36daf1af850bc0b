/* The images of octet doctor: each is decoded once and visited in an order that mixes the classes of a sorted list; resized and
 * cropped pixels are kept for as long as the geometry stays. Both are bounded: what goes beyond is made again at each use.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DOCTOR_IMAGES_H
#define CLI_DOCTOR_IMAGES_H

#include "evaluation_set.h"
#include "image_notes.h"

#define CLI_DOCTOR_USUAL_IMAGES 200  /* without --limit */
#define CLI_DOCTOR_MOST_IMAGES 10000
#define CLI_DOCTOR_KEEP_BYTES ((size_t)512 << 20)

typedef struct cli_doctor_images { /* all zero is empty */
    cli_evaluation_set set;
    size_t n;           /* that can be read, in the order of visits */
    size_t n_failed;
    size_t *items;      /* [n] which of the set */
    int *classes;       /* [n] class ids */
    octet_image *kept;  /* [n] decoded; empty beyond the bound */
    size_t kept_bytes;
    cli_image_notes notes;
} cli_doctor_images;

/* Read the list and decode. An image that cannot be read is complained of and left out; *first is the status of the first.
 * OCTET_BAD_INPUT if none is left. `images` must be all zero; cli_doctor_images_close after a failure too. */
octet_status cli_doctor_images_open(cli_doctor_images *images, const cli_evaluation_opts *opts, const cli_image_input *input,
                                    octet_status *first, octet_error *err);
void cli_doctor_images_close(cli_doctor_images *images);

/* Classes 0 .. largest; how many images have the most frequent one. */
int cli_doctor_largest_class(const cli_doctor_images *images);
size_t cli_doctor_most_of_a_class(const cli_doctor_images *images);
/* All decoded images are width x height; false where they are not kept. */
bool cli_doctor_all_have_size(const cli_doctor_images *images, int32_t width, int32_t height);

/* ---- resized and cropped ---- */

typedef struct cli_fitted { /* all zero is empty */
    octet_recipe geometry;  /* of what is kept */
    octet_image *kept;      /* [n]; empty where not made yet, or beyond the bound */
    size_t n, kept_bytes;
} cli_fitted;

/* The same resize, dialect and crop, and both gray or neither. */
bool cli_same_geometry(const octet_recipe *a, const octet_recipe *b);

/* Keep from now on what this recipe makes of the n images; forget what another geometry made. */
octet_status cli_fitted_use(cli_fitted *fitted, const octet_recipe *recipe, size_t n, octet_error *err);
void cli_fitted_free(cli_fitted *fitted);

/* Image i by a recipe. *view is valid until `own` (empty before) is freed or the geometry changes; free `own` in any case.
 * *same: the recipe has another geometry than `fitted`, whose pixels of this image are kept, and comes to the same ones. */
octet_status cli_fitted_image(octet_image *view, octet_image *own, bool *same, cli_fitted *fitted, cli_doctor_images *images,
                              size_t i, const octet_recipe *recipe, octet_error *err);

#endif
