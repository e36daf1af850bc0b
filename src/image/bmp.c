/* BMP: 1, 4, 8 bits with a palette, 16, 24, 32 bits, bit fields, either row order; not run-length coded. Every header
 * from OS/2's 12 bytes to version 5. Fields of fewer than 8 bits are stretched as Pillow does: v * 255 / most, cut.
 * Reference: BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV5HEADER of the Windows API.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/reader.h"

#include <string.h>

#include "base/err.h"

#define FILE_HEADER_BYTES 14u
#define CORE_HEADER_BYTES 12u
#define INFO_HEADER_BYTES 40u

enum { COMPRESSION_NONE = 0, COMPRESSION_RLE8, COMPRESSION_RLE4, COMPRESSION_FIELDS, COMPRESSION_ALPHA_FIELDS = 6 };

/* Bits of one channel in a pixel. */
typedef struct field {
    uint32_t mask;
    int shift;
    uint32_t most; /* mask >> shift; 0: no such channel */
} field;

typedef struct bmp {
    const uint8_t *data;
    size_t n_bytes;
    uint64_t width, height;
    int is_top_down;
    uint32_t header_bytes, bits, compression;
    uint64_t pixels_at, stride; /* bytes */
    field fields[4];            /* r g b alpha; 16 and 32 bits */
    uint32_t n_colors;
    uint8_t palette[256][3];    /* r g b */
    octet_error *err;
} bmp;

static uint32_t le16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p) | le16(p + 2) << 16;
}

static octet_status cut_short(const bmp *b, const char *what)
{
    return oct_fail(b->err, OCTET_BAD_INPUT, "BMP: the file of %zu bytes ends inside its %s", b->n_bytes, what);
}

/* ---- headers ----------------------------------------------------------------------------------------------------- */

static octet_status read_info(bmp *b)
{
    const uint8_t *h = b->data + FILE_HEADER_BYTES;
    if (b->header_bytes == CORE_HEADER_BYTES) {
        b->width = le16(h + 4);
        b->height = le16(h + 6);
        b->bits = le16(h + 10);
        return OCTET_OK;
    }
    uint32_t width = le32(h + 4), height = le32(h + 8);
    if (width > INT32_MAX)
        return oct_fail(b->err, OCTET_BAD_INPUT, "BMP: a width of %ld", (long)(int32_t)width);
    b->width = width;
    b->is_top_down = height > INT32_MAX; /* a negative height */
    b->height = b->is_top_down ? 0x100000000u - (uint64_t)height : height;
    b->bits = le16(h + 14);
    b->compression = le32(h + 16);
    b->n_colors = le32(h + 32);
    return OCTET_OK;
}

static octet_status check_kind(const bmp *b)
{
    static const char *const names[] = {"none", "RLE8", "RLE4", "bit fields", "JPEG", "PNG", "bit fields with alpha"};
    uint32_t c = b->compression, bits = b->bits;
    int is_fields = (c == COMPRESSION_FIELDS || c == COMPRESSION_ALPHA_FIELDS) && b->header_bytes != 64;
    if (c != COMPRESSION_NONE && !is_fields)
        return oct_fail(b->err, OCTET_UNSUPPORTED, "BMP: compression %lu (%s) is not read", (unsigned long)c,
                        c < sizeof names / sizeof *names ? names[c] : "unknown");
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        return oct_fail(b->err, OCTET_UNSUPPORTED, "BMP: %lu bits a pixel are not read", (unsigned long)bits);
    if (is_fields && bits != 16 && bits != 32)
        return oct_fail(b->err, OCTET_BAD_INPUT, "BMP: bit fields with %lu bits a pixel", (unsigned long)bits);
    return OCTET_OK;
}

static octet_status set_field(bmp *b, int c, uint32_t mask)
{
    field f = {.mask = mask};
    while (mask && !(mask >> f.shift & 1))
        f.shift++;
    f.most = mask >> f.shift;
    if ((f.most & (f.most + 1)) != 0 || (b->bits == 16 && mask > 0xffff))
        return oct_fail(b->err, OCTET_BAD_INPUT, "BMP: 0x%08lx is no mask of a channel in %lu bits",
                        (unsigned long)mask, (unsigned long)b->bits);
    b->fields[c] = f;
    return OCTET_OK;
}

/* Masks stand behind the 40-byte header or, at the same place, in the longer ones. */
static octet_status read_fields(bmp *b)
{
    static const uint32_t fixed_16[4] = {0x7c00, 0x03e0, 0x001f, 0}, fixed_32[4] = {0xff0000, 0xff00, 0xff, 0};
    const uint8_t *masks = b->data + FILE_HEADER_BYTES + INFO_HEADER_BYTES;
    int n_masks = b->header_bytes >= 56 || b->compression == COMPRESSION_ALPHA_FIELDS ? 4 : 3;
    size_t masks_end = FILE_HEADER_BYTES + INFO_HEADER_BYTES + (size_t)n_masks * 4;
    if (b->compression != COMPRESSION_NONE && b->n_bytes < masks_end)
        return cut_short(b, "masks");
    for (int c = 0; c < 4; c++) {
        uint32_t mask = b->bits == 16 ? fixed_16[c] : fixed_32[c];
        if (b->compression != COMPRESSION_NONE)
            mask = c < n_masks ? le32(masks + c * 4) : 0;
        OCT_TRY(set_field(b, c, mask));
    }
    return OCTET_OK;
}

