/* Shape inference of convolutions and pooling.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shape_case.h"

#define ONES .stride = {1, 1}, .dilation = {1, 1}
#define CONV(...) &(oct_conv_params){.group = 1, __VA_ARGS__}
#define GROUPED(...) &(oct_conv_params){__VA_ARGS__}
#define POOL(...) &(oct_pool_params){.p = 2, __VA_ARGS__}

static const shape_case conv[] = {
    {OCT_OP_CONV, CONV(.stride = {2, 2}, .dilation = {1, 1}, .kernel = {7, 7}, .pad_begin = {3, 3}, .pad_end = {3, 3}),
     "float32[1,3,224,224]; float32[64,3,7,7]; float32[64]", "float32[1,64,112,112]"},
    {OCT_OP_CONV, CONV(ONES), "float32[2,4,5,6]; float32[8,4,3,2]", "float32[2,8,3,5]"}, /* kernel from the weights */
    {OCT_OP_CONV, GROUPED(ONES, .group = 4), "float16[2,4,5,6]; float16[8,1,3,2]; -", "float16[2,8,3,5]"},
    {OCT_OP_CONV, CONV(.stride = {9, 3}, .dilation = {9, 2}, .n_spatial = 1, .pad_end = {9, 1}),
     "float32[1,2,10]; float32[4,2,3]", "float32[1,4,3]"}, /* 1-D: H entries do not count */
    {OCT_OP_CONV, CONV(ONES, .auto_pad = OCT_PAD_SAME_UPPER), "float32[1,1,5,5]; float32[1,1,4,4]", "float32[1,1,5,5]"},
    {OCT_OP_CONV, CONV(.stride = {3, 3}, .dilation = {1, 1}, .auto_pad = OCT_PAD_SAME_LOWER),
     "float32[1,1,7,6]; float32[1,1,1,1]", "float32[1,1,3,2]"},
    {OCT_OP_CONV, CONV(ONES, .auto_pad = OCT_PAD_VALID, .pad_begin = {5, 5}), "float32[1,1,7,6]; float32[1,1,3,3]",
     "float32[1,1,5,4]"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,4,5,5]; float32[8,4,3,3]; float32[8]; float32[1,8,3,3]; float32[8]",
     "float32[1,8,3,3]"}, /* fused: residual and channel scale */
    {OCT_OP_CONV, CONV(ONES), "float32[1,4,5,5]; float32[8,4,3,3]; float32[8]; float32[1,8,5,5]",
     "!'d' of shape [1,8,5,5] does not broadcast to [1,8,3,3]"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,8,8,8]; float32[8,3,1,1,1]", "~has 3 spatial dimensions"},
    {OCT_OP_CONV, CONV(ONES), "float32[3,8]; float32[8,3]", "!no batch of images"},
    {OCT_OP_CONV, CONV(ONES, .n_spatial = 2), "float32[1,3,8]; float32[8,3,1]", "!attributes have 2 spatial dimensions"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,8,8]; float32[8,3,3]", "!'b' has shape [8,3,3], but must have 4 dimensions"},
    {OCT_OP_CONV, CONV(ONES), "float32[0,3,8,8]; float32[8,3,3,3]", "~'a' of shape [0,3,8,8] has no elements"},
    {OCT_OP_CONV, CONV(ONES, .kernel = {5, 3}), "float32[1,3,8,8]; float32[8,3,3,3]", "!kernel_shape has 5"},
    {OCT_OP_CONV, CONV(ONES, .kernel = {-3, 3}), "float32[1,3,8,8]; float32[8,3,3,3]", "!kernel_shape has -3"},
    {OCT_OP_CONV, GROUPED(ONES, .group = 0), "float32[1,3,8,8]; float32[8,3,3,3]", "!group is 0"},
    {OCT_OP_CONV, GROUPED(ONES, .group = 2), "float32[1,3,8,8]; float32[8,3,3,3]", "!in 2 groups take 6"},
    {OCT_OP_CONV, GROUPED(ONES, .group = 3), "float32[1,3,8,8]; float32[8,1,3,3]", "!8 output channels do not divide into 3"},
    {OCT_OP_CONV, CONV(.stride = {1, 0}, .dilation = {1, 1}), "float32[1,3,8,8]; float32[8,3,3,3]", "!strides has 0"},
    {OCT_OP_CONV, CONV(.stride = {1, 1}, .dilation = {-1, 1}), "float32[1,3,8,8]; float32[8,3,3,3]", "!dilations has -1"},
    {OCT_OP_CONV, CONV(ONES, .pad_end = {0, -1}), "float32[1,3,8,8]; float32[8,3,3,3]", "!pads has -1"},
    {OCT_OP_CONV, CONV(.stride = {1, 1}, .dilation = {4, 4}), "float32[1,3,8,8]; float32[8,3,3,3]",
     "!a kernel of 3 with dilation 4 does not fit into 8"},
    {OCT_OP_CONV, CONV(.stride = {1, 1}, .dilation = {INT32_MAX, INT32_MAX}), "float32[1,3,8,8]; float32[8,3,3,3]",
     "!does not fit"},
    {OCT_OP_CONV, CONV(.stride = {1, 1}, .dilation = {INT32_MAX, INT32_MAX}, .auto_pad = OCT_PAD_SAME_UPPER),
     "float32[1,3,8,8]; float32[8,3,3,3]", "!auto_pad would pad"},
    {OCT_OP_CONV, CONV(ONES, .pad_begin = {INT32_MAX, INT32_MAX}), "float32[1,3,8,8]; float32[8,3,3,3]",
     "!2147483653 is no valid size"},
    {OCT_OP_CONV, CONV(ONES, .pad_begin = {INT32_MAX - 100, INT32_MAX - 100}), "float32[1,3,8,8]; float32[8,3,3,3]",
     "~is too large"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,8,8]; float32[8,3,3,3]; float32[7]", "!'c' has shape [7], but must be [8]"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,8,8]; float16[8,3,3,3]", "!'a' (float32) and 'b' (float16)"},
    {OCT_OP_CONV, CONV(ONES), "int8[1,3,8,8]; int8[8,3,3,3]", "!'a' has type int8"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,8,8]; -", "!input 1 is missing"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,8,8]", "!1 inputs, but 2 to 5 are allowed"},
    {OCT_OP_CONV, CONV(ONES), "float32[1,3,3000000000,8]; float32[8,3,3,3]", "!3000000000 is no valid size"},
    {OCT_OP_CONV, CONV(ONES), "float32[2000000000,2000000000,1,1]; float32[8,3,3,3]", "~input 'a'"},
};

