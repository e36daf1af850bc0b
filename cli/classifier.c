/* Image in, scores out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "classifier.h"

#include <string.h>

#include "artifact.h"
#include "progress.h"
#include "recipe_resolve.h"
#include "topk.h"

/* Number of scores of an output, one image: all elements, if they lie along one dimension. 0 for another shape. */
static int count_scores(const octet_tensor_info *info)
{
    int64_t n = 1;
    int n_long = 0;
    for (int d = 0; d < info->rank; d++) {
        n_long += info->dims[d] > 1;
        n *= info->dims[d];
    }
    return n_long == 1 && n <= 1000000 ? (int)n : 0;
}

static octet_status find_output(cli_classifier *c, const char *path, octet_error *err)
{
    const octet_tensor_info *first = NULL;
    for (int i = 0; i < octet_program_n_outputs(c->program); i++) {
        const octet_tensor_info *info = octet_program_output(c->program, i);
        first = first ? first : info;
        c->output = i;
        c->n_scores = info->dtype == OCTET_F32 ? count_scores(info) : 0;
        if (c->n_scores > 0)
            return OCTET_OK;
    }
    if (!first)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s has no outputs", path);
    char shape[CLI_SHAPE_SIZE];
    return cli_fail(err, OCTET_UNSUPPORTED, "%s: output '%s' is %s %s; a classifier has one float32 score per class", path,
                    first->name, octet_dtype_name(first->dtype), cli_shape(shape, first));
}

/* Compile as `pixels` says, quantized if that is wanted. */
static octet_status compile_model(cli_classifier *c, octet_model *model, const cli_classifier_opts *opts,
                                  const octet_compile_opts *pixels, octet_error *err)
{
    octet_compile_opts all = *pixels;
    octet_calibration *calibration = NULL;
    if (opts->calib && opts->calib->path) {
        CLI_TRY(cli_calibrate(&calibration, opts->path, model, opts->model, &c->input, &c->recipe, pixels, opts->calib,
                              err));
        c->n_calibration_images = octet_calibration_n_images(calibration);
        all.calibration = calibration;
    }
    octet_status status = cli_model_compile(&c->program, model, opts->path, opts->model, &all, err);
    octet_calibration_free(calibration);
    return status;
}

/* With the normalization where it was asked for, or what comes closest, and then say so. */
static octet_status compile(cli_classifier *c, octet_model *model, const cli_classifier_opts *opts, octet_error *err)
{
    const octet_placement wanted = cli_placement(opts->placement);
    const octet_compile_opts pixels = {.placement = wanted,
                                       .recipe = &c->recipe}; /* RGB interleaved, or gray */
    CLI_TRY(compile_model(c, model, opts, &pixels, err));
    c->placement = wanted == OCTET_PLACEMENT_HOST ? wanted : octet_program_placement(c->program, 0, &c->elsewhere);
    if (opts->placement->given && c->placement != wanted && c->elsewhere && !opts->quiet)
        cli_note("%s: placement %s, not %s: %s", opts->path, octet_placement_name(c->placement),
                 octet_placement_name(wanted), c->elsewhere);
    return OCTET_OK;
}

octet_status cli_classifier_check_frames(const cli_classifier *c, const cli_classifier_opts *opts, octet_error *err)
{
    const cli_pixel_flags *frames = opts->frames;
    const cli_image_input *in = &c->input;
    if (c->placement != OCTET_PLACEMENT_FOLD)
        return cli_fail(err, OCTET_USAGE, "--linear-yuv needs --placement fold, not %s", octet_placement_name(c->placement));
    if (frames->width != in->width || frames->height != in->height)
        return cli_fail(err, OCTET_USAGE, "--linear-yuv takes frames of the model's size, %dx%d, not %dx%d: resizing needs RGB",
                        (int)in->width, (int)in->height, (int)frames->width, (int)frames->height);
    return OCTET_OK;
}

/* Frames as they are, or nothing: there is no other way to leave out the clip. */
static octet_status compile_for_frames(cli_classifier *c, octet_model *model, const cli_classifier_opts *opts, octet_error *err)
{
    const octet_compile_opts pixels = {.placement = OCTET_PLACEMENT_FOLD, .recipe = &c->recipe,
                                       .pixels = &opts->frames->pixels};
    c->placement = cli_placement(opts->placement);
    CLI_TRY(cli_classifier_check_frames(c, opts, err));
    CLI_TRY(compile_model(c, model, opts, &pixels, err));
    c->placement = octet_program_placement(c->program, 0, &c->elsewhere);
    if (c->placement != OCTET_PLACEMENT_FOLD)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s: --linear-yuv cannot be folded: %s", opts->path, c->elsewhere);
    return OCTET_OK;
}

static octet_status open_model(cli_classifier *c, const cli_classifier_opts *opts, octet_error *err)
{
    octet_model *model;
    CLI_TRY(cli_model_open(&model, opts->path, opts->model, err));
    octet_status status = cli_recipe_resolve(&c->recipe, &c->input, model, opts->path, opts->recipe, opts->exact, err);
    if (status == OCTET_OK)
        status = (opts->frames ? compile_for_frames : compile)(c, model, opts, err);
    octet_model_free(model);
    return status;
}

octet_status cli_classifier_open(cli_classifier *c, const cli_classifier_opts *opts, octet_error *err)
{
    *c = (cli_classifier){.flags = opts->model};
    CLI_TRY((cli_is_artifact(opts->path) ? cli_artifact_classifier : open_model)(c, opts, err));
    octet_program_info info;
    octet_program_get_info(c->program, &info);
    c->cpu = info.cpu;
    CLI_TRY(find_output(c, opts->path, err));
    return cli_session_new(&c->session, c->program, opts->model, err);
}

