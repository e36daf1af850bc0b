/* PNG by way of libspng, which checks and inflates; samples are taken raw and brought to 8 bits here, so that every
 * conversion is ours to state: 16 bits lose the low byte, fewer than 8 are stretched, alpha and tRNS (compared at full
 * depth) are composited on black.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/reader.h"

#include <string.h>

#include <spng.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"

/* Bounds what ancillary chunks may take; none of them is needed but eXIf. */
#define MAX_CHUNK_BYTES ((size_t)16 << 20)
#define MAX_CACHE_BYTES ((size_t)64 << 20)

typedef struct png {
    spng_ctx *spng;
    oct_image_read *out;
    const oct_image_file *file;
    octet_error *err;
    struct spng_ihdr head;
    struct spng_plte palette; /* composited on black */
    struct spng_trns trns;
    int has_trns;
    uint8_t *raw;             /* one row, or with interlacing all of them */
} png;

/* zlib reports an allocation that failed as a damaged stream, and libspng's allocator takes no context. */
static _Thread_local int is_starved;

static void *noting(void *memory)
{
    is_starved |= memory == NULL;
    return memory;
}

static void *png_malloc(size_t n)
{
    return noting(oct_malloc(n));
}

static void *png_calloc(size_t count, size_t size)
{
    return noting(oct_calloc(count, size));
}

static void *png_realloc(void *p, size_t n)
{
    return noting(oct_realloc(p, n));
}

static octet_status fail(const png *p, int code)
{
    if (is_starved)
        return oct_fail(p->err, OCTET_NO_MEMORY, "PNG: out of memory");
    return oct_fail(p->err, OCTET_BAD_INPUT, "PNG: %s", spng_strerror(code));
}

#define TRY_SPNG(call)                  \
    do {                                \
        int code_ = (call);             \
        if (code_ != SPNG_OK)           \
            return fail(p, code_);      \
    } while (0)

/* ---- samples ----------------------------------------------------------------------------------------------------- */

/* Sample i of a raw row: big-endian words, bytes, or bits from the highest on. */
OCT_INLINE unsigned sample(const uint8_t *row, size_t i, unsigned depth)
{
    if (depth == 16)
        return (unsigned)row[2 * i] << 8 | row[2 * i + 1];
    if (depth == 8)
        return row[i];
    size_t bit = i * depth;
    return row[bit / 8] >> (8 - depth - bit % 8) & ((1u << depth) - 1);
}

OCT_INLINE unsigned to_8(unsigned v, unsigned depth)
{
    return depth == 16 ? v >> 8 : v * (255 / ((1u << depth) - 1)); /* 255, 85, 17 or 1 times */
}

/* n pixels of C samples each, of which `key` is transparent; inlined for each kind that a row may be of. */
OCT_INLINE void convert_opaque(uint8_t *dst, const uint8_t *raw, size_t n, size_t C, unsigned depth,
                               const uint16_t *key)
{
    for (size_t i = 0; i < n; i++) {
        unsigned v[3];
        int is_key = key != NULL;
        for (size_t c = 0; c < C; c++) {
            v[c] = sample(raw, i * C + c, depth);
            is_key &= key && v[c] == key[c];
        }
        for (size_t c = 0; c < C; c++)
            *dst++ = (uint8_t)(is_key ? 0 : to_8(v[c], depth));
    }
}

/* n pixels of C samples each and one of alpha. */
OCT_INLINE void convert_alpha(uint8_t *dst, const uint8_t *raw, size_t n, size_t C, unsigned depth)
{
    for (size_t i = 0; i < n; i++) {
        unsigned alpha = to_8(sample(raw, i * (C + 1) + C, depth), depth);
        for (size_t c = 0; c < C; c++)
            *dst++ = oct_mul_255(to_8(sample(raw, i * (C + 1) + c, depth), depth), alpha);
    }
}

