/* Opening artifacts; the recipe that they record.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "artifact.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "recipe_resolve.h"

bool cli_is_artifact(const char *path)
{
    unsigned char head[8];
    struct stat is;
    if (stat(path, &is) != 0 || !S_ISREG(is.st_mode)) /* a pipe would wait, or lose what is read */
        return false;
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return octet_is_artifact(head, n);
}

octet_status cli_refuse_artifact(const char *path, const char *command, const char *why, octet_error *err)
{
    if (!cli_is_artifact(path))
        return OCTET_OK;
    return cli_fail(err, OCTET_USAGE, "%s is an artifact, but octet %s needs the ONNX model: %s", path, command, why);
}

octet_status cli_artifact_open(octet_program **out, const char *path, const cli_model_flags *model,
                               const cli_placement_flags *placement, octet_error *err)
{
    if (model->n_dims > 0)
        return cli_fail(err, OCTET_USAGE, "--dim %s: the dimensions of an artifact are fixed; octet compile has --dim",
                        model->dims[0].name);
    if (model->providers)
        return cli_fail(err, OCTET_USAGE, "--providers %s: an artifact is compiled already; octet compile has --providers",
                        model->providers);
    if (model->tuning)
        return cli_fail(err, OCTET_USAGE, "--tuning %s: an artifact is compiled already; octet compile has --tuning", model->tuning);
    CLI_TRY(octet_program_open(out, path, &(octet_open_opts){.cpu = model->cpu}, err));
    const octet_placement is = octet_program_placement(*out, 0, NULL);
    if (!placement->given || placement->value == is)
        return OCTET_OK;
    octet_program_free(*out);
    *out = NULL;
    return cli_fail(err, OCTET_USAGE, "--placement %s, but %s was compiled with placement %s",
                    octet_placement_name(placement->value), path, octet_placement_name(is));
}

/* ---- the recipe ---- */

static const char *find_record(const octet_program *program, const char *key)
{
    const octet_record *r;
    for (int i = 0; (r = octet_program_record(program, i)); i++)
        if (strcmp(r->key, key) == 0)
            return r->value;
    return NULL;
}

static bool takes_pixels(const octet_program *program)
{
    return octet_program_placement(program, 0, NULL) != OCTET_PLACEMENT_HOST;
}

/* The recipe that is recorded; without a record that of the binding. NULL: neither. */
static const char *find_recipe(char room[OCTET_RECIPE_TEXT_SIZE], const octet_program *program)
{
    const char *text = find_record(program, OCTET_RECIPE_METADATA);
    octet_recipe recipe;
    if (text || !octet_program_binding(program, 0, &recipe, NULL))
        return text;
    const int channels = recipe.order == OCTET_GRAY ? 1 : 3;
    return octet_recipe_format(room, OCTET_RECIPE_TEXT_SIZE, &recipe, channels, NULL) == OCTET_OK ? room : NULL;
}

/* What the artifact says, overridden by --config and flags. */
static octet_status gather(cli_recipe_fields *fields, const octet_program *program, const cli_classifier_opts *opts,
                           octet_error *err)
{
    char room[OCTET_RECIPE_TEXT_SIZE];
    const char *text = find_recipe(room, program);
    octet_error why;
    *fields = (cli_recipe_fields){0};
    if (text && cli_fields_of_text(fields, text, opts->path, &why) != OCTET_OK)
        return cli_fail(err, OCTET_BAD_INPUT, "%s: record %s: %.2048s", opts->path, OCTET_RECIPE_METADATA, why.message);
    cli_fields_override(fields, &opts->recipe->config);
    cli_recipe_flags_override(fields, opts->recipe);
    return OCTET_OK;
}

/* The only input; its layout is the model's, which shows only where the program takes no pixels. */
static octet_status find_input(cli_image_input *input, const octet_program *program, const cli_recipe_fields *fields,
                               const char *path, octet_error *err)
{
    cli_recipe_fields pixels = *fields;
    if (octet_program_n_inputs(program) != 1)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s has %d inputs; an image classifier has one", path,
                        octet_program_n_inputs(program));
    if (!takes_pixels(program))
        return cli_image_input_of(input, octet_program_input(program, 0), path, fields, err);
    pixels.from[CLI_FIELD_LAYOUT] = (cli_origin){.key = "the pixels"};
    pixels.layout = OCTET_NHWC;
    CLI_TRY(cli_image_input_of(input, octet_program_input(program, 0), path, &pixels, err));
    input->layout = fields->layout;
    input->raw = false;
    return OCTET_OK;
}

static octet_status rebind(cli_classifier *c, const octet_recipe *recipe, const octet_pixels *pixels, octet_error *err)
{
    octet_program *bound;
    CLI_TRY(octet_program_bind(&bound, c->program, 0, recipe, pixels, err));
    octet_program_free(c->program);
    c->program = bound;
    return OCTET_OK;
}

octet_status cli_artifact_classifier(cli_classifier *c, const cli_classifier_opts *opts, octet_error *err)
{
    cli_recipe_fields fields;
    if (opts->calib && opts->calib->path)
        return cli_fail(err, OCTET_USAGE, "--calib needs the ONNX model, but %s is an artifact", opts->path);
    CLI_TRY(cli_artifact_open(&c->program, opts->path, opts->model, opts->placement, err));
    c->placement = octet_program_placement(c->program, 0, &c->elsewhere);
    CLI_TRY(gather(&fields, c->program, opts, err));
    if (takes_pixels(c->program)) /* interleaved ones, whose shape says the size */
        CLI_TRY(rebind(c, NULL, NULL, err));
    CLI_TRY(find_input(&c->input, c->program, &fields, opts->path, err));
    CLI_TRY(cli_recipe_of_fields(&c->recipe, &fields, &c->input, opts->exact, err));
    if (opts->frames) {
        CLI_TRY(cli_classifier_check_frames(c, opts, err));
        return rebind(c, &c->recipe, &opts->frames->pixels, err);
    }
    return takes_pixels(c->program) ? rebind(c, &c->recipe, NULL, err) : OCTET_OK;
}
