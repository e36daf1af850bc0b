/* The images of a proof, and both models' inputs made of them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROOF_PIXELS_H
#define OCT_PROOF_PIXELS_H

#include "onnx/write.h"

/* Numbers that look random, the same everywhere (xorshift). */
typedef struct oct_dice {
    uint64_t state;
} oct_dice;

uint32_t oct_dice_roll(oct_dice *dice);

#define OCT_PROOF_N_MADE 12 /* images that the proof makes itself */

typedef struct oct_proof_image {
    int64_t n, height, width;
    int channels;     /* 1, 3 (RGB; for frames Y, U, V, of which one pixel gives its chroma to the others) or 4 */
    uint8_t *samples; /* [n, height, width, channels] */
} oct_proof_image;

/* Image `which` of OCT_PROOF_N_MADE; a batch gets neighbours of it. `mean` is of the model's channels. */
octet_proof_kind oct_proof_make_image(oct_proof_image *image, int which, const float *mean, oct_dice *dice);

/* A pixel R, G, B to the Y, U, V that the conversion of `pixels` makes it of, rounded. */
void oct_proof_to_yuv(uint8_t pixel[3], const octet_pixels *pixels);

/* What the application hands over, and what a host makes of it for the original: elements of `info` at `data`. For frames the
 * host reads them, at `pixels`. */
void oct_proof_put_pixels(void *data, const octet_tensor_info *info, const oct_onnx_fold *fold,
                          const oct_proof_image *image, oct_dice *dice);
void oct_proof_put_normalized(void *data, const octet_tensor_info *info, const oct_onnx_fold *fold,
                              const oct_proof_image *image, const uint8_t *pixels);

/* Values for an input that is not of images: floats of -1..1, integers of 0..1. */
void oct_proof_put_random(void *data, const octet_tensor_info *info, oct_dice *dice);

/* Element i of a tensor as double. */
double oct_proof_element(const void *data, octet_dtype dtype, int64_t i);

#endif
