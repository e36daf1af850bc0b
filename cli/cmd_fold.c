/* octet fold: preprocessing into an ONNX file, proven, and out of it again.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <octet/fold.h>
#include <octet/image.h>

#include "arguments.h"
#include "artifact.h"
#include "command.h"
#include "fold_images.h"
#include "fold_report.h"
#include "image_input.h"
#include "model_flags.h"
#include "numbers.h"
#include "recipe_flags.h"
#include "recipe_resolve.h"
#include "spelling.h"

enum {
    PLACEMENT = CLI_KEYS_COMMAND,
    PIXELS,
    MATRIX,
    RANGE,
    LINEAR,
    AXES,
    INPUT,
    SOFTMAX,
    ARGMAX,
    ARGMAX_TYPE,
    OUTPUT,
    IMAGES,
    TOLERANCE,
    UNFOLD,
    JSON
};

typedef struct fold_flags {
    octet_error *err;
    cli_model_flags model;
    cli_recipe_flags recipe;
    octet_fold_opts opts;
    const char *out, *images, *pixels, *matrix, *range;
    bool has_placement, unfold, json, softmax, argmax, linear;
    float tolerance; /* 0: not given */
    char **arguments;
    int n_arguments;
} fold_flags;

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "File:", .group = 1},
    {.name = "out", .key = 'o', .arg = "FILE", .doc = "The ONNX file to write; may be MODEL itself"},
    {.name = "unfold", .key = UNFOLD, .doc = "The way back: the file that MODEL was folded from, byte for byte"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {.doc = "Input:", .group = 2},
    {.name = "placement", .key = PLACEMENT, .arg = "WHERE",
     .doc = "layer (default): nodes Cast, Sub and Mul. rgbx: into the weights of the first convolution, with a fourth "
            "channel that the application fills with 255"},
    {.name = "pixels", .key = PIXELS, .arg = "FORMAT[,LAYOUT]",
     .doc = "What the application hands over: RGB, BGR, gray or RGBX, then NHWC (if not said) or NCHW. By default it is what "
            "the model takes: its --order and --layout. Or a frame: NV12, NV21, I420 or YUYV"},
    {.name = "matrix", .key = MATRIX, .arg = "MATRIX", .doc = "Of a frame: bt601 (default) or bt709"},
    {.name = "range", .key = RANGE, .arg = "RANGE", .doc = "Of a frame: limited (default), Y is 16..235; or full, 0..255"},
    {.name = "linear-yuv", .key = LINEAR,
     .doc = "Leave out the rounding and the clip to 0..255 of the conversion, which then is one matrix"},
    {.name = "input", .key = INPUT, .arg = "NAME", .doc = "Input that takes the pixels, where the model has several"},
    {.name = "axes", .key = AXES, .arg = "LETTERS",
     .doc = "Dimensions of the model's input, where it has others than --layout says: CHW, HWC, CNHW, ..."},
    {.doc = "Output:", .group = 3},
    {.name = "softmax", .key = SOFTMAX, .doc = "Append Softmax: probabilities instead of logits"},
    {.name = "argmax", .key = ARGMAX, .doc = "Append ArgMax: the number of the best class instead of logits"},
    {.name = "argmax-type", .key = ARGMAX_TYPE, .arg = "TYPE",
     .doc = "Type of that number: int64 (default), int32, uint16 or uint8, if it can hold every class"},
    {.name = "output", .key = OUTPUT, .arg = "NAME", .doc = "Output that holds the logits, where the model has several"},
    {.doc = "Proof:", .group = 4},
    {.name = "images", .key = IMAGES, .arg = "PATH",
     .doc = "Photographs to prove it on, beside random, constant, border-heavy and patterned images: a file or a folder"},
    {.name = "tolerance", .key = TOLERANCE, .arg = "X",
     .doc = "Largest difference of an output, as part of its largest element (default 1e-4)"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_recipe_argp, .header = "Preprocessing, in this order: resize, crop, (pixel - mean) * scale; resize and crop "
                                         "are recorded in the file, the application does them:", .group = 5},
    {.argp = &cli_model_argp, .header = "Execution of the proof:", .group = 6},
    {.argp = &cli_other_argp, .header = "Other:", .group = 7},
    {0},
};

