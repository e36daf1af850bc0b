/* Lowering of ConvTranspose in one and two spatial dimensions. Weights that are computed at run time are packed by the
 * step itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "providers/float/product.h"
#include "steps/conv_transpose.h"

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
    operands[OCT_CONV_TRANSPOSE_PACKED] = *dynamic ? oct_build_temp(b, n_bytes) : oct_build_const(b, n_bytes, fill_packed, p);
    operands[OCT_CONV_TRANSPOSE_W] = *dynamic ? oct_build_value(b, n->in[1]) : OCT_NO_REF;
    operands[OCT_CONV_TRANSPOSE_BIAS] = *dynamic && p->bias ? oct_build_value(b, n->in[2]) : OCT_NO_REF;
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
    oct_conv_transpose_step p = {.shape = get_shape(x, y, n->params)};
    oct_ref operands[OCT_CONV_TRANSPOSE_N_OPERANDS];
    OCT_TRY(build_weights(b, n, &p.shape, operands, &p.dynamic, err));
    operands[OCT_CONV_TRANSPOSE_Y] = oct_build_value(b, n->out[0]);
    operands[OCT_CONV_TRANSPOSE_X] = oct_build_value(b, n->in[0]);
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_conv_transpose,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_CONV_TRANSPOSE_N_OPERANDS,
        .n_out = 1,
        .macs = (uint64_t)oct_value_elems(x) * (uint64_t)oct_value_elems(oct_node_in(g, n, 1)) / (uint64_t)p.shape.C,
    });
    return OCTET_OK;
}
