/* Lowering of QuantizeLinear, DequantizeLinear (ONNX's and com.microsoft's) and DynamicQuantizeLinear.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "steps/quantize.h"

/* The operands of one node and how scales lie over them. */
typedef struct quantizer {
    const oct_value *x, *y, *scale, *zero; /* zero NULL: omitted */
    const oct_quant_params *p;
    octet_dtype integer;
    int64_t strides[OCTET_MAX_RANK]; /* of scale and zero along the axes of x */
    int64_t block;                   /* elements of the axis that share one scale; 0: no blocks */
} quantizer;

static octet_status find_scales(const oct_node *n, quantizer *q, octet_error *err)
{
    int axis = q->p->axis;
    for (int i = 0; i < q->x->rank; i++)
        q->strides[i] = 0;
    q->block = 0;
    if (q->p->block_size > 0 && q->scale->rank == q->x->rank) {
        oct_value_strides(q->scale, q->strides);
        q->block = q->p->block_size;
    } else if (oct_value_elems(q->scale) != 1) {
        if (q->scale->rank != 1 || axis < 0 || axis >= q->x->rank || q->scale->dims[0] != q->x->dims[axis])
            return oct_lower_refuse(n, err, "the scale's shape fits neither axis %d nor blocks of %d", axis,
                                    (int)q->p->block_size);
        q->strides[axis] = 1;
    }
    return OCTET_OK;
}

static octet_status check_types(const oct_node *n, const quantizer *q, const oct_value *real, bool wide,
                                octet_error *err)
{
    bool known = q->integer == OCTET_U8 || q->integer == OCTET_I8 || q->integer == OCTET_U16 || q->integer == OCTET_I16;
    if (!known && !(wide && q->integer == OCTET_I32))
        return oct_lower_refuse(n, err, "integers of type %s", octet_dtype_name(q->integer));
    if (real->dtype != OCTET_F32 || q->scale->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "scales and real numbers must be float32");
    if (q->zero && (q->zero->dtype != q->integer || oct_value_elems(q->zero) != oct_value_elems(q->scale) ||
                    q->zero->layout != q->scale->layout))
        return oct_lower_refuse(n, err, "the zero point's type or shape does not fit");
    return OCTET_OK;
}

/* Elements first..first+dim of the axis, in blocks of `block` (0: no blocks). */
static oct_quant make_box(const quantizer *q, int64_t first, int64_t dim, int64_t block)
{
    oct_quant box = {0};
    int64_t xs[OCTET_MAX_RANK], ys[OCTET_MAX_RANK];
    int axis = q->p->axis;
    oct_value_strides(q->x, xs);
    oct_value_strides(q->y, ys);
    for (int i = 0; i < q->x->rank; i++) {
        if (i == axis && block) {
            oct_nd_push(&box.nd, dim / block, ys[i] * block, xs[i] * block, q->strides[i]);
            oct_nd_push(&box.nd, block, ys[i], xs[i], 0);
            box.nd.offset[0] = first * ys[i];
            box.nd.offset[1] = first * xs[i];
            box.nd.offset[2] = first / q->block * q->strides[i];
        } else {
            oct_nd_push(&box.nd, q->x->dims[i], ys[i], xs[i], q->strides[i]);
        }
    }
    oct_quant_init(&box, q->integer);
    return box;
}

static oct_quantize_step make_params(const quantizer *q)
{
    oct_quantize_step p = {.n_boxes = 1};
    int64_t dim = q->block ? q->x->dims[q->p->axis] : 0, rest = q->block ? dim % q->block : 0;
    p.boxes[0] = make_box(q, 0, dim - rest, q->block);
    if (rest) {
        p.boxes[1] = make_box(q, dim - rest, rest, rest);
        p.n_boxes = 2;
    }
    return p;
}

static void fill_zeros(void *dst, void *context)
{
    (void)dst; /* is zeroed */
    (void)context;
}

static void build(oct_builder *b, const oct_node *n, const quantizer *q, const oct_step_kind *kind)
{
    oct_quantize_step p = make_params(q);
    size_t n_zeros = (size_t)oct_value_elems(q->scale) * octet_dtype_size(q->integer);
    const oct_ref operands[OCT_QUANTIZE_N_OPERANDS] = {
        [OCT_QUANTIZE_Y] = oct_build_value(b, n->out[0]),
        [OCT_QUANTIZE_X] = oct_build_value(b, n->in[0]),
        [OCT_QUANTIZE_SCALE] = oct_build_value(b, n->in[1]),
        [OCT_QUANTIZE_ZERO] = q->zero ? oct_build_value(b, n->in[2]) : oct_build_const(b, n_zeros, fill_zeros, NULL)};
    oct_build_step(b, &(oct_step_desc){
        .kind = kind,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_QUANTIZE_N_OPERANDS,
        .n_out = 1,
    });
}

static quantizer read_node(oct_builder *b, const oct_node *n)
{
    const oct_graph *g = oct_build_graph(b);
    return (quantizer){.x = oct_node_in(g, n, 0), .y = oct_node_out(g, n, 0), .scale = oct_node_in(g, n, 1),
                       .zero = oct_node_in(g, n, 2), .p = n->params};
}

octet_status oct_lower_quantize(oct_builder *b, const oct_node *n, octet_error *err)
{
    quantizer q = read_node(b, n);
    q.integer = q.y->dtype;
    OCT_TRY(check_types(n, &q, q.x, false, err));
    OCT_TRY(find_scales(n, &q, err));
    build(b, n, &q, &oct_step_quantize);
    return OCTET_OK;
}

octet_status oct_lower_dequantize(oct_builder *b, const oct_node *n, octet_error *err)
{
    quantizer q = read_node(b, n);
    q.integer = q.x->dtype;
    OCT_TRY(check_types(n, &q, q.y, true, err));
    OCT_TRY(find_scales(n, &q, err));
    build(b, n, &q, &oct_step_dequantize);
    return OCTET_OK;
}

octet_status oct_lower_dynamic_quantize(oct_builder *b, const oct_node *n, octet_error *err)
{
    static const oct_quant_params no_axis = {.axis = -1};
    const oct_graph *g = oct_build_graph(b);
    quantizer q = {.x = oct_node_in(g, n, 0), .y = oct_node_out(g, n, 0), .p = &no_axis, .integer = OCTET_U8};
    if (q.x->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "x must be float32");
    oct_quantize_step p = make_params(&q);
    const oct_ref operands[OCT_DYNAMIC_N_OPERANDS] = {
        [OCT_DYNAMIC_Y] = oct_build_value(b, n->out[0]), [OCT_DYNAMIC_SCALE] = oct_build_value(b, n->out[1]),
        [OCT_DYNAMIC_ZERO] = oct_build_value(b, n->out[2]), [OCT_DYNAMIC_X] = oct_build_value(b, n->in[0])};
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_dynamic_quantize,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_DYNAMIC_N_OPERANDS,
        .n_out = 3,
    });
    return OCTET_OK;
}