static octet_status parse_placement(fold_flags *flags, const char *text)
{
    static const char *const names[] = {"layer", "rgbx"};
    char meant[CLI_MEANT_SIZE];
    flags->has_placement = true;
    for (int i = 0; i < 2; i++) {
        if (strcmp(text, names[i]) == 0) {
            flags->opts.placement = (octet_fold_placement)i;
            return OCTET_OK;
        }
    }
    if (strcmp(text, "fold") == 0 || strcmp(text, "host") == 0)
        return cli_fail(flags->err, OCTET_USAGE, "--placement %s is not written into a file: %s; there are layer and rgbx",
                        text, text[0] == 'f' ? "octet run folds when it compiles" : "it leaves the model as it is");
    return cli_fail(flags->err, OCTET_USAGE, "--placement '%s': there are layer and rgbx%s", text,
                    cli_meant(meant, "", cli_nearest(text, names, 2)));
}

static octet_status parse_argmax_type(fold_flags *flags, const char *text)
{
    static const octet_dtype types[] = {OCTET_I64, OCTET_I32, OCTET_U16, OCTET_U8};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(text, octet_dtype_name(types[i])) == 0) {
            flags->opts.argmax_type = types[i];
            return OCTET_OK;
        }
    }
    return cli_fail(flags->err, OCTET_USAGE, "--argmax-type '%s': there are int64, int32, uint16 and uint8", text);
}

static octet_status parse_tolerance(fold_flags *flags, const char *text)
{
    int n;
    CLI_TRY(cli_parse_floats(&flags->tolerance, 1, &n, text, "--tolerance", flags->err));
    if (flags->tolerance <= 0)
        return cli_fail(flags->err, OCTET_USAGE, "--tolerance must be above 0, not %g", (double)flags->tolerance);
    return OCTET_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    fold_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->recipe;
        state->child_inputs[1] = &flags->model;
        return 0;
    case 'o': flags->out = arg; return 0;
    case UNFOLD: flags->unfold = true; return 0;
    case JSON: flags->json = true; return 0;
    case PLACEMENT: return parse_placement(flags, arg) ? EINVAL : 0;
    case PIXELS: flags->pixels = arg; return 0;
    case MATRIX: flags->matrix = arg; return 0;
    case RANGE: flags->range = arg; return 0;
    case LINEAR: flags->linear = true; return 0;
    case INPUT: flags->opts.input = arg; return 0;
    case AXES: flags->opts.axes = arg; return 0;
    case SOFTMAX: flags->softmax = true; return 0;
    case ARGMAX: flags->argmax = true; return 0;
    case ARGMAX_TYPE: return parse_argmax_type(flags, arg) ? EINVAL : 0;
    case OUTPUT: flags->opts.output = arg; return 0;
    case IMAGES: flags->images = arg; return 0;
    case TOLERANCE: return parse_tolerance(flags, arg) ? EINVAL : 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp fold_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL -o FILE",
    .doc = "Write the normalization of the pixels into an ONNX file, for any runtime: its input becomes uint8. Everything else "
           "in the file stays as it is, to the byte. Before the file comes to be there, it is proven: the original with "
           "normalization on the host and the new file are run on the same images and all outputs compared. If they differ by "
           "more than --tolerance, nothing is written and the exit code is 1.\v"
           "Folding again with the same options writes the same bytes; a model that normalizes by itself is recognised.\n\n"
           "Examples:\n"
           "  octet fold resnet18.onnx -o resnet18_u8.onnx --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375\n"
           "  octet fold resnet18.onnx -o resnet18_x.onnx --placement rgbx --pixels RGBX --mean 127.5 --std 127.5\n"
           "  octet fold resnet18_u8.onnx -o resnet18.onnx --unfold\n\n"
           CLI_EXIT_CODES,
    .children = children,
};

static bool is_any_given(const cli_recipe_flags *recipe)
{
    bool given = recipe->std.n || recipe->config_path || recipe->ignore_orientation;
    for (int field = 0; field < CLI_N_FIELDS; field++)
        given |= cli_field_given(&recipe->given, (cli_field)field);
    return given;
}

