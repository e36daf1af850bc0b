/* Graph -> graph. One pass = one file = one exported function; pipeline.c lists them in order.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PASSES_H
#define OCT_PASSES_H

#include "graph/graph.h"
#include "graph/op_params.h"
#include "quant/ranges.h"

/* The caller hands over pixels instead of what the model's input takes. */
typedef struct oct_pixel_request {
    octet_placement placement; /* HOST: nothing is asked */
    oct_value_id input;
    octet_pixel_layout layout; /* of the model's input */
} oct_pixel_request;

/* What the pass `quantize` does; at most one of the two. Both NULL: nothing. */
typedef struct oct_quantize_request {
    const oct_ranges *ranges; /* put quantizers with these ranges in */
    oct_ranges *watched;      /* the tensors that would get a quantizer become further graph outputs, in order, and get an entry */
} oct_quantize_request;

/* What a pass may ask of the layers above; injected by api/. */
typedef struct oct_pass_env {
    /* Compute a node whose inputs are all constants and make its outputs constants. OCTET_UNSUPPORTED: cannot. */
    octet_status (*evaluate)(void *context, oct_graph *g, oct_node *n, octet_error *err);
    void *context;
    bool integers; /* a provider of integer arithmetic is there: quantized operators may become integer ones */
    oct_pixel_request pixels;
    oct_quantize_request quantize;
} oct_pass_env;

typedef octet_status (*oct_pass_run)(oct_graph *g, const oct_pass_env *env, octet_error *err);

typedef struct oct_pass {
    const char *name;
    oct_pass_run run;
} oct_pass;

/* All passes in order, ended by a NULL name. */
extern const oct_pass oct_pass_pipeline[];

/* Run the whole pipeline; the graph is sorted and verified afterwards. */
octet_status oct_passes_run(oct_graph *g, const oct_pass_env *env, octet_error *err);

/* ---- the passes ---- */

/* Free dimensions get their values: the first dimension of an input 1, any other is an error that names it. */
octet_status oct_pass_bind_dims(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Types and shapes of everything; nodes whose inputs are all constants become constants. The first form leaves
 * DequantizeLinear alone, for fuse_qdq. */
octet_status oct_pass_infer_shapes(oct_graph *g, const oct_pass_env *env, octet_error *err);
octet_status oct_pass_fold_constants(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Operators that only move numbers get bytes, DequantizeLinear goes behind them. */
octet_status oct_pass_sink_dequantize(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* QuantizeLinear goes in front of these, where an operator with an integer form is before them. */
octet_status oct_pass_raise_quantize(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* DequantizeLinear, operators, QuantizeLinear become one integer operator. Nodes that stay in float get their reason. */
octet_status oct_pass_fuse_qdq(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Nodes that change nothing (Identity, Dropout, Cast to the same type, Transpose by the identity...) go. */
octet_status oct_pass_drop_identities(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Nodes that nobody reads go. */
octet_status oct_pass_dead_code(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* float16, bfloat16 and double arithmetic becomes float32 arithmetic between casts. */
octet_status oct_pass_widen(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* BatchNormalization, Mul, Add by a constant per channel go into the convolution or product before them. */
octet_status oct_pass_fuse_affine(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Quantizers with given ranges between the layers of a float model, 8-bit weights for them; or what needs a range is watched. */
octet_status oct_pass_quantize(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Add of a convolution's result to a value of the same shape goes into the convolution. */
octet_status oct_pass_fuse_residual(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* QLinearAdd, and a Table that clamps, go into the store of the integer convolution before them, with all roundings. */
octet_status oct_pass_fuse_store(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* int8 tensors inside of the network become uint8 ones, bit for bit. */
octet_status oct_pass_unsign(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Relu, Clip and LeakyRelu go into the convolution or product before them. */
octet_status oct_pass_fuse_activation(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Normalization in front of the first convolution or product goes into it: it takes uint8 pixels. */
octet_status oct_pass_fold_normalize(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* The first layer and the quantizer behind it become an integer layer. */
octet_status oct_pass_quantize_pixels(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Decides each value's layout: images channels-last, Relayout nodes where a consumer needs the other one. */
octet_status oct_pass_layout_nhwc(oct_graph *g, const oct_pass_env *env, octet_error *err);
/* Convolutions write their part of a channels-last Concat straight into it. */
octet_status oct_pass_concat_in_place(oct_graph *g, const oct_pass_env *env, octet_error *err);

/* ---- asked by other passes ---- */

/* The convolution or product that fold_normalize, run now, would turn into a PixelConv that reads graph input `input`;
 * OCT_NONE: none. in_front[node], one for each node, becomes true for those that vanish in front of it. Leaves the graph as it is. */
octet_status oct_pixel_target_find(oct_node_id *target, bool *in_front, oct_graph *g, const int32_t *uses,
                                   oct_value_id input, const oct_pass_env *env, octet_error *err);

/* ---- shared by the fusing passes (fuse.c) ---- */

/* The node that makes input i of n, if it is alive and nothing else uses that value (node inputs and graph outputs);
 * else NULL. uses[] is from oct_graph_uses. */
oct_node *oct_fuse_sole_producer(const oct_graph *g, const int32_t *uses, const oct_node *n, int i);
/* Whether a QLinearConv can do more on its way to memory: add, and store with a pitch. What it depends on is known, and 8-bit
 * operands never leave int32. */
bool oct_fuse_has_store(const oct_graph *g, const oct_node *n);
/* The part of it that sizes decide: weights w, result y, no |bias| above most_bias. */
bool oct_fuse_fits_store(const oct_value *w, const oct_value *y, const oct_conv_params *p, int64_t most_bias);
/* The only node input that reads v, if v is no graph output and nothing else reads it; else OCT_NONE. */
oct_node_id oct_fuse_sole_consumer(const oct_graph *g, const int32_t *uses, oct_value_id v);
/* Producer `into` swallows `n`: it writes n's first output now, n is dead, the operator text is joined by a plus. */
octet_status oct_fuse_swallow(oct_graph *g, oct_node *into, oct_node *n, octet_error *err);

#endif