static const shape_case transposed[] = {
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES), "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,5,5]"},
    {OCT_OP_CONV_TRANSPOSE, GROUPED(ONES, .group = 2), "float32[1,4,3]; float32[4,3,3]; float32[6]", "float32[1,6,5]"},
    {OCT_OP_CONV_TRANSPOSE,
     CONV(.stride = {3, 2}, .dilation = {1, 1}, .output_pad = {1, 1}, .pad_begin = {1, 2}, .pad_end = {1, 2}),
     "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,8,4]"},
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {3, 2}, .dilation = {1, 1}, .output_shape = {10, 8}),
     "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,10,8]"}, /* larger than the natural 9 x 7 */
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {3, 2}, .dilation = {1, 1}, .output_shape = {6, 5}),
     "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,6,5]"},
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {2, 2}, .dilation = {1, 1}, .auto_pad = OCT_PAD_SAME_UPPER),
     "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,6,6]"},
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {5, 5}, .dilation = {1, 1}, .auto_pad = OCT_PAD_SAME_LOWER),
     "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,15,15]"},
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES, .auto_pad = OCT_PAD_VALID, .pad_begin = {1, 1}),
     "float32[1,1,3,3]; float32[1,2,3,3]", "float32[1,2,5,5]"},
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {1, 1}, .dilation = {2, 2}), "float32[1,1,3,3]; float32[1,1,2,2]",
     "float32[1,1,5,5]"},
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES, .pad_begin = {3, 3}, .pad_end = {2, 2}), "float32[1,1,3,3]; float32[1,2,3,3]",
     "!pads 3 and 2 leave an output size of 0"},
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES), "float32[1,3,3,3]; float32[1,2,3,3]", "!'a' has 3 channels in 1 groups"},
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES, .output_pad = {-1, 0}), "float32[1,1,3,3]; float32[1,2,3,3]",
     "!output_padding has -1"},
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES, .output_shape = {-5, 5}), "float32[1,1,3,3]; float32[1,2,3,3]",
     "!output_shape has -5"},
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {INT32_MAX, INT32_MAX}, .dilation = {1, 1}),
     "float32[1,1,3,3]; float32[1,2,3,3]", "!is no valid size"},
    {OCT_OP_CONV_TRANSPOSE, CONV(.stride = {INT32_MAX, INT32_MAX}, .dilation = {1, 1}, .output_shape = {1, 1}),
     "float32[1,1,9,9]; float32[1,2,3,3]", "!needs a padding of"},
    {OCT_OP_CONV_TRANSPOSE, CONV(ONES), "float32[1,1,3,3]; float32[1,2,3,3]; float32[1]", "!'c' has shape [1]"},
};

