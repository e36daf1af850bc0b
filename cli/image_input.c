/* What image a model wants, read from its input, and free sizes bound by crop or resize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image_input.h"

#include "model_flags.h"

static bool is_channels(int64_t dim, const cli_recipe_fields *fields)
{
    return fields->rgbx ? dim == 4 : dim == 1 || dim == 3;
}

static octet_status refuse_shape(const char *path, const octet_tensor_info *info, octet_error *err)
{
    char shape[CLI_SHAPE_SIZE];
    return cli_fail(err, OCTET_UNSUPPORTED,
                    "%s: input '%s' is %s %s; images go into float32 or uint8 inputs of 1x3xHxW, 1xHxWx3, 1x1xHxW or "
                    "1xHxWx1", path, info->name, octet_dtype_name(info->dtype), cli_shape(shape, info));
}

/* Layout by where the channels are; where both fit, NCHW unless the fields say otherwise. */
static octet_status find_layout(cli_image_input *input, const char *path, const octet_tensor_info *info,
                                const cli_recipe_fields *fields, octet_error *err)
{
    bool nchw = is_channels(info->dims[1], fields), nhwc = is_channels(info->dims[3], fields);
    if (!nchw && !nhwc)
        return refuse_shape(path, info, err);
    input->layout = nchw ? OCTET_NCHW : OCTET_NHWC;
    if (!cli_field_given(fields, CLI_FIELD_LAYOUT))
        return OCTET_OK;
    input->layout = fields->layout;
    char shape[CLI_SHAPE_SIZE], origin[CLI_ORIGIN_SIZE];
    if (fields->layout == OCTET_NCHW ? !nchw : !nhwc)
        return cli_fail(err, OCTET_USAGE, "%s %s contradicts the model, whose input '%s' is %s",
                        cli_origin_name(origin, fields, CLI_FIELD_LAYOUT), octet_pixel_layout_name(fields->layout),
                        info->name, cli_shape(shape, info));
    return OCTET_OK;
}

/* Height and width where the model leaves them free: what the crop, or else the stretch, says. */
static octet_status find_size(int64_t *h, int64_t *w, const char *path, const octet_tensor_info *info,
                              const cli_recipe_fields *fields, octet_error *err)
{
    bool stretches = fields->resize.kind == CLI_RESIZE_STRETCH;
    int32_t given_h = fields->crop.height ? fields->crop.height : stretches ? fields->resize.height : 0;
    int32_t given_w = fields->crop.width ? fields->crop.width : stretches ? fields->resize.width : 0;
    char shape[CLI_SHAPE_SIZE];
    if ((*h < 0 || *w < 0) && given_h == 0)
        return cli_fail(err, OCTET_USAGE, "%s: input '%s' is %s: its size is free, so give --crop WxH", path, info->name,
                        cli_shape(shape, info));
    *h = *h < 0 ? given_h : *h;
    *w = *w < 0 ? given_w : *w;
    if (*h < 1 || *w < 1 || *h > CLI_LARGEST_INPUT || *w > CLI_LARGEST_INPUT)
        return refuse_shape(path, info, err);
    return OCTET_OK;
}

octet_status cli_image_input_of(cli_image_input *input, const octet_tensor_info *info, const char *path,
                                const cli_recipe_fields *fields, octet_error *err)
{
    bool known_type = info->dtype == OCTET_F32 || info->dtype == OCTET_U8;
    if (!known_type || info->rank != 4 || (info->dims[0] != 1 && info->dims[0] >= 0))
        return refuse_shape(path, info, err);
    CLI_TRY(find_layout(input, path, info, fields, err));
    bool nchw = input->layout == OCTET_NCHW;
    int64_t h = info->dims[nchw ? 2 : 1], w = info->dims[nchw ? 3 : 2];
    CLI_TRY(find_size(&h, &w, path, info, fields, err));
    input->height = (int32_t)h;
    input->width = (int32_t)w;
    input->channels = (int32_t)info->dims[nchw ? 1 : 3];
    input->raw = info->dtype == OCTET_U8;
    return OCTET_OK;
}

octet_status cli_image_input_find(cli_image_input *input, octet_model *model, const char *path,
                                  const cli_recipe_fields *fields, octet_error *err)
{
    octet_tensor_info info;
    int n = octet_model_n_inputs(model);
    if (n != 1 || octet_model_input(model, 0, &info) != OCTET_OK)
        return cli_fail(err, OCTET_UNSUPPORTED, "%s has %d inputs; an image classifier has one", path, n);
    CLI_TRY(cli_image_input_of(input, &info, path, fields, err));
    int64_t h = input->height, w = input->width;
    bool nchw = input->layout == OCTET_NCHW;
    int64_t dims[4] = {1, nchw ? input->channels : h, nchw ? h : w, nchw ? w : input->channels};
    return octet_model_bind_shape(model, 0, dims, 4, err);
}

bool cli_takes_images(const octet_model *model)
{
    octet_tensor_info info;
    if (octet_model_n_inputs(model) != 1 || octet_model_input(model, 0, &info) != OCTET_OK || info.rank != 4 ||
        (info.dtype != OCTET_F32 && info.dtype != OCTET_U8))
        return false;
    return info.dims[1] == 1 || info.dims[1] == 3 || info.dims[3] == 1 || info.dims[3] == 3;
}
