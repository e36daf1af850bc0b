/* Lowering of QLinearAdd and QLinearGlobalAveragePool on 16 bits, whose scales and zero points are constants.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "providers/float/qlinear_u16.h"
#include "steps/qlinear_u16.h"

/* The constants at inputs i and i + 1 (which may be omitted), of numbers like `of`. */
static octet_status get_scale(const oct_graph *g, const oct_node *n, int i, const oct_value *of,
                              oct_qlinear_u16_scale *out, octet_error *err)
{
    const oct_value *scale = oct_node_in(g, n, i), *zero = oct_node_in(g, n, i + 1);
    if (!scale || scale->dtype != OCTET_F32 || oct_value_elems(scale) != 1 || !scale->data)
        return oct_lower_refuse(n, err, "input %d must be one float32 scale, a constant", i);
    if (zero && (zero->dtype != of->dtype || oct_value_elems(zero) != 1 || !zero->data))
        return oct_lower_refuse(n, err, "input %d must be one zero point of type %s, a constant", i + 1,
                                octet_dtype_name(of->dtype));
    *out = (oct_qlinear_u16_scale){(float)oct_const_float(scale, 0), zero ? (int32_t)oct_const_int(zero, 0) : 0};
    return OCTET_OK;
}

/* Stride along axis i of y, counted from the last one as broadcasting does. */
static int64_t broadcast_stride(const oct_value *v, const int64_t *strides, const oct_value *y, int i)
{
    const int axis = i - (y->rank - v->rank);
    return axis < 0 || v->dims[axis] == 1 ? 0 : strides[axis];
}

octet_status oct_lower_qlinear_u16_add(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x0 = oct_node_in(g, n, 0), *x1 = oct_node_in(g, n, 3), *y = oct_node_out(g, n, 0);
    int64_t ys[OCTET_MAX_RANK], as[OCTET_MAX_RANK], bs[OCTET_MAX_RANK];
    if (x0->dtype != x1->dtype || x0->dtype != y->dtype)
        return oct_lower_refuse(n, err, "operands of different types");
    oct_qlinear_u16_add_step p = {.add.is_signed = y->dtype == OCTET_I16};
    OCT_TRY(get_scale(g, n, 1, x0, &p.add.a, err));
    OCT_TRY(get_scale(g, n, 4, x1, &p.add.b, err));
    OCT_TRY(get_scale(g, n, 6, y, &p.add.y, err));
    oct_value_strides(y, ys);
    oct_value_strides(x0, as);
    oct_value_strides(x1, bs);
    for (int i = 0; i < y->rank; i++)
        oct_nd_push(&p.add.nd, y->dims[i], ys[i], broadcast_stride(x0, as, y, i), broadcast_stride(x1, bs, y, i));
    oct_qlinear_u16_add_init(&p.add);
    const oct_ref operands[OCT_QLINEAR_U16_ADD_N_OPERANDS] = {
        [OCT_QLINEAR_U16_ADD_Y] = oct_build_value(b, n->out[0]),
        [OCT_QLINEAR_U16_ADD_A] = oct_build_value(b, n->in[0]),
        [OCT_QLINEAR_U16_ADD_B] = oct_build_value(b, n->in[3]),
    };
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_qlinear_u16_add,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_QLINEAR_U16_ADD_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}

octet_status oct_lower_qlinear_u16_average(oct_builder *b, const oct_node *n, const oct_qlinear_average *shape,
                                           octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    oct_qlinear_u16_average_step p = {.average.shape = *shape};
    p.average.shape.x_signed = x->dtype == OCTET_I16;
    p.average.shape.y_signed = y->dtype == OCTET_I16;
    OCT_TRY(get_scale(g, n, 1, x, &p.average.x, err));
    OCT_TRY(get_scale(g, n, 3, y, &p.average.y, err));
    const oct_ref operands[OCT_QLINEAR_U16_AVERAGE_N_OPERANDS] = {
        [OCT_QLINEAR_U16_AVERAGE_Y] = oct_build_value(b, n->out[0]),
        [OCT_QLINEAR_U16_AVERAGE_X] = oct_build_value(b, n->in[0]),
    };
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_qlinear_u16_average,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_QLINEAR_U16_AVERAGE_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}
