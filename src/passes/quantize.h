/* Quantizing a float model: which tensors become 8-bit and which nodes compute in integers (quantize_plan.c), how weights and
 * biases become integers (quantize_weights.c), and the change (quantize.c).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PASSES_QUANTIZE_H
#define OCT_PASSES_QUANTIZE_H

#include "passes/passes.h"

/* A quantized layer's bias in steps of its sums: below 2^31 - 255 * 127 * 65536. One of more steps makes its channel's steps wider. */
#define OCT_QUANT_MOST_BIAS (1 << 24)

/* What becomes of a node. */
typedef enum oct_quant_role {
    OCT_QUANT_FLOAT = 0,
    OCT_QUANT_PRODUCT, /* 8-bit weights too */
    OCT_QUANT_PIXELS,  /* product that takes the pixels: its result is 8-bit, its weights are quantized when it is bound to them */
    OCT_QUANT_FOLLOWS  /* 8 bits in, 8 bits out */
} oct_quant_role;

typedef struct oct_quant_plan {
    oct_arena arena;          /* of all arrays */
    int32_t *uses;            /* [n_values] from oct_graph_uses */
    uint8_t *role;            /* [n_nodes] enum oct_quant_role */
    const char **reason;      /* [n_nodes] why a node is FLOAT; NULL where that needs no reason */
    bool *quantized;          /* [n_values] this tensor gets a quantizer */
    oct_value_id *same_as;    /* [n_values] has the scale of that tensor; OCT_NONE: of its own */
    bool *product_behind;     /* [n_values] some product depends on it */
} oct_quant_plan;

/* Decide for a sorted graph of which all shapes are known. Free with oct_quant_plan_free, after a failure too. */
octet_status oct_quant_plan_make(oct_quant_plan *plan, oct_graph *g, const oct_pass_env *env, octet_error *err);
void oct_quant_plan_free(oct_quant_plan *plan);

/* The tensor whose range decides the scale of v. */
oct_value_id oct_quant_root(const oct_quant_plan *plan, oct_value_id v);

/* Why a Conv, Gemm or MatMul cannot have 8-bit weights, or NULL. */
const char *oct_quant_weights_refuse(const oct_graph *g, const oct_node *n);

/* Give the product 8-bit weights and a 32-bit bias behind DequantizeLinear nodes, for an input of scale x_scale; alpha and beta
 * of a Gemm go into them, a MatMul becomes a Gemm. *reason: why it could not be done, the node is as it was; else NULL. */
octet_status oct_quant_weights_set(oct_graph *g, oct_node_id id, float x_scale, const char **reason, octet_error *err);

/* New DequantizeLinear node of integer constant q, one scale for each index of `axis`; *real is its result, of the shape of q. */
octet_status oct_quant_dequantize(oct_graph *g, oct_value_id *real, oct_value_id q, oct_value_id scale, oct_value_id zero,
                                  int axis, octet_error *err);

#endif
