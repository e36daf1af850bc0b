/* Frames NV12, NV21, I420 and YUYV as the input: nodes that bring Y, U and V to the size of the image and convert them by the
 * law of yuv/law.h, with standard operators only. Moves come first, on bytes; then, as all numbers are integers or 64ths below
 * 2^16 and exact in float32 whatever the order of summation,
 *     t = Floor(y * (257 * y_gain / 2^16))      one rounding, which moves no t over an integer (a test tries all 256)
 *     rgb = Clip(Floor(Conv1x1(t, u, v) / 64))  the division by 64 is in the weights
 * gives the bytes of octet_yuv_to_rgb. Linear: one Conv1x1 of y, u and v, no Floor and no Clip.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "onnx/folding.h"
#include "yuv/frame.h"

#define SLICE_TAKES_INPUTS 10 /* first opset of each form */
#define CLIP_TAKES_INPUTS 11
#define SPLIT_COUNTS 18

typedef struct frame {
    int64_t height, width;           /* of the image */
    int64_t half_height, half_width; /* of U and V, rounded up */
    int64_t lead;                    /* first dimension in Reshapes: 0 keeps the batch, 1 makes one */
} frame;

/* ---- nodes ---- */

static octet_status put(oct_folding *f, const char **out, oct_emit_node node, const char *suffix)
{
    OCT_TRY(oct_fold_add(f, node, suffix));
    *out = f->current;
    return OCTET_OK;
}

static octet_status put_ints(oct_folding *f, const char **name, const char *suffix, const int64_t *values, int n)
{
    oct_emit_tensor tensor = {.dtype = OCTET_I64, .rank = 1, .dims = {n}, .data = values,
                              .n_bytes = (size_t)n * sizeof *values};
    return oct_fold_add_constant(f, name, suffix, tensor);
}

/* Names of constants are those of their nodes with this behind. */
static const char *with(const oct_folding *f, const char *suffix, const char *more)
{
    const char *text = oct_arena_printf(f->arena, "%s%s", suffix, more);
    return text ? text : suffix;
}

static octet_status reshape(oct_folding *f, const char **value, const int64_t *dims, int rank, const char *suffix)
{
    const char *shape;
    OCT_TRY(put_ints(f, &shape, with(f, suffix, "_shape"), dims, rank));
    return put(f, value, (oct_emit_node){.op = "Reshape", .in = {*value, shape}}, suffix);
}

static octet_status slice(oct_folding *f, const char **value, int64_t axis, int64_t start, int64_t end, const char *suffix)
{
    oct_emit_node node = {.op = "Slice", .in = {*value}};
    if (f->opset < SLICE_TAKES_INPUTS) {
        node.attributes[0] = (oct_emit_attribute){.name = "axes", .list = true, .values = &axis, .n_values = 1};
        node.attributes[1] = (oct_emit_attribute){.name = "starts", .list = true, .values = &start, .n_values = 1};
        node.attributes[2] = (oct_emit_attribute){.name = "ends", .list = true, .values = &end, .n_values = 1};
        return put(f, value, node, suffix);
    }
    OCT_TRY(put_ints(f, &node.in[1], with(f, suffix, "_starts"), &start, 1));
    OCT_TRY(put_ints(f, &node.in[2], with(f, suffix, "_ends"), &end, 1));
    OCT_TRY(put_ints(f, &node.in[3], with(f, suffix, "_axes"), &axis, 1));
    return put(f, value, node, suffix);
}

static octet_status twice(oct_folding *f, const char **value, int axis, const char *suffix)
{
    oct_emit_node node = {.op = "Concat", .in = {*value, *value}, .attributes = {{.name = "axis", .value = axis}}};
    return put(f, value, node, suffix);
}

/* The last dimension of n, one part each. */
static octet_status split(oct_folding *f, const char *value, const char **parts, int n, const char *suffix)
{
    static const char *const numbers[] = {"0", "1", "2", "3"};
    oct_emit_node node = {.op = "Split", .in = {value}, .attributes = {{.name = "axis", .value = 3}}};
    if (f->opset >= SPLIT_COUNTS)
        node.attributes[1] = (oct_emit_attribute){.name = "num_outputs", .value = n};
    for (int i = 0; i < n; i++)
        if (!(node.out[i] = parts[i] = oct_fold_name(f, with(f, suffix, numbers[i]))))
            return oct_fail_memory(f->err, "a name", 0);
    return oct_fold_add(f, node, suffix);
}