static const shape_case integer[] = {
    {OCT_OP_CONV_INTEGER, CONV(ONES), "uint8[1,1,3,3]; uint8[1,1,2,2]; uint8(1)", "int32[1,1,2,2]"},
    {OCT_OP_CONV_INTEGER, CONV(ONES), "uint8[1,1,3,3]; int8[4,1,2,2]; -; int8[4]", "int32[1,4,2,2]"},
    {OCT_OP_CONV_INTEGER, CONV(ONES), "uint8[1,1,3,3]; int8[4,1,2,2]; -; int8[3]", "!'d' has shape [3]"},
    {OCT_OP_CONV_INTEGER, CONV(ONES), "uint8[1,1,3,3]; int8[4,1,2,2]; int8(0)", "!'a' (uint8) and 'c' (int8)"},
    {OCT_OP_CONV_INTEGER, CONV(ONES), "float32[1,1,3,3]; int8[4,1,2,2]", "!'a' has type float32"},
    {OCT_OP_QLINEAR_CONV, CONV(ONES),
     "uint8[1,1,7,7]; float32(1); uint8(0); int8[4,1,1,1]; float32[4]; int8[4]; float32(1); int8(0); int32[4]",
     "int8[1,4,7,7]"},
    {OCT_OP_QLINEAR_CONV, CONV(ONES),
     "uint8[1,1,7,7]; float32[1]; uint8[1]; uint8[4,1,1,1]; float32(1); uint8(0); float32(1); uint8(0)",
     "uint8[1,4,7,7]"},
    {OCT_OP_QLINEAR_CONV, CONV(ONES),
     "uint8[1,1,7,7]; float32[2]; uint8(0); uint8[4,1,1,1]; float32(1); uint8(0); float32(1); uint8(0)",
     "!'b' has shape [2], but must be a scalar"},
    {OCT_OP_QLINEAR_CONV, CONV(ONES),
     "uint8[1,1,7,7]; float32(1); uint8(0); uint8[4,1,1,1]; float32(1); uint8(0); float32(1); uint8(0); float32[4]",
     "!'i' has type float32"},
    {OCT_OP_QLINEAR_CONV, CONV(ONES),
     "uint8[1,1,7,7]; float32(1); -; uint8[4,1,1,1]; float32(1); uint8(0); float32(1); uint8(0)", "!input 2 is missing"},
};

static const shape_case pool[] = {
    {OCT_OP_MAX_POOL, POOL(.kernel = {3, 3}, .stride = {2, 2}, .dilation = {1, 1}, .pad_begin = {1, 1}, .pad_end = {1, 1}),
     "float32[1,64,112,112]", "float32[1,64,56,56]; int64[1,64,56,56]"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {9, 2}, ONES, .n_spatial = 1), "int8[1,3,32]", "int8[1,3,31]"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {3, 3}, .stride = {2, 2}, .dilation = {1, 1}, .ceil_mode = true), "float32[1,1,4,4]",
     "float32[1,1,2,2]"},
    /* a second window would start behind the image */
    {OCT_OP_MAX_POOL, POOL(.kernel = {1, 1}, .stride = {2, 2}, .dilation = {1, 1}, .ceil_mode = true), "float32[1,1,2,2]",
     "float32[1,1,1,1]"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {2, 2}, .stride = {3, 3}, .dilation = {1, 1}, .pad_begin = {1, 1},
                               .pad_end = {1, 1}, .ceil_mode = true), "float32[1,1,2,5]", "float32[1,1,1,2]"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {3, 3}, ONES, .pad_begin = {2, 2}, .pad_end = {2, 2}), "float32[1,3,28,28]",
     "float32[1,3,30,30]"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {2, 2}, .stride = {1, 1}, .dilation = {2, 2}), "float32[1,1,4,4]",
     "float32[1,1,2,2]"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {2, 2}, ONES, .auto_pad = OCT_PAD_SAME_LOWER), "float32[1,3,32,32]",
     "float32[1,3,32,32]"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {3, 3}, .stride = {3, 3}, .dilation = {1, 1}, .auto_pad = OCT_PAD_VALID,
                               .ceil_mode = true), "float32[1,3,8,8]", "float32[1,3,2,2]"},
    {OCT_OP_LP_POOL, POOL(.kernel = {2, 2}, ONES), "float32[1,3,32,32]", "float32[1,3,31,31]"},
    {OCT_OP_LP_POOL, &(oct_pool_params){.kernel = {2, 2}, ONES, .p = 0}, "float32[1,3,32,32]", "!p is 0"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {0, 2}, ONES), "float32[1,3,32,32]", "!kernel_shape has 0"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {2, 2}, ONES, .pad_begin = {2, 0}), "float32[1,3,32,32]",
     "!pads 2 and 0 must be smaller than the kernel of 2"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {5, 5}, ONES), "float32[1,3,4,4]", "!a kernel of 5"},
    {OCT_OP_MAX_POOL, POOL(.kernel = {1, 1}, ONES), "int32[1,3,4,4]", "!'a' has type int32"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {1, 1}, ONES), "uint8[1,3,4,4]", "!'a' has type uint8"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {1, 1}, ONES), "float32[1,3,4,4,4]", "~3 spatial dimensions"},
    {OCT_OP_AVERAGE_POOL, POOL(.kernel = {1, 1}, ONES), "float32[1,3,4,0]", "~has no elements"},
    {OCT_OP_GLOBAL_AVERAGE_POOL, POOL(.global = true), "float32[2,512,7,5]", "float32[2,512,1,1]"},
    {OCT_OP_GLOBAL_MAX_POOL, POOL(.global = true), "float32[2,512,7]", "float32[2,512,1]"},
    {OCT_OP_GLOBAL_LP_POOL, POOL(.global = true), "float32[2,512,7,5,3]", "~3 spatial dimensions"},
    {OCT_OP_GLOBAL_AVERAGE_POOL, POOL(.global = true), "int8[2,512,7,5]", "!'a' has type int8"},
};

