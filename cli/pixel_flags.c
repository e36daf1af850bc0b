/* Reading and checking --pixels and its companions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pixel_flags.h"

#include <errno.h>
#include <stdio.h>

#include "arguments.h"
#include "numbers.h"

enum { PIXELS = CLI_KEYS_PIXELS, FRAME, MATRIX, RANGE, ROI, LINEAR };

static const struct argp_option options[] = {
    {.name = "pixels", .key = PIXELS, .arg = "FORMAT",
     .doc = "The files are no images but raw frames, one each: NV12, NV21, I420 or YUYV. Matrix and range may follow: "
            "NV12,bt709,full"},
    {.name = "frame", .key = FRAME, .arg = "WxH", .doc = "Size of the frames"},
    {.name = "matrix", .key = MATRIX, .arg = "MATRIX", .doc = "bt601 (default) or bt709"},
    {.name = "range", .key = RANGE, .arg = "RANGE", .doc = "limited (default): Y is 16..235. full: 0..255"},
    {.name = "roi", .key = ROI, .arg = "X,Y,W,H", .doc = "Only the W by H pixels from column X and row Y on"},
    {.name = "linear-yuv", .key = LINEAR,
     .doc = "Leave out the clip to 0..255 of the conversion, so that it can be folded into the first layer too: frames of the "
            "model's size go straight in. The pixels that would have been clipped are counted"},
    {0},
};

static octet_status parse_frame(cli_pixel_flags *flags, const char *text)
{
    CLI_TRY(cli_parse_size(&flags->width, &flags->height, text, "--frame", flags->err));
    if (flags->height == 0)
        return cli_fail(flags->err, OCTET_USAGE, "--frame '%s' is one side; give both, like 1920x1080", text);
    return OCTET_OK;
}

static octet_status parse_matrix(cli_pixel_flags *flags, const char *text)
{
    octet_yuv_matrix matrix;
    flags->matrix = text;
    return octet_yuv_matrix_parse(&matrix, text, flags->err);
}

static octet_status parse_range(cli_pixel_flags *flags, const char *text)
{
    octet_yuv_range range;
    flags->range = text;
    return octet_yuv_range_parse(&range, text, flags->err);
}

static octet_status parse_roi(cli_pixel_flags *flags, const char *text)
{
    int64_t values[4];
    const char *at = text;
    for (int i = 0; i < 4; i++) {
        if (!cli_scan_int(&values[i], &at, i < 2 ? 0 : 1, CLI_LARGEST_SIDE) || *at != (i < 3 ? ',' : '\0'))
            return cli_fail(flags->err, OCTET_USAGE, "--roi '%s' is not X,Y,W,H like 480,270,960,540 (sides 1..%d)", text,
                            CLI_LARGEST_SIDE);
        at++;
    }
    flags->roi = (octet_rect){(int32_t)values[0], (int32_t)values[1], (int32_t)values[2], (int32_t)values[3]};
    flags->has_roi = true;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_pixel_flags *flags = state->input;
    switch (key) {
    case PIXELS: flags->format = arg; return 0;
    case FRAME: return parse_frame(flags, arg) ? EINVAL : 0;
    case MATRIX: return parse_matrix(flags, arg) ? EINVAL : 0;
    case RANGE: return parse_range(flags, arg) ? EINVAL : 0;
    case ROI: return parse_roi(flags, arg) ? EINVAL : 0;
    case LINEAR: flags->linear = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_pixel_argp = {.options = options, .parser = parse};

/* ---- flags among themselves ---- */

/* As one text, so that a matrix given in two ways is found. */
static octet_status settle(cli_pixel_flags *flags, octet_error *err)
{
    char text[256];
    const char *matrix = flags->matrix, *range = flags->range;
    snprintf(text, sizeof text, "%s%s%s%s%s", flags->format, matrix ? "," : "", matrix ? matrix : "", range ? "," : "",
             range ? range : "");
    CLI_TRY(octet_pixels_parse(&flags->pixels, text, err));
    octet_pixel_format format = flags->pixels.format;
    if (octet_yuv_frame_bytes(format, 2, 2) == 0)
        return cli_fail(err, OCTET_USAGE, "--pixels %s: raw frames are NV12, NV21, I420 or YUYV", flags->format);
    flags->pixels.linear |= flags->linear;
    if (flags->pixels.linear && flags->has_roi)
        return cli_fail(err, OCTET_USAGE, "--roi does not go with --linear-yuv: whole frames go straight into the model");
    if (flags->width == 0)
        return cli_fail(err, OCTET_USAGE, "--pixels %s: a raw frame does not say its size, so give --frame WxH",
                        flags->format);
    if (octet_yuv_frame_bytes(format, flags->width, flags->height) == 0)
        return cli_fail(err, OCTET_USAGE, "--frame %dx%d has more than %u pixels", (int)flags->width, (int)flags->height,
                        OCTET_IMAGE_MAX_PIXELS);
    flags->frames = true;
    return OCTET_OK;
}

octet_status cli_pixels_check(cli_pixel_flags *flags, bool ignore_orientation, octet_error *err)
{
    const char *alone = flags->width    ? "--frame"
                        : flags->matrix ? "--matrix"
                        : flags->range  ? "--range"
                        : flags->has_roi ? "--roi"
                        : flags->linear  ? "--linear-yuv"
                                         : NULL;
    if (!flags->format && alone)
        return cli_fail(err, OCTET_USAGE, "%s is of raw frames; which do the files hold? --pixels NV12, NV21, I420 or YUYV",
                        alone);
    if (!flags->format)
        return OCTET_OK;
    if (ignore_orientation)
        return cli_fail(err, OCTET_USAGE, "--ignore-orientation is of image files; frames of --pixels have no orientation");
    CLI_TRY(settle(flags, err));
    const octet_rect *roi = &flags->roi;
    if (flags->has_roi && (roi->x + roi->width > flags->width || roi->y + roi->height > flags->height))
        return cli_fail(err, OCTET_USAGE, "--roi %d,%d,%d,%d is not inside the frame of %dx%d", (int)roi->x, (int)roi->y,
                        (int)roi->width, (int)roi->height, (int)flags->width, (int)flags->height);
    return OCTET_OK;
}
