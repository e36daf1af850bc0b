/* Flags for raw YUV frames in place of image files.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PIXEL_FLAGS_H
#define CLI_PIXEL_FLAGS_H

#include <argp.h>
#include <stdbool.h>

#include <octet/image.h>

#include "fail.h"

typedef struct cli_pixel_flags {         /* all zero: nothing given, the files are images */
    octet_error *err;                    /* where the parser puts its message */
    const char *format, *matrix, *range; /* as given */
    int32_t width, height;               /* --frame */
    bool has_roi, linear; /* linear: --linear-yuv */
    octet_rect roi;
    bool frames;                         /* by cli_pixels_check: the files are frames of */
    octet_pixels pixels;
} cli_pixel_flags;

extern const struct argp cli_pixel_argp; /* its input is a cli_pixel_flags */

/* Flags that do not go together, and what they come to. ignore_orientation: --ignore-orientation is given. OCTET_USAGE. */
octet_status cli_pixels_check(cli_pixel_flags *flags, bool ignore_orientation, octet_error *err);

#endif
