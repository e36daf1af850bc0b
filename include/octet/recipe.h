/* recipe.h: how an image becomes the input of a classifier. The one home of the recipe, shared by octet.h (which moves its
 * arithmetic into the model) and image.h (which carries it out on pixels).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_RECIPE_H
#define OCTET_RECIPE_H

#include <stddef.h>
#include <stdint.h>

#include <octet/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- resize dialects --------------------------------------------------------------------------------------------- */

/* Whose arithmetic: each gives the same bytes as that library on 8-bit gray and RGB: OpenCV 4.6 and 4.12, Pillow 9.4
 * to 12 (12.2 and 12.3 differ on images more than 100 times as tall as wide). Pillow 13 has the vertical pass first
 * where the height shrinks by more than twice as many pixels as the width, which gives slightly other bytes for tall
 * images; so do the PILLOW13 dialects. */
typedef enum octet_resize_dialect {
    OCTET_RESIZE_PILLOW_BILINEAR = 0, /* Pillow's are antialiased: the filter widens with the reduction */
    OCTET_RESIZE_PILLOW_NEAREST,
    OCTET_RESIZE_PILLOW_BOX,
    OCTET_RESIZE_PILLOW_BICUBIC,
    OCTET_RESIZE_PILLOW_LANCZOS,
    OCTET_RESIZE_OPENCV_LINEAR, /* two taps an axis whatever the reduction */
    OCTET_RESIZE_OPENCV_AREA,
    OCTET_RESIZE_OPENCV_NEAREST,
    OCTET_RESIZE_PILLOW13_BILINEAR,
    OCTET_RESIZE_PILLOW13_BOX,
    OCTET_RESIZE_PILLOW13_BICUBIC,
    OCTET_RESIZE_PILLOW13_LANCZOS,
    OCTET_RESIZE_N_DIALECTS
} octet_resize_dialect;

/* "pillow-bilinear", "pillow13-bicubic", "opencv-area", ...: never NULL, static storage. */
OCTET_API const char *octet_resize_dialect_name(octet_resize_dialect dialect);
/* By name; nearest, box, bilinear, bicubic and lanczos mean Pillow's, area OpenCV's. OCTET_USAGE for another name; the
 * message gives the nearest spelling and lists them all. */
OCTET_API octet_status octet_resize_dialect_parse(octet_resize_dialect *dialect, const char *name, octet_error *err);

/* ---- the recipe -------------------------------------------------------------------------------------------------- */

typedef enum octet_resize_kind {
    OCTET_RESIZE_NONE = 0,
    OCTET_RESIZE_SHORTER, /* shorter side to `resize_width`, the other to int(resize_width * longer / shorter) */
    OCTET_RESIZE_STRETCH  /* to resize_width x resize_height */
} octet_resize_kind;

typedef enum octet_channel_order { OCTET_RGB = 0, OCTET_BGR, OCTET_GRAY } octet_channel_order;
typedef enum octet_pixel_layout { OCTET_NHWC = 0, OCTET_NCHW } octet_pixel_layout;

#define OCTET_MAX_CHANNELS 4

/* What the model was trained on. All zero: no resize, no crop, RGB, NHWC, mean 0 and scale 1. */
typedef struct octet_recipe {
    octet_resize_kind resize;
    int32_t resize_width, resize_height;
    octet_resize_dialect dialect;
    int32_t crop_width, crop_height; /* 0, 0: no crop */
    octet_channel_order order;       /* of the model's input channels; mean and scale are in this order too */
    octet_pixel_layout layout;       /* of the model's input tensor */
    float mean[OCTET_MAX_CHANNELS];  /* y = (x - mean[c]) * scale[c], x = 0..255, in float32: one subtraction, one product */
    float scale[OCTET_MAX_CHANNELS]; /* 1/std, not std; 0 in every used channel means 1 */
} octet_recipe;

/* "RGB", "BGR", "gray"; "NHWC", "NCHW": never NULL, static storage. */
OCTET_API const char *octet_channel_order_name(octet_channel_order order);
OCTET_API const char *octet_pixel_layout_name(octet_pixel_layout layout);
/* By name, letter case free. OCTET_USAGE with the nearest spelling. */
OCTET_API octet_status octet_channel_order_parse(octet_channel_order *order, const char *name, octet_error *err);
OCTET_API octet_status octet_pixel_layout_parse(octet_pixel_layout *layout, const char *name, octet_error *err);

#define OCTET_RECIPE_METADATA "octet.recipe" /* key of an ONNX file's metadata_props; its value is the text below */
#define OCTET_RECIPE_TEXT_SIZE 512           /* enough for every recipe, with the NUL */

