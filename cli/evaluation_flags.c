/* --images and what selects among them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "evaluation_flags.h"

#include <errno.h>

#include "arguments.h"
#include "numbers.h"

enum { IMAGES = CLI_KEYS_EVALUATION, LABELS_IDX, ROOT, SPLIT, LIMIT };

static const struct argp_option options[] = {
    {.name = "images", .key = IMAGES, .arg = "FILE",
     .doc = "TSV with lines of: file, tab, class id[, tab, split][, tab, box=x,y,width,height]. Or a CIFAR-10 binary file "
            "(*.bin) of the model's size, or an IDX file as MNIST's"},
    {.name = "labels-idx", .key = LABELS_IDX, .arg = "FILE", .doc = "Labels of an IDX file of images"},
    {.name = "root", .key = ROOT, .arg = "DIR", .doc = "Folder of the files that the TSV names (default: that of the TSV)"},
    {.name = "split", .key = SPLIT, .arg = "NAME", .doc = "Only lines with NAME in the third column"},
    {.name = "limit", .key = LIMIT, .arg = "N", .doc = "Only the first N images"},
    {0},
};

static octet_status parse_limit(cli_evaluation_flags *flags, const char *text)
{
    int64_t value;
    CLI_TRY(cli_parse_int(&value, text, 1, 1000000000, "--limit", flags->err));
    flags->opts.limit = (size_t)value;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_evaluation_flags *flags = state->input;
    switch (key) {
    case IMAGES: flags->opts.path = arg; return 0;
    case LABELS_IDX: flags->opts.labels_path = arg; return 0;
    case ROOT: flags->opts.root = arg; return 0;
    case SPLIT: flags->opts.split = arg; return 0;
    case LIMIT: return parse_limit(flags, arg) ? EINVAL : 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_evaluation_argp = {.options = options, .parser = parse};
