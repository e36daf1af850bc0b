/* PGM and PPM, as text (P2, P3) and binary (P5, P6), maxval 1..65535. Reference: netpbm's pgm(5) and ppm(5); samples
 * are brought to 8 bits as Pillow does: round_half_even(v / maxval * 255) in double.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/reader.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

typedef struct pnm {
    const uint8_t *data;
    size_t n_bytes, at;
    uint32_t width, height, maxval;
    int32_t channels;
    int is_text;
    uint8_t *to_8; /* [maxval + 1] */
    octet_error *err;
} pnm;

static octet_status fail(const pnm *p, const char *what)
{
    return oct_fail(p->err, OCTET_BAD_INPUT, "PNM: %s at byte %zu", what, p->at);
}

static int is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_comment(pnm *p)
{
    while (p->at < p->n_bytes && p->data[p->at] != '\n' && p->data[p->at] != '\r')
        p->at++;
}

/* A decimal number after white space and comments, at most `most`. */
static octet_status read_number(pnm *p, uint32_t most, uint32_t *value)
{
    while (p->at < p->n_bytes && (is_space(p->data[p->at]) || p->data[p->at] == '#')) {
        if (p->data[p->at] == '#')
            skip_comment(p);
        else
            p->at++;
    }
    if (p->at == p->n_bytes)
        return fail(p, "the file ends");
    uint64_t v = 0;
    size_t begin = p->at;
    for (; p->at < p->n_bytes && p->data[p->at] >= '0' && p->data[p->at] <= '9'; p->at++) {
        v = v * 10 + (p->data[p->at] - '0');
        if (v > most)
            return oct_fail(p->err, OCTET_BAD_INPUT, "PNM: the number at byte %zu is above %lu", begin,
                            (unsigned long)most);
    }
    if (p->at == begin || (p->at < p->n_bytes && !is_space(p->data[p->at]) && p->data[p->at] != '#'))
        return fail(p, "no number");
    *value = (uint32_t)v;
    return OCTET_OK;
}

static octet_status read_head(pnm *p)
{
    char kind = (char)p->data[1];
    if (kind == '1' || kind == '4' || kind == '7')
        return oct_fail(p->err, OCTET_UNSUPPORTED, "PNM: P%c is not read, only P2, P3, P5 and P6", kind);
    p->is_text = kind < '4';
    p->channels = kind == '3' || kind == '6' ? 3 : 1;
    p->at = 2;
    OCT_TRY(read_number(p, INT32_MAX, &p->width));
    OCT_TRY(read_number(p, INT32_MAX, &p->height));
    OCT_TRY(read_number(p, 65535, &p->maxval));
    if (p->maxval == 0)
        return fail(p, "maxval 0");
    if (p->is_text)
        return OCTET_OK;
    if (p->at < p->n_bytes && p->data[p->at] == '#') /* the line end of a comment is the one white space */
        skip_comment(p);
    if (p->at == p->n_bytes)
        return fail(p, "the file ends");
    p->at++;
    return OCTET_OK;
}

static octet_status fill_table(pnm *p)
{
    p->to_8 = oct_malloc((size_t)p->maxval + 1);
    if (!p->to_8)
        return oct_fail_memory(p->err, "a PNM table", p->maxval + 1);
    for (uint32_t v = 0; v <= p->maxval; v++)
        p->to_8[v] = (uint8_t)rint((double)v / p->maxval * 255.0);
    return OCTET_OK;
}

static octet_status read_text(pnm *p, const octet_image *image)
{
    size_t n_row = (size_t)image->width * (size_t)image->channels;
    for (int32_t y = 0; y < image->height; y++) {
        uint8_t *row = oct_image_row(image, y);
        for (size_t i = 0; i < n_row; i++) {
            uint32_t v;
            OCT_TRY(read_number(p, p->maxval, &v));
            row[i] = p->to_8[v];
        }
    }
    return OCTET_OK;
}

/* Samples of one or two bytes, the high one first; above maxval they count as maxval. The caller checked the length. */
static void read_binary(pnm *p, const octet_image *image)
{
    const uint8_t *in = p->data + p->at;
    size_t n_row = (size_t)image->width * (size_t)image->channels;
    for (int32_t y = 0; y < image->height; y++) {
        uint8_t *row = oct_image_row(image, y);
        if (p->maxval == 255) {
            memcpy(row, in, n_row);
            in += n_row;
            continue;
        }
        for (size_t i = 0; i < n_row; i++) {
            uint32_t v = *in++;
            if (p->maxval > 255)
                v = v << 8 | *in++;
            row[i] = p->to_8[v < p->maxval ? v : p->maxval];
        }
    }
}

/* Before anything is allocated: the file must be long enough for what it claims. */
static octet_status check_length(const pnm *p)
{
    uint64_t n_left = p->n_bytes - p->at, n_pixel = (uint64_t)p->channels;
    if (p->is_text || p->maxval > 255)
        n_pixel *= 2; /* as text a digit and a space a sample */
    if (p->is_text)
        n_left++; /* no space behind the last */
    if ((uint64_t)p->width * p->height <= n_left / n_pixel)
        return OCTET_OK;
    return oct_fail(p->err, OCTET_BAD_INPUT,
                    "PNM: %lux%lu pixels of at least %llu bytes do not fit the %llu bytes left",
                    (unsigned long)p->width, (unsigned long)p->height, (unsigned long long)n_pixel,
                    (unsigned long long)n_left);
}

static octet_status decode(pnm *p, oct_image_read *out, const oct_image_file *file)
{
    OCT_TRY(read_head(p));
    OCT_TRY(oct_read_check(file, "PNM", p->width, p->height, p->err));
    OCT_TRY(check_length(p));
    OCT_TRY(oct_read_begin(out, file, "PNM", p->width, p->height, p->channels, p->err));
    OCT_TRY(fill_table(p));
    out->image.notes = p->maxval > 255 ? OCTET_IMAGE_WAS_16BIT : p->maxval < 255 ? OCTET_IMAGE_WAS_LOW_DEPTH : 0;
    if (p->is_text)
        return read_text(p, &out->image);
    read_binary(p, &out->image);
    return OCTET_OK;
}

octet_status oct_pnm_read(oct_image_read *out, const oct_image_file *file, octet_error *err)
{
    pnm p = {.data = file->data, .n_bytes = file->n_bytes, .err = err};
    octet_status status = decode(&p, out, file);
    oct_free(p.to_8);
    return status;
}
