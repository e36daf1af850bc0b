/* Octet's image library: PNG, JPEG, BMP and PNM files and YUV frames to 8-bit pixels, byte-exact resize dialects, and
 * the preprocessing of a classifier (resize, crop, channel order, mean and scale). Link with -loctet_image.
 * Needs nothing of octet.h. Functions share no state; images may be used by several threads for reading.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_IMAGE_H
#define OCTET_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include <octet/recipe.h>
#include <octet/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- images ------------------------------------------------------------------------------------------------------ */

/* What reading a file changed on the way to 8-bit gray or RGB; bits of octet_image.notes. */
typedef enum octet_image_note {
    OCTET_IMAGE_HAD_ALPHA = 1,    /* composited on black: round(colour * alpha / 255), both at 8 bits */
    OCTET_IMAGE_WAS_16BIT = 2,    /* PNG: sample >> 8. PNM: as all PNM, round_half_even(sample / maxval * 255) */
    OCTET_IMAGE_WAS_LOW_DEPTH = 4,/* fewer than 8 bits a sample, stretched to 0..255 */
    OCTET_IMAGE_WAS_PALETTE = 8,  /* colours looked up; always three channels */
    OCTET_IMAGE_WAS_CMYK = 16,    /* red = K - round((255 - C) * K / 255), samples as stored: 255 is no ink (Adobe) */
    OCTET_IMAGE_WAS_ORIENTED = 32 /* turned or mirrored by its EXIF orientation */
} octet_image_note;

/* 8-bit pixels, channels interleaved. All-zero is a valid, empty image. */
typedef struct octet_image {
    int32_t width, height;
    int32_t channels; /* 1 gray, 3 RGB */
    uint32_t notes;   /* of octet_image_note */
    size_t stride;    /* bytes from row to row, >= width * channels; nothing between the rows is touched */
    uint8_t *pixels;  /* row 0 on top */
    void *memory;     /* what octet_image_free gives back; NULL in a view on someone else's pixels */
} octet_image;

#define OCTET_IMAGE_MAX_PIXELS 100000000u /* default limit on width * height of a file and of a resize */

typedef struct octet_image_load_opts { /* all zero: defaults */
    uint64_t max_pixels;       /* a file that claims more is refused before any allocation; 0: OCTET_IMAGE_MAX_PIXELS */
    int32_t ignore_orientation; /* 1: pixels as stored (as Pillow and torchvision); 0: apply EXIF (as OpenCV) */
} octet_image_load_opts;

/* Read an image file, found out by its first bytes. PNG (all types and depths, interlaced too), JPEG (baseline and
 * progressive, gray, YCbCr, RGB, CMYK and YCCK; the same bytes as libjpeg-turbo's default decompression), BMP
 * (1, 4, 8, 16, 24, 32 bits, not run-length coded), PGM and PPM (P2, P3, P5, P6, maxval up to 65535).
 * *image must be empty; on failure it stays so. opts may be NULL.
 * OCTET_BAD_INPUT: missing, damaged or cut short, no image, too large; OCTET_UNSUPPORTED: valid but not done here. */
OCTET_API octet_status octet_image_load(octet_image *image, const char *path, const octet_image_load_opts *opts,
                                        octet_error *err);
/* The same from n_bytes of memory, which may be freed afterwards. */
OCTET_API octet_status octet_image_load_memory(octet_image *image, const void *data, size_t n_bytes,
                                               const octet_image_load_opts *opts, octet_error *err);

/* An image with pixels of its own, not initialised. channels 1 or 3, sides >= 1, at most OCTET_IMAGE_MAX_PIXELS.
 * OCTET_USAGE or OCTET_NO_MEMORY. */
OCTET_API octet_status octet_image_new(octet_image *image, int32_t width, int32_t height, int32_t channels,
                                       octet_error *err);
/* Gives the pixels back if they are its own and leaves the image empty. NULL is fine. */
OCTET_API void octet_image_free(octet_image *image);

/* View of the rectangle at (x, y): shares the pixels of `image`, which must outlive it. OCTET_USAGE if not inside. */
OCTET_API octet_status octet_image_view(octet_image *view, const octet_image *image, int32_t x, int32_t y,
                                        int32_t width, int32_t height, octet_error *err);


/* New image in the given order. RGB to gray is Pillow's L: (19595 R + 38470 G + 7471 B + 32768) >> 16; gray to RGB or
 * BGR repeats the value. A three-channel source counts as RGB, so BGR from BGR gives RGB. */
OCTET_API octet_status octet_image_convert(octet_image *dst, const octet_image *src, octet_channel_order order,
                                           octet_error *err);

/* Planes of an image: planes[c] receives width * height bytes, rows without gaps. channels planes are written. */
OCTET_API void octet_image_split(uint8_t *const *planes, const octet_image *src);