/* The recipe of a model input of 1 to OCTET_MAX_CHANNELS `channels` as one line, the same in every locale:
 *     resize=shorter:256 interp=pillow-bilinear crop=224x224 order=RGB layout=NCHW mean=123.675,116.28,103.53 scale=1,1,1
 * resize is none, shorter:N or stretch:WxH; crop none or WxH; mean and scale have a number for each channel, with the
 * fewest digits that read back as the same float32. A scale of all zeros is written as ones.
 * OCTET_USAGE: n_bytes too small (text is then ""), or a value that no recipe has. */
OCTET_API octet_status octet_recipe_format(char *text, size_t n_bytes, const octet_recipe *recipe, int channels,
                                           octet_error *err);

/* The inverse; all seven entries in any order, blanks or line ends between them. *channels is how many numbers mean and
 * scale have. On failure neither result is touched. OCTET_BAD_INPUT names the entry, and the nearest key of an unknown one. */
OCTET_API octet_status octet_recipe_parse(octet_recipe *recipe, int *channels, const char *text, octet_error *err);

/* What no model wants, and what looks right but is made for pixels of 0..1: OCTET_USAGE with the values that were meant.
 * - channels other than 1, 3 and 4, or not those of the order; values that are not finite; a scale of 0; impossible sizes
 * - means of 0..1 (255 times that was meant)
 * - a scale above 1: std in place of 1/std, or made for pixels of 0..1 */
OCTET_API octet_status octet_recipe_check(const octet_recipe *recipe, int channels, octet_error *err);

/* ---- pixels ------------------------------------------------------------------------------------------------------ */

typedef enum octet_pixel_format {
    OCTET_PIXELS_RGB = 0, /* 3 bytes, interleaved (NHWC) or in planes (NCHW), as are BGR and RGBX */
    OCTET_PIXELS_BGR,
    OCTET_PIXELS_GRAY,    /* 1 byte; a model of three channels sees R = G = B */
    OCTET_PIXELS_RGBX,    /* 4 bytes, the fourth is ignored */
    OCTET_PIXELS_NV12,    /* plane Y[H][W], then U, V interleaved [H/2][W/2][2]; rows of odd images round up */
    OCTET_PIXELS_NV21,    /* the same, V before U */
    OCTET_PIXELS_I420,    /* planes Y[H][W], U[H/2][W/2], V[H/2][W/2] */
    OCTET_PIXELS_YUYV,    /* Y0 U Y1 V for two neighbours [H][W/2][4] */
    OCTET_PIXELS_N_FORMATS
} octet_pixel_format;

typedef enum octet_yuv_matrix { OCTET_BT601 = 0, OCTET_BT709 } octet_yuv_matrix;
typedef enum octet_yuv_range { OCTET_YUV_LIMITED = 0, OCTET_YUV_FULL } octet_yuv_range; /* Y of 16..235 or of 0..255 */

/* What the application hands over. All zero: RGB bytes, interleaved. */
typedef struct octet_pixels {
    octet_pixel_format format;
    octet_pixel_layout layout; /* of RGB, BGR and RGBX; the others have their own */
    octet_yuv_matrix matrix;   /* of the YUV formats, as is range */
    octet_yuv_range range;
    int32_t linear;            /* YUV: 1 leaves out the clip to 0..255 of the conversion, which so becomes affine and can be
                                  folded too; 0 converts in integers with the clip, as octet_yuv_to_rgb does */
} octet_pixels;

/* "RGB", "NV12", ...; "bt601", "bt709"; "limited", "full": never NULL, static storage. */
OCTET_API const char *octet_pixel_format_name(octet_pixel_format format);
OCTET_API const char *octet_yuv_matrix_name(octet_yuv_matrix matrix);
OCTET_API const char *octet_yuv_range_name(octet_yuv_range range);
/* By name, letter case free; YUY2 is YUYV. OCTET_USAGE with the nearest spelling. */
OCTET_API octet_status octet_pixel_format_parse(octet_pixel_format *format, const char *name, octet_error *err);
OCTET_API octet_status octet_yuv_matrix_parse(octet_yuv_matrix *matrix, const char *name, octet_error *err);
OCTET_API octet_status octet_yuv_range_parse(octet_yuv_range *range, const char *name, octet_error *err);

#define OCTET_PIXELS_METADATA "octet.pixels" /* key of an ONNX file's metadata_props; its value is octet_pixels_name */
#define OCTET_PIXELS_NAME_SIZE 40

/* "RGB,NHWC", "gray", "NV12,bt601,limited", "YUYV,bt709,full,linear" in text, which is returned. */
OCTET_API const char *octet_pixels_name(char text[OCTET_PIXELS_NAME_SIZE], const octet_pixels *pixels);
/* The inverse: words between commas in any order, letter case free, each kind at most once; what is left out is as in
 * all-zero pixels. On failure *pixels is not touched. OCTET_USAGE also for a layout of YUV and a matrix of RGB. */
OCTET_API octet_status octet_pixels_parse(octet_pixels *pixels, const char *text, octet_error *err);

#ifdef __cplusplus
}
#endif
#endif
