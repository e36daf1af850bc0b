/* Lowering of LRN.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "steps/lrn.h"

/* Pixels are numbered in the memory order of the spatial axes, which both layouts share. */
static oct_lrn_shape get_shape(const oct_value *x, const oct_value *y, const oct_lrn_params *p)
{
    oct_lrn_shape s = {.N = x->dims[0], .C = x->dims[1], .P = 1,
                       .size = p->size, .alpha = p->alpha, .beta = p->beta, .bias = p->bias};
    for (int i = 2; i < x->rank; i++)
        s.P *= x->dims[i];
    bool x_last = x->layout == OCT_CHANNELS_LAST, y_last = y->layout == OCT_CHANNELS_LAST;
    s.x_c_stride = x_last ? 1 : s.P;
    s.x_p_stride = x_last ? s.C : 1;
    s.y_c_stride = y_last ? 1 : s.P;
    s.y_p_stride = y_last ? s.C : 1;
    return s;
}

octet_status oct_lower_lrn(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_lrn_params *lrn = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (x->dtype != OCTET_F32 || x->rank < 2)
        return oct_lower_refuse(n, err, "x must be float32 with at least two dimensions");
    if (lrn->size < 1)
        return oct_lower_refuse(n, err, "size is %d; it must be at least 1", (int)lrn->size);
    if (oct_value_elems(y) == 0)
        return oct_lower_alias(b, n, err);
    oct_lrn_step p = {.shape = get_shape(x, y, lrn)};
    const oct_ref operands[OCT_LRN_N_OPERANDS] = {[OCT_LRN_Y] = oct_build_value(b, n->out[0]),
                                                  [OCT_LRN_X] = oct_build_value(b, n->in[0])};
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_lrn,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_LRN_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}
