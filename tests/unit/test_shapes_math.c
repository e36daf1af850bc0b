/* Shape inference of elementwise operators, matrix products, normalizations, operators along an axis, quantization.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shape_case.h"

#define AXIS(...) &(oct_axis_params){__VA_ARGS__}
#define GEMM(A, B) &(oct_gemm_params){.alpha = 1, .beta = 1, .trans_a = A, .trans_b = B}
#define QUANT(...) &(oct_quant_params){.saturate = true, __VA_ARGS__}

static const shape_case elementwise[] = {
    {OCT_OP_RELU, NULL, "float32[2,3]", "float32[2,3]"},
    {OCT_OP_RELU, NULL, "int8[2,0]", "int8[2,0]"},
    {OCT_OP_RELU, NULL, "uint8[2]", "!input 'a' has type uint8, which this operator does not take"},
    {OCT_OP_SIGMOID, NULL, "int32[2]", "!'a' has type int32"},
    {OCT_OP_SIGMOID, NULL, "bfloat16[]", "bfloat16[]"},
    {OCT_OP_ABS, NULL, "uint64[2]", "uint64[2]"},
    {OCT_OP_NEG, NULL, "uint8[2]", "!'a' has type uint8"},
    {OCT_OP_NOT, NULL, "bool[2]", "bool[2]"},
    {OCT_OP_NOT, NULL, "uint8[2]", "!'a' has type uint8"},
    {OCT_OP_IDENTITY, NULL, "bool[2,3,4,5,6,7,8,9]", "bool[2,3,4,5,6,7,8,9]"},
    {OCT_OP_IS_NAN, NULL, "float16[2]", "bool[2]"},
    {OCT_OP_CAST, &(oct_cast_params){.to = OCTET_BF16}, "bool[2]", "bfloat16[2]"},
    {OCT_OP_CAST, &(oct_cast_params){.to = (octet_dtype)8}, "bool[2]", "~to = 8"},
    {OCT_OP_CLIP, NULL, "float32[2]; float32(0)", "float32[2]"},
    {OCT_OP_CLIP, NULL, "uint8[2]; -; uint8(6)", "uint8[2]"},
    {OCT_OP_CLIP, NULL, "float32[2]; float32{0,1}", "!'b' has shape [2], but must be a scalar"},
    {OCT_OP_CLIP, NULL, "float32[2]; -; float64(0)", "!'a' (float32) and 'c' (float64)"},
    {OCT_OP_PRELU, NULL, "float32[2,3,4]; float32[3,1]", "float32[2,3,4]"},
    {OCT_OP_PRELU, NULL, "float32[3]; float32[2,3]", "!'b' of shape [2,3] does not broadcast to [3]"},
    {OCT_OP_DROPOUT, NULL, "float32[2,3]; float32(0.5); bool(0)", "float32[2,3]; bool[2,3]"},
    {OCT_OP_DROPOUT, NULL, "float32[2,3]; float32(0.5); bool(1)", "~training_mode 'c' is true"},
    {OCT_OP_DROPOUT, NULL, "float32[2,3]; float32(0.5); bool[]", "~input 'c' must be a constant"},
    {OCT_OP_ADD, NULL, "float32[2,1,4]; float32[3,1]", "float32[2,3,4]"},
    {OCT_OP_ADD, NULL, "int64[]; int64[1,5]", "int64[1,5]"},
    {OCT_OP_ADD, NULL, "float32[2,0]; float32[2,1]", "float32[2,0]"},
    {OCT_OP_ADD, NULL, "float32[2,0]; float32[2,3]", "!'b' of shape [2,3] does not broadcast with [2,0]"},
    {OCT_OP_ADD, NULL, "float32[2]; float16[2]", "!'a' (float32) and 'b' (float16) must have the same type"},
    {OCT_OP_ADD, NULL, "bool[2]; bool[2]", "!'a' has type bool"},
    {OCT_OP_ADD, NULL, "uint8[1000000,1]; uint8[1000000]", "uint8[1000000,1000000]"},
    {OCT_OP_ADD, NULL, "uint8[2000000,1]; uint8[1000000]", "~shape [2000000,1000000] is too large"},
    {OCT_OP_SUM, NULL, "float32[2]; float32[3,1]; float32[1,1,1]", "float32[1,3,2]"},
    {OCT_OP_SUM, NULL, "float32[2]; -", "!input 1 is missing"},
    {OCT_OP_MAX, NULL, "int8[4]", "int8[4]"},
    {OCT_OP_MEAN, NULL, "int8[4]", "!'a' has type int8"},
    {OCT_OP_POW, NULL, "float32[2]; int8[3,1]", "float32[3,2]"},
    {OCT_OP_POW, NULL, "uint8[2]; uint8[2]", "!'a' has type uint8"},
    {OCT_OP_MOD, &(oct_mod_params){.fmod = false}, "int32[2]; int32(3)", "int32[2]"},
    {OCT_OP_MOD, &(oct_mod_params){.fmod = false}, "float32[2]; float32(3)", "!fmod must be 1 for input 'a'"},
    {OCT_OP_MOD, &(oct_mod_params){.fmod = true}, "float32[2]; float32(3)", "float32[2]"},
    {OCT_OP_EQUAL, NULL, "bool[2,1]; bool[2]", "bool[2,2]"},
    {OCT_OP_LESS, NULL, "bool[2]; bool[2]", "!'a' has type bool"},
    {OCT_OP_LESS_EQUAL, NULL, "float64[2]; float64(1)", "bool[2]"},
    {OCT_OP_XOR, NULL, "bool[2]; uint8[2]", "!'b' has type uint8"},
    {OCT_OP_WHERE, NULL, "bool[2,1]; float32[3]; float32(0)", "float32[2,3]"},
    {OCT_OP_WHERE, NULL, "int8[2,1]; float32[3]; float32(0)", "!'a' has type int8"},
    {OCT_OP_WHERE, NULL, "bool[2]; float32[2]; int8[2]", "!'b' (float32) and 'c' (int8)"},
};

static const shape_case matmul[] = {
    {OCT_OP_GEMM, GEMM(false, true), "float32[1,512]; float32[1000,512]; float32[1000]", "float32[1,1000]"},
    {OCT_OP_GEMM, GEMM(true, false), "float32[3,2]; float32[3,5]; float32[2,1]", "float32[2,5]"},
    {OCT_OP_GEMM, GEMM(true, true), "float64[3,2]; float64[5,3]; float64[]", "float64[2,5]"},
    {OCT_OP_GEMM, GEMM(false, false), "float32[0,3]; float32[3,5]", "float32[0,5]"},
    {OCT_OP_GEMM, GEMM(false, false), "float32[3,2]; float32[3,5]", "!'a' of shape [3,2] (transA = 0) and 'b' of shape [3,5]"},
    {OCT_OP_GEMM, GEMM(false, true), "float32[1,512]; float32[1000,512]; float32[999]", "!'c' of shape [999]"},
    {OCT_OP_GEMM, GEMM(false, false), "float32[2,3,2]; float32[2,5]", "!'a' has shape [2,3,2], but must have 2"},
    {OCT_OP_GEMM, GEMM(false, false), "int8[2,2]; int8[2,5]", "!'a' has type int8"},
    {OCT_OP_MATMUL, NULL, "float32[2,3]; float32[3,4]", "float32[2,4]"},
    {OCT_OP_MATMUL, NULL, "float32[5,1,2,3]; float32[6,3,4]; float32[4]", "float32[5,6,2,4]"},
    {OCT_OP_MATMUL, NULL, "float32[3]; float32[3]", "float32[]"},
    {OCT_OP_MATMUL, NULL, "float32[3]; float32[7,3,4]", "float32[7,4]"},
    {OCT_OP_MATMUL, NULL, "float32[7,2,3]; float32[3]", "float32[7,2]"},
    {OCT_OP_MATMUL, NULL, "float32[2,3]; float32[4,3]", "!'a' of shape [2,3] and 'b' of shape [4,3] do not multiply"},
    {OCT_OP_MATMUL, NULL, "float32[2,2,3]; float32[3,3,4]", "!does not broadcast with [2]"},
    {OCT_OP_MATMUL, NULL, "float32[]; float32[3]", "!'a' has shape []"},
    {OCT_OP_MATMUL_INTEGER, NULL, "uint8[4,3]; int8[3,2]; uint8(1)", "int32[4,2]"},
    {OCT_OP_MATMUL_INTEGER, NULL, "uint8[4,3]; int8[3,2]; uint8[4]; int8[2]", "int32[4,2]"},
    {OCT_OP_MATMUL_INTEGER, NULL, "uint8[5,4,3]; int8[3,2]; uint8[5,4,1]", "int32[5,4,2]"},
    {OCT_OP_MATMUL_INTEGER, NULL, "uint8[4,3]; int8[3,2]; uint8[3]", "!'c' of shape [3] fits neither 'a' of shape [4,3] nor its rows"},
    {OCT_OP_MATMUL_INTEGER, NULL, "uint8[4,3]; int8[3,2]; -; uint8(0)", "!'b' (int8) and 'd' (uint8)"},
    {OCT_OP_QLINEAR_MATMUL, NULL,
     "uint8[2,4]; float32[1]; uint8[1]; int8[4,3]; float32[3]; int8[3]; float32(1); int8(0)", "int8[2,3]"},
    {OCT_OP_QLINEAR_MATMUL, NULL,
     "uint8[2,4]; float32(1); uint8(0); uint8[4,3]; float32[2]; uint8(0); float32(1); uint8(0)",
     "!'e' of shape [2] fits neither 'd' of shape [4,3] nor its columns"},
    {OCT_OP_QLINEAR_MATMUL, NULL,
     "uint8[2,4]; float32(1); uint8(0); uint8[4,3]; float16[]; uint8(0); float32(1); uint8(0)",
     "!'b' (float32) and 'e' (float16)"},
};

static const shape_case norm[] = {
    {OCT_OP_BATCH_NORM, &(oct_norm_params){0}, "float32[2,3,4,5]; float32[3]; float32[3]; float32[3]; float32[3]",
     "float32[2,3,4,5]"},
    {OCT_OP_BATCH_NORM, &(oct_norm_params){0}, "float32[2,3]; float32[3]; float32[3]; float32[3]; float32[3]",
     "float32[2,3]; float32[3]; float32[3]"},
    {OCT_OP_BATCH_NORM, &(oct_norm_params){0}, "float32[2,3]; float32[3]; float32[3]; float32[2]; float32[3]",
     "!'d' has shape [2], but must be [3], one for each channel"},
    {OCT_OP_BATCH_NORM, &(oct_norm_params){0}, "float32[2]; float32[3]; float32[3]; float32[2]; float32[3]",
     "!'a' has shape [2]"},
    {OCT_OP_INSTANCE_NORM, &(oct_norm_params){0}, "float32[2,3,4]; float32[3]; float32[3]", "float32[2,3,4]"},
    {OCT_OP_INSTANCE_NORM, &(oct_norm_params){0}, "float32[2,3]; float32[3]; float32[3]", "!'a' has shape [2,3]"},
    {OCT_OP_LAYER_NORM, &(oct_norm_params){.axis = -2}, "float16[2,3,4,5]; float16[4,5]; float16[5]",
     "float16[2,3,4,5]; float32[2,3,1,1]; float32[2,3,1,1]"},
    {OCT_OP_LAYER_NORM, &(oct_norm_params){.axis = 4}, "float32[2,3,4,5]; float32[5]", "!axis 4 is outside 4 dimensions"},
    {OCT_OP_LAYER_NORM, &(oct_norm_params){.axis = -1}, "float32[2,5]; float32[4]", "!'b' of shape [4] does not"},
    {OCT_OP_LP_NORM, &(oct_lp_params){.axis = -1, .p = 2}, "float32[2,5]", "float32[2,5]"},
    {OCT_OP_LP_NORM, &(oct_lp_params){.axis = -1, .p = 3}, "float32[2,5]", "!p is 3"},
    {OCT_OP_LRN, &(oct_lrn_params){.size = 3}, "float32[2,5,3,3]", "float32[2,5,3,3]"},
    {OCT_OP_LRN, &(oct_lrn_params){.size = 0}, "float32[2,5,3,3]", "!size is 0"},
};

static const shape_case axis[] = {
    {OCT_OP_SOFTMAX, AXIS(.axis = -1), "float32[2,5]", "float32[2,5]"},
    {OCT_OP_SOFTMAX, AXIS(.axis = 2), "float32[2,5]", "!axis 2 is outside 2 dimensions"},
    {OCT_OP_SOFTMAX, AXIS(.axis = INT32_MIN), "float32[2,5]", "!axis -2147483648 is outside"},
    {OCT_OP_HARDMAX, AXIS(.axis = 0), "int8[2,5]", "!'a' has type int8"},
    {OCT_OP_ARG_MAX, AXIS(.axis = 1, .keepdims = true), "uint8[2,5,3]", "int64[2,1,3]"},
    {OCT_OP_ARG_MIN, AXIS(.axis = -1), "float32[2,5,3]", "int64[2,5]"},
    {OCT_OP_ARG_MAX, AXIS(.axis = 0), "float32[0,5]", "!axis 0 of 'a' with shape [0,5] is empty"},
    {OCT_OP_TOPK, AXIS(.axis = -1), "float32[2,5]; int64{3}", "float32[2,3]; int64[2,3]"},
    {OCT_OP_TOPK, AXIS(.axis = 0), "float32[2,5]; int64{3}", "!!k is 3, but axis 0 of 'a' has shape [2,5]"},
    {OCT_OP_TOPK, AXIS(.axis = 0), "float32[2,5]; int64{1,2}", "!!'b' has shape [2], but must be a scalar"},
    {OCT_OP_TOPK, AXIS(.axis = 0), "float32[2,5]; int64[1]", "~~input 'b' must be a constant"},
    {OCT_OP_REDUCE_MEAN, &(oct_reduce_params){.keepdims = true}, "float32[2,5,7,7]; int64{2,3}", "float32[2,5,1,1]"},
    {OCT_OP_REDUCE_MEAN, &(oct_reduce_params){0}, "float32[2,5,7,7]; int64{-1,0}", "float32[5,7]"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "float32[2,5]", "float32[]"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){.keepdims = true}, "float32[2,5]; int64{}", "float32[1,1]"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){.noop_with_empty_axes = true}, "float32[2,5]; int64{}", "float32[2,5]"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "float32[2,0,4]; int64{1}", "float32[2,4]"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "float32[]", "float32[]"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "float32[2,5]; int64{1,-1}", "!axis 1 is given twice"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "float32[2,5]; int64{2}", "!axis 2 is outside"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "float32[2,5]; int64[1]", "~'b' must be a constant"},
    {OCT_OP_REDUCE_SUM, &(oct_reduce_params){0}, "bool[2,5]", "!'a' has type bool"},
    {OCT_OP_REDUCE_MAX, &(oct_reduce_params){0}, "bool[2,5]", "bool[]"},
};

static const shape_case quant[] = {
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1), "float32[6]; float32(2)", "uint8[6]"}, /* axis does not count */
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1), "float32[2,3,4]; float32[3]; int8[3]", "int8[2,3,4]"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = -1, .output_dtype = OCTET_I16), "float32[2,3]; float32(1)", "int16[2,3]"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1, .block_size = 2), "float32[3,5]; float32[3,3]; uint8[3,3]", "uint8[3,5]"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1, .block_size = 2), "float32[3,5]; float32[3,2]",
     "!scale 'b' of shape [3,2] does not fit blocks of 2 along axis 1 of 'a' with shape [3,5]"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1, .block_size = -2), "float32[3,5]; float32[3,3]", "!blocks of -2"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1), "float32[2,3]; float32[2]", "!'b' has shape [2], but must be [3]"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 2), "float32[2,3]; float32[3]", "!axis 2 is outside"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 1), "float32[2,3]; float32[3]; uint8(0)", "!zero point 'c' has shape []"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.output_dtype = OCTET_I8), "float32[2]; float32(1); uint8(0)",
     "!output_dtype is int8, but zero point 'c' has type uint8"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.output_dtype = OCTET_I32), "float32[2]; float32(1)", "~output_dtype int32"},
    {OCT_OP_QUANTIZE_LINEAR, QUANT(.axis = 0), "int8[2]; float32(1)", "!'a' has type int8"},
    {OCT_OP_QUANTIZE_LINEAR_MS, QUANT(.axis = 1), "float32[2]; -", "!input 1 is missing"},
    {OCT_OP_DEQUANTIZE_LINEAR, QUANT(.axis = -3), "int8[4,3,2]; float32[4]; int8[4]", "float32[4,3,2]"},
    {OCT_OP_DEQUANTIZE_LINEAR, QUANT(.axis = 0), "int32[4]; float16[]", "float16[4]"},
    {OCT_OP_DEQUANTIZE_LINEAR, QUANT(.output_dtype = OCTET_F32), "uint16[4]; float16[]; uint16[]", "float32[4]"},
    {OCT_OP_DEQUANTIZE_LINEAR, QUANT(.axis = 0), "int8[4]; float32(1); uint8(0)", "!'a' (int8) and 'c' (uint8)"},
    {OCT_OP_DEQUANTIZE_LINEAR, QUANT(.output_dtype = OCTET_I8), "int8[4]; float32(1)", "!must be a float type"},
    {OCT_OP_DYNAMIC_QUANTIZE_LINEAR, NULL, "float32[2,3]", "uint8[2,3]; float32[]; uint8[]"},
    {OCT_OP_QLINEAR_ADD, NULL, "uint8[2,3]; float32(1); -; uint8[3]; float32(1); uint8(0); float32(1)", "uint8[2,3]"},
    {OCT_OP_QLINEAR_ADD, NULL, "uint8[2]; float32(1); -; int8[2]; float32(1); -; float32(1)", "!'a' (uint8) and 'd' (int8)"},
    {OCT_OP_QLINEAR_ADD, NULL, "uint8[2]; float32(1); -; -; float32(1); -; float32(1)", "!input 3 is missing"},
    {OCT_OP_QLINEAR_GLOBAL_AVERAGE_POOL, &(oct_qconcat_params){0},
     "uint8[1,512,7,7]; float32(1); uint8(0); float32(1); uint8(0)", "uint8[1,512,1,1]"},
    {OCT_OP_QLINEAR_GLOBAL_AVERAGE_POOL, &(oct_qconcat_params){.channels_last = true},
     "uint8[1,7,7,512]; float32(1); uint8(0); float32(1); uint8(0)", "uint8[1,1,1,512]"},
    {OCT_OP_QLINEAR_CONCAT, &(oct_qconcat_params){.axis = -1},
     "float32(1); int8(0); int8[2,3]; float32(1); int8(0); int8[2,4]; float32(1); int8(0)", "int8[2,7]"},
    {OCT_OP_QLINEAR_CONCAT, &(oct_qconcat_params){.axis = 1},
     "float32(1); int8(0); int8[2,3]; float32(1); int8(0); int8[1,4]; float32(1); int8(0)",
     "!'c' (int8 [2,3]) and 'f' (int8 [1,4]) do not concatenate along axis 1"},
    {OCT_OP_QLINEAR_CONCAT, &(oct_qconcat_params){.axis = 1},
     "float32(1); int8(0); int8[2,3]; float32(1); int8(0); int8[2,4]", "!6 inputs"},
};

