/* octet compile: a model as an artifact.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arguments.h"
#include "artifact.h"
#include "calibration.h"
#include "command.h"
#include "image_input.h"
#include "model_flags.h"
#include "numbers.h"
#include "placement_flags.h"
#include "precision.h"
#include "recipe_flags.h"
#include "recipe_resolve.h"
#include "report_json.h"

enum { CPU = CLI_KEYS_COMMAND, PIXELS, MATRIX, RANGE, LINEAR, TUNING, JSON };

#define PORTABLE "portable"

typedef struct compile_flags {
    octet_error *err;
    cli_model_flags model; /* cpu: NULL means portable */
    cli_recipe_flags recipe;
    cli_placement_flags placement;
    cli_calibration_flags calib;
    const char *out, *pixels, *matrix, *range;
    bool linear, json;
    char **arguments;
    int n_arguments;
} compile_flags;

/* ---- arguments ---- */

static const struct argp_option options[] = {
    {.doc = "File:", .group = 1},
    {.name = "out", .key = 'o', .arg = "FILE", .doc = "The artifact to write, usually with the suffix .octet"},
    {.name = "json", .key = JSON, .doc = "One JSON document instead of text"},
    {.doc = "Target:", .group = 2},
    {.name = "cpu", .key = CPU, .arg = "LEVEL",
     .doc = "portable (default): runs at every CPU level, packed for it when it is opened. Or stored for a level, which this machine "
            "must have, and used as it lies: ref, avx2, avx512, avx512vnni or auto, the highest"},
    {.name = "tuning", .key = TUNING, .arg = "FILE",
     .doc = "With a level: table of octet tune with the tilings that are fastest on this CPU, which the artifact keeps"},
    {.doc = "Pixels:", .group = 3},
    {.name = "pixels", .key = PIXELS, .arg = "FORMAT[,LAYOUT]",
     .doc = "What the application hands over: RGB (default), BGR, gray or RGBX, then NHWC (if not said) or NCHW. Or a frame: "
            "NV12, NV21, I420 or YUYV"},
    {.name = "matrix", .key = MATRIX, .arg = "MATRIX", .doc = "Of a frame: bt601 (default) or bt709"},
    {.name = "range", .key = RANGE, .arg = "RANGE", .doc = "Of a frame: limited (default), Y is 16..235; or full, 0..255"},
    {.name = "linear-yuv", .key = LINEAR,
     .doc = "Leave out the clip to 0..255 of the conversion of a frame, so that it is folded too"},
    {0},
};

static const struct argp_child children[] = {
    {.argp = &cli_placement_argp, .group = 3},
    {.argp = &cli_recipe_argp, .header = "Preprocessing, in this order: resize, crop, (pixel - mean) * scale; it is recorded in the "
                                         "artifact:", .group = 4},
    {.argp = &cli_graph_argp, .header = "Model:", .group = 5},
    {.argp = &cli_calibration_argp, .group = 5},
    {.argp = &cli_other_argp, .header = "Other:", .group = 6},
    {0},
};

