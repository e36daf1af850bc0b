/* Opening of octet doctor: what is known of the recipe already, the model, the images, and whether they can tell anything.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_search.h"
#include "recipe_resolve.h"

static const cli_placement_flags usual_placement;

/* ---- what is known already ---- */

static bool has_file(const cli_recipe_fields *fields)
{
    for (int f = 0; f < CLI_N_FIELDS; f++)
        if (f != CLI_FIELD_LAYOUT && f != CLI_FIELD_CHANNELS && f != CLI_FIELD_PIXELS && fields->from[f].file)
            return true;
    return false;
}

static void find_fixed(cli_doctor_fixed *fixed, const cli_recipe_flags *flags)
{
    const cli_recipe_fields *given = &flags->given;
    *fixed = (cli_doctor_fixed){
        .mean = cli_field_given(given, CLI_FIELD_MEAN),
        .scale = cli_field_given(given, CLI_FIELD_SCALE) || flags->std.n > 0,
        .order = cli_field_given(given, CLI_FIELD_ORDER),
        .layout = cli_field_given(given, CLI_FIELD_LAYOUT),
        .resize = cli_field_given(given, CLI_FIELD_RESIZE),
        .crop = cli_field_given(given, CLI_FIELD_CROP),
        .dialect = cli_field_given(given, CLI_FIELD_INTERP),
    };
}

/* Channels may be in front or behind. */
static bool fits_both_layouts(const octet_model *model)
{
    octet_tensor_info info;
    if (octet_model_input(model, 0, &info) != OCTET_OK || info.rank != 4)
        return false;
    return (info.dims[1] == 1 || info.dims[1] == 3) && (info.dims[3] == 1 || info.dims[3] == 3);
}

static octet_status read_claims(cli_doctor *d, bool *both_layouts, octet_error *err)
{
    octet_model *model;
    CLI_TRY(cli_model_open(&model, d->opts->path, d->opts->model, err));
    octet_status status = cli_recipe_gather(&d->claims, model, d->opts->path, d->opts->recipe, err);
    *both_layouts = fits_both_layouts(model) && !cli_field_given(&d->claims, CLI_FIELD_LAYOUT);
    octet_model_free(model);
    d->has_claims = has_file(&d->claims);
    find_fixed(&d->fixed, d->opts->recipe);
    return status;
}

/* ---- the model ---- */

static octet_status open_engine(cli_doctor *d, const cli_recipe_flags *recipe, octet_error *err)
{
    cli_doctor_engine *engine = &d->engines[d->n_engines++];
    cli_classifier_opts opts = {.path = d->opts->path, .model = d->opts->model, .recipe = recipe,
                                .placement = &usual_placement, .exact = d->exact};
    CLI_TRY(cli_classifier_open(&engine->classifier, &opts, err));
    engine->start = engine->classifier.recipe;
    return OCTET_OK;
}

static octet_status open_engines(cli_doctor *d, bool both_layouts, octet_error *err)
{
    CLI_TRY(open_engine(d, d->opts->recipe, err));
    if (!both_layouts)
        return OCTET_OK;
    cli_recipe_flags other = *d->opts->recipe;
    other.given.layout = OCTET_NHWC; /* the first took NCHW */
    other.given.from[CLI_FIELD_LAYOUT] = (cli_origin){.key = "--layout"};
    return open_engine(d, &other, err);
}

/* ---- the images ---- */

static octet_status find_offsets(cli_doctor *d, octet_error *err)
{
    const cli_class_flags *flags = d->opts->classes;
    const int n_scores = d->engines[0].classifier.n_scores;
    d->offsets = (cli_offsets){.first = flags->has_offset ? flags->offset : 0, .n = 1};
    CLI_TRY(cli_evaluation_check_classes(&d->images.set, n_scores - d->offsets.first, err));
    bool room = cli_doctor_largest_class(&d->images) + 1 < n_scores;
    if (!flags->has_offset && room)
        d->offsets.n = CLI_MOST_OFFSETS;
    return OCTET_OK;
}

static octet_status check_classes(const cli_doctor *d, octet_error *err)
{
    const cli_doctor_images *images = &d->images;
    if (cli_doctor_most_of_a_class(images) < images->n)
        return OCTET_OK;
    if (images->n == 1)
        return cli_fail(err, OCTET_CHECK_FAILED, "'%s': one image says nothing of the preprocessing; give some tens, of several "
                        "classes", d->opts->images->path);
    return cli_fail(err, OCTET_CHECK_FAILED, "'%s': all %zu images have class %d, so that a model which always says it would seem "
                    "right; give images of several classes", d->opts->images->path, images->n, images->classes[0]);
}

octet_status cli_doctor_open(cli_doctor *d, const cli_doctor_opts *opts, octet_error *err)
{
    bool both_layouts;
    *d = (cli_doctor){.opts = opts, .claim = -1, .winner = -1};
    d->exact = cli_evaluation_has_records(opts->images->path);
    CLI_TRY(read_claims(d, &both_layouts, err));
    CLI_TRY(open_engines(d, both_layouts, err));
    const cli_image_input *input = &d->engines[0].classifier.input;
    CLI_TRY(cli_doctor_images_open(&d->images, opts->images, input, &d->first_failure, err));
    d->sized = d->exact && cli_doctor_all_have_size(&d->images, input->width, input->height);
    CLI_TRY(find_offsets(d, err));
    return check_classes(d, err);
}

void cli_doctor_close(cli_doctor *d)
{
    for (int i = 0; i < d->n_candidates; i++)
        cli_evidence_close(&d->candidates[i].evidence);
    for (int i = 0; i < d->n_engines; i++) {
        cli_fitted_free(&d->engines[i].fitted);
        cli_classifier_close(&d->engines[i].classifier);
    }
    cli_doctor_images_close(&d->images);
}