void cli_classifier_close(cli_classifier *c)
{
    octet_session_free(c->session);
    octet_program_free(c->program);
    *c = (cli_classifier){0};
}

/* Rows of an interleaved image, dense. */
static void copy_rows(uint8_t *dst, const octet_image *image)
{
    size_t n = (size_t)image->width * (size_t)image->channels;
    for (int32_t y = 0; y < image->height; y++)
        memcpy(dst + (size_t)y * n, image->pixels + (size_t)y * image->stride, n);
}

/* Three channels become four, the last 255. */
static void copy_rgbx(uint8_t *dst, const octet_image *image)
{
    for (int32_t y = 0; y < image->height; y++)
        for (int32_t x = 0; x < image->width; x++, dst += 4) {
            memcpy(dst, image->pixels + (size_t)y * image->stride + (size_t)x * 3, 3);
            dst[3] = 255;
        }
}

static void copy_planes(uint8_t *dst, const octet_image *image, int32_t channels)
{
    size_t plane = (size_t)image->width * (size_t)image->height;
    octet_image_split((uint8_t *[]){dst, dst + plane, dst + 2 * plane}, image);
    if (channels == 4)
        memset(dst + 3 * plane, 255, plane);
}

/* Bytes in an order and layout. */
static octet_status fill_bytes(const cli_classifier *c, uint8_t *dst, const octet_image *image, octet_channel_order order,
                               octet_pixel_layout layout, octet_error *err)
{
    octet_image converted = {0};
    if (order == OCTET_BGR || (order == OCTET_GRAY) != (image->channels == 1)) {
        CLI_TRY(octet_image_convert(&converted, image, order, err));
        image = &converted;
    }
    if (layout == OCTET_NCHW)
        copy_planes(dst, image, c->input.channels);
    else if (c->input.channels == 4)
        copy_rgbx(dst, image);
    else
        copy_rows(dst, image);
    octet_image_free(&converted);
    return OCTET_OK;
}

octet_status cli_classifier_fill(const cli_classifier *c, void *dst, const octet_image *image, octet_error *err)
{
    const cli_image_input *in = &c->input;
    if (image->width != in->width || image->height != in->height)
        return cli_fail(err, OCTET_BAD_INPUT, "comes to %dx%d pixels, but the model takes %dx%d", (int)image->width,
                        (int)image->height, (int)in->width, (int)in->height);
    if (c->placement != OCTET_PLACEMENT_HOST) /* bound to interleaved pixels */
        return fill_bytes(c, dst, image, in->channels == 1 ? OCTET_GRAY : OCTET_RGB, OCTET_NHWC, err);
    if (in->raw)
        return fill_bytes(c, dst, image, c->recipe.order, in->layout, err);
    size_t n_floats = (size_t)in->width * (size_t)in->height * (size_t)in->channels;
    return octet_image_to_float(dst, n_floats, image, &c->recipe, err);
}

octet_status cli_classifier_feed(cli_classifier *c, const octet_image *image, octet_error *err)
{
    return cli_classifier_fill(c, octet_session_input(c->session, 0), image, err);
}

/* The crop of `recipe` is larger than what the resize leaves of the image. */
static bool crop_is_larger(const octet_recipe *recipe, const octet_image *image)
{
    octet_recipe whole = *recipe;
    whole.crop_width = whole.crop_height = 0;
    int32_t w, h;
    octet_error err;
    if (octet_image_geometry_size(&w, &h, image->width, image->height, &whole, &err) != OCTET_OK)
        return false;
    return w < recipe->crop_width || h < recipe->crop_height;
}

octet_status cli_classifier_fit(const cli_classifier *c, octet_image *fitted, const octet_image *image, bool *border,
                                octet_error *err)
{
    *border = crop_is_larger(&c->recipe, image);
    return octet_image_geometry(fitted, image, &c->recipe, err);
}

octet_status cli_classifier_score(cli_classifier *c, const float **scores, octet_error *err)
{
    *scores = NULL;
    uint64_t before = cli_now_ns();
    CLI_TRY(octet_session_run(c->session, err));
    c->run_ns += cli_now_ns() - before;
    const float *out = octet_session_output(c->session, c->output);
    if (cli_has_nan(out, c->n_scores))
        return cli_fail(err, OCTET_CHECK_FAILED, "a score of the model is not a number (NaN)");
    *scores = out;
    return OCTET_OK;
}

octet_status cli_classifier_bind(cli_classifier *c, const octet_recipe *recipe, octet_error *err)
{
    c->recipe = *recipe;
    if (c->placement == OCTET_PLACEMENT_HOST)
        return OCTET_OK;
    octet_program *bound;
    octet_session *session;
    CLI_TRY(octet_program_bind(&bound, c->program, 0, recipe, NULL, err));
    octet_status status = cli_session_new(&session, bound, c->flags, err);
    if (status != OCTET_OK) {
        octet_program_free(bound);
        return status;
    }
    octet_session_free(c->session);
    octet_program_free(c->program);
    c->program = bound;
    c->session = session;
    return OCTET_OK;
}

octet_status cli_classifier_run(cli_classifier *c, const float **scores, const octet_image *image, bool *border,
                                octet_error *err)
{
    *scores = NULL;
    octet_image fitted = {0};
    CLI_TRY(cli_classifier_fit(c, &fitted, image, border, err));
    octet_status status = cli_classifier_feed(c, &fitted, err);
    octet_image_free(&fitted);
    CLI_TRY(status);
    return cli_classifier_score(c, scores, err);
}

octet_status cli_classifier_run_frame(cli_classifier *c, const float **scores, const unsigned char *bytes, octet_error *err)
{
    memcpy(octet_session_input(c->session, 0), bytes, octet_program_input(c->program, 0)->n_bytes);
    return cli_classifier_score(c, scores, err);
}
