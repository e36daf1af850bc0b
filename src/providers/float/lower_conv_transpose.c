/* Lowering of ConvTranspose in one and two spatial dimensions. Weights that are computed at run time are packed by the
 * step itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_transpose_f32.h"
#include "providers/float/lower.h"
#include "providers/float/product.h"

/* Operands: y, x, packed, and with dynamic weights w, [bias] (packed is then a temporary) */
typedef struct transpose_params {
    oct_conv_transpose_shape shape;
    int32_t level, dynamic;
} transpose_params;

typedef struct transpose_task {
    oct_conv_transpose_fn run;
    oct_conv_transpose_args args;
} transpose_task;

static void run_item(void *context, size_t item, int worker)
{
    const transpose_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_conv_transpose(const oct_step_args *a)
{
    const transpose_params *p = a->params;
    if (p->dynamic)
        oct_conv_transpose_pack(a->operands[2], &p->shape, a->operands[3], a->operands[4]);
    transpose_task task = {oct_conv_transpose_select((oct_cpu_level)p->level),
                           {&p->shape, a->operands[2], a->operands[1], a->operands[0]}};
    oct_pool_run(a->pool, oct_conv_transpose_n_items(&p->shape), run_item, &task);
}

static const oct_step_kind conv_transpose_kind = {"conv_transpose_f32", run_conv_transpose};

static oct_conv_transpose_shape get_shape(const oct_value *x, const oct_value *y, const oct_conv_params *p)
{
    bool flat = x->rank == 3;
    return (oct_conv_transpose_shape){
        .N = (int32_t)x->dims[0], .C = (int32_t)x->dims[1], .OC = (int32_t)y->dims[1],
        .H = flat ? 1 : (int32_t)x->dims[2], .W = (int32_t)x->dims[x->rank - 1],
        .OH = flat ? 1 : (int32_t)y->dims[2], .OW = (int32_t)y->dims[y->rank - 1],
        .KH = p->kernel[0], .KW = p->kernel[1], .G = p->group,
        .stride_h = p->stride[0], .stride_w = p->stride[1],
        .dilation_h = p->dilation[0], .dilation_w = p->dilation[1],
        .pad_top = p->pad_begin[0], .pad_left = p->pad_begin[1],
        .act = oct_product_act(&p->act),
    };
}

typedef struct packing {
    oct_conv_transpose_shape shape;
    const oct_graph *graph;
    const oct_value *w, *bias; /* bias NULL: none */
} packing;

static void fill_packed(void *dst, void *context)
{
    const packing *p = context;
    oct_conv_transpose_pack(dst, &p->shape, p->w->data, p->bias ? p->bias->data : NULL);
    oct_build_drop(p->graph, p->w->data, oct_value_bytes(p->w));
}

/* Names all operands behind y and x; *dynamic: the step has to pack. */
static octet_status build_weights(oct_builder *b, const oct_node *n, const oct_conv_transpose_shape *s,
                                  oct_ref *operands, int32_t *dynamic, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    size_t n_bytes = oct_conv_transpose_packed_size(s);
    packing *p = oct_build_alloc(b, sizeof *p);
    if (!p)
        return oct_fail_memory(err, "packed weights", sizeof *p);
    *p = (packing){*s, g, oct_node_in(g, n, 1), oct_node_in(g, n, 2)};
    *dynamic = !p->w->data || (p->bias && !p->bias->data);
    operands[0] = *dynamic ? oct_build_temp(b, n_bytes) : oct_build_const(b, n_bytes, fill_packed, p);
    operands[1] = *dynamic ? oct_build_value(b, n->in[1]) : OCT_NO_REF;
    operands[2] = *dynamic && p->bias ? oct_build_value(b, n->in[2]) : OCT_NO_REF;
    return OCTET_OK;
}

octet_status oct_lower_conv_transpose(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (x->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "x must be float32");
    if (oct_value_elems(y) == 0)
        return OCTET_OK;
    transpose_params p = {.shape = get_shape(x, y, n->params), .level = (int32_t)oct_build_cpu(b)};
    oct_ref operands[5];
    OCT_TRY(build_weights(b, n, &p.shape, operands + 2, &p.dynamic, err));
    operands[0] = oct_build_value(b, n->out[0]);
    operands[1] = oct_build_value(b, n->in[0]);
    oct_build_step(b, &(oct_step_desc){
        .kind = &conv_transpose_kind,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = 5,
        .n_out = 1,
        .kernel = p.level >= OCT_CPU_AVX2 ? "avx2 1x64" : "ref",
        .macs = (uint64_t)oct_value_elems(x) * (uint64_t)oct_value_elems(oct_node_in(g, n, 1)) / (uint64_t)p.shape.C,
    });
    return OCTET_OK;
}