/* ---- planes to the size of the image ---- */

/* [n, 1, rows, columns] with rows and columns of odd images one too many. */
static octet_status trim(oct_folding *f, const frame *m, const char **value, int64_t rows, int64_t columns,
                         const char *suffix)
{
    if (rows > m->height)
        OCT_TRY(slice(f, value, 2, 0, m->height, with(f, suffix, "_rows")));
    if (columns > m->width)
        OCT_TRY(slice(f, value, 3, 0, m->width, with(f, suffix, "_columns")));
    return OCTET_OK;
}

/* [n, half_height, half_width, 1] to [n, 1, height, width]: each sample serves two by two pixels. */
static octet_status enlarge(oct_folding *f, const frame *m, const char **value, const char *suffix)
{
    int64_t h = m->half_height, w = m->half_width;
    OCT_TRY(twice(f, value, 3, with(f, suffix, "_wide")));
    OCT_TRY(reshape(f, value, (int64_t[]){0, h, 1, 2 * w}, 4, with(f, suffix, "_lines")));
    OCT_TRY(twice(f, value, 2, with(f, suffix, "_high")));
    OCT_TRY(reshape(f, value, (int64_t[]){0, 1, 2 * h, 2 * w}, 4, suffix));
    return trim(f, m, value, 2 * h, 2 * w, suffix);
}

static octet_status split_planes(oct_folding *f, const frame *m, const char *yuv[3])
{
    int64_t n_y = m->height * m->width, n_half = m->half_height * m->half_width, total = n_y + 2 * n_half;
    const char *flat = f->current, *parts[2];
    OCT_TRY(reshape(f, &flat, (int64_t[]){m->lead, total}, 2, "bytes"));
    yuv[0] = flat;
    OCT_TRY(slice(f, &yuv[0], 1, 0, n_y, "y_bytes"));
    OCT_TRY(reshape(f, &yuv[0], (int64_t[]){0, 1, m->height, m->width}, 4, "y"));
    if (f->opts->pixels.format == OCTET_PIXELS_I420) {
        yuv[1] = yuv[2] = flat;
        OCT_TRY(slice(f, &yuv[1], 1, n_y, n_y + n_half, "u_bytes"));
        OCT_TRY(slice(f, &yuv[2], 1, n_y + n_half, total, "v_bytes"));
        OCT_TRY(reshape(f, &yuv[1], (int64_t[]){0, m->half_height, m->half_width, 1}, 4, "u_plane"));
        OCT_TRY(reshape(f, &yuv[2], (int64_t[]){0, m->half_height, m->half_width, 1}, 4, "v_plane"));
    } else {
        bool u_first = f->opts->pixels.format == OCTET_PIXELS_NV12;
        OCT_TRY(slice(f, &flat, 1, n_y, total, "chroma_bytes"));
        OCT_TRY(reshape(f, &flat, (int64_t[]){0, m->half_height, m->half_width, 2}, 4, "chroma"));
        OCT_TRY(split(f, flat, parts, 2, "chroma_part"));
        yuv[1] = parts[u_first ? 0 : 1];
        yuv[2] = parts[u_first ? 1 : 0];
    }
    OCT_TRY(enlarge(f, m, &yuv[1], "u"));
    return enlarge(f, m, &yuv[2], "v");
}

static octet_status split_packed(oct_folding *f, const frame *m, const char *yuv[3])
{
    static const char *const wide[] = {"y_wide", "u_wide", "v_wide"}, *const names[] = {"y", "u", "v"};
    static const int first[] = {0, 1, 3}, second[] = {2, 1, 3}; /* Y0 U Y1 V */
    const char *pairs = f->current, *parts[4];
    OCT_TRY(reshape(f, &pairs, (int64_t[]){m->lead, m->height, m->half_width, 4}, 4, "pairs"));
    OCT_TRY(split(f, pairs, parts, 4, "pair_part"));
    for (int i = 0; i < 3; i++) {
        oct_emit_node node = {.op = "Concat", .in = {parts[first[i]], parts[second[i]]},
                              .attributes = {{.name = "axis", .value = 3}}};
        OCT_TRY(put(f, &yuv[i], node, wide[i]));
        OCT_TRY(reshape(f, &yuv[i], (int64_t[]){0, 1, m->height, 2 * m->half_width}, 4, names[i]));
        OCT_TRY(trim(f, m, &yuv[i], m->height, 2 * m->half_width, names[i]));
    }
    return OCTET_OK;
}

