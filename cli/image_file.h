/* The image in a file: decoded, or converted from a raw frame.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMAGE_FILE_H
#define CLI_IMAGE_FILE_H

#include "pixel_flags.h"

/* frames: checked flags of a raw frame, NULL for an image file. *image must be empty and stays so on failure;
 * octet_image_free gives it back. OCTET_BAD_INPUT names the file and, for a raw frame, the bytes it should have. */
octet_status cli_image_read(octet_image *image, const char *path, const cli_pixel_flags *frames, bool ignore_orientation,
                            octet_error *err);
/* The same from the bytes of the file, read already; `path` is for messages. */
octet_status cli_image_decode(octet_image *image, const char *path, const void *bytes, size_t n_bytes,
                              const cli_pixel_flags *frames, bool ignore_orientation, octet_error *err);

/* The frame in a file as it is; *bytes hold it and are malloc'd. OCTET_BAD_INPUT as above. */
octet_status cli_frame_read(unsigned char **bytes, octet_yuv_frame *frame, const char *path, const cli_pixel_flags *flags,
                            octet_error *err);

#endif
