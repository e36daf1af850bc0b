/* What calibration images look like, and what is wrong with them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CALIBRATE_IMAGES_H
#define OCT_CALIBRATE_IMAGES_H

#include <stdbool.h>

#include <octet/calibrate.h>

#define OCT_IMAGE_WARNINGS 5
#define OCT_IMAGE_WARNING_SIZE 256

typedef struct oct_images_seen { /* all zero: none */
    int n, n_plain, n_noise, n_repeated; /* of one colour; like noise; the same as the first */
    uint64_t first;                      /* hash of the first one */
    float min, max;                      /* of all elements */
} oct_images_seen;

/* One more: an input of a program, float32 or uint8. OCTET_BAD_INPUT: it holds a number that is not finite. */
octet_status oct_images_look(oct_images_seen *seen, const octet_tensor_info *info, const void *data, octet_error *err);

/* Sentences about what is wrong; their number. `info` is the input's; recipe, which may be NULL, says what float inputs can be. */
int oct_images_judge(char text[OCT_IMAGE_WARNINGS][OCT_IMAGE_WARNING_SIZE], const oct_images_seen *seen,
                     const octet_tensor_info *info, const octet_recipe *recipe);

#endif