static octet_status parse_cpu(compile_flags *flags, const char *text)
{
    if (strcmp(text, PORTABLE) == 0) {
        flags->model.cpu = NULL;
        return OCTET_OK;
    }
    return cli_parse_cpu(&flags->model, text, PORTABLE);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    compile_flags *flags = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &flags->placement;
        state->child_inputs[1] = &flags->recipe;
        state->child_inputs[2] = &flags->model;
        state->child_inputs[3] = &flags->calib;
        return 0;
    case 'o': flags->out = arg; return 0;
    case CPU: return parse_cpu(flags, arg) ? EINVAL : 0;
    case PIXELS: flags->pixels = arg; return 0;
    case MATRIX: flags->matrix = arg; return 0;
    case RANGE: flags->range = arg; return 0;
    case LINEAR: flags->linear = true; return 0;
    case TUNING: flags->model.tuning = arg; return 0;
    case JSON: flags->json = true; return 0;
    case ARGP_KEY_ARGS:
        flags->arguments = state->argv + state->next;
        flags->n_arguments = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp compile_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL -o FILE",
    .doc = "Compile an ONNX model to an artifact: one file that the small run-time library opens in milliseconds, without ONNX. "
           "octet run, eval and inspect take it in place of the model. The same model and options give the same bytes on every "
           "machine.\v"
           "The recipe is recorded, so that octet run needs no flags for it. The normalization is in the artifact; an application "
           "hands over pixels (--placement fold, layer) or floats (host).\n\n"
           "Examples:\n"
           "  octet compile model.onnx -o model.octet --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375\n"
           "  octet compile model.onnx -o model.octet --config import.yaml --cpu avx2\n"
           "  octet compile model.onnx -o model.octet --calib photos/ --mean 127.5 --std 127.5\n"
           "  octet run model.octet cat.jpg --labels labels.txt\n\n"
           CLI_EXIT_CODES,
    .children = children,
};

/* ---- what the flags come to for this model ---- */

#define MOST_RECORDS 4
#define RANGES_RECORD "octet.ranges" /* cli_calibration_text */

typedef struct compilation {
    const compile_flags *flags;
    const char *path;
    octet_recipe recipe;
    cli_image_input input;
    octet_pixels pixels;
    bool images; /* the model takes images: recipe and pixels are known */
    octet_placement placement;
    const char *elsewhere;
    octet_program *program;
    octet_record records[MOST_RECORDS];
    int n_records;
    int n_calibration_images;
    char *ranges_text;
    char recipe_text[OCTET_RECIPE_TEXT_SIZE], pixels_text[OCTET_PIXELS_NAME_SIZE], options_text[2048];
} compilation;

static bool is_recipe_given(const cli_recipe_flags *recipe)
{
    bool given = recipe->std.n || recipe->config_path;
    for (int field = 0; field < CLI_N_FIELDS; field++)
        given |= cli_field_given(&recipe->given, (cli_field)field);
    return given;
}

/* --pixels with its companions, as one text. */
static octet_status parse_pixels(octet_pixels *pixels, const compile_flags *flags, octet_error *err)
{
    char text[256];
    if (!flags->pixels && (flags->matrix || flags->range || flags->linear))
        return cli_fail(err, OCTET_USAGE, "%s is for frames, but --pixels is not given",
                        flags->matrix ? "--matrix" : flags->range ? "--range" : "--linear-yuv");
    if (!flags->pixels)
        return OCTET_OK;
    snprintf(text, sizeof text, "%.100s%s%.50s%s%.50s%s", flags->pixels, flags->matrix ? "," : "",
             flags->matrix ? flags->matrix : "", flags->range ? "," : "", flags->range ? flags->range : "",
             flags->linear ? ",linear" : "");
    octet_error why;
    if (octet_pixels_parse(pixels, text, &why) != OCTET_OK)
        return cli_fail(err, OCTET_USAGE, "--pixels: %.2048s", why.message);
    return OCTET_OK;
}

/* Recipe and pixels, of a model that takes images or of flags that say so. */
static octet_status resolve(compilation *c, octet_model *model, octet_error *err)
{
    const compile_flags *flags = c->flags;
    c->images = cli_takes_images(model) || is_recipe_given(&flags->recipe) || flags->pixels || flags->placement.given;
    if (!c->images && flags->calib.path)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s: --calib needs a model with one input that takes images", c->path);
    if (!c->images)
        return OCTET_OK;
    CLI_TRY(parse_pixels(&c->pixels, flags, err));
    CLI_TRY(cli_recipe_resolve(&c->recipe, &c->input, model, c->path, &flags->recipe, false, err));
    CLI_TRY(octet_recipe_format(c->recipe_text, sizeof c->recipe_text, &c->recipe, c->input.channels, err));
    if (flags->pixels && cli_placement(&flags->placement) == OCTET_PLACEMENT_HOST)
        return cli_fail(err, OCTET_USAGE, "--pixels is for --placement fold and layer; with host the application hands over floats");
    return OCTET_OK;
}

