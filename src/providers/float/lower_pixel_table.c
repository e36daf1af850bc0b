/* Lowering of PixelTable.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "steps/pixel_table.h"

enum { X, Y_SCALE, Y_ZERO }; /* inputs */

octet_status oct_lower_pixel_table(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_pixel_params *p = n->params;
    if (p->C > OCTET_MAX_CHANNELS)
        return oct_lower_refuse(n, err, "the input has %d channels; pixels have at most %d", (int)p->C, OCTET_MAX_CHANNELS);
    const oct_graph *g = oct_build_graph(b);
    oct_pixel_table_step t = {.model = {p->N, p->H, p->W, p->C, p->layout}, .dtype = oct_node_out(g, n, 0)->dtype};
    if (n->n_in > Y_SCALE) {
        const oct_value *zero = oct_node_in(g, n, Y_ZERO);
        t.y_scale = (float)oct_const_float(oct_node_in(g, n, Y_SCALE), 0);
        t.y_zero = zero ? (int32_t)oct_const_int(zero, 0) : 0;
    }
    const oct_ref operands[OCT_PIXEL_TABLE_N_OPERANDS] = {
        [OCT_PIXEL_TABLE_Y] = oct_build_value(b, n->out[0]), [OCT_PIXEL_TABLE_TABLES] = oct_build_bound(b),
        [OCT_BOUND_SOURCE] = OCT_NO_REF, [OCT_PIXEL_TABLE_PIXELS] = oct_build_value(b, n->in[0])};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_pixel_table, .params = &t, .n_params = sizeof t, .operands = operands,
                                       .n_operands = OCT_PIXEL_TABLE_N_OPERANDS, .n_out = 1});
    return OCTET_OK;
}