static octet_status read_palette(bmp *b, size_t at)
{
    size_t n_entry = b->header_bytes == CORE_HEADER_BYTES ? 3 : 4;
    if (b->n_colors == 0)
        b->n_colors = 1u << b->bits;
    if (b->n_colors > 256)
        return oct_fail(b->err, OCTET_BAD_INPUT, "BMP: a palette of %lu colours", (unsigned long)b->n_colors);
    if (b->n_bytes < at + b->n_colors * n_entry)
        return cut_short(b, "palette");
    for (uint32_t i = 0; i < b->n_colors; i++)
        for (size_t c = 0; c < 3; c++)
            b->palette[i][c] = b->data[at + i * n_entry + 2 - c]; /* stored blue, green, red */
    return OCTET_OK;
}

static octet_status read_head(bmp *b)
{
    if (b->n_bytes < FILE_HEADER_BYTES + CORE_HEADER_BYTES)
        return cut_short(b, "header");
    b->pixels_at = le32(b->data + 10);
    b->header_bytes = le32(b->data + FILE_HEADER_BYTES);
    switch (b->header_bytes) {
    case CORE_HEADER_BYTES:
    case INFO_HEADER_BYTES:
    case 52: case 56: case 64: case 108: case 124: break; /* versions 2 and 3, OS/2's 2, versions 4 and 5 */
    default:
        return oct_fail(b->err, OCTET_UNSUPPORTED, "BMP: a header of %lu bytes is not known",
                        (unsigned long)b->header_bytes);
    }
    size_t end = FILE_HEADER_BYTES + b->header_bytes;
    if (b->n_bytes < end)
        return cut_short(b, "header");
    OCT_TRY(read_info(b));
    OCT_TRY(check_kind(b));
    if (b->bits == 16 || b->bits == 32)
        return read_fields(b);
    return b->bits <= 8 ? read_palette(b, end) : OCTET_OK;
}

/* ---- pixels ------------------------------------------------------------------------------------------------------ */

static octet_status convert_palette(const bmp *b, uint8_t *dst, const uint8_t *src)
{
    for (size_t x = 0; x < b->width; x++, dst += 3) {
        size_t bit = x * b->bits;
        uint32_t i = src[bit / 8] >> (8 - b->bits - bit % 8) & ((1u << b->bits) - 1);
        if (i >= b->n_colors)
            return oct_fail(b->err, OCTET_BAD_INPUT, "BMP: a pixel has colour %lu of a palette of %lu",
                            (unsigned long)i, (unsigned long)b->n_colors);
        memcpy(dst, b->palette[i], 3);
    }
    return OCTET_OK;
}

static uint8_t channel(const field *f, uint32_t pixel)
{
    uint64_t v = (pixel & f->mask) >> f->shift;
    return (uint8_t)(f->most ? v * 255 / f->most : 0);
}

static void convert_fields(const bmp *b, uint8_t *dst, const uint8_t *src)
{
    size_t step = b->bits / 8;
    for (size_t x = 0; x < b->width; x++, src += step) {
        uint32_t pixel = step == 2 ? le16(src) : le32(src);
        unsigned alpha = b->fields[3].most ? channel(&b->fields[3], pixel) : 255;
        for (int c = 0; c < 3; c++)
            *dst++ = oct_mul_255(channel(&b->fields[c], pixel), alpha);
    }
}

static void convert_bgr(const bmp *b, uint8_t *dst, const uint8_t *src)
{
    for (size_t x = 0; x < b->width; x++, dst += 3, src += 3) {
        dst[0] = src[2];
        dst[1] = src[1];
        dst[2] = src[0];
    }
}

/* The pixels must lie in the file; the padding of the last row need not. */
static octet_status check_length(bmp *b)
{
    uint64_t row_bits = b->width * b->bits, n_row = (row_bits + 7) / 8;
    b->stride = (row_bits + 31) / 32 * 4;
    if (b->pixels_at > b->n_bytes || b->n_bytes - b->pixels_at < n_row ||
        (b->n_bytes - b->pixels_at - n_row) / b->stride < b->height - 1)
        return cut_short(b, "pixels");
    return OCTET_OK;
}

static octet_status decode(bmp *b, oct_image_read *out, const oct_image_file *file)
{
    OCT_TRY(read_head(b));
    OCT_TRY(oct_read_check(file, "BMP", b->width, b->height, b->err));
    OCT_TRY(check_length(b));
    OCT_TRY(oct_read_begin(out, file, "BMP", b->width, b->height, 3, b->err));
    out->image.notes = (b->bits <= 8 ? OCTET_IMAGE_WAS_PALETTE : 0) | (b->fields[3].most ? OCTET_IMAGE_HAD_ALPHA : 0) |
                       (b->bits == 16 ? OCTET_IMAGE_WAS_LOW_DEPTH : 0);
    for (int32_t y = 0; y < out->image.height; y++) {
        uint64_t stored = b->is_top_down ? (uint64_t)y : b->height - 1 - (uint64_t)y;
        const uint8_t *src = b->data + b->pixels_at + stored * b->stride;
        uint8_t *dst = oct_image_row(&out->image, y);
        if (b->bits <= 8)
            OCT_TRY(convert_palette(b, dst, src));
        else if (b->bits == 24)
            convert_bgr(b, dst, src);
        else
            convert_fields(b, dst, src);
    }
    return OCTET_OK;
}

octet_status oct_bmp_read(oct_image_read *out, const oct_image_file *file, octet_error *err)
{
    bmp b = {.data = file->data, .n_bytes = file->n_bytes, .err = err};
    return decode(&b, out, file);
}
