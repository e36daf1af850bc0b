/* Image files and frame files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "text_lines.h"

static octet_status check_bytes(size_t n_bytes, const char *path, const cli_pixel_flags *flags, octet_error *err)
{
    size_t wanted = octet_yuv_frame_bytes(flags->pixels.format, flags->width, flags->height);
    char hint[64] = "";
    if (n_bytes > wanted && n_bytes % wanted == 0)
        snprintf(hint, sizeof hint, " (these are %zu frames; a file holds one)", n_bytes / wanted);
    if (n_bytes != wanted)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' has %zu bytes, but a frame of %dx%d in %s has %zu%s", path, n_bytes,
                        (int)flags->width, (int)flags->height, octet_pixel_format_name(flags->pixels.format), wanted, hint);
    return OCTET_OK;
}

static octet_status view_frame(octet_yuv_frame *frame, const void *bytes, size_t n_bytes, const char *path,
                               const cli_pixel_flags *flags, octet_error *err)
{
    CLI_TRY(check_bytes(n_bytes, path, flags, err));
    return octet_yuv_frame_from_memory(frame, &flags->pixels, flags->width, flags->height, bytes, n_bytes, err);
}

octet_status cli_frame_read(unsigned char **bytes, octet_yuv_frame *frame, const char *path, const cli_pixel_flags *flags,
                            octet_error *err)
{
    size_t n_bytes;
    CLI_TRY(cli_bytes_read(bytes, &n_bytes, path, err));
    octet_status status = view_frame(frame, *bytes, n_bytes, path, flags, err);
    if (status != OCTET_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

octet_status cli_image_decode(octet_image *image, const char *path, const void *bytes, size_t n_bytes,
                              const cli_pixel_flags *frames, bool ignore_orientation, octet_error *err)
{
    if (frames) {
        octet_yuv_frame frame;
        CLI_TRY(view_frame(&frame, bytes, n_bytes, path, frames, err));
        return octet_yuv_to_rgb(image, &frame, frames->has_roi ? &frames->roi : NULL, err);
    }
    octet_error why;
    octet_image_load_opts opts = {.ignore_orientation = ignore_orientation};
    octet_status status = octet_image_load_memory(image, bytes, n_bytes, &opts, &why);
    return status ? cli_fail(err, status, "'%.1024s': %.2048s", path, why.message) : OCTET_OK;
}

octet_status cli_image_read(octet_image *image, const char *path, const cli_pixel_flags *frames, bool ignore_orientation,
                            octet_error *err)
{
    octet_image_load_opts opts = {.ignore_orientation = ignore_orientation};
    if (!frames)
        return octet_image_load(image, path, &opts, err);
    unsigned char *bytes;
    size_t n_bytes;
    CLI_TRY(cli_bytes_read(&bytes, &n_bytes, path, err));
    octet_status status = cli_image_decode(image, path, bytes, n_bytes, frames, ignore_orientation, err);
    free(bytes);
    return status;
}
