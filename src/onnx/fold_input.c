/* Which input takes the pixels, and its type before and after.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/folding.h"
#include "yuv/frame.h"

/* ---- choose ---- */

/* Names of initializers in order, so that a file of many inputs costs no time. */
typedef struct weight_names {
    oct_slice *names;
    size_t n;
} weight_names;

static int compare_names(const void *left, const void *right)
{
    const oct_slice *a = left, *b = right;
    size_t n = a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes;
    int order = n ? memcmp(a->data, b->data, n) : 0;
    return order ? order : (a->n_bytes > b->n_bytes) - (a->n_bytes < b->n_bytes);
}

/* The initializer's name if the field is one. */
static bool name_weight(const oct_field *field, oct_slice *name)
{
    oct_slice tensor = oct_field_slice(field);
    if (field->wire != OCT_WIRE_BYTES)
        return false;
    if (field->number == OCT_GRAPH_SPARSE_INITIALIZER)
        tensor = oct_wire_bytes(tensor, OCT_SPARSE_VALUES);
    else if (field->number != OCT_GRAPH_INITIALIZER)
        return false;
    *name = oct_wire_bytes(tensor, OCT_TENSOR_NAME);
    return true;
}

static octet_status list_weights(const oct_folding *f, weight_names *list)
{
    oct_field field;
    oct_slice name;
    *list = (weight_names){0};
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);)
        list->n += name_weight(&field, &name);
    list->names = oct_malloc((list->n + 1) * sizeof *list->names);
    if (!list->names)
        return oct_fail_memory(f->err, "the names of the initializers", list->n * sizeof *list->names);
    size_t n = 0;
    for (oct_wire w = oct_wire_of(f->graph); n < list->n && oct_wire_next(&w, &field);)
        n += name_weight(&field, &list->names[n]);
    list->n = n;
    qsort(list->names, n, sizeof *list->names, compare_names);
    return OCTET_OK;
}

static bool is_weight(const weight_names *list, oct_slice name)
{
    return bsearch(&name, list->names, list->n, sizeof name, compare_names) != NULL;
}

static void list_name(char *list, size_t n_list, oct_slice name)
{
    size_t used = strlen(list);
    snprintf(list + used, n_list - used, "%s'%.*s'", used ? ", " : "", (int)(name.n_bytes < 128 ? name.n_bytes : 128),
             name.data ? (const char *)name.data : "");
}

typedef struct candidates {
    char list[1024]; /* their names */
    int n, n_fitting;
} candidates;

static void find_candidates(oct_folding *f, candidates *c, const weight_names *weights, const char *wanted)
{
    oct_field field;
    for (oct_wire w = oct_wire_of(f->graph); oct_wire_next(&w, &field);) {
        if (field.number != OCT_GRAPH_INPUT || field.wire != OCT_WIRE_BYTES)
            continue;
        oct_slice name = oct_wire_bytes(oct_field_slice(&field), OCT_VALUE_NAME);
        if (is_weight(weights, name))
            continue;
        c->n++;
        list_name(c->list, sizeof c->list, name);
        if (wanted && !oct_slice_is(name, wanted))
            continue;
        c->n_fitting++;
        f->input = field;
        f->input_name = name;
    }
}

/* The input that was named, or the only one; the names of all are in the message otherwise. */
static octet_status choose(oct_folding *f, const char *wanted)
{
    candidates c = {.list = ""};
    weight_names weights;
    OCT_TRY(list_weights(f, &weights));
    find_candidates(f, &c, &weights, wanted);
    oct_free(weights.names);
    if (c.n_fitting == 1)
        return OCTET_OK;
    if (c.n == 0)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "the model has no input beside its initializers");
    if (wanted)
        return oct_fail(f->err, OCTET_USAGE, "no input is named '%s'; there %s %s", wanted, c.n > 1 ? "are" : "is", c.list);
    return oct_fail(f->err, OCTET_USAGE, "the model has %d inputs; name the one of the pixels (--input): %s", c.n, c.list);
}

/* ---- axes ---- */

static octet_status check_axes(oct_folding *f, const char *axes)
{
    size_t n = strlen(axes);
    bool good = n >= 3 && n <= OCTET_MAX_RANK && strchr(axes, 'C') && strchr(axes, 'H') && strchr(axes, 'W');
    for (size_t i = 0; i < n && good; i++)
        good = axes[i] >= 'A' && axes[i] <= 'Z' && !strchr(axes + i + 1, axes[i]);
    if (!good)
        return oct_fail(f->err, OCTET_USAGE, "axes '%.32s': one capital letter for each dimension, none twice, C, H and W "
                                             "among them: NCHW, NHWC, CHW, ...", axes);
    return OCTET_OK;
}

