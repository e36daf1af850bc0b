/* Lowering of LRN.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/lrn_f32.h"
#include "providers/float/lower.h"

/* Operands: y, x */
typedef struct lrn_params {
    oct_lrn_shape shape;
    int32_t level;
} lrn_params;

typedef struct lrn_task {
    oct_lrn_fn run;
    oct_lrn_args args;
} lrn_task;

static void run_item(void *context, size_t item, int worker)
{
    const lrn_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_lrn(const oct_step_args *a)
{
    const lrn_params *p = a->params;
    lrn_task task = {oct_lrn_select((oct_cpu_level)p->level), {&p->shape, a->operands[1], a->operands[0]}};
    oct_pool_run(a->pool, oct_lrn_n_items(&p->shape), run_item, &task);
}

static const oct_step_kind lrn_kind = {"lrn_f32", run_lrn};

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
    lrn_params p = {.shape = get_shape(x, y, lrn), .level = (int32_t)oct_build_cpu(b)};
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0])};
    oct_build_step(b, &(oct_step_desc){
        .kind = &lrn_kind,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = 2,
        .n_out = 1,
    });
    return OCTET_OK;
}
