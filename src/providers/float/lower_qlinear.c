/* Lowering of QLinearAdd, QLinearSub, QLinearMul, QLinearGlobalAveragePool, QLinearConcat and Table.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "providers/float/lower.h"
#include "providers/float/qlinear_u16.h"
#include "steps/qlinear.h"

static bool is_byte(const oct_value *v)
{
    return v->dtype == OCTET_U8 || v->dtype == OCTET_I8;
}

static oct_value_id input_id(const oct_node *n, int i)
{
    return i < n->n_in ? n->in[i] : OCT_NONE;
}

/* Inputs i and i+1 are one float32 scale and one zero point (or none) of the type of `of`. */
static octet_status check_scale(const oct_graph *g, const oct_node *n, int i, const oct_value *of, octet_error *err)
{
    const oct_value *scale = oct_node_in(g, n, i), *zero = oct_node_in(g, n, i + 1);
    if (!is_byte(of))
        return oct_lower_refuse(n, err, "type %s; 8-bit integers are supported", octet_dtype_name(of->dtype));
    if (!scale || scale->dtype != OCTET_F32 || oct_value_elems(scale) != 1)
        return oct_lower_refuse(n, err, "input %d must be one float32 scale", i);
    if (zero && (zero->dtype != of->dtype || oct_value_elems(zero) != 1))
        return oct_lower_refuse(n, err, "input %d must be one zero point of type %s", i + 1,
                                octet_dtype_name(of->dtype));
    return OCTET_OK;
}

/* ---- add, sub, mul ---- */

/* Stride along axis i of y, counted from the last one as broadcasting does. */
static int64_t broadcast_stride(const oct_value *v, const int64_t *strides, const oct_value *y, int i)
{
    int axis = i - (y->rank - v->rank);
    return axis < 0 || v->dims[axis] == 1 ? 0 : strides[axis];
}

static bool same_place(const oct_value *a, const oct_value *b)
{
    return a->layout == b->layout && a->rank == b->rank && a->pixel_pitch == b->pixel_pitch &&
           memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* The operand that y may take the place of: one that nobody else reads, if there is one. */
static int choose_in_place(oct_builder *b, const oct_node *n)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *y = oct_node_out(g, n, 0);
    const bool first = same_place(oct_node_in(g, n, 0), y), second = same_place(oct_node_in(g, n, 3), y);
    if (second && (!first || oct_build_n_uses(b, n->in[0]) > 1))
        return OCT_QLINEAR_ADD_B;
    return first ? OCT_QLINEAR_ADD_A : 0;
}

static octet_status build_pairs(oct_builder *b, const oct_node *n, const oct_step_kind *kind, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x0 = oct_node_in(g, n, 0), *x1 = oct_node_in(g, n, 3), *y = oct_node_out(g, n, 0);
    int64_t ys[OCTET_MAX_RANK], as[OCTET_MAX_RANK], bs[OCTET_MAX_RANK];
    if (oct_qlinear_is_u16(y) && n->op == OCT_OP_QLINEAR_ADD)
        return oct_lower_qlinear_u16_add(b, n, err);
    if (x0->dtype != x1->dtype || x0->dtype != y->dtype)
        return oct_lower_refuse(n, err, "operands of different types");
    OCT_TRY(check_scale(g, n, 1, x0, err));
    OCT_TRY(check_scale(g, n, 4, x1, err));
    OCT_TRY(check_scale(g, n, 6, y, err));
    oct_qlinear_add_step p = {0};
    oct_value_strides(y, ys);
    oct_value_strides(x0, as);
    oct_value_strides(x1, bs);
    for (int i = 0; i < y->rank; i++)
        oct_nd_push(&p.add.nd, y->dims[i], ys[i], broadcast_stride(x0, as, y, i), broadcast_stride(x1, bs, y, i));
    const oct_pair_params *q = n->params;
    oct_qlinear_add_init(&p.add, y->dtype == OCTET_I8 ? OCT_NUMBERS_I8 : q && q->raised ? OCT_NUMBERS_RAISED : OCT_NUMBERS_U8);
    p.add.subtract = n->op == OCT_OP_QLINEAR_SUB;
    /* behind y, the inputs in their order */
    oct_ref operands[OCT_QLINEAR_ADD_N_OPERANDS] = {oct_build_value(b, n->out[0])};
    for (int i = 0; i + 1 < OCT_QLINEAR_ADD_N_OPERANDS; i++)
        operands[i + 1] = oct_build_value(b, input_id(n, i));
    oct_build_step(b, &(oct_step_desc){
        .kind = kind,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_QLINEAR_ADD_N_OPERANDS,
        .n_out = 1,
        .inplace_input = choose_in_place(b, n),
    });
    return OCTET_OK;
}

octet_status oct_lower_qlinear_add(oct_builder *b, const oct_node *n, octet_error *err)
{
    return build_pairs(b, n, &oct_step_qlinear_add, err);
}

octet_status oct_lower_qlinear_mul(oct_builder *b, const oct_node *n, octet_error *err)
{
    return build_pairs(b, n, &oct_step_qlinear_mul, err);
}

/* ---- global average ---- */

