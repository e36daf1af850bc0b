/* Inside of the file readers: what each gets and gives, and the check of claimed sizes that all share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_IMAGE_READER_H
#define OCT_IMAGE_READER_H

#include "image/rows.h"

typedef struct oct_image_file {
    const uint8_t *data;
    size_t n_bytes;
    uint64_t max_pixels;
} oct_image_file;

/* What a reader makes. All-zero before; after a failure the image may be half built and is freed by the caller. */
typedef struct oct_image_read {
    octet_image image;
    int orientation; /* EXIF 1..8; 0: none given */
} oct_image_read;

octet_status oct_png_read(oct_image_read *out, const oct_image_file *file, octet_error *err);
octet_status oct_jpeg_read(oct_image_read *out, const oct_image_file *file, octet_error *err);
octet_status oct_bmp_read(oct_image_read *out, const oct_image_file *file, octet_error *err);
octet_status oct_pnm_read(oct_image_read *out, const oct_image_file *file, octet_error *err);

/* OCTET_BAD_INPUT for an empty side or more than file->max_pixels. `format` is named in the message. */
octet_status oct_read_check(const oct_image_file *file, const char *format, uint64_t width, uint64_t height,
                            octet_error *err);

/* The same check, then room for the pixels in out->image. */
octet_status oct_read_begin(oct_image_read *out, const oct_image_file *file, const char *format, uint64_t width,
                            uint64_t height, int32_t channels, octet_error *err);

/* round(c * a / 255) for c and a in 0..255; there are no halves, 255 being odd. 257 / 65536 is just below 1 / 255. */
static inline uint8_t oct_mul_255(unsigned c, unsigned a)
{
    unsigned t = c * a + 128;
    return (uint8_t)((t + (t >> 8)) >> 8);
}

/* Orientation 1..8 in a TIFF structure of n bytes (EXIF without its "Exif\0\0"); 0 if there is none, or damaged. */
int oct_exif_orientation(const uint8_t *tiff, size_t n);

/* Turn or mirror the pixels upright. Replaces image->memory for 2..8. */
octet_status oct_image_orient(octet_image *image, int orientation, octet_error *err);

#endif