static octet_status convert_palette(const png *p, uint8_t *dst, const uint8_t *raw)
{
    for (size_t x = 0; x < p->head.width; x++, dst += 3) {
        unsigned i = sample(raw, x, p->head.bit_depth);
        if (i >= p->palette.n_entries)
            return oct_fail(p->err, OCTET_BAD_INPUT, "PNG: a pixel has colour %u of a palette of %u", i,
                            (unsigned)p->palette.n_entries);
        dst[0] = p->palette.entries[i].red;
        dst[1] = p->palette.entries[i].green;
        dst[2] = p->palette.entries[i].blue;
    }
    return OCTET_OK;
}

static octet_status convert_row(const png *p, uint8_t *dst, const uint8_t *raw)
{
    const uint16_t rgb_key[3] = {p->trns.red, p->trns.green, p->trns.blue};
    size_t n = p->head.width;
    int is_16 = p->head.bit_depth == 16;
    switch (p->head.color_type) {
    case SPNG_COLOR_TYPE_INDEXED: return convert_palette(p, dst, raw);
    case SPNG_COLOR_TYPE_GRAYSCALE:
        convert_opaque(dst, raw, n, 1, p->head.bit_depth, p->has_trns ? &p->trns.gray : NULL);
        break;
    case SPNG_COLOR_TYPE_TRUECOLOR:
        convert_opaque(dst, raw, n, 3, p->head.bit_depth, p->has_trns ? rgb_key : NULL);
        break;
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA:
        if (is_16)
            convert_alpha(dst, raw, n, 1, 16);
        else
            convert_alpha(dst, raw, n, 1, 8);
        break;
    default:
        if (is_16)
            convert_alpha(dst, raw, n, 3, 16);
        else
            convert_alpha(dst, raw, n, 3, 8);
        break;
    }
    return OCTET_OK;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static octet_status read_palette(png *p)
{
    TRY_SPNG(spng_get_plte(p->spng, &p->palette));
    for (uint32_t i = 0; p->has_trns && i < p->trns.n_type3_entries && i < p->palette.n_entries; i++) {
        struct spng_plte_entry *e = &p->palette.entries[i];
        unsigned alpha = p->trns.type3_alpha[i];
        e->red = oct_mul_255(e->red, alpha);
        e->green = oct_mul_255(e->green, alpha);
        e->blue = oct_mul_255(e->blue, alpha);
    }
    return OCTET_OK;
}

static uint32_t notes_of(const png *p)
{
    uint32_t notes = 0;
    int type = p->head.color_type;
    if (p->has_trns || type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA || type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA)
        notes |= OCTET_IMAGE_HAD_ALPHA;
    if (p->head.bit_depth == 16)
        notes |= OCTET_IMAGE_WAS_16BIT;
    if (type == SPNG_COLOR_TYPE_INDEXED)
        notes |= OCTET_IMAGE_WAS_PALETTE;
    else if (p->head.bit_depth < 8)
        notes |= OCTET_IMAGE_WAS_LOW_DEPTH;
    return notes;
}

/* The claimed size stands at bytes 16 and 20; looked at before libspng turns a huge one into "arithmetic overflow". */
static octet_status check_claim(const png *p)
{
    const uint8_t *size = p->file->data + 16;
    uint64_t side[2] = {0};
    if (p->file->n_bytes < 24)
        return fail(p, SPNG_EOF);
    for (int i = 0; i < 8; i++)
        side[i / 4] = side[i / 4] << 8 | size[i];
    return oct_read_check(p->file, "PNG", side[0], side[1], p->err);
}

static octet_status read_head(png *p)
{
    OCT_TRY(check_claim(p));
    TRY_SPNG(spng_set_image_limits(p->spng, INT32_MAX, INT32_MAX));
    TRY_SPNG(spng_set_chunk_limits(p->spng, MAX_CHUNK_BYTES, MAX_CACHE_BYTES));
    TRY_SPNG(spng_set_png_buffer(p->spng, p->file->data, p->file->n_bytes));
    TRY_SPNG(spng_get_ihdr(p->spng, &p->head));
    int type = p->head.color_type;
    int is_gray = type == SPNG_COLOR_TYPE_GRAYSCALE || type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    OCT_TRY(oct_read_begin(p->out, p->file, "PNG", p->head.width, p->head.height, is_gray ? 1 : 3, p->err));
    int code = spng_get_trns(p->spng, &p->trns);
    p->has_trns = code == SPNG_OK;
    if (code != SPNG_OK && code != SPNG_ECHUNKAVAIL)
        return fail(p, code);
    if (type == SPNG_COLOR_TYPE_INDEXED)
        OCT_TRY(read_palette(p));
    p->out->image.notes = notes_of(p);
    return OCTET_OK;
}

/* Raw rows of 8-bit gray and RGB are the pixels themselves. */
static int is_plain(const png *p)
{
    return p->head.bit_depth == 8 && !p->has_trns &&
           (p->head.color_type == SPNG_COLOR_TYPE_GRAYSCALE || p->head.color_type == SPNG_COLOR_TYPE_TRUECOLOR);
}

static octet_status read_rows(png *p)
{
    const octet_image *image = &p->out->image;
    size_t n_total;
    TRY_SPNG(spng_decoded_image_size(p->spng, SPNG_FMT_RAW, &n_total));
    size_t n_row = n_total / p->head.height;
    int is_interlaced = p->head.interlace_method != SPNG_INTERLACE_NONE, is_direct = is_plain(p) && !is_interlaced;
    size_t n_raw = is_interlaced ? n_total : n_row;
    if (!is_direct) {
        p->raw = oct_calloc(n_raw, 1); /* libspng ors the interlaced pixels below 8 bits into their bytes */
        if (!p->raw)
            return oct_fail_memory(p->err, "PNG rows", n_raw);
    }
    if (is_interlaced)
        TRY_SPNG(spng_decode_image(p->spng, p->raw, n_raw, SPNG_FMT_RAW, 0));
    else
        TRY_SPNG(spng_decode_image(p->spng, NULL, 0, SPNG_FMT_RAW, SPNG_DECODE_PROGRESSIVE));
    for (int32_t y = 0; y < image->height; y++) {
        uint8_t *dst = oct_image_row(image, y), *raw = is_interlaced ? p->raw + (size_t)y * n_row : p->raw;
        if (!is_interlaced) {
            int code = spng_decode_row(p->spng, is_direct ? dst : raw, n_row);
            if (code != SPNG_OK && code != SPNG_EOI) /* the last row comes with "end of image" */
                return fail(p, code);
        }
        if (!is_direct)
            OCT_TRY(convert_row(p, dst, raw));
    }
    return OCTET_OK;
}

static octet_status read_end(png *p)
{
    struct spng_exif exif;
    TRY_SPNG(spng_decode_chunks(p->spng)); /* a file without its end was cut short */
    if (spng_get_exif(p->spng, &exif) == SPNG_OK)
        p->out->orientation = oct_exif_orientation((const uint8_t *)exif.data, exif.length);
    return OCTET_OK;
}

static octet_status decode(png *p)
{
    OCT_TRY(read_head(p));
    OCT_TRY(read_rows(p));
    return read_end(p);
}

octet_status oct_png_read(oct_image_read *out, const oct_image_file *file, octet_error *err)
{
    struct spng_alloc alloc = {
        .malloc_fn = png_malloc, .realloc_fn = png_realloc, .calloc_fn = png_calloc, .free_fn = oct_free};
    is_starved = 0;
    png p = {.spng = spng_ctx_new2(&alloc, 0), .out = out, .file = file, .err = err};
    if (!p.spng)
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory: a PNG decoder");
    octet_status status = decode(&p);
    spng_ctx_free(p.spng);
    oct_free(p.raw);
    return status;
}