/* ---- conversion ---- */

/* Rows R, G, B (or B, G, R for a model of that order) and columns Y, U, V. */
static void fill_matrix(const oct_folding *f, float matrix[9], float offset[3])
{
    const octet_pixels *pixels = &f->opts->pixels;
    const oct_yuv_law *law = oct_yuv_law_get(pixels->matrix, pixels->range);
    const double exact[3][2] = {{0, law->v_r}, {-(double)law->u_g, -(double)law->v_g}, {law->u_b, 0}};
    double m[3][3], o[3];
    oct_yuv_affine(pixels->matrix, pixels->range, m, o);
    for (int i = 0; i < 3; i++) {
        if (!pixels->linear) {
            m[i][0] = 1.0 / 64;
            m[i][1] = exact[i][0] / 64;
            m[i][2] = exact[i][1] / 64;
            o[i] = (law->y_bias - 128 * (exact[i][0] + exact[i][1])) / 64;
        }
        int row = f->opts->recipe.order == OCTET_BGR ? 2 - i : i;
        for (int k = 0; k < 3; k++)
            matrix[3 * row + k] = (float)m[i][k];
        offset[row] = (float)o[i];
    }
}

static octet_status round_luma(oct_folding *f)
{
    const octet_pixels *pixels = &f->opts->pixels;
    float gain = (float)(oct_yuv_law_get(pixels->matrix, pixels->range)->y_gain * 257) / 65536;
    const float gains[3] = {gain, 1, 1};
    const char *name;
    oct_emit_tensor tensor = {.dtype = OCTET_F32, .rank = 4, .dims = {1, 3, 1, 1}, .data = gains, .n_bytes = sizeof gains};
    OCT_TRY(oct_fold_add_constant(f, &name, "y_gain", tensor));
    OCT_TRY(oct_fold_add(f, (oct_emit_node){.op = "Mul", .in = {f->current, name}}, "y_scaled"));
    return oct_fold_add(f, (oct_emit_node){.op = "Floor"}, "y_floor");
}

static octet_status multiply(oct_folding *f)
{
    float matrix[9], offset[3];
    oct_emit_node node = {.op = "Conv", .in = {f->current}};
    fill_matrix(f, matrix, offset);
    oct_emit_tensor m = {.dtype = OCTET_F32, .rank = 4, .dims = {3, 3, 1, 1}, .data = matrix, .n_bytes = sizeof matrix};
    oct_emit_tensor o = {.dtype = OCTET_F32, .rank = 1, .dims = {3}, .data = offset, .n_bytes = sizeof offset};
    OCT_TRY(oct_fold_add_constant(f, &node.in[1], "matrix", m));
    OCT_TRY(oct_fold_add_constant(f, &node.in[2], "offset", o));
    return oct_fold_add(f, node, "converted");
}

static octet_status clip(oct_folding *f)
{
    static const float limits[] = {0, 255};
    oct_emit_node node = {.op = "Clip", .in = {f->current}};
    if (f->opset < CLIP_TAKES_INPUTS) {
        node.attributes[0] = (oct_emit_attribute){.name = "min", .real = true, .number = limits[0]};
        node.attributes[1] = (oct_emit_attribute){.name = "max", .real = true, .number = limits[1]};
        return oct_fold_add(f, node, "clipped");
    }
    for (int i = 0; i < 2; i++) {
        oct_emit_tensor tensor = {.dtype = OCTET_F32, .data = &limits[i], .n_bytes = sizeof *limits};
        OCT_TRY(oct_fold_add_constant(f, &node.in[1 + i], i ? "white" : "black", tensor));
    }
    return oct_fold_add(f, node, "clipped");
}

