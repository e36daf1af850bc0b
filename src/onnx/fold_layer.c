/* The nodes of placement `layer`. Pixels are brought into the model's order while they are bytes; then
 *     y = (float32(x) - mean[c]) * scale[c]
 * as the recipe defines it, in float32 whatever type the model has, and where that is another a last Cast: the input that
 * the model gets is the one that a host would have made. Transpose, Split and Concat come first, so that Cast, Sub and Mul
 * stand next to the first convolution, where compilers look for them. (Split and Concat, not Gather: on ONNX Runtime as fast
 * or up to four times as fast, and accelerators have it.)
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "onnx/folding.h"
#include "yuv/frame.h"

#define SPLIT_COUNTS 18 /* first opset whose Split must be told the number of parts */

octet_status oct_fold_transpose(oct_folding *f)
{
    const char *from = f->out->pixel_axes, *to = f->out->axes;
    int64_t perm[OCTET_MAX_RANK];
    int rank = (int)strlen(to);
    if (strcmp(from, to) == 0)
        return OCTET_OK;
    for (int i = 0; i < rank; i++)
        perm[i] = strchr(from, to[i]) - from;
    oct_emit_node node = {.op = "Transpose",
                          .attributes = {{.name = "perm", .list = true, .values = perm, .n_values = rank}}};
    return oct_fold_add(f, node, "transposed");
}

/* One channel three times. */
static octet_status repeat(oct_folding *f)
{
    oct_emit_node node = {.op = "Concat", .in = {f->current, f->current, f->current},
                          .attributes = {{.name = "axis", .value = f->c_axis}}};
    return oct_fold_add(f, node, "repeated");
}

static octet_status reorder(oct_folding *f, bool swaps)
{
    static const char *const suffixes[] = {"channel0", "channel1", "channel2", "channel3"};
    int n = f->out->pixel_channels;
    oct_emit_node split = {.op = "Split", .attributes = {{.name = "axis", .value = f->c_axis}}};
    if (f->opset >= SPLIT_COUNTS)
        split.attributes[1] = (oct_emit_attribute){.name = "num_outputs", .value = n};
    for (int i = 0; i < n; i++)
        if (!(split.out[i] = oct_fold_name(f, suffixes[i])))
            return oct_fail_memory(f->err, "a name", 0);
    oct_emit_node concat = {.op = "Concat", .attributes = {{.name = "axis", .value = f->c_axis}}};
    for (int i = 0; i < 3; i++)
        concat.in[i] = split.out[swaps ? 2 - i : i];
    OCT_TRY(oct_fold_add(f, split, "channels"));
    return oct_fold_add(f, concat, "ordered");
}

octet_status oct_fold_pixels(oct_folding *f)
{
    octet_pixel_format format = f->opts->pixels.format;
    OCT_TRY(oct_fold_transpose(f));
    if (f->out->channels != 3)
        return OCTET_OK;
    if (format == OCTET_PIXELS_GRAY)
        return repeat(f);
    bool swaps = (format == OCTET_PIXELS_BGR) != (f->opts->recipe.order == OCTET_BGR);
    return swaps || format == OCTET_PIXELS_RGBX ? reorder(f, swaps) : OCTET_OK;
}

octet_status oct_fold_cast(oct_folding *f, octet_dtype dtype, const char *suffix)
{
    oct_emit_node node = {.op = "Cast", .attributes = {{.name = "to", .value = (int64_t)dtype}}};
    return oct_fold_add(f, node, suffix);
}

/* One float for each channel, along the model's channel axis. */
static octet_status apply(oct_folding *f, const char *op, const float *values, const char *constant, const char *result)
{
    oct_emit_tensor tensor = {.dtype = OCTET_F32, .rank = (int)strlen(f->out->axes), .data = values,
                              .n_bytes = (size_t)f->out->channels * sizeof *values};
    for (int i = 0; i < tensor.rank; i++)
        tensor.dims[i] = i == f->c_axis ? f->out->channels : 1;
    const char *name;
    OCT_TRY(oct_fold_add_constant(f, &name, constant, tensor));
    return oct_fold_add(f, (oct_emit_node){.op = op, .in = {f->current, name}}, result);
}

static bool all_are(const float *values, int n, float value)
{
    for (int i = 0; i < n; i++)
        if (values[i] < value || values[i] > value)
            return false;
    return true;
}

octet_status oct_fold_layer(oct_folding *f)
{
    const octet_recipe *recipe = &f->out->recipe;
    int n = f->out->channels;
    if (oct_yuv_is_format(f->opts->pixels.format)) {
        OCT_TRY(oct_fold_yuv(f));
    } else {
        OCT_TRY(oct_fold_pixels(f));
        OCT_TRY(oct_fold_cast(f, OCTET_F32, "cast"));
    }
    if (!all_are(recipe->mean, n, 0))
        OCT_TRY(apply(f, "Sub", recipe->mean, "mean", "centered"));
    if (!all_are(recipe->scale, n, 1))
        OCT_TRY(apply(f, "Mul", recipe->scale, "scale", "normalized"));
    return f->out->dtype == OCTET_F32 ? OCTET_OK : oct_fold_cast(f, f->out->dtype, "typed");
}