/* An operator that trains: refused only when somebody reads what training makes. */
static void test_batch_norm_outputs(void)
{
    oct_graph g;
    oct_value_id in[5], out[2];
    oct_node_id id;
    octet_error err;
    oct_norm_params p = {0};
    oct_graph_init(&g);
    net_values(&g, "float32[2,3]; float32[3]; float32[3]; float32[3]; float32[3]", in);
    oct_graph_add_value(&g, &out[0], "y", NULL);
    oct_graph_add_value(&g, &out[1], "mean", NULL);
    oct_graph_add_node(&g, &id, OCT_OP_BATCH_NORM, "n", NULL, in, 5, out, 2, &p, NULL);
    CHECK(oct_infer_node(&g, &g.nodes[id], &err) == OCTET_OK, "%s", err.message);
    oct_node_id reader;
    oct_graph_add_node(&g, &reader, OCT_OP_RELU, "r", NULL, &out[1], 1, &out[0], 1, NULL, NULL);
    CHECK(oct_infer_node(&g, &g.nodes[reader], &err) == OCTET_UNSUPPORTED, "read");
    CHECK(strcmp(err.message, "Relu 'r': input 'mean' exists in training only") == 0, "%s", err.message);
    g.values[out[1]].is_output = true;
    CHECK(oct_infer_node(&g, &g.nodes[id], &err) == OCTET_UNSUPPORTED, "an output");
    CHECK(strcmp(err.message, "BatchNormalization 'n': output 'mean' exists in training only") == 0, "%s", err.message);
    oct_graph_fini(&g);
}

int main(void)
{
    RUN_CASES(elementwise);
    RUN_CASES(matmul);
    RUN_CASES(norm);
    RUN_CASES(axis);
    RUN_CASES(quant);
    test_batch_norm_outputs();
    return check_done();
}