/* ---- records ---- */

static void add_record(compilation *c, const char *key, const char *value)
{
    c->records[c->n_records++] = (octet_record){key, value};
}

static void add_option(compilation *c, const char *name, const char *value)
{
    const size_t used = strlen(c->options_text);
    snprintf(c->options_text + used, sizeof c->options_text - used, "%s%s %s", used ? " " : "", name, value);
}

/* The options that change the program, each in one spelling. */
static void record(compilation *c)
{
    const compile_flags *flags = c->flags;
    if (c->images) {
        add_record(c, OCTET_RECIPE_METADATA, c->recipe_text);
        add_option(c, "--placement", octet_placement_name(c->placement));
    }
    if (c->images && c->placement != OCTET_PLACEMENT_HOST) {
        octet_pixels_name(c->pixels_text, &c->pixels);
        if (flags->pixels)
            add_option(c, "--pixels", c->pixels_text);
    }
    if (flags->model.providers)
        add_option(c, "--providers", flags->model.providers);
    if (flags->model.tuning)
        add_option(c, "--tuning", flags->model.tuning);
    for (int i = 0; i < flags->model.n_dims; i++) {
        char dim[sizeof flags->model.dims[i].name + 24];
        snprintf(dim, sizeof dim, "%s=%" PRId64, flags->model.dims[i].name, flags->model.dims[i].value);
        add_option(c, "--dim", dim);
    }
    if (*c->options_text)
        add_record(c, "octet.options", c->options_text);
    if (c->ranges_text)
        add_record(c, RANGES_RECORD, c->ranges_text);
}

/* ---- the command ---- */

/* Compile as `opts` says, quantized if that is wanted. */
static octet_status compile_model(compilation *c, octet_model *model, const cli_model_flags *target, octet_compile_opts opts,
                                  octet_error *err)
{
    const compile_flags *flags = c->flags;
    octet_calibration *calibration = NULL;
    if (flags->calib.path) {
        CLI_TRY(cli_calibrate(&calibration, c->path, model, &flags->model, &c->input, &c->recipe, &opts, &flags->calib, err));
        c->n_calibration_images = octet_calibration_n_images(calibration);
        c->ranges_text = cli_calibration_text(calibration);
        opts.calibration = calibration;
    }
    octet_status status = flags->calib.path && !c->ranges_text ? cli_fail_memory(err) : OCTET_OK;
    if (status == OCTET_OK)
        status = cli_model_compile(&c->program, model, c->path, target, &opts, err);
    octet_calibration_free(calibration);
    return status;
}

static octet_status compile(compilation *c, octet_model *model, octet_error *err)
{
    const compile_flags *flags = c->flags;
    cli_model_flags target = flags->model;
    target.cpu = target.cpu ? target.cpu : "ref"; /* what is packed for ref is portable */
    c->placement = c->images ? cli_placement(&flags->placement) : OCTET_PLACEMENT_HOST;
    const octet_compile_opts opts = {.placement = c->placement, .recipe = &c->recipe,
                                     .pixels = flags->pixels ? &c->pixels : NULL};
    const octet_placement wanted = c->placement;
    CLI_TRY(compile_model(c, model, &target, opts, err));
    if (wanted != OCTET_PLACEMENT_HOST)
        c->placement = octet_program_placement(c->program, 0, &c->elsewhere);
    if (c->placement == wanted || !c->elsewhere)
        return OCTET_OK;
    if (flags->placement.given || flags->pixels)
        cli_note("%s: placement %s, not %s: %s", c->path, octet_placement_name(c->placement), octet_placement_name(wanted),
                 c->elsewhere);
    return OCTET_OK;
}

