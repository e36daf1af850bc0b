/* Calibration images: a folder, or a list as octet eval has it, of which a split `calib` is taken where there are splits.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arguments.h"
#include "classifier.h"
#include "evaluation_set.h"
#include "image_file.h"
#include "progress.h"
#include "source_list.h"

enum { CALIB = CLI_KEYS_CALIBRATION, CALIB_ROOT };

static const struct argp_option options[] = {
    {.name = "calib", .key = CALIB, .arg = "FILE|DIR",
     .doc = "Quantize a float model to 8 bits with the ranges that its tensors have on these images: a folder, or a file as for "
            "octet eval --images, of which the lines with the split calib are taken if there are splits. 8 to 500 images of the "
            "kind the model will see, of more some are left out evenly"},
    {.name = "calib-root", .key = CALIB_ROOT, .arg = "DIR",
     .doc = "Folder of the files that the TSV of --calib names (default: that of the TSV)"},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_calibration_flags *flags = state->input;
    switch (key) {
    case CALIB: flags->path = arg; return 0;
    case CALIB_ROOT: flags->root = arg; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_calibration_argp = {.options = options, .parser = parse};

octet_status cli_calibration_check(const cli_calibration_flags *flags, octet_error *err)
{
    if (flags->root && !flags->path)
        return cli_fail(err, OCTET_USAGE, "--calib-root is for --calib, which is not given");
    return OCTET_OK;
}

/* ---- images ---- */

typedef struct image_source { /* one of the two */
    const cli_calibration_flags *flags;
    cli_source_list folder;
    cli_evaluation_set set;
    octet_image image; /* the current one of a folder */
    size_t n;
} image_source;