/* The way back needs nothing but the file. */
static octet_status check_unfold(const fold_flags *flags, octet_error *err)
{
    const octet_fold_opts *o = &flags->opts;
    bool others = flags->has_placement || flags->pixels || flags->matrix || flags->range || flags->linear || o->input ||
                  o->axes || flags->softmax || flags->argmax || o->argmax_type || o->output || flags->images ||
                  flags->tolerance > 0 || flags->model.cpu || flags->model.n_threads || flags->model.n_dims;
    if (!others && !is_any_given(&flags->recipe))
        return OCTET_OK;
    return cli_fail(err, OCTET_USAGE, "--unfold restores the file as it was; beside it there may be only -o and --json");
}

static octet_status check_flags(fold_flags *flags, octet_error *err)
{
    if (flags->n_arguments != 1 || !flags->out)
        return cli_fail(err, OCTET_USAGE, "octet fold needs one model, and -o with the file to write; see 'octet fold --help'");
    CLI_TRY(cli_refuse_artifact(flags->arguments[0], "fold", "its normalization is where octet compile put it", err));
    if (flags->unfold)
        return check_unfold(flags, err);
    if (flags->recipe.ignore_orientation && !flags->images)
        return cli_fail(err, OCTET_USAGE, "--ignore-orientation is for --images, which is not given");
    if (flags->softmax && flags->argmax)
        return cli_fail(err, OCTET_USAGE, "--softmax and --argmax are both given; the best class needs no probabilities");
    if (flags->opts.argmax_type && !flags->argmax)
        return cli_fail(err, OCTET_USAGE, "--argmax-type is for --argmax, which is not given");
    if (flags->opts.output && !flags->argmax && !flags->softmax)
        return cli_fail(err, OCTET_USAGE, "--output is for --softmax and --argmax, neither of which is given");
    flags->opts.tail = flags->softmax ? OCTET_FOLD_SOFTMAX : flags->argmax ? OCTET_FOLD_ARGMAX : OCTET_FOLD_NO_TAIL;
    return OCTET_OK;
}

/* ---- what the flags come to for this model ---- */

typedef struct folder {
    const fold_flags *flags;
    octet_fold *fold;
    cli_recipe_fields fields;
    octet_fold_opts opts;
    char axes[OCTET_MAX_RANK + 1];
    cli_image_input input;
    cli_fold_report report;
} folder;

/* The model's own recipe, overridden by --config and by flags. */
static octet_status find_fields(folder *f, octet_error *err)
{
    const char *text = octet_fold_metadata(f->fold, OCTET_RECIPE_METADATA), *path = f->flags->arguments[0];
    octet_error why;
    if (text && cli_fields_of_text(&f->fields, text, path, &why) != OCTET_OK)
        return cli_fail(err, OCTET_BAD_INPUT, "%s: metadata %s: %.2048s", path, OCTET_RECIPE_METADATA, why.message);
    cli_fields_override(&f->fields, &f->flags->recipe.config);
    cli_recipe_flags_override(&f->fields, &f->flags->recipe);
    return OCTET_OK;
}

static bool is_channels(int64_t dim)
{
    return dim == 1 || dim == 3 || dim == 4;
}

/* The dimensions of the input by --axes, else by --layout, else by where the channels are. */
static octet_status find_axes(folder *f, const octet_tensor_info *info, octet_error *err)
{
    char shape[CLI_SHAPE_SIZE];
    const char *found = f->flags->opts.axes;
    if (!found && cli_field_given(&f->fields, CLI_FIELD_LAYOUT))
        found = octet_pixel_layout_name(f->fields.layout);
    if (!found && info->rank == 4)
        found = is_channels(info->dims[1]) ? "NCHW" : is_channels(info->dims[3]) ? "NHWC" : NULL;
    if (!found || strlen(found) != (size_t)info->rank)
        return cli_fail(err, OCTET_USAGE, "%s: input '%s' is %s; say which dimension is which with --axes: NCHW, HWC, ...",
                        f->flags->arguments[0], info->name, cli_shape(shape, info));
    memcpy(f->axes, found, strlen(found) + 1);
    return OCTET_OK;
}

