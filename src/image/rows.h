/* Rows of an image, and images larger than the public limit (a caller may raise that of a file).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_IMAGE_ROWS_H
#define OCT_IMAGE_ROWS_H

#include <octet/image.h>

static inline uint8_t *oct_image_row(const octet_image *image, int32_t y)
{
    return image->pixels + (size_t)y * image->stride;
}

/* As octet_image_new without its limit; sides >= 1, channels 1 or 3. OCTET_NO_MEMORY. */
octet_status oct_image_alloc(octet_image *image, int32_t width, int32_t height, int32_t channels, octet_error *err);

#endif