/* The channel axis is the second, or the last one if the attribute channels_last says so. */
static oct_qlinear_average average_shape(const oct_value *x, const oct_value *y, bool channels_last)
{
    int64_t s[OCTET_MAX_RANK];
    int channel = channels_last ? x->rank - 1 : 1, h = channels_last ? 1 : 2, w = h + 1;
    bool flat = x->rank == 3;
    oct_value_strides(x, s);
    return (oct_qlinear_average){
        .N = x->dims[0], .C = x->dims[channel], .H = x->dims[h], .W = flat ? 1 : x->dims[w],
        .x_n = s[0], .x_c = s[channel], .x_h = s[h], .x_w = flat ? 0 : s[w],
        .x_signed = x->dtype == OCTET_I8, .y_signed = y->dtype == OCTET_I8,
    };
}

octet_status oct_lower_qlinear_global_average_pool(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_qconcat_params *q = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (x->rank < 3 || x->rank > 4)
        return oct_lower_refuse(n, err, "%d spatial axes; one or two are supported", (int)x->rank - 2);
    oct_qlinear_average_step p = {.average = average_shape(x, y, q && q->channels_last)};
    if (p.average.H * p.average.W < 1 || p.average.H * p.average.W > OCT_QLINEAR_MAX_PIXELS)
        return oct_lower_refuse(n, err, "images of %lld pixels", (long long)(p.average.H * p.average.W));
    if (oct_qlinear_is_u16(y))
        return oct_lower_qlinear_u16_average(b, n, &p.average, err);
    OCT_TRY(check_scale(g, n, 1, x, err));
    OCT_TRY(check_scale(g, n, 3, y, err));
    oct_ref operands[OCT_QLINEAR_AVERAGE_N_OPERANDS] = {oct_build_value(b, n->out[0])};
    for (int i = 0; i + 1 < OCT_QLINEAR_AVERAGE_N_OPERANDS; i++)
        operands[i + 1] = oct_build_value(b, input_id(n, i));
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_qlinear_average,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_QLINEAR_AVERAGE_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}

/* ---- concat ---- */

static void fill_part(oct_qlinear_concat_part *part, const oct_value *x, const oct_value *y, int axis, int64_t start)
{
    int64_t xs[OCTET_MAX_RANK], ys[OCTET_MAX_RANK];
    oct_value_strides(x, xs);
    oct_value_strides(y, ys);
    part->nd.n_arrays = 2;
    part->nd.offset[0] = start * ys[axis];
    for (int i = 0; i < x->rank; i++)
        oct_nd_push(&part->nd, x->dims[i], ys[i], xs[i], 0);
    oct_nd_normalize(&part->nd);
    part->cut = oct_nd_make_cut(&part->nd, OCT_TABLE_ITEM);
    part->x_signed = x->dtype == OCTET_I8;
}

static octet_status check_concat(const oct_graph *g, const oct_node *n, octet_error *err)
{
    OCT_TRY(check_scale(g, n, 0, oct_node_out(g, n, 0), err));
    if (n->n_in % 3 != 2)
        return oct_lower_refuse(n, err, "%d inputs; two and then three for each tensor are wanted", (int)n->n_in);
    for (int i = 2; i < n->n_in; i += 3)
        OCT_TRY(check_scale(g, n, i + 1, oct_node_in(g, n, i), err));
    return OCTET_OK;
}

octet_status oct_lower_qlinear_concat(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_qconcat_params *q = n->params;
    const oct_value *y = oct_node_out(g, n, 0);
    int n_parts = (n->n_in - 2) / 3;
    OCT_TRY(check_concat(g, n, err));
    size_t n_params = sizeof(oct_qlinear_concat_step) + (size_t)n_parts * sizeof(oct_qlinear_concat_part);
    oct_qlinear_concat_step *p = oct_build_alloc(b, n_params);
    oct_ref *operands = oct_build_alloc(b, (size_t)(n->n_in + 1) * sizeof *operands);
    if (!p || !operands)
        return oct_fail_memory(err, "a QLinearConcat step", n_params);
    p->n = n_parts;
    p->y_signed = y->dtype == OCTET_I8;
    int64_t start = 0;
    for (int i = 0; i < n_parts; i++) {
        const oct_value *x = oct_node_in(g, n, 2 + 3 * i);
        fill_part(&p->parts[i], x, y, q->axis, start);
        start += x->dims[q->axis];
    }
    operands[0] = oct_build_value(b, n->out[0]);
    for (int i = 0; i < n->n_in; i++)
        operands[i + 1] = oct_build_value(b, n->in[i]);
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_qlinear_concat,
        .params = p,
        .n_params = n_params,
        .operands = operands,
        .n_operands = n->n_in + 1,
        .n_out = 1,
    });
    return OCTET_OK;
}

/* ---- table ---- */

octet_status oct_lower_table(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    int64_t xs[OCTET_MAX_RANK], ys[OCTET_MAX_RANK];
    (void)err;
    oct_table_step p = {.nd.n_arrays = 2};
    oct_value_strides(x, xs);
    oct_value_strides(y, ys);
    for (int i = 0; i < x->rank; i++)
        oct_nd_push(&p.nd, x->dims[i], ys[i], xs[i], 0);
    oct_nd_normalize(&p.nd);
    p.cut = oct_nd_make_cut(&p.nd, OCT_TABLE_ITEM);
    const oct_ref operands[OCT_TABLE_N_OPERANDS] = {[OCT_TABLE_Y] = oct_build_value(b, n->out[0]),
                                                    [OCT_TABLE_X] = oct_build_value(b, n->in[0]),
                                                    [OCT_TABLE_TABLE] = oct_build_value(b, n->in[1])};
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_table,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_TABLE_N_OPERANDS,
        .n_out = 1,
        .inplace_input = same_place(x, y) ? OCT_TABLE_X : 0,
    });
    return OCTET_OK;
}