/* A side of the input: as it is, or bound by --dim; -1: neither. */
static int64_t side(const folder *f, const octet_tensor_info *info, int axis)
{
    const cli_model_flags *model = &f->flags->model;
    if (info->dims[axis] >= 0)
        return info->dims[axis];
    for (int i = 0; info->dim_names[axis] && i < model->n_dims; i++)
        if (strcmp(model->dims[i].name, info->dim_names[axis]) == 0)
            return model->dims[i].value;
    return -1;
}

static octet_status find_input(folder *f, const octet_tensor_info *info, octet_error *err)
{
    char shape[CLI_SHAPE_SIZE];
    CLI_TRY(find_axes(f, info, err));
    const char *c = strchr(f->axes, 'C'), *h = strchr(f->axes, 'H'), *w = strchr(f->axes, 'W');
    if (!c || !h || !w)
        return cli_fail(err, OCTET_USAGE, "--axes '%s' needs C, H and W", f->axes);
    int64_t height = side(f, info, (int)(h - f->axes)), width = side(f, info, (int)(w - f->axes));
    int64_t channels = info->dims[c - f->axes];
    if (height < 1 || width < 1 || height > CLI_LARGEST_INPUT || width > CLI_LARGEST_INPUT)
        return cli_fail(err, OCTET_USAGE, "%s: input '%s' is %s: its size is free; give --dim NAME=VALUE for the proof",
                        f->flags->arguments[0], info->name, cli_shape(shape, info));
    if (channels < 0)
        channels = cli_field_given(&f->fields, CLI_FIELD_ORDER) && f->fields.order == OCTET_GRAY ? 1 : 3;
    if (channels > OCTET_MAX_CHANNELS)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s: input '%s' is %s, with %lld channels (axes %s); pixels have 1, 3 or 4",
                        f->flags->arguments[0], info->name, cli_shape(shape, info), (long long)channels, f->axes);
    f->input = (cli_image_input){.width = (int32_t)width, .height = (int32_t)height, .channels = (int32_t)channels,
                                 .layout = c < h ? OCTET_NCHW : OCTET_NHWC};
    return OCTET_OK;
}

/* --pixels and its companions as one text, so that a matrix given in two ways is found. */
static octet_status parse_pixels(octet_pixels *pixels, const fold_flags *flags, octet_error *err)
{
    char text[256];
    octet_error why;
    snprintf(text, sizeof text, "%s%s%s%s%s%s", flags->pixels, flags->matrix ? "," : "", flags->matrix ? flags->matrix : "",
             flags->range ? "," : "", flags->range ? flags->range : "", flags->linear ? ",linear" : "");
    if (octet_pixels_parse(pixels, text, &why) == OCTET_OK)
        return OCTET_OK;
    return cli_fail(err, OCTET_USAGE, "--pixels %.256s: %.2048s", flags->pixels, why.message);
}

/* By default that of a file that was folded before. */
static void find_placement(folder *f)
{
    const char *recorded = octet_fold_metadata(f->fold, OCTET_PLACEMENT_METADATA);
    if (!f->flags->has_placement && recorded && strcmp(recorded, "rgbx") == 0)
        f->opts.placement = OCTET_FOLD_RGBX;
}

/* By default the pixels are what the model takes; a file folded before says what they are. */
static octet_status find_pixels(folder *f, octet_error *err)
{
    static const octet_pixel_format formats[] = {OCTET_PIXELS_RGB, OCTET_PIXELS_BGR, OCTET_PIXELS_GRAY};
    octet_pixels *pixels = &f->opts.pixels;
    const char *recorded = octet_fold_metadata(f->fold, OCTET_PIXELS_METADATA);
    bool wants_four = f->input.channels == 4 || f->opts.placement == OCTET_FOLD_RGBX;
    if (f->flags->pixels)
        return parse_pixels(pixels, f->flags, err);
    if (f->flags->matrix || f->flags->range || f->flags->linear)
        return cli_fail(err, OCTET_USAGE, "%s is of frames, so give --pixels NV12, NV21, I420 or YUYV",
                        f->flags->matrix ? "--matrix" : f->flags->range ? "--range" : "--linear-yuv");
    if (cli_field_given(&f->fields, CLI_FIELD_PIXELS))
        *pixels = f->fields.pixels;
    else if (!recorded || octet_pixels_parse(pixels, recorded, NULL) != OCTET_OK)
        *pixels = (octet_pixels){.format = wants_four ? OCTET_PIXELS_RGBX : formats[f->opts.recipe.order],
                                 .layout = f->opts.recipe.layout};
    return OCTET_OK;
}

