/* com.microsoft's QLinear operators that have no node of their own: each becomes DequantizeLinear, the ONNX operator that it
 * stands for, and QuantizeLinear. That is what it means; passes/fuse_qdq.c makes integer arithmetic of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/import.h"

/* Where an operand and its scale lie among the inputs; the zero point is behind the scale. */
typedef struct operand {
    int at, scale;
} operand;

static octet_status add_node(oct_import *ctx, oct_op op, const oct_value_id *in, int n_in, oct_value_id out)
{
    oct_quant_params *p = oct_graph_params(ctx->graph, sizeof *p);
    if (!p)
        return oct_fail_memory(ctx->err, ctx->name, sizeof *p);
    p->saturate = true;
    return oct_graph_add_node(ctx->graph, NULL, op, ctx->name, NULL, in, n_in, &out, 1, p, ctx->err);
}

/* *out = DequantizeLinear of the operand */
static octet_status dequantize(oct_import *ctx, const oct_value_id *in, operand x, oct_value_id *out)
{
    const oct_value_id all[] = {in[x.at], in[x.scale], in[x.scale + 1]};
    OCT_TRY(oct_graph_add_value(ctx->graph, out, NULL, ctx->err));
    return add_node(ctx, OCT_OP_DEQUANTIZE_LINEAR, all, all[2] == OCT_NONE ? 2 : 3, *out);
}

/* The node becomes `op` of the dequantized operands, and its result is quantized with the scale at `y`. The zero point of the
 * result says which type it has. */
static octet_status expand(oct_import *ctx, oct_op op, const operand *x, int n, int y)
{
    oct_value_id in[OCT_EXTRA_INPUTS + 1], real[3], result;
    if (ctx->n_in < y + 1 || ctx->n_in > y + 2 || ctx->n_out != 1)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%d inputs; %d or %d are wanted", ctx->n_in, y + 1, y + 2);
    for (int i = 0; i < y + 2; i++)
        in[i] = oct_import_in(ctx, i);
    if (in[y + 1] == OCT_NONE)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "without a zero point of the result, whose type is that of the result");
    for (int i = 0; i < n; i++) {
        if (in[x[i].at] == OCT_NONE || in[x[i].scale] == OCT_NONE)
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "input %d or %d is missing", x[i].at, x[i].scale);
        OCT_TRY(dequantize(ctx, in, x[i], &real[i]));
    }
    if (in[y] == OCT_NONE)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "input %d is missing", y);
    OCT_TRY(oct_graph_add_value(ctx->graph, &result, NULL, ctx->err));
    const oct_value_id quantize[] = {result, in[y], in[y + 1]};
    OCT_TRY(add_node(ctx, OCT_OP_QUANTIZE_LINEAR, quantize, 3, ctx->out[0]));
    for (int i = 0; i < n; i++)
        ctx->in[i] = real[i];
    ctx->n_in = n;
    ctx->out[0] = result;
    ctx->op = op;
    return OCTET_OK;
}

static octet_status expand_unary(oct_import *ctx, oct_op op)
{
    static const operand x = {0, 1};
    return expand(ctx, op, &x, 1, 3);
}

octet_status oct_import_qlinear_mul(oct_import *ctx)
{
    static const operand factors[] = {{0, 1}, {3, 4}};
    return expand(ctx, OCT_OP_MUL, factors, 2, 6);
}

octet_status oct_import_qlinear_sigmoid(oct_import *ctx)
{
    return expand_unary(ctx, OCT_OP_SIGMOID);
}

octet_status oct_import_qlinear_leaky_relu(oct_import *ctx)
{
    OCT_TRY(expand_unary(ctx, OCT_OP_LEAKY_RELU));
    return oct_import_leaky_relu(ctx);
}

octet_status oct_import_qlinear_softmax(oct_import *ctx)
{
    OCT_TRY(expand_unary(ctx, OCT_OP_SOFTMAX));
    OCT_TRY(oct_attr_require(ctx, "opset"));
    OCT_TRY(oct_attr_int(ctx, "opset", 0, &ctx->opset)); /* whose Softmax is meant */
    return oct_import_softmax(ctx);
}

static octet_status channels_first(oct_import *ctx)
{
    bool channels_last;
    OCT_TRY(oct_attr_bool(ctx, "channels_last", false, &channels_last));
    return channels_last ? oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute 'channels_last' is 1") : OCTET_OK;
}

octet_status oct_import_qlinear_average_pool(oct_import *ctx)
{
    OCT_TRY(expand_unary(ctx, OCT_OP_AVERAGE_POOL));
    OCT_TRY(channels_first(ctx));
    return oct_import_pool(ctx);
}

octet_status oct_import_qlinear_reduce_mean(oct_import *ctx)
{
    OCT_TRY(expand_unary(ctx, OCT_OP_REDUCE_MEAN));
    return oct_import_reduce(ctx);
}

/* Inputs a, scale, zero, b, scale, zero, [c: int32 of the products' scale], [y scale, y zero]: without them y is float32. */
octet_status oct_import_qgemm(oct_import *ctx)
{
    enum { A, A_SCALE, A_ZERO, B, B_SCALE, B_ZERO, C, Y_SCALE, Y_ZERO, N };
    oct_value_id in[N], real[3] = {OCT_NONE, OCT_NONE, OCT_NONE}, scale;
    if (ctx->n_in < C || ctx->n_in > N || ctx->n_out != 1)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%d inputs; %d to %d are wanted", ctx->n_in, C, N);
    for (int i = 0; i < N; i++) {
        in[i] = oct_import_in(ctx, i);
        if (i < C && in[i] == OCT_NONE)
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "input %d is missing", i);
    }
    OCT_TRY(oct_import_gemm(ctx));
    oct_gemm_params *p = ctx->params;
    if (p->alpha != 1)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute 'alpha' is not 1");
    if ((in[Y_SCALE] == OCT_NONE) != (in[Y_ZERO] == OCT_NONE))
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "a scale of the result without a zero point, or the other way round");
    OCT_TRY(dequantize(ctx, in, (operand){A, A_SCALE}, &real[0]));
    OCT_TRY(dequantize(ctx, in, (operand){B, B_SCALE}, &real[1]));
    if (in[C] != OCT_NONE) {
        OCT_TRY(oct_graph_add_value(ctx->graph, &scale, NULL, ctx->err));
        OCT_TRY(oct_graph_add_node(ctx->graph, NULL, OCT_OP_MUL, ctx->name, NULL,
                                   (const oct_value_id[]){in[A_SCALE], in[B_SCALE]}, 2, &scale, 1, NULL, ctx->err));
        OCT_TRY(oct_graph_add_value(ctx->graph, &real[2], NULL, ctx->err));
        OCT_TRY(add_node(ctx, OCT_OP_DEQUANTIZE_LINEAR, (const oct_value_id[]){in[C], scale}, 2, real[2]));
    }
    if (in[Y_SCALE] != OCT_NONE) {
        oct_value_id result;
        OCT_TRY(oct_graph_add_value(ctx->graph, &result, NULL, ctx->err));
        OCT_TRY(add_node(ctx, OCT_OP_QUANTIZE_LINEAR, (const oct_value_id[]){result, in[Y_SCALE], in[Y_ZERO]}, 3, ctx->out[0]));
        ctx->out[0] = result;
    }
    for (int i = 0; i < 3; i++)
        ctx->in[i] = real[i];
    ctx->n_in = in[C] == OCT_NONE ? 2 : 3;
    ctx->op = OCT_OP_GEMM;
    return OCTET_OK;
}
