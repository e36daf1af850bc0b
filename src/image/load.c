/* Reading image files: the format by its first bytes, the reader, then the orientation.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/reader.h"

#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/file.h"

#define MAX_FILE_BYTES ((uint64_t)1 << 32)

static const struct format {
    const char *magic;
    size_t n_magic;
    octet_status (*read)(oct_image_read *out, const oct_image_file *file, octet_error *err);
} formats[] = {
    {"\x89PNG\r\n\x1a\n", 8, oct_png_read}, {"\xff\xd8\xff", 3, oct_jpeg_read}, {"BM", 2, oct_bmp_read},
    {"P1", 2, oct_pnm_read},                {"P2", 2, oct_pnm_read},            {"P3", 2, oct_pnm_read},
    {"P4", 2, oct_pnm_read},                {"P5", 2, oct_pnm_read},            {"P6", 2, oct_pnm_read},
    {"P7", 2, oct_pnm_read},
};

octet_status oct_read_check(const oct_image_file *file, const char *format, uint64_t width, uint64_t height,
                            octet_error *err)
{
    if (width == 0 || height == 0)
        return oct_fail(err, OCTET_BAD_INPUT, "%s claims %llux%llu pixels", format, (unsigned long long)width,
                        (unsigned long long)height);
    if (width > INT32_MAX || height > INT32_MAX || width * height > file->max_pixels)
        return oct_fail(err, OCTET_BAD_INPUT, "%s claims %llux%llu pixels, more than the limit of %llu", format,
                        (unsigned long long)width, (unsigned long long)height, (unsigned long long)file->max_pixels);
    return OCTET_OK;
}

octet_status oct_read_begin(oct_image_read *out, const oct_image_file *file, const char *format, uint64_t width,
                            uint64_t height, int32_t channels, octet_error *err)
{
    OCT_TRY(oct_read_check(file, format, width, height, err));
    return oct_image_alloc(&out->image, (int32_t)width, (int32_t)height, channels, err);
}

static octet_status read_any(oct_image_read *out, const oct_image_file *file, octet_error *err)
{
    for (size_t i = 0; i < OCT_COUNT(formats); i++) {
        const struct format *f = &formats[i];
        if (file->n_bytes >= f->n_magic && memcmp(file->data, f->magic, f->n_magic) == 0)
            return f->read(out, file, err);
    }
    return oct_fail(err, OCTET_BAD_INPUT, file->n_bytes ? "not a PNG, JPEG, BMP or PNM image" : "the file is empty");
}

octet_status octet_image_load_memory(octet_image *image, const void *data, size_t n_bytes,
                                     const octet_image_load_opts *opts, octet_error *err)
{
    oct_image_file file = {.data = data, .n_bytes = n_bytes, .max_pixels = OCTET_IMAGE_MAX_PIXELS};
    if (opts && opts->max_pixels)
        file.max_pixels = opts->max_pixels;
    oct_image_read read = {0};
    octet_status status = read_any(&read, &file, err);
    if (status == OCTET_OK && !(opts && opts->ignore_orientation))
        status = oct_image_orient(&read.image, read.orientation, err);
    if (status != OCTET_OK) {
        octet_image_free(&read.image);
        return status;
    }
    *image = read.image;
    return OCTET_OK;
}

octet_status octet_image_load(octet_image *image, const char *path, const octet_image_load_opts *opts, octet_error *err)
{
    oct_file file;
    OCT_TRY(oct_file_map(&file, path, MAX_FILE_BYTES, err));
    octet_status status = octet_image_load_memory(image, file.data, file.n_bytes, opts, err);
    oct_file_unmap(&file);
    if (status != OCTET_OK)
        oct_err_prefix(err, "'%s'", path);
    return status;
}
