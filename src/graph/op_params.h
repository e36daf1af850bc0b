/* Typed parameters of operators: the attributes of the newest ONNX version, defaults filled in by the importer.
 * Spatial arrays have two entries; a 1-D operator uses index 1 (W) and has H = 1 with neutral values.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_OP_PARAMS_H
#define OCT_OP_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include <octet/octet.h>
#include <octet/recipe.h>

typedef enum oct_auto_pad { OCT_PAD_EXPLICIT = 0, OCT_PAD_SAME_UPPER, OCT_PAD_SAME_LOWER, OCT_PAD_VALID } oct_auto_pad;

typedef enum oct_fused_kind { OCT_FUSED_NONE = 0, OCT_FUSED_CLAMP, OCT_FUSED_LEAKY } oct_fused_kind;
/* Activation fused behind a Conv, ConvTranspose, Gemm or MatMul, after the residual: same meaning as kernels' oct_act. Behind a
 * QLinearConv a clamp of the result's integers. */
typedef struct oct_fused_act {
    int32_t kind;
    float lo, hi; /* CLAMP */
    float alpha;  /* LEAKY */
} oct_fused_act;

/* Conv (x, w, [bias], [residual], [oc_scale]: the last two are made by fusion only), ConvTranspose, ConvInteger, QLinearConv.
 * QLinearConv's inputs behind the bias are made by fusion only: residual, its scale and zero point, those of the sum. Without
 * a scale of the sum nothing is rounded in front of the addition, and the result's scale is that of the sum.
 * auto_pad is resolved into pads by shape inference (then OCT_PAD_EXPLICIT). */
enum { OCT_QCONV_RESIDUAL = 9, OCT_QCONV_RESIDUAL_SCALE, OCT_QCONV_RESIDUAL_ZERO, OCT_QCONV_SUM_SCALE, OCT_QCONV_SUM_ZERO };

typedef struct oct_conv_params {
    int32_t n_spatial; /* 1 or 2; 0 from the importer if no attribute tells: shape inference sets it */
    int32_t kernel[2]; /* 0 from the importer if not given: shape inference takes it from the weights */
    int32_t stride[2], dilation[2], pad_begin[2], pad_end[2];
    int32_t output_pad[2], output_shape[2]; /* ConvTranspose; output_shape 0: not given */
    int32_t group;
    int32_t auto_pad;
    bool residual_first; /* of QLinearConv: it is the first operand of the addition */
    bool raised_add;     /* of QLinearConv: its addition is as oct_pair_params.raised has it */
    bool double_mult;    /* of QLinearConv: x_scale * w_scale / y_scale in double, rounded once; else each step in float32 */
    oct_fused_act act;
} oct_conv_params;

/* MaxPool, AveragePool, LpPool and their Global forms (kernel = whole image, set by shape inference). */
typedef struct oct_pool_params {
    int32_t n_spatial;
    int32_t kernel[2], stride[2], dilation[2], pad_begin[2], pad_end[2];
    int32_t auto_pad;
    bool ceil_mode, count_include_pad, column_major /* storage_order of MaxPool's indices */, global;
    int32_t p; /* LpPool */
} oct_pool_params;

/* PixelConv: a Conv whose first input is a graph input of uint8 pixels, as Conv's inputs else, residual and scale too.
 * Channel c of what the convolution was trained on is in_scale[c] * v + in_shift[c], where v is channel in_channel[c] of
 * the model's own input tensor. PixelTable: y = that tensor, in float32; its conv and the arrays are not used. */
typedef struct oct_pixel_params {
    oct_conv_params conv;         /* first, so that the params serve where Conv's do */
    int32_t N, H, W, C;           /* of the model's input tensor */
    octet_pixel_layout layout;    /* of the model's input tensor */
    bool raw;                     /* the model itself takes uint8: no recipe unless one is given */
    double *in_scale, *in_shift;  /* [C], the graph's arena */
    int32_t *in_channel;          /* [C] */
} oct_pixel_params;

typedef struct oct_gemm_params { /* Gemm: y = act(alpha * op(a) op(b) + beta * c); MatMul uses the defaults */
    float alpha, beta;
    bool trans_a, trans_b;
    bool double_mult; /* QLinearGemm: as of QLinearConv */
    oct_fused_act act;
} oct_gemm_params;

typedef struct oct_norm_params { /* BatchNormalization, InstanceNormalization, LayerNormalization */
    float epsilon;
    int32_t axis; /* LayerNormalization */
} oct_norm_params;

typedef struct oct_alpha_params { /* LeakyRelu, Elu, Celu, ThresholdedRelu: alpha; Selu, HardSigmoid: alpha, beta */
    float alpha, beta;
} oct_alpha_params;

typedef struct oct_gelu_params {
    bool tanh; /* approximate = "tanh" */
} oct_gelu_params;