static octet_status save(compilation *c, const octet_model *model, octet_error *err)
{
    record(c);
    return octet_program_save(c->program, c->flags->out,
                              &(octet_save_opts){.source = model, .records = c->records, .n_records = c->n_records}, err);
}

static octet_status report(const compilation *c, octet_error *err)
{
    struct stat st = {.st_size = 0};
    octet_program_info info;
    char bytes[CLI_GROUPED_SIZE], macs[CLI_GROUPED_SIZE];
    const char *cpu = c->flags->model.cpu ? "for CPU level " : PORTABLE;
    octet_program_get_info(c->program, &info);
    stat(c->flags->out, &st);
    if (!c->flags->json) {
        printf("%s: %s%s, %s bytes, %d steps, %s MACs, placement %s\n", c->flags->out, cpu,
               c->flags->model.cpu ? info.cpu : "", cli_grouped(bytes, (uint64_t)st.st_size), info.n_steps,
               cli_grouped(macs, info.macs), octet_placement_name(c->placement));
        if (c->ranges_text)
            cli_precision_print(c->program, c->flags->calib.path, c->n_calibration_images);
        return OCTET_OK;
    }
    cJSON *document = cJSON_CreateObject();
    cli_json_add_text(document, "file", c->flags->out);
    cli_json_add_int(document, "bytes", (uint64_t)st.st_size);
    cli_json_add_text(document, "cpu", c->flags->model.cpu ? info.cpu : PORTABLE);
    cJSON_AddNumberToObject(document, "n_steps", info.n_steps);
    cli_json_add_int(document, "macs", info.macs);
    cli_json_add_text(document, "placement", octet_placement_name(c->placement));
    cli_json_add_text(document, "placement_reason", c->elsewhere);
    if (c->ranges_text)
        cli_precision_add(document, c->program, c->flags->calib.path, c->n_calibration_images);
    return cli_json_print(document, err);
}

static octet_status run(int argc, char **argv, octet_error *err)
{
    compile_flags flags = {.err = err};
    flags.model.err = flags.placement.err = flags.recipe.err = flags.calib.err = err;
    int wants_help;
    CLI_TRY(cli_parse_arguments(&compile_argp, argc, argv, &flags, &wants_help, err));
    if (wants_help) {
        cli_print_command_help(&compile_argp, "compile", stdout);
        return OCTET_OK;
    }
    if (flags.n_arguments != 1 || !flags.out)
        return cli_fail(err, OCTET_USAGE, "octet compile needs one model, and -o with the file to write; see 'octet compile --help'");
    if (flags.model.tuning && !flags.model.cpu)
        return cli_fail(err, OCTET_USAGE, "--tuning %s is for an artifact of one CPU level, but --cpu is portable", flags.model.tuning);
    CLI_TRY(cli_recipe_check(&flags.recipe, err));
    CLI_TRY(cli_calibration_check(&flags.calib, err));
    if (flags.recipe.ignore_orientation && !flags.calib.path)
        return cli_fail(err, OCTET_USAGE, "--ignore-orientation is for images; octet compile reads those of --calib only");
    flags.calib.ignore_orientation = flags.recipe.ignore_orientation;
    CLI_TRY(cli_refuse_artifact(flags.arguments[0], "compile", "it is compiled already", err));
    compilation c = {.flags = &flags, .path = flags.arguments[0]};
    octet_model *model;
    CLI_TRY(cli_model_open(&model, c.path, &flags.model, err));
    octet_status status = resolve(&c, model, err);
    if (status == OCTET_OK)
        status = compile(&c, model, err);
    if (status == OCTET_OK)
        status = save(&c, model, err);
    if (status == OCTET_OK)
        status = report(&c, err);
    octet_model_free(model);
    octet_program_free(c.program);
    free(c.ranges_text);
    return status;
}

const cli_command cli_compile_command = {
    .name = "compile", .summary = "Compile a model to an artifact", .argp = &compile_argp, .run = run};
