/* JPEG by way of libjpeg-turbo, with its default decompression (slow integer DCT, smooth chroma upsampling), so that
 * the bytes are those of Pillow and OpenCV linked with the same library. Its fatal errors come back through longjmp;
 * of its warnings, those that mean made-up pixels are errors here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/reader.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "base/err.h"
#include "base/mem.h"

#define MAX_SCANS 500 /* a progressive file has about ten; each is a pass over all coefficients */

typedef struct jpeg {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    oct_image_read *out;
    const oct_image_file *file;
    octet_error *err;
    octet_status status;
    uint8_t *row; /* one row of CMYK */
} jpeg;

static octet_status status_of(int code)
{
    switch (code) {
#if JPEG_LIB_VERSION < 70 /* Debian's; Ubuntu's libjpeg-turbo speaks version 8, which has arithmetic coding */
    case JERR_ARITH_NOTIMPL:
#endif
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: return OCTET_UNSUPPORTED;
    case JERR_OUT_OF_MEMORY: return OCTET_NO_MEMORY;
    default: return OCTET_BAD_INPUT;
    }
}

static void leave(j_common_ptr cinfo)
{
    jpeg *j = cinfo->client_data;
    char message[JMSG_LENGTH_MAX];
    cinfo->err->format_message(cinfo, message);
    j->status = oct_fail(j->err, status_of(cinfo->err->msg_code), "JPEG: %s", message);
    longjmp(j->escape, 1);
}

/* level -1 is a warning. Bytes between segments, odd marker versions and the like leave the pixels whole. */
static void warn(j_common_ptr cinfo, int level)
{
    if (level >= 0)
        return;
    switch (cinfo->err->msg_code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC: leave(cinfo); break;
    default: break;
    }
}

static void limit_scans(j_common_ptr cinfo)
{
    jpeg *j = cinfo->client_data;
    if (j->cinfo.input_scan_number <= MAX_SCANS)
        return;
    j->status = oct_fail(j->err, OCTET_BAD_INPUT, "JPEG: more than %d scans", MAX_SCANS);
    longjmp(j->escape, 1);
}

static void find_orientation(jpeg *j)
{
    static const char name[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = j->cinfo.marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length >= sizeof name && memcmp(m->data, name, sizeof name) == 0) {
            j->out->orientation = oct_exif_orientation(m->data + sizeof name, m->data_length - sizeof name);
            return;
        }
}

static octet_status choose_colors(jpeg *j, int32_t *channels)
{
    struct jpeg_decompress_struct *cinfo = &j->cinfo;
    *channels = 3;
    switch (cinfo->jpeg_color_space) {
    case JCS_GRAYSCALE:
        cinfo->out_color_space = JCS_GRAYSCALE;
        *channels = 1;
        return OCTET_OK;
    case JCS_RGB:
    case JCS_YCbCr: cinfo->out_color_space = JCS_RGB; return OCTET_OK;
    case JCS_CMYK:
    case JCS_YCCK: cinfo->out_color_space = JCS_CMYK; return OCTET_OK;
    default:
        return oct_fail(j->err, OCTET_UNSUPPORTED, "JPEG: %d components of an unknown colour space",
                        cinfo->num_components);
    }
}

/* Samples are inverted (255: no ink), as Adobe writes them and Pillow takes all of them to be. */
static void convert_cmyk(uint8_t *dst, const uint8_t *src, int32_t n)
{
    for (int32_t i = 0; i < n; i++, dst += 3, src += 4)
        for (int c = 0; c < 3; c++)
            dst[c] = (uint8_t)(src[3] - oct_mul_255(255u - src[c], src[3]));
}

static octet_status read_rows(jpeg *j)
{
    octet_image *image = &j->out->image;
    int is_cmyk = j->cinfo.out_color_space == JCS_CMYK;
    if (is_cmyk) {
        size_t n = (size_t)image->width * 4;
        image->notes |= OCTET_IMAGE_WAS_CMYK;
        j->row = oct_malloc(n);
        if (!j->row)
            return oct_fail_memory(j->err, "a JPEG row", n);
    }
    for (int32_t y = 0; y < image->height; y++) {
        uint8_t *dst = oct_image_row(image, y);
        JSAMPROW row = is_cmyk ? j->row : dst;
        jpeg_read_scanlines(&j->cinfo, &row, 1);
        if (is_cmyk)
            convert_cmyk(dst, j->row, image->width);
    }
    jpeg_finish_decompress(&j->cinfo); /* up to the end marker: a file without it was cut short */
    return OCTET_OK;
}

/* May be left by longjmp from any call of the library. */
static octet_status decode(jpeg *j)
{
    struct jpeg_decompress_struct *cinfo = &j->cinfo;
    int32_t channels;
    jpeg_create_decompress(cinfo);
    cinfo->progress = &j->progress;
    jpeg_mem_src(cinfo, j->file->data, j->file->n_bytes);
    jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(cinfo, TRUE);
    find_orientation(j);
    OCT_TRY(choose_colors(j, &channels));
    OCT_TRY(oct_read_begin(j->out, j->file, "JPEG", cinfo->image_width, cinfo->image_height, channels, j->err));
    jpeg_start_decompress(cinfo);
    return read_rows(j);
}

/* setjmp in a function without variables of its own: what longjmp returns to is all in *j. */
static octet_status decode_or_escape(jpeg *j)
{
    if (setjmp(j->escape) == 0)
        j->status = decode(j);
    return j->status;
}

octet_status oct_jpeg_read(oct_image_read *out, const oct_image_file *file, octet_error *err)
{
    jpeg j = {.out = out, .file = file, .err = err};
    j.cinfo.err = jpeg_std_error(&j.errors);
    j.cinfo.client_data = &j;
    j.errors.error_exit = leave;
    j.errors.emit_message = warn;
    j.progress.progress_monitor = limit_scans;
    octet_status status = decode_or_escape(&j);
    jpeg_destroy_decompress(&j.cinfo);
    oct_free(j.row);
    return status;
}
