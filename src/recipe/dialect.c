/* Names of the resize dialects, and the nearest spelling of a wrong one.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/recipe.h>

#include <string.h>

#include "base/compiler.h"
#include "base/err.h"

static const struct {
    const char *name;
    octet_resize_dialect dialect;
} names[] = {
    {"pillow-bilinear", OCTET_RESIZE_PILLOW_BILINEAR}, {"pillow-nearest", OCTET_RESIZE_PILLOW_NEAREST},
    {"pillow-box", OCTET_RESIZE_PILLOW_BOX},           {"pillow-bicubic", OCTET_RESIZE_PILLOW_BICUBIC},
    {"pillow-lanczos", OCTET_RESIZE_PILLOW_LANCZOS},   {"opencv-linear", OCTET_RESIZE_OPENCV_LINEAR},
    {"opencv-area", OCTET_RESIZE_OPENCV_AREA},         {"opencv-nearest", OCTET_RESIZE_OPENCV_NEAREST},
    {"pillow13-bilinear", OCTET_RESIZE_PILLOW13_BILINEAR}, {"pillow13-box", OCTET_RESIZE_PILLOW13_BOX},
    {"pillow13-bicubic", OCTET_RESIZE_PILLOW13_BICUBIC}, {"pillow13-lanczos", OCTET_RESIZE_PILLOW13_LANCZOS},
    {"nearest", OCTET_RESIZE_PILLOW_NEAREST},          {"box", OCTET_RESIZE_PILLOW_BOX},
    {"bilinear", OCTET_RESIZE_PILLOW_BILINEAR},        {"bicubic", OCTET_RESIZE_PILLOW_BICUBIC},
    {"lanczos", OCTET_RESIZE_PILLOW_LANCZOS},          {"area", OCTET_RESIZE_OPENCV_AREA},
};

const char *octet_resize_dialect_name(octet_resize_dialect dialect)
{
    for (size_t i = 0; i < OCT_COUNT(names); i++)
        if (names[i].dialect == dialect)
            return names[i].name;
    return "unknown";
}

/* Levenshtein's distance; names of more than 31 characters are all equally far. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 31 };
    size_t n = strlen(b);
    if (strlen(a) > LONGEST || n > LONGEST)
        return LONGEST + 1;
    unsigned row[LONGEST + 1];
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; *a; a++, i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            unsigned change = diagonal + (*a != b[j - 1]);
            unsigned best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < best ? change : best;
        }
    }
    return row[n];
}

octet_status octet_resize_dialect_parse(octet_resize_dialect *dialect, const char *name, octet_error *err)
{
    size_t nearest = 0;
    for (size_t i = 0; i < OCT_COUNT(names); i++) {
        if (strcmp(name, names[i].name) == 0) {
            *dialect = names[i].dialect;
            return OCTET_OK;
        }
        if (distance(name, names[i].name) < distance(name, names[nearest].name))
            nearest = i;
    }
    return oct_fail(err, OCTET_USAGE,
                    "resize dialect '%.64s' is unknown; did you mean '%s'? The dialects are pillow-nearest, "
                    "pillow-box, pillow-bilinear, pillow-bicubic, pillow-lanczos, pillow13-box, pillow13-bilinear, "
                    "pillow13-bicubic, pillow13-lanczos, opencv-linear, opencv-area and opencv-nearest",
                    name, names[nearest].name);
}