/* Softmax, LogSoftmax, Hardmax, Concat, Split, Gather, GatherElements, Flatten, ArgMax, ArgMin, TopK */
typedef struct oct_axis_params {
    int32_t axis;              /* may be negative until shape inference */
    bool keepdims, last_index; /* ArgMax, ArgMin */
    bool largest, sorted;      /* TopK */
    bool coerce_2d;            /* Softmax family before opset 13: normalize over all axes from `axis` on */
    int32_t num_outputs;       /* Split; 0: not given */
} oct_axis_params;

typedef struct oct_reduce_params { /* Reduce*: axes are input 1 */
    bool keepdims, noop_with_empty_axes;
} oct_reduce_params;

typedef struct oct_cast_params {
    octet_dtype to;
    bool saturate;
} oct_cast_params;

typedef struct oct_transpose_params {
    int32_t n_perm; /* 0: reverse */
    int32_t perm[OCTET_MAX_RANK];
} oct_transpose_params;

typedef enum oct_pad_mode { OCT_PAD_CONSTANT = 0, OCT_PAD_REFLECT, OCT_PAD_EDGE, OCT_PAD_WRAP } oct_pad_mode;
typedef struct oct_pad_params { /* Pad: inputs data, pads, [value], [axes] */
    int32_t mode;
} oct_pad_params;

typedef enum oct_resize_mode { OCT_RESIZE_NEAREST = 0, OCT_RESIZE_LINEAR, OCT_RESIZE_CUBIC } oct_resize_mode;
typedef enum oct_resize_coord {
    OCT_COORD_HALF_PIXEL = 0,
    OCT_COORD_HALF_PIXEL_SYMMETRIC,
    OCT_COORD_PYTORCH_HALF_PIXEL,
    OCT_COORD_ALIGN_CORNERS,
    OCT_COORD_ASYMMETRIC,
    OCT_COORD_TF_CROP_AND_RESIZE,
    OCT_COORD_TF_HALF_PIXEL_FOR_NN
} oct_resize_coord;
typedef enum oct_resize_nearest {
    OCT_NEAREST_ROUND_PREFER_FLOOR = 0,
    OCT_NEAREST_ROUND_PREFER_CEIL,
    OCT_NEAREST_FLOOR,
    OCT_NEAREST_CEIL,
    OCT_NEAREST_SIMPLE /* Upsample, and Resize before opset 11: floor, but ceil along an axis that shrinks */
} oct_resize_nearest;
typedef enum oct_resize_policy { OCT_STRETCH = 0, OCT_NOT_LARGER, OCT_NOT_SMALLER } oct_resize_policy;
typedef struct oct_resize_params { /* Resize: inputs x, [roi], [scales], [sizes]; Upsample is translated into it */
    int32_t mode, coord, nearest, policy;
    float cubic_a, extrapolation;
    bool exclude_outside, antialias;
    int32_t n_axes; /* 0: all */
    int32_t axes[OCTET_MAX_RANK];
} oct_resize_params;

typedef struct oct_depth_params { /* DepthToSpace, SpaceToDepth */
    int32_t block;
    bool crd; /* DepthToSpace mode */
} oct_depth_params;

typedef struct oct_lrn_params {
    int32_t size;
    float alpha, beta, bias;
} oct_lrn_params;

typedef struct oct_quant_params { /* QuantizeLinear, DequantizeLinear */
    int32_t axis;
    int32_t block_size; /* 0: none */
    octet_dtype output_dtype; /* OCTET_UNDEFINED: from the zero point */
    bool saturate;
    bool double_mult; /* QuantizeLinear of passes/quantize.c: the integer product made of what is in front of it has double_mult */
} oct_quant_params;

typedef struct oct_mod_params {
    bool fmod;
} oct_mod_params;

typedef struct oct_shape_params { /* Shape */
    int32_t start, end; /* end INT32_MAX: to the last */
} oct_shape_params;

typedef struct oct_fill_params { /* ConstantOfShape */
    octet_dtype dtype;
    uint64_t bits; /* the element's bytes, in the low end */
} oct_fill_params;

typedef struct oct_reshape_params {
    bool allow_zero;
} oct_reshape_params;

typedef struct oct_lp_params { /* LpNormalization */
    int32_t axis, p;
} oct_lp_params;

typedef struct oct_pair_params { /* QLinearAdd, QLinearSub; none: all false */
    bool raised; /* computed on int8 numbers, of which uint8 tensors (zero points, too) hold number + 128: passes/unsign.c */
} oct_pair_params;

typedef struct oct_qconcat_params { /* com.microsoft QLinearConcat, QLinearGlobalAveragePool, QLinearAdd... */
    int32_t axis;
    bool channels_last;
} oct_qconcat_params;

#endif