/* Where the pixels' channels lie, from the layout that was asked for: behind the other axes CHW or HWC. One channel lies
 * where the model has its channels: it is the same bytes. */
static void set_pixel_axes(oct_folding *f)
{
    const char *axes = f->out->axes;
    bool planes = f->opts->pixels.layout == OCTET_NCHW;
    if (f->opts->pixels.format == OCTET_PIXELS_GRAY)
        planes = strchr(axes, 'C') < strchr(axes, 'H');
    char *out = f->out->pixel_axes;
    for (; *axes; axes++)
        if (!strchr("CHW", *axes))
            *out++ = *axes;
    memcpy(out, planes ? "CHW" : "HWC", 4);
}

/* ---- channels ---- */

static int pixel_channels(const octet_fold_opts *opts)
{
    if (opts->placement == OCTET_FOLD_RGBX)
        return 4;
    switch (opts->pixels.format) {
    case OCTET_PIXELS_GRAY: return 1;
    case OCTET_PIXELS_RGBX: return 4;
    default: return 3;
    }
}

static octet_status check_rgbx(const oct_folding *f, int64_t channels, const char *name)
{
    if (channels != 3)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "placement rgbx is for inputs of three channels; '%s' has %lld: use layer",
                        name, (long long)channels);
    if (f->opts->pixels.format == OCTET_PIXELS_GRAY || oct_yuv_is_format(f->opts->pixels.format))
        return oct_fail(f->err, OCTET_USAGE, "placement rgbx takes pixels of four channels (RGBX, or BGR with the fourth "
                                             "behind), not %s", octet_pixel_format_name(f->opts->pixels.format));
    return OCTET_OK;
}

static octet_status check_channels(oct_folding *f, int64_t channels)
{
    const octet_recipe *recipe = &f->opts->recipe;
    const char *name = oct_fold_text(f, f->input_name);
    if (channels < 0) /* free: as the order says */
        channels = recipe->order == OCTET_GRAY ? 1 : 3;
    if (channels != 1 && channels != 3 && channels != 4)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "input '%s' has %lld channels (axes %s); pixels have 1, 3 or 4", name,
                        (long long)channels, f->out->axes);
    f->out->channels = (int)channels;
    f->out->pixel_channels = pixel_channels(f->opts);
    if ((channels == 1) != (recipe->order == OCTET_GRAY))
        return oct_fail(f->err, OCTET_USAGE, "order %s contradicts the model, whose input '%s' has %lld channel%s",
                        octet_channel_order_name(recipe->order), name, (long long)channels, channels == 1 ? "" : "s");
    if (f->opts->placement == OCTET_FOLD_RGBX)
        return check_rgbx(f, channels, name);
    int given = f->out->pixel_channels;
    if (given != 1 && given < (int)channels)
        return oct_fail(f->err, OCTET_USAGE, "pixels %s have %d channels, input '%s' of the model %lld",
                        octet_pixel_format_name(f->opts->pixels.format), given, name, (long long)channels);
    if (channels == 1 && given > 1)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "pixels %s for input '%s' of one channel; give gray pixels",
                        octet_pixel_format_name(f->opts->pixels.format), name);
    return OCTET_OK;
}

/* ---- type ---- */

static octet_status read_dims(const oct_folding *f, oct_dims *d, const char *name)
{
    if (!oct_value_dims(oct_field_slice(&f->input), d))
        return oct_fail(f->err, OCTET_UNSUPPORTED, "input '%s' has no shape in the file, or one of more than %d dimensions",
                        name, OCTET_MAX_RANK);
    return OCTET_OK;
}

static octet_status replace_input(oct_folding *f, int rank)
{
    const char *axes = f->out->axes;
    oct_type_change change = {.dtype = OCTET_U8, .rank = rank};
    if (oct_yuv_is_format(f->opts->pixels.format)) {
        OCT_TRY(oct_fold_yuv_type(f, &change));
        return oct_fold_retype(f, &f->input, &change);
    }
    set_pixel_axes(f);
    for (int i = 0; i < rank; i++) {
        char axis = f->out->pixel_axes[i];
        change.from[i] = (int)(strchr(axes, axis) - axes);
        change.size[i] = axis == 'C' && f->out->pixel_channels != f->out->channels ? f->out->pixel_channels : -1;
    }
    return oct_fold_retype(f, &f->input, &change);
}