/* ---- the command ---- */

static octet_status print(const folder *f, octet_error *err)
{
    if (f->flags->json)
        return cli_fold_print_json(&f->report, err);
    cli_fold_print(&f->report);
    return OCTET_OK;
}

static octet_status plan(folder *f, octet_error *err)
{
    octet_tensor_info info;
    const fold_flags *flags = f->flags;
    f->opts = flags->opts;
    CLI_TRY(octet_fold_input(f->fold, flags->opts.input, &info, err));
    CLI_TRY(find_fields(f, err));
    CLI_TRY(find_input(f, &info, err));
    CLI_TRY(cli_recipe_of_fields(&f->opts.recipe, &f->fields, &f->input, false, err));
    f->opts.axes = f->axes;
    find_placement(f);
    CLI_TRY(find_pixels(f, err));
    CLI_TRY(octet_fold_plan(f->fold, &f->opts, err));
    f->report.opts = &f->opts;
    f->report.input = info;
    f->report.channels = f->input.channels;
    octet_fold_get_info(f->fold, &f->report.info);
    return OCTET_OK;
}

static octet_status write_proven(folder *f, octet_error *err)
{
    const fold_flags *flags = f->flags;
    octet_proof_dim dims[CLI_MOST_DIMS];
    octet_proof proof = {0};
    cli_fold_images images = {0};
    for (int i = 0; i < flags->model.n_dims; i++)
        dims[i] = (octet_proof_dim){flags->model.dims[i].name, flags->model.dims[i].value};
    octet_proof_opts opts = {.tolerance = (double)flags->tolerance, .cpu = flags->model.cpu,
                             .n_threads = flags->model.n_threads, .dims = dims, .n_dims = flags->model.n_dims};
    octet_status status = flags->images ? cli_fold_images_load(&images, flags->images,
                                                                flags->recipe.ignore_orientation, &f->opts.recipe,
                                                                &f->input, err)
                                        : OCTET_OK;
    opts.images = (const uint8_t *const *)images.pixels;
    opts.n_images = images.n;
    if (status == OCTET_OK)
        status = octet_fold_write(f->fold, flags->out, &opts, &proof, err);
    cli_fold_images_free(&images);
    f->report.written = status == OCTET_OK;
    f->report.proof = proof.tolerance > 0 ? &proof : NULL; /* it came to a verdict */
    if (f->report.proof && !proof.varies)
        cli_note("the model gives the same outputs for every image of the proof, which therefore proves little");
    if (status != OCTET_OK && status != OCTET_CHECK_FAILED)
        return status;
    octet_error print_err;
    octet_status printed = print(f, &print_err);
    if (status == OCTET_OK && printed != OCTET_OK)
        *err = print_err;
    return status ? status : printed;
}

static octet_status fold_or_unfold(folder *f, octet_error *err)
{
    f->report = (cli_fold_report){.model = f->flags->arguments[0], .out = f->flags->out};
    if (!f->flags->unfold) {
        CLI_TRY(plan(f, err));
        return write_proven(f, err);
    }
    CLI_TRY(octet_fold_undo(f->fold, err));
    CLI_TRY(octet_fold_write(f->fold, f->flags->out, NULL, NULL, err));
    f->report.written = true;
    return print(f, err);
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    fold_flags flags = {.err = err};
    flags.model.err = flags.recipe.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&fold_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&fold_argp, "fold", stdout);
        return OCTET_OK;
    }
    CLI_TRY(check_flags(&flags, err));
    CLI_TRY(cli_recipe_check(&flags.recipe, err));
    folder f = {.flags = &flags};
    CLI_TRY(octet_fold_open(&f.fold, flags.arguments[0], err));
    octet_status status = fold_or_unfold(&f, err);
    octet_fold_free(f.fold);
    return status;
}

const cli_command cli_fold_command = {
    .name = "fold", .summary = "Write the preprocessing into an ONNX file, proven", .argp = &fold_argp, .run = run};
