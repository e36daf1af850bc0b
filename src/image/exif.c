/* Orientation out of EXIF, and turning the pixels by it. Reference: EXIF 2.3, tag 274 in the first directory of a TIFF.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/reader.h"

#include "base/compiler.h"
#include "base/err.h"

#define TAG_ORIENTATION 0x0112u
#define TYPE_SHORT 3u

/* Unsigned number of n bytes, most significant first if big. */
static uint32_t number(const uint8_t *p, int n, int big)
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v |= (uint32_t)p[i] << 8 * (big ? n - 1 - i : i);
    return v;
}

int oct_exif_orientation(const uint8_t *tiff, size_t n)
{
    if (n < 8 || !((tiff[0] == 'I' && tiff[1] == 'I') || (tiff[0] == 'M' && tiff[1] == 'M')))
        return 0;
    int big = tiff[0] == 'M';
    size_t at = number(tiff + 4, 4, big);
    if (number(tiff + 2, 2, big) != 42 || at > n - 2)
        return 0;
    uint32_t n_entries = number(tiff + at, 2, big);
    at += 2;
    for (uint32_t i = 0; i < n_entries && n - at >= 12; i++, at += 12) {
        const uint8_t *entry = tiff + at; /* tag 2, type 2, count 4, value 4 */
        if (number(entry, 2, big) != TAG_ORIENTATION)
            continue;
        uint32_t value = number(entry + 8, 2, big);
        int is_short = number(entry + 2, 2, big) == TYPE_SHORT && number(entry + 4, 4, big) >= 1;
        return is_short && value >= 1 && value <= 8 ? (int)value : 0;
    }
    return 0;
}

/* Where the upright image's pixel (x, y) lies as stored: offset + x * step_x + y * step_y, in bytes. */
typedef struct walk {
    ptrdiff_t offset, step_x, step_y;
} walk;

static walk walk_of(const octet_image *stored, int orientation)
{
    ptrdiff_t C = stored->channels, stride = (ptrdiff_t)stored->stride;
    ptrdiff_t right = (stored->width - 1) * C, bottom = (stored->height - 1) * stride;
    switch (orientation) {
    case 2: return (walk){right, -C, stride};          /* mirrored left to right */
    case 3: return (walk){right + bottom, -C, -stride};
    case 4: return (walk){bottom, C, -stride};         /* upside down mirrored */
    case 5: return (walk){0, stride, C};               /* transposed */
    case 6: return (walk){bottom, -stride, C};         /* to be turned clockwise */
    case 7: return (walk){right + bottom, -stride, -C};
    default: return (walk){right, stride, -C};         /* 8: counterclockwise */
    }
}

enum { TILE = 32 }; /* pixels a side: what both images have of a tile stays in the cache when rows become columns */

OCT_INLINE void copy_tile(const octet_image *dst, const uint8_t *src, walk w, int32_t x0, int32_t y0, size_t C)
{
    int32_t x1 = dst->width - x0 < TILE ? dst->width : x0 + TILE;
    int32_t y1 = dst->height - y0 < TILE ? dst->height : y0 + TILE;
    for (int32_t y = y0; y < y1; y++) {
        const uint8_t *p = src + (w.offset + x0 * w.step_x + y * w.step_y);
        uint8_t *q = oct_image_row(dst, y) + (size_t)x0 * C;
        for (int32_t x = x0; x < x1; x++, q += C) {
            for (size_t c = 0; c < C; c++)
                q[c] = p[c];
            if (x + 1 < x1)
                p += w.step_x;
        }
    }
}

static void copy_turned(const octet_image *dst, const uint8_t *src, walk w)
{
    for (int32_t y = 0; y < dst->height; y += TILE)
        for (int32_t x = 0; x < dst->width; x += TILE) {
            if (dst->channels == 3)
                copy_tile(dst, src, w, x, y, 3);
            else
                copy_tile(dst, src, w, x, y, 1);
        }
}

octet_status oct_image_orient(octet_image *image, int orientation, octet_error *err)
{
    if (orientation < 2)
        return OCTET_OK;
    int is_turned = orientation >= 5;
    octet_image out;
    OCT_TRY(oct_image_alloc(&out, is_turned ? image->height : image->width, is_turned ? image->width : image->height,
                            image->channels, err));
    copy_turned(&out, image->pixels, walk_of(image, orientation));
    out.notes = image->notes | OCTET_IMAGE_WAS_ORIENTED;
    octet_image_free(image);
    *image = out;
    return OCTET_OK;
}
