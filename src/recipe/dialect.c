/* Names of the resize dialects.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/recipe.h>

#include <string.h>

#include "base/compiler.h"
#include "recipe/names.h"

static const oct_name names[] = {
    {"pillow-nearest", OCTET_RESIZE_PILLOW_NEAREST},
    {"pillow-box", OCTET_RESIZE_PILLOW_BOX},
    {"pillow-bilinear", OCTET_RESIZE_PILLOW_BILINEAR},
    {"pillow-bicubic", OCTET_RESIZE_PILLOW_BICUBIC},
    {"pillow-lanczos", OCTET_RESIZE_PILLOW_LANCZOS},
    {"pillow13-box", OCTET_RESIZE_PILLOW13_BOX},
    {"pillow13-bilinear", OCTET_RESIZE_PILLOW13_BILINEAR},
    {"pillow13-bicubic", OCTET_RESIZE_PILLOW13_BICUBIC},
    {"pillow13-lanczos", OCTET_RESIZE_PILLOW13_LANCZOS},
    {"opencv-linear", OCTET_RESIZE_OPENCV_LINEAR},
    {"opencv-area", OCTET_RESIZE_OPENCV_AREA},
    {"opencv-nearest", OCTET_RESIZE_OPENCV_NEAREST},
    {"nearest", OCTET_RESIZE_PILLOW_NEAREST},
    {"box", OCTET_RESIZE_PILLOW_BOX},
    {"bilinear", OCTET_RESIZE_PILLOW_BILINEAR},
    {"bicubic", OCTET_RESIZE_PILLOW_BICUBIC},
    {"lanczos", OCTET_RESIZE_PILLOW_LANCZOS},
    {"area", OCTET_RESIZE_OPENCV_AREA},
};

const char *octet_resize_dialect_name(octet_resize_dialect dialect)
{
    return oct_name_of(names, OCT_COUNT(names), (int)dialect);
}

octet_status octet_resize_dialect_parse(octet_resize_dialect *dialect, const char *name, octet_error *err)
{
    int value = 0;
    octet_status status = oct_name_parse(&value, names, OCT_COUNT(names), name, strlen(name), "resize dialect",
                                         OCTET_USAGE, err);
    if (status == OCTET_OK)
        *dialect = (octet_resize_dialect)value;
    return status;
}