static octet_status check_type(oct_folding *f, oct_slice tensor_type, const char *name)
{
    uint64_t type = oct_wire_varint(tensor_type, OCT_TENSOR_TYPE_ELEM, OCTET_UNDEFINED);
    if (type != OCTET_U8 && type != OCTET_F32 && type != OCTET_F16 && type != OCTET_F64 && type != OCTET_BF16)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "input '%s' is %s (type %llu), not float32, float16, bfloat16 or float64",
                        name, octet_dtype_name((octet_dtype)type), (unsigned long long)type);
    f->out->dtype = (octet_dtype)type;
    return OCTET_OK;
}

/* ---- names ---- */

/* <input>_octet_, or with a number where a file has that already. */
static octet_status choose_prefix(oct_folding *f)
{
    for (int i = 1; i <= 100; i++) {
        f->prefix = i == 1 ? oct_arena_printf(f->arena, "%s_octet_", f->out->input)
                           : oct_arena_printf(f->arena, "%s_octet%d_", f->out->input, i);
        if (!f->prefix)
            return oct_fail_memory(f->err, "a name", f->input_name.n_bytes);
        if (!oct_graph_uses_prefix(f->graph, f->prefix))
            return OCTET_OK;
    }
    return oct_fail(f->err, OCTET_UNSUPPORTED, "names that begin with '%s' are taken", f->prefix);
}

static octet_status check_use(oct_folding *f)
{
    oct_field field;
    if (oct_fold_find(f, OCT_GRAPH_OUTPUT, OCT_VALUE_NAME, f->input_name, &field))
        return oct_fail(f->err, OCTET_UNSUPPORTED, "input '%s' is an output of the model too, which would become uint8",
                        f->out->input);
    if (oct_fold_count_uses(f, f->input_name, &field) == 0)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "no node uses input '%s'", f->out->input);
    return OCTET_OK;
}

octet_status oct_onnx_fold_input(octet_tensor_info *info, oct_slice file, const char *name, oct_arena *arena,
                                 octet_error *err)
{
    oct_folding f = {.model = file, .arena = arena, .err = err};
    oct_dims d;
    *info = (octet_tensor_info){.rank = -1};
    OCT_TRY(oct_fold_parts(&f));
    OCT_TRY(choose(&f, name));
    OCT_TRY(oct_fold_copy(&f, &info->name, f.input_name));
    uint64_t dtype = oct_wire_varint(oct_value_tensor_type(oct_field_slice(&f.input)), OCT_TENSOR_TYPE_ELEM, OCTET_UNDEFINED);
    info->dtype = dtype <= INT32_MAX ? (octet_dtype)dtype : OCTET_UNDEFINED;
    OCT_TRY(read_dims(&f, &d, info->name));
    info->rank = d.rank;
    for (int i = 0; i < d.rank; i++) {
        oct_slice param = oct_wire_bytes(d.dim[i], OCT_DIM_PARAM);
        info->dims[i] = oct_dim_value(d.dim[i]);
        if (param.n_bytes)
            OCT_TRY(oct_fold_copy(&f, &info->dim_names[i], param));
    }
    return OCTET_OK;
}

octet_status oct_fold_input(oct_folding *f)
{
    oct_dims d;
    OCT_TRY(choose(f, f->opts->input));
    const char *name;
    OCT_TRY(oct_fold_copy(f, &name, f->input_name));
    if (f->input_name.n_bytes == 0 || strlen(name) != f->input_name.n_bytes)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "the name of input '%s' is empty or has a NUL in it", name);
    f->out->input = name;
    oct_slice type = oct_value_tensor_type(oct_field_slice(&f->input));
    const char *axes = f->opts->axes ? f->opts->axes : f->opts->recipe.layout == OCTET_NCHW ? "NCHW" : "NHWC";
    OCT_TRY(check_type(f, type, name));
    OCT_TRY(check_axes(f, axes));
    OCT_TRY(read_dims(f, &d, name));
    if (d.rank != (int)strlen(axes))
        return oct_fail(f->err, OCTET_USAGE, "input '%s' has %d dimensions, axes %s are %zu", name, d.rank, axes,
                        strlen(axes));
    memcpy(f->out->axes, axes, strlen(axes) + 1);
    f->c_axis = (int)(strchr(axes, 'C') - axes);
    f->out->height = oct_dim_value(d.dim[strchr(axes, 'H') - axes]);
    f->out->width = oct_dim_value(d.dim[strchr(axes, 'W') - axes]);
    OCT_TRY(check_channels(f, oct_dim_value(d.dim[f->c_axis])));
    OCT_TRY(check_use(f));
    OCT_TRY(choose_prefix(f));
    f->current = name;
    return replace_input(f, d.rank);
}