/* From [n, 3, height, width] to the axes of the model. */
static octet_status arrange(oct_folding *f, const frame *m)
{
    const char *to = f->out->axes, *from = "NCHW";
    int64_t perm[4];
    int rank = (int)strlen(to);
    char batch[2] = {m->lead ? '\0' : f->out->pixel_axes[0], '\0'}, axes[6];
    if (m->lead) {
        OCT_TRY(reshape(f, &f->current, (int64_t[]){3, m->height, m->width}, 3, "image"));
        from = "CHW";
    } else {
        axes[0] = batch[0];
        memcpy(axes + 1, "CHW", 4);
        from = axes;
    }
    if (strcmp(from, to) == 0)
        return OCTET_OK;
    for (int i = 0; i < rank; i++)
        perm[i] = strchr(from, to[i]) - from;
    oct_emit_node node = {.op = "Transpose",
                          .attributes = {{.name = "perm", .list = true, .values = perm, .n_values = rank}}};
    return oct_fold_add(f, node, "transposed");
}

octet_status oct_fold_yuv(oct_folding *f)
{
    const char *yuv[3];
    frame m = {.height = f->out->height, .width = f->out->width, .half_height = (f->out->height + 1) / 2,
               .half_width = (f->out->width + 1) / 2, .lead = strlen(f->out->axes) == 3};
    bool packed = f->opts->pixels.format == OCTET_PIXELS_YUYV;
    OCT_TRY(packed ? split_packed(f, &m, yuv) : split_planes(f, &m, yuv));
    oct_emit_node concat = {.op = "Concat", .in = {yuv[0], yuv[1], yuv[2]}, .attributes = {{.name = "axis", .value = 1}}};
    OCT_TRY(oct_fold_add(f, concat, "yuv"));
    OCT_TRY(oct_fold_cast(f, OCTET_F32, "cast"));
    if (!f->opts->pixels.linear)
        OCT_TRY(round_luma(f));
    OCT_TRY(multiply(f));
    if (!f->opts->pixels.linear) {
        OCT_TRY(oct_fold_add(f, (oct_emit_node){.op = "Floor"}, "rounded"));
        OCT_TRY(clip(f));
    }
    return arrange(f, &m);
}

/* ---- the input's type ---- */

/* The frame's shape behind the batch: [H + rows of chroma, W], or [bytes] where a side is odd; YUYV [H, bytes of a row]. */
octet_status oct_fold_yuv_type(oct_folding *f, oct_type_change *change)
{
    const char *axes = f->out->axes;
    int64_t h = f->out->height, w = f->out->width;
    octet_pixel_format format = f->opts->pixels.format;
    bool odd = (h % 2 || w % 2) && format != OCTET_PIXELS_YUYV;
    char *out = f->out->pixel_axes;
    if (strlen(axes) > 4)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "frames for an input of axes %s: there may be one beside C, H and W", axes);
    bool fixed = h >= 1 && w >= 1 && h <= INT32_MAX && w <= INT32_MAX;
    if (!fixed || oct_yuv_frame_bytes(format, (int32_t)w, (int32_t)h) > INT32_MAX)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "frames need a height and width that are fixed in the file, and less than "
                                                   "2 GiB; input '%s' has none", f->out->input);
    for (const char *axis = axes; *axis; axis++)
        if (!strchr("CHW", *axis))
            *out++ = *axis;
    memcpy(out, odd ? "F" : "HW", odd ? 2 : 3);
    *change = (oct_type_change){.dtype = OCTET_U8, .rank = (int)strlen(f->out->pixel_axes)};
    int64_t n_bytes = (int64_t)oct_yuv_frame_bytes(format, (int32_t)w, (int32_t)h);
    for (int i = 0; i < change->rank; i++) {
        char axis = f->out->pixel_axes[i];
        bool is_row = format == OCTET_PIXELS_YUYV && axis == 'W';
        change->from[i] = (int)(strchr(axes, axis == 'F' ? 'W' : axis) - axes);
        change->size[i] = axis == 'F' ? n_bytes : axis == 'W' ? (is_row ? n_bytes / h : w)
                                              : axis == 'H' ? (format == OCTET_PIXELS_YUYV ? h : n_bytes / w) : -1;
    }
    return OCTET_OK;
}
