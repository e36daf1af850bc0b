/* Labelled images: a TSV that names files and regions of them, a CIFAR-10 binary file, or an IDX pair (MNIST).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EVALUATION_SET_H
#define CLI_EVALUATION_SET_H

#include <stdbool.h>

#include <octet/image.h>

#include "image_input.h"
#include "pixel_flags.h"
#include "text_lines.h"

#define CLI_LARGEST_RECORD 4096 /* pixels a side of an image in an IDX file */

typedef struct cli_labelled { /* one image of a TSV */
    const char *file;         /* as the TSV spells it */
    int class_id;
    size_t row;               /* counted over all images of the file, whether selected or not */
    int32_t x, y, width, height; /* region; width 0: the whole image */
} cli_labelled;

typedef struct cli_evaluation_opts {
    const char *path, *labels_path; /* labels_path: IDX labels, else NULL */
    const char *root;               /* folder of the files; NULL: that of the TSV */
    const char *split;              /* NULL: all */
    bool split_if_any;              /* `split` is not the user's word: lines without a split are taken too */
    size_t limit;                   /* 0: none */
    bool ignore_orientation;
    const cli_pixel_flags *frames;  /* what the files of the TSV hold; NULL: images */
} cli_evaluation_opts;

typedef struct cli_evaluation_set { /* all zero is empty */
    size_t n;             /* selected images */
    size_t n_rows;        /* images of the whole file */
    cli_evaluation_opts opts;
    /* TSV */
    cli_text text;
    cli_labelled *items;  /* [n]; NULL for records */
    char *root;
    const char *sheet_file; /* item whose file was decoded last; `sheet` holds it, or sheet_error why not */
    octet_image sheet;
    octet_error sheet_error;
    /* records: n_rows times planar pixels, each behind its label byte (CIFAR) or with labels apart (IDX) */
    unsigned char *pixels;  /* the file as it is; image i begins at pixels_at + i * record_bytes */
    unsigned char *labels;  /* the file of IDX labels, else NULL */
    size_t pixels_at, record_bytes;
    size_t labels_at;       /* label i is at labels_at + i * label_bytes of `labels`, or of `pixels` if there is none */
    size_t label_bytes;
    octet_image record;   /* the current one, interleaved */
} cli_evaluation_set;

/* The file holds records of fixed size and not a TSV: by its first bytes (IDX) or its suffix .bin (CIFAR-10). */
bool cli_evaluation_has_records(const char *path);

/* Read the list, or the records, whose size is that of `input`. OCTET_BAD_INPUT names the line that is wrong. `set` must
 * be all zero; free with cli_evaluation_close, after a failure too. */
octet_status cli_evaluation_open(cli_evaluation_set *set, const cli_evaluation_opts *opts, const cli_image_input *input,
                                 octet_error *err);
void cli_evaluation_close(cli_evaluation_set *set);

/* Image i as a view that is valid until the next call. The message names the file. */
octet_status cli_evaluation_image(cli_evaluation_set *set, size_t i, octet_image *view, octet_error *err);
int cli_evaluation_class(const cli_evaluation_set *set, size_t i);
/* Position of image i in the whole file. */
size_t cli_evaluation_row(const cli_evaluation_set *set, size_t i);
/* A name for messages: file, or "record 12". */
#define CLI_ITEM_NAME_SIZE 512
const char *cli_evaluation_name(const cli_evaluation_set *set, size_t i, char text[CLI_ITEM_NAME_SIZE]);

/* Every class is below n_classes, those of the model. OCTET_BAD_INPUT names the first image whose class is not. */
octet_status cli_evaluation_check_classes(const cli_evaluation_set *set, int n_classes, octet_error *err);

/* ---- parts, in files of their own ---- */

octet_status cli_evaluation_read_tsv(cli_evaluation_set *set, octet_error *err);                      /* evaluation_tsv.c */
octet_status cli_evaluation_read_records(cli_evaluation_set *set, const cli_image_input *input, octet_error *err);

#endif
