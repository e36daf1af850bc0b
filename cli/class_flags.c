/* --labels and --class-offset. Networks that stem from TensorFlow's ImageNet training have 1001 outputs, of which the
 * first is "background"; their classes are the usual 1000 shifted by one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "class_flags.h"

#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "numbers.h"

enum { LABELS = CLI_KEYS_CLASSES, OFFSET };

static const struct argp_option options[] = {
    {.name = "labels", .key = LABELS, .arg = "FILE",
     .doc = "Names of the classes: a line each, or id,name (id TAB name) on every line"},
    {.name = "class-offset", .key = OFFSET, .arg = "N",
     .doc = "Output i is class i - N. auto (default): 1 for 1001 outputs unless there are 1001 labels, otherwise 0"},
    {0},
};

octet_status cli_parse_class_offset(cli_class_flags *flags, const char *text)
{
    flags->has_offset = strcmp(text, "auto") != 0;
    if (!flags->has_offset)
        return OCTET_OK;
    int64_t value;
    CLI_TRY(cli_parse_int(&value, text, 0, CLI_IMAGENET_CLASSES, "--class-offset", flags->err));
    flags->offset = (int)value;
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_class_flags *flags = state->input;
    switch (key) {
    case LABELS: flags->labels = arg; return 0;
    case OFFSET: return cli_parse_class_offset(flags, arg) ? EINVAL : 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_class_argp = {.options = options, .parser = parse};

static octet_status check_counts(const cli_classes *classes, const char *path, octet_error *err)
{
    int n_classes = classes->n_outputs - classes->offset, n = classes->labels.n;
    if (n == 0 || n == n_classes)
        return OCTET_OK;
    return cli_fail(err, OCTET_BAD_INPUT, "'%s' has %d labels, but the model has %d classes%s", path, n, n_classes,
                    n == n_classes - 1 ? " (a background class in front? --class-offset 1)" : "");
}

octet_status cli_classes_open(cli_classes *classes, const cli_class_flags *flags, int n_outputs, octet_error *err)
{
    *classes = (cli_classes){.n_outputs = n_outputs, .offset = flags->offset};
    if (flags->labels)
        CLI_TRY(cli_labels_read(&classes->labels, flags->labels, err));
    if (!flags->has_offset && n_outputs == CLI_IMAGENET_CLASSES + 1 && classes->labels.n != n_outputs) {
        classes->offset = 1;
        cli_note("the model has 1001 outputs: the first is taken as background (--class-offset 1)");
    }
    if (classes->offset >= n_outputs)
        return cli_fail(err, OCTET_USAGE, "--class-offset %d, but the model has %d outputs", classes->offset, n_outputs);
    return flags->labels ? check_counts(classes, flags->labels, err) : OCTET_OK;
}

void cli_classes_free(cli_classes *classes)
{
    cli_labels_free(&classes->labels);
}

const char *cli_class_name(const cli_classes *classes, int class_id)
{
    if (class_id < 0)
        return "(background)";
    return class_id < classes->labels.n ? classes->labels.names[class_id] : NULL;
}