/* ---- YUV frames -------------------------------------------------------------------------------------------------- */

/* A frame of NV12, NV21, I420 or YUYV as a camera leaves it. With half = (side + 1) / 2 its planes are
 *     NV12, NV21   planes[0] Y, width bytes a row; planes[1] pairs of chroma, half height rows of 2 * half width bytes
 *     I420         planes[0] Y; planes[1] U and planes[2] V, half height rows of half width bytes
 *     YUYV         planes[0], 4 * half width bytes a row
 * The memory is the caller's; nothing between the rows is read. */
typedef struct octet_yuv_frame {
    octet_pixels pixels; /* format, matrix and range; layout and linear do not matter */
    int32_t width, height;
    const uint8_t *planes[3];
    size_t strides[3]; /* bytes from row to row of each plane */
} octet_yuv_frame;

typedef struct octet_rect {
    int32_t x, y, width, height; /* pixels; (x, y) is the left upper corner */
} octet_rect;

/* Bytes of a frame whose planes follow each other, rows without gaps: NV12 of 1920x1080 has 3,110,400. 0 for another
 * format, sides below 1 or more than OCTET_IMAGE_MAX_PIXELS. */
OCTET_API size_t octet_yuv_frame_bytes(octet_pixel_format format, int32_t width, int32_t height);

/* Such a frame in n_bytes of memory, which must outlive it. OCTET_USAGE for what is no YUV format and impossible sizes,
 * OCTET_BAD_INPUT if n_bytes are not exactly those of the frame. */
OCTET_API octet_status octet_yuv_frame_from_memory(octet_yuv_frame *frame, const octet_pixels *pixels, int32_t width,
                                                   int32_t height, const void *data, size_t n_bytes, octet_error *err);

/* New RGB image of the region of interest (NULL: all; odd corners and sizes are fine). Integers with the clip to 0..255 and
 * nearest chroma, formulas in docs/arithmetic.md: the same bytes as libyuv's NV12ToRGB24Matrix and its like with
 * kYuvI601Constants (BT.601 limited), kYuvJPEGConstants (BT.601 full), kYuvH709Constants and kYuvF709Constants, on every CPU.
 * OCTET_USAGE: no YUV format, a missing plane, a stride below its row, a region not inside; OCTET_NO_MEMORY. */
OCTET_API octet_status octet_yuv_to_rgb(octet_image *dst, const octet_yuv_frame *frame, const octet_rect *roi,
                                        octet_error *err);

/* Pixels of the region that this conversion clips in one channel or more. In the others the linear form (octet_pixels) is
 * at most 1/2 away in each channel. Errors as above. */
OCTET_API octet_status octet_yuv_count_clipped(uint64_t *n_pixels, const octet_yuv_frame *frame, const octet_rect *roi,
                                               octet_error *err);

/* ---- resize ------------------------------------------------------------------------------------------------------ */

/* New image of width x height. OCTET_USAGE if a side is < 1 or the result passes OCTET_IMAGE_MAX_PIXELS;
 * OCTET_UNSUPPORTED if a side of either image passes 4,194,304. */
OCTET_API octet_status octet_image_resize(octet_image *dst, const octet_image *src, int32_t width, int32_t height,
                                          octet_resize_dialect dialect, octet_error *err);

/* ---- preprocessing of a classifier ------------------------------------------------------------------------------- */

/* Size of what octet_image_geometry makes of a width x height image. OCTET_USAGE for impossible recipes or images. */
OCTET_API octet_status octet_image_geometry_size(int32_t *out_width, int32_t *out_height, int32_t width, int32_t height,
                                                 const octet_recipe *recipe, octet_error *err);

/* New 8-bit image: gray first if the recipe's order is gray, then resize, then the centre crop; sizes and offsets as
 * torchvision has them: offset round_half_even((side - crop) / 2); a crop beyond the image has a black border,
 * (crop - side) / 2 of it left or above. Only the pixels inside the crop are computed. RGB stays RGB whatever the order
 * (octet_image_to_float and octet_image_convert swap), gray stays gray. */
OCTET_API octet_status octet_image_geometry(octet_image *dst, const octet_image *src, const octet_recipe *recipe,
                                            octet_error *err);

/* The float tensor of an image, order, mean, scale and layout from the recipe; its geometry fields are not used.
 * n_floats is the room at dst and must be at least width * height * (1 if the order is gray, else 3), else OCTET_USAGE.
 * The same bits on every CPU. */
OCTET_API octet_status octet_image_to_float(float *dst, size_t n_floats, const octet_image *src,
                                            const octet_recipe *recipe, octet_error *err);

#ifdef __cplusplus
}
#endif
#endif