static octet_status open_source(image_source *s, const cli_image_input *input, octet_error *err)
{
    const cli_calibration_flags *flags = s->flags;
    struct stat st;
    if (stat(flags->path, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (flags->root)
            return cli_fail(err, OCTET_USAGE, "--calib-root is for a list of files, and '%s' is a folder", flags->path);
        s->folder.frames = flags->frames != NULL;
        CLI_TRY(cli_source_list_fill(&s->folder, &(char *){(char *)flags->path}, 1, err));
        s->n = s->folder.n;
        return OCTET_OK;
    }
    const cli_evaluation_opts opts = {.path = flags->path, .root = flags->root, .frames = flags->frames,
                                      .split = cli_evaluation_has_records(flags->path) ? NULL : "calib",
                                      .split_if_any = true, .ignore_orientation = flags->ignore_orientation};
    CLI_TRY(cli_evaluation_open(&s->set, &opts, input, err));
    s->n = s->set.n;
    return OCTET_OK;
}

static void close_source(image_source *s)
{
    octet_image_free(&s->image);
    cli_source_list_free(&s->folder);
    cli_evaluation_close(&s->set);
}

/* Image i as a view that is valid until the next call; its name for messages. */
static octet_status load(image_source *s, size_t i, octet_image *view, const char **name, char text[CLI_ITEM_NAME_SIZE],
                         octet_error *err)
{
    if (!s->folder.n) {
        *name = cli_evaluation_name(&s->set, i, text);
        return cli_evaluation_image(&s->set, i, view, err);
    }
    *name = s->folder.paths[i];
    octet_image_free(&s->image);
    CLI_TRY(cli_image_read(&s->image, *name, s->flags->frames, s->flags->ignore_orientation, err));
    *view = s->image;
    return OCTET_OK;
}

/* ---- running ---- */

static octet_status add_image(octet_calibration *calibration, const cli_classifier *c, const octet_image *image, octet_error *err)
{
    octet_image fitted = {0};
    bool border;
    CLI_TRY(cli_classifier_fit(c, &fitted, image, &border, err));
    octet_status status = cli_classifier_fill(c, octet_calibration_input(calibration, 0), &fitted, err);
    octet_image_free(&fitted);
    return status ? status : octet_calibration_add(calibration, err);
}

static octet_status add_named(octet_calibration *calibration, const cli_classifier *c, image_source *source, size_t i,
                              octet_error *err)
{
    octet_image view;
    octet_error why;
    const char *name;
    char text[CLI_ITEM_NAME_SIZE];
    CLI_TRY(load(source, i, &view, &name, text, err));
    const octet_status status = add_image(calibration, c, &view, &why);
    if (status == OCTET_OK)
        return OCTET_OK;
    return cli_fail(err, status == OCTET_NO_MEMORY ? status : OCTET_BAD_INPUT, "%.1024s: %.2048s", name, why.message);
}

static octet_status add_all(octet_calibration *calibration, const cli_classifier *c, image_source *source, octet_error *err)
{
    const size_t n = source->n < CLI_MOST_CALIBRATION_IMAGES ? source->n : CLI_MOST_CALIBRATION_IMAGES;
    if (n < source->n)
        cli_note("%s: %zu of %zu images are taken, evenly spread", source->flags->path, n, source->n);
    octet_status status = OCTET_OK;
    cli_progress progress;
    cli_progress_begin(&progress, n, 0);
    for (size_t i = 0; i < n && status == OCTET_OK; i++) {
        status = add_named(calibration, c, source, i * source->n / n, err);
        cli_progress_show(&progress, i + 1);
    }
    cli_progress_end(&progress);
    return status;
}

/* The file a second time, with the shapes of the first. */
static octet_status open_again(octet_model **out, const char *path, const octet_model *model, const cli_model_flags *flags,
                               octet_error *err)
{
    octet_tensor_info info;
    CLI_TRY(cli_model_open(out, path, flags, err));
    octet_status status = octet_model_input(model, 0, &info);
    if (status == OCTET_OK)
        status = octet_model_bind_shape(*out, 0, info.dims, info.rank, err);
    if (status == OCTET_OK)
        return OCTET_OK;
    octet_model_free(*out);
    return status;
}

static octet_status open_calibration(octet_calibration **out, const char *path, const octet_model *model,
                                     const cli_model_flags *flags, const octet_compile_opts *opts, octet_error *err)
{
    octet_model *again;
    octet_error why;
    const octet_session_opts session = {.n_threads = flags->n_threads};
    octet_compile_opts of_level = *opts;
    of_level.cpu = flags->cpu;
    of_level.providers = NULL; /* the model that runs here is float, whatever it becomes */
    CLI_TRY(open_again(&again, path, model, flags, err));
    const octet_status status = octet_calibration_new(out, again, &of_level, &session, &why);
    octet_model_free(again);
    return status ? cli_fail(err, status, "%.1024s: %.2048s", path, why.message) : OCTET_OK;
}

static void tell_warnings(octet_calibration *calibration, const char *path)
{
    const char *text;
    for (int i = 0; (text = octet_calibration_warning(calibration, i)); i++)
        cli_note("%s: %s", path, text);
}

octet_status cli_calibrate(octet_calibration **out, const char *path, const octet_model *model, const cli_model_flags *model_flags,
                           const cli_image_input *input, const octet_recipe *recipe, const octet_compile_opts *opts,
                           const cli_calibration_flags *flags, octet_error *err)
{
    *out = NULL;
    cli_classifier fed = {.input = *input, .recipe = *recipe};
    octet_compile_opts images = *opts;
    images.pixels = NULL; /* RGB interleaved, or gray, whatever the program takes */
    image_source source = {.flags = flags};
    octet_status status = open_source(&source, input, err);
    if (status == OCTET_OK)
        status = open_calibration(out, path, model, model_flags, &images, err);
    if (status == OCTET_OK) {
        if (opts->placement != OCTET_PLACEMENT_HOST)
            fed.placement = octet_program_placement(octet_calibration_program(*out), 0, NULL);
        status = add_all(*out, &fed, &source, err);
    }
    close_source(&source);
    if (status == OCTET_OK) {
        tell_warnings(*out, flags->path);
        return OCTET_OK;
    }
    octet_calibration_free(*out);
    *out = NULL;
    return status;
}

/* ---- ranges ---- */

char *cli_calibration_text(const octet_calibration *calibration)
{
    const octet_range *r;
    size_t n_bytes = 1, used = 0;
    for (int i = 0; (r = octet_calibration_range(calibration, i)); i++)
        n_bytes += strlen(r->name) + 40; /* two numbers of at most 15 characters */
    char *text = calloc(n_bytes, 1);
    for (int i = 0; text && (r = octet_calibration_range(calibration, i)); i++) {
        used += (size_t)snprintf(text + used, n_bytes - used, "%s%.9g %.9g ", i ? "\n" : "", (double)r->min, (double)r->max);
        for (const char *c = r->name; *c; c++)
            text[used++] = (unsigned char)*c < ' ' || *c == 127 ? '?' : *c;
    }
    return text;
}