/* What inference writes into the params. */
static oct_conv_params infer_conv(oct_conv_params p, oct_op op, const char *in)
{
    oct_graph g;
    oct_value_id ids[NET_MAX], y;
    oct_node_id id;
    octet_error err = {0};
    oct_graph_init(&g);
    int n = net_values(&g, in, ids);
    oct_graph_add_value(&g, &y, "y", NULL);
    oct_graph_add_node(&g, &id, op, "n", NULL, ids, n, &y, 1, &p, NULL);
    CHECK(oct_infer_node(&g, &g.nodes[id], &err) == OCTET_OK, "%s", err.message);
    oct_graph_fini(&g);
    return p;
}

static void check_pads(const oct_conv_params *p, int top, int left, int bottom, int right)
{
    CHECK(p->pad_begin[0] == top && p->pad_begin[1] == left && p->pad_end[0] == bottom && p->pad_end[1] == right,
          "pads %d,%d,%d,%d", p->pad_begin[0], p->pad_begin[1], p->pad_end[0], p->pad_end[1]);
    CHECK(p->auto_pad == OCT_PAD_EXPLICIT, "auto_pad stays");
}

static void test_params(void)
{
    oct_conv_params p = {.group = 1, ONES, .auto_pad = OCT_PAD_SAME_UPPER};
    oct_conv_params q = infer_conv(p, OCT_OP_CONV, "float32[1,1,5,5]; float32[1,1,4,3]");
    check_pads(&q, 1, 1, 2, 1);
    CHECK(q.kernel[0] == 4 && q.kernel[1] == 3 && q.n_spatial == 2, "kernel %dx%d", q.kernel[0], q.kernel[1]);
    p.auto_pad = OCT_PAD_SAME_LOWER;
    q = infer_conv(p, OCT_OP_CONV, "float32[1,1,5,5]; float32[1,1,4,3]");
    check_pads(&q, 2, 1, 1, 1);
    q = infer_conv(p, OCT_OP_CONV, "float32[1,1,5]; float32[1,1,4]");
    check_pads(&q, 0, 2, 0, 1);
    CHECK(q.kernel[0] == 1 && q.stride[0] == 1 && q.n_spatial == 1, "H is not neutral");
    p = (oct_conv_params){.group = 1, .stride = {2, 2}, .dilation = {1, 1}, .output_shape = {6, 6}}; /* full: 7 */
    q = infer_conv(p, OCT_OP_CONV_TRANSPOSE, "float32[1,1,3,3]; float32[1,1,3,3]");
    check_pads(&q, 1, 1, 0, 0); /* ONNX: the larger half in front unless SAME_UPPER */
    p.auto_pad = OCT_PAD_SAME_UPPER;
    q = infer_conv(p, OCT_OP_CONV_TRANSPOSE, "float32[1,1,3,3]; float32[1,1,3,3]");
    check_pads(&q, 0, 0, 1, 1);
    p.output_shape[0] = p.output_shape[1] = 8;
    q = infer_conv(p, OCT_OP_CONV_TRANSPOSE, "float32[1,1,3,3]; float32[1,1,3,3]");
    check_pads(&q, 0, 0, 0, 0);
    CHECK(q.output_pad[0] == 1 && q.output_shape[0] == 0, "output padding %d", q.output_pad[0]);
}

int main(void)
{
    RUN_CASES(conv);
    RUN_CASES(transposed);
    RUN_CASES(integer);
    RUN_CASES(pool);
    test_params();
    return check_done();
}
