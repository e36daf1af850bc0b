/* Building the step that copies by index tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/take.h"

#include "steps/take.h"

octet_status oct_take_axes_new(oct_builder *b, const oct_node *n, oct_take_axes *axes, octet_error *err)
{
    const oct_value *y = oct_node_out(oct_build_graph(b), n, 0);
    for (int i = 0; i < y->rank; i++) {
        axes->index[i] = oct_build_alloc(b, (size_t)y->dims[i] * sizeof(int64_t));
        if (!axes->index[i])
            return oct_fail_memory(err, "index tables", (size_t)y->dims[i] * sizeof(int64_t));
    }
    return OCTET_OK;
}

/* All tables behind one another, indices turned into element offsets; NULL when out of memory. */
static int64_t *make_tables(oct_builder *b, const oct_value *x, const oct_value *y, const oct_take_axes *axes,
                            oct_take *t, size_t *n_bytes)
{
    int64_t strides[OCTET_MAX_RANK], total = 0;
    oct_value_strides(x, strides);
    for (int i = 0; i < y->rank; i++) {
        t->table_at[i] = total;
        total += y->dims[i];
    }
    *n_bytes = (size_t)total * sizeof(int64_t);
    int64_t *tables = oct_build_alloc(b, *n_bytes);
    for (int i = 0; tables && i < y->rank; i++)
        for (int64_t k = 0; k < y->dims[i]; k++)
            tables[t->table_at[i] + k] = axes->index[i][k] < 0 ? -1 : axes->index[i][k] * strides[i];
    return tables;
}

octet_status oct_take_build(oct_builder *b, const oct_node *n, const oct_take_axes *axes, oct_ref fill,
                            octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    oct_take t = {.rank = y->rank, .elem_size = (int32_t)octet_dtype_size(y->dtype)};
    size_t n_bytes;
    int64_t *tables = make_tables(b, x, y, axes, &t, &n_bytes);
    if (!tables)
        return oct_fail_memory(err, "index tables", n_bytes);
    for (int i = 0; i < y->rank; i++)
        t.dims[i] = y->dims[i];
    oct_value_strides(y, t.y_strides);
    oct_take_init(&t, tables);
    const oct_ref operands[OCT_TAKE_N_OPERANDS] = {[OCT_TAKE_Y] = oct_build_value(b, n->out[0]),
                                                   [OCT_TAKE_X] = oct_build_value(b, n->in[0]),
                                                   [OCT_TAKE_TABLES] = oct_build_const_copy(b, tables, n_bytes),
                                                   [OCT_TAKE_FILL] = fill};
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_take,
        .params = &t,
        .n_params = sizeof t,
        .operands = operands,
        .n_operands = OCT_TAKE_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}
