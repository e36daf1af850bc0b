/* Lowering of Resize: nearest is a copy by index tables (any element type); linear and cubic are one pass per axis that
 * changes, in ascending order of the axes, in float32.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "graph/resolve.h"
#include "providers/float/lower.h"
#include "providers/float/resize_table.h"
#include "providers/float/take.h"
#include "steps/resize.h"

static oct_resize_map get_map(const oct_node *n, const oct_value *x, const oct_resize *r, int axis)
{
    return (oct_resize_map){.p = n->params, .in = x->dims[axis], .out = r->size[axis], .scale = r->scale[axis],
                            .roi_begin = r->roi_begin[axis], .roi_end = r->roi_end[axis]};
}

/* ---- nearest ---- */

/* The extrapolation value as one element of the output's type. */
static octet_status build_outside(oct_builder *b, const oct_node *n, oct_ref *fill, octet_error *err)
{
    const oct_resize_params *p = n->params;
    octet_dtype dtype = oct_node_out(oct_build_graph(b), n, 0)->dtype;
    float f = p->extrapolation;
    int64_t whole = (int64_t)f; /* its low bytes are the element of any integer type */
    *fill = OCT_NO_REF;
    if (f == 0)
        return OCTET_OK;
    if (dtype == OCTET_F16 || dtype == OCTET_F64 || dtype == OCTET_BF16)
        return oct_lower_refuse(n, err, "extrapolation_value %g with %s elements", (double)f, octet_dtype_name(dtype));
    *fill = dtype == OCTET_F32 ? oct_build_const_copy(b, &f, sizeof f) : oct_build_const_copy(b, &whole, sizeof whole);
    return OCTET_OK;
}

static octet_status lower_nearest(oct_builder *b, const oct_node *n, const oct_resize *r, octet_error *err)
{
    const oct_value *x = oct_node_in(oct_build_graph(b), n, 0);
    oct_take_axes axes;
    oct_ref fill;
    OCT_TRY(build_outside(b, n, &fill, err));
    OCT_TRY(oct_take_axes_new(b, n, &axes, err));
    for (int i = 0; i < x->rank; i++) {
        oct_resize_map m = get_map(n, x, r, i);
        bool same = m.scale == 1 && m.in == m.out && m.roi_begin == 0 && m.roi_end == 1;
        for (int64_t o = 0; o < m.out; o++)
            axes.index[i][o] = same ? o : oct_resize_nearest_index(&m, o);
    }
    return oct_take_build(b, n, &axes, fill, err);
}

/* ---- linear and cubic ---- */

/* Tables under construction. */
typedef struct tables {
    int32_t *words;
    size_t n_words;
} tables;

/* Tables of one axis behind those of the others; *same: the axis stays as it is. */
static octet_status add_tables(oct_builder *b, const oct_resize_map *m, tables *t, oct_resize_pass *s, bool *same,
                               octet_error *err)
{
    size_t pitch = (size_t)oct_resize_max_taps(m), n = (size_t)m->out * (1 + 2 * pitch);
    int32_t *words = oct_build_alloc(b, (t->n_words + n) * sizeof *words);
    if (!words)
        return oct_fail_memory(err, "resize tables", n * sizeof *words);
    if (t->n_words)
        memcpy(words, t->words, t->n_words * sizeof *words);
    s->axis.pitch = (int32_t)pitch;
    s->n_at = (int64_t)t->n_words;
    s->index_at = s->n_at + m->out;
    s->coef_at = s->index_at + m->out * (int64_t)pitch;
    *same = m->in == m->out;
    for (int64_t o = 0; o < m->out; o++) {
        int32_t *index = words + s->index_at + o * (int64_t)pitch;
        float *coef = (float *)(void *)(words + s->coef_at + o * (int64_t)pitch);
        words[s->n_at + o] = oct_resize_taps(m, o, index, coef);
        *same &= words[s->n_at + o] == 1 && index[0] == o && coef[0] == 1;
    }
    t->words = words;
    t->n_words += *same ? 0 : n;
    return OCTET_OK;
}

/* Place of a logical axis in memory, 0 outermost. */
static int place(const oct_value *x, int axis)
{
    if (x->layout != OCT_CHANNELS_LAST || axis == 0)
        return axis;
    return axis == 1 ? x->rank - 1 : axis - 1;
}

/* Elements outside and inside of an axis in memory, with the dimensions as the passes before left them. */
static void find_extent(const oct_value *x, const int64_t *dims, int axis, oct_resize_axis *s)
{
    s->outer = s->inner = 1;
    for (int i = 0; i < x->rank; i++) {
        if (place(x, i) < place(x, axis))
            s->outer *= dims[i];
        else if (i != axis)
            s->inner *= dims[i];
    }
}

static octet_status make_passes(oct_builder *b, const oct_node *n, const oct_resize *r, oct_resize_step *p, tables *t,
                                octet_error *err)
{
    const oct_value *x = oct_node_in(oct_build_graph(b), n, 0);
    int64_t dims[OCTET_MAX_RANK];
    memcpy(dims, x->dims, sizeof dims);
    for (int i = 0; i < x->rank; i++) {
        oct_resize_map m = get_map(n, x, r, i);
        oct_resize_pass *s = &p->passes[p->n_passes];
        bool same = false;
        OCT_TRY(add_tables(b, &m, t, s, &same, err));
        if (same)
            continue;
        find_extent(x, dims, i, &s->axis);
        s->axis.L = m.in;
        s->axis.O = m.out;
        s->axis.outside = m.p->extrapolation;
        dims[i] = m.out;
        p->n_passes++;
    }
    return OCTET_OK;
}

/* Bytes of the largest intermediate result. */
static size_t temp_bytes(const oct_resize_step *p)
{
    size_t most = 0;
    for (int i = 0; i + 1 < p->n_passes; i++) {
        const oct_resize_axis *s = &p->passes[i].axis;
        size_t n = (size_t)(s->outer * s->O * s->inner) * sizeof(float);
        most = n > most ? n : most;
    }
    return most;
}

static octet_status lower_filtered(oct_builder *b, const oct_node *n, const oct_resize *r, octet_error *err)
{
    oct_resize_step p = {0};
    tables t = {0};
    OCT_TRY(make_passes(b, n, r, &p, &t, err));
    if (p.n_passes == 0)
        return oct_lower_relayout(b, n, err);
    size_t temp = temp_bytes(&p);
    const oct_ref operands[OCT_RESIZE_N_OPERANDS] = {
        [OCT_RESIZE_Y] = oct_build_value(b, n->out[0]),
        [OCT_RESIZE_X] = oct_build_value(b, n->in[0]),
        [OCT_RESIZE_TABLES] = oct_build_const_copy(b, t.words, t.n_words * sizeof *t.words),
        [OCT_RESIZE_TEMP] = p.n_passes > 1 ? oct_build_temp(b, temp) : OCT_NO_REF,
        [OCT_RESIZE_TEMP2] = p.n_passes > 2 ? oct_build_temp(b, temp) : OCT_NO_REF};
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_resize,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_RESIZE_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}

octet_status oct_lower_resize(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_resize_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    oct_resize r;
    OCT_TRY(oct_resolve_resize(g, n, &r, err));
    if (oct_value_elems(y) == 0 || x->rank == 0)
        return oct_lower_alias(b, n, err);
    if (p->mode == OCT_RESIZE_NEAREST)
        return lower_nearest(b, n, &r, err);
    if (x->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "linear and cubic need float32 elements");
    if (x->layout != y->layout)
        return oct_lower_refuse(n, err, "input and output differ in layout");
    return lower_filtered(b, n, &r, err);
}
