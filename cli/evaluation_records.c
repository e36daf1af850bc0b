/* Images as records of fixed size. CIFAR-10: a label byte, then planes of red, green and blue. IDX, as MNIST has it: a
 * header of big-endian numbers, gray images, and the labels in a file of the same kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "evaluation_set.h"

#define IDX_IMAGES 0x00000803u /* unsigned bytes, three dimensions */
#define IDX_LABELS 0x00000801u
#define IDX_IMAGES_HEADER 16u
#define IDX_LABELS_HEADER 8u

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool cli_evaluation_has_records(const char *path)
{
    unsigned char magic[4] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(magic, 1, 4, file) : 0;
    if (file)
        fclose(file);
    const char *dot = strrchr(path, '.');
    return (n == 4 && big_endian(magic) == IDX_IMAGES) || (dot && strcmp(dot, ".bin") == 0);
}

static octet_status read_cifar(cli_evaluation_set *set, size_t n_bytes, const cli_image_input *input, octet_error *err)
{
    size_t planes = 3 * (size_t)input->width * (size_t)input->height;
    set->record_bytes = set->label_bytes = planes + 1;
    set->pixels_at = 1;
    set->n_rows = n_bytes / set->record_bytes;
    if (n_bytes == 0 || n_bytes % set->record_bytes != 0)
        return cli_fail(err, OCTET_BAD_INPUT,
                        "'%s' has %zu bytes, no multiple of the %zu of a label and three planes of %dx%d, the model's size",
                        set->opts.path, n_bytes, set->record_bytes, (int)input->width, (int)input->height);
    return octet_image_new(&set->record, input->width, input->height, 3, err);
}

static octet_status read_idx_labels(cli_evaluation_set *set, octet_error *err)
{
    const char *path = set->opts.labels_path;
    if (!path)
        return cli_fail(err, OCTET_USAGE, "'%s' holds images only; give --labels-idx", set->opts.path);
    size_t n_bytes;
    CLI_TRY(cli_bytes_read(&set->labels, &n_bytes, path, err));
    bool good = n_bytes >= IDX_LABELS_HEADER && big_endian(set->labels) == IDX_LABELS;
    if (!good || big_endian(set->labels + 4) != set->n_rows || n_bytes - IDX_LABELS_HEADER < set->n_rows)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s' is not an IDX file with the labels of %zu images", path, set->n_rows);
    return OCTET_OK;
}

static octet_status read_idx(cli_evaluation_set *set, size_t n_bytes, octet_error *err)
{
    const unsigned char *header = set->pixels;
    uint64_t n = big_endian(header + 4), h = big_endian(header + 8), w = big_endian(header + 12);
    if (n == 0 || h == 0 || w == 0 || h > CLI_LARGEST_RECORD || w > CLI_LARGEST_RECORD ||
        (n_bytes - IDX_IMAGES_HEADER) / (h * w) < n)
        return cli_fail(err, OCTET_BAD_INPUT, "'%s': the IDX header says %llu images of %llux%llu, the file has %zu bytes",
                        set->opts.path, (unsigned long long)n, (unsigned long long)w, (unsigned long long)h, n_bytes);
    set->record_bytes = (size_t)(h * w);
    set->labels_at = IDX_LABELS_HEADER;
    set->label_bytes = 1;
    set->pixels_at = IDX_IMAGES_HEADER;
    set->n_rows = (size_t)n;
    CLI_TRY(octet_image_new(&set->record, (int32_t)w, (int32_t)h, 1, err));
    return read_idx_labels(set, err);
}

octet_status cli_evaluation_read_records(cli_evaluation_set *set, const cli_image_input *input, octet_error *err)
{
    const cli_evaluation_opts *opts = &set->opts;
    if (opts->split || opts->root)
        return cli_fail(err, OCTET_USAGE, "%s has no meaning for '%s', which is no list of files",
                        opts->split ? "--split" : "--root", opts->path);
    size_t n_bytes;
    CLI_TRY(cli_bytes_read(&set->pixels, &n_bytes, opts->path, err));
    if (n_bytes >= IDX_IMAGES_HEADER && big_endian(set->pixels) == IDX_IMAGES)
        CLI_TRY(read_idx(set, n_bytes, err));
    else
        CLI_TRY(read_cifar(set, n_bytes, input, err));
    set->n = opts->limit && opts->limit < set->n_rows ? opts->limit : set->n_rows;
    return OCTET_OK;
}
