/* The step that copies by index tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/take.h"

#include "kernels/take.h"

static void run_item(void *context, size_t item, int worker)
{
    (void)worker;
    oct_take_run(context, item);
}

/* Operands: y, x, tables, [fill] */
static void run_take(const oct_step_args *a)
{
    oct_take_args args = {a->params, a->operands[2], a->operands[1], a->operands[0], a->operands[3]};
    oct_pool_run(a->pool, (size_t)args.take->n_items, run_item, &args);
}

static const oct_step_kind take_kind = {"take", run_take};

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
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0]),
                                oct_build_const_copy(b, tables, n_bytes), fill};
    oct_build_step(b, &(oct_step_desc){
        .kind = &take_kind,
        .params = &t,
        .n_params = sizeof t,
        .operands = operands,
        .n_operands = 4,
        .n_out = 1,
    });
    return OCTET_OK;
}
