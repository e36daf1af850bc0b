/* What the passes on quantized graphs share: reading DequantizeLinear and QuantizeLinear, and the table of integer forms.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QDQ_H
#define OCT_QDQ_H

#include "passes/passes.h"

/* A quantized tensor: the integers, their scale and zero point (OCT_NONE: 0), all of them values of the graph. */
typedef struct oct_quantized {
    oct_value_id q, scale, zero;
    int32_t axis; /* that scale and zero point run along, where they are no single numbers */
    bool double_mult; /* of what a QuantizeLinear writes: oct_quant_params */
} oct_quantized;

typedef struct oct_qdq {
    oct_graph *g;
    const oct_pass_env *env;
    int32_t *uses;    /* [n_values] of the graph as it was when the pass began */
    int32_t n_values;
    const char *why;  /* of the form that did not fit */
    octet_error *err;
} oct_qdq;

octet_status oct_qdq_begin(oct_qdq *f, oct_graph *g, const oct_pass_env *env, octet_error *err);
void oct_qdq_end(oct_qdq *f);

/* ---- reading (qdq.c) ---- */

bool oct_qdq_is_quantize(const oct_node *n);
bool oct_qdq_is_dequantize(const oct_node *n);
/* Input i of the node, OCT_NONE when omitted. */
oct_value_id oct_qdq_in(const oct_node *n, int i);
bool oct_qdq_is_scalar(const oct_graph *g, oct_value_id v); /* a constant of one element */
/* What the DequantizeLinear behind v reads; false if there is none, or scales are no float32 constants. */
bool oct_qdq_dequantized(const oct_graph *g, oct_value_id v, oct_quantized *out);
/* The same for activations: 8 or 16 bits with one scale. */
bool oct_qdq_activation(const oct_graph *g, oct_value_id v, oct_quantized *out);
/* What a QuantizeLinear writes; false unless 8 or 16 bits with one scale. */
bool oct_qdq_quantizer(const oct_graph *g, const oct_node *n, oct_quantized *out);
octet_dtype oct_qdq_dtype(const oct_graph *g, const oct_quantized *x);
bool oct_qdq_is_words(const oct_graph *g, const oct_quantized *x); /* 16 bits */
int32_t oct_qdq_least(const oct_graph *g, const oct_quantized *x); /* of the type */
int32_t oct_qdq_most(const oct_graph *g, const oct_quantized *x);
float oct_qdq_scale(const oct_graph *g, const oct_quantized *x);    /* of a tensor with one */
int32_t oct_qdq_zero(const oct_graph *g, const oct_quantized *x);   /* of a tensor with one scale */
/* round(bound / scale) + zero reaches the ends of the type's range: quantizing to x clamps there by itself. */
bool oct_qdq_saturates(const oct_graph *g, const oct_quantized *x, float lo, float hi);
/* Type, scale and zero point agree, so that equal integers are equal numbers. */
bool oct_qdq_same(const oct_graph *g, const oct_quantized *a, const oct_quantized *b);
/* oct_fuse_sole_producer for values that were there when the pass began; NULL for later ones. */
oct_node *oct_qdq_sole_producer(const oct_qdq *f, const oct_node *n, int i);

/* ---- writing ---- */

/* x->zero becomes a constant 0 if it is omitted. */
octet_status oct_qdq_need_zero(oct_qdq *f, oct_quantized *x);
/* y = DequantizeLinear(x): a node that writes the value `y`. */
octet_status oct_qdq_dequantize(oct_qdq *f, const oct_quantized *x, oct_value_id y, const char *name);
/* A new value of the type of `x.q` and the shape of `like`. */
octet_status oct_qdq_new_value(oct_qdq *f, oct_value_id *out, const oct_quantized *x, oct_value_id like);

/* ---- integer forms ---- */

/* What takes the place of a core: a node that writes y. */
typedef struct oct_integer {
    oct_op op;
    const oct_value_id *in; /* the graph's arena */
    int n_in;               /* 0: the core does not fit; f->why says why */
    void *params;
    oct_value_id y;
    oct_node *conv; /* the core is an Add that goes into this convolution, which shares its fate; else NULL */
} oct_integer;

/* The integer form of `core`, whose result is quantized as y. *out comes with y and n_in = 0. */
typedef octet_status (*oct_qdq_form_fn)(oct_qdq *f, const oct_node *core, oct_quantized y, oct_integer *out);
typedef struct oct_qdq_form {
    oct_op from;
    oct_qdq_form_fn make;
} oct_qdq_form;

/* The form of an operator, NULL if it has none (qdq_forms.c). */
const oct_qdq_form *oct_qdq_find_form(oct_op op);

octet_status oct_qdq_conv(oct_qdq *f, const oct_node *conv, oct_quantized y, oct_integer *out);
octet_status oct_qdq_gemm(oct_qdq *f, const oct_node *gemm, oct_quantized y, oct_integer *out); /* y.q OCT_NONE: float */
octet_status oct_qdq_matmul(oct_qdq *f, const oct_node *matmul, oct_quantized y, oct_integer *out);
octet_status oct_qdq_binary(oct_qdq *f, const oct_node *n, oct_quantized y, oct_integer *out); /* Add, Sub, Mul */
octet_status oct_qdq_concat(oct_qdq *f, const oct_node *concat, oct_quantized y, oct_integer *out);
octet_status oct_qdq_average(oct_qdq *f, const oct_node *pool, oct_quantized y, oct_integer *out);
octet_status oct_qdq_reduce_mean(oct_qdq *f, const oct_node *mean, oct_quantized y, oct_integer *out);

/* ids become the inputs of *out. */
octet_status oct_qdq_set(oct_qdq *f, oct_integer *out, oct_op op, const oct_value_id *ids, int n);
/* f->why = the text; OCTET_OK, and *out stays empty. */
octet_status oct_qdq_refuse(oct_qdq *f, const char *why);

/* Operators that only move numbers or pick the largest, whose first input is data and the others shapes, axes, indices...; Pad
 * and Concat, which need more, are not among them (sink_dequantize.c). */
bool oct_qdq_moves(const oct_node *n);

/* ---- tables (qdq_table.c) ---- */

/* Elementwise operators between one 8-bit tensor and the QuantizeLinear `id` become one Table node; *done says whether. */
octet_status oct_qdq_tabulate(oct_qdq *f, oct_node_id id, bool *done);
bool oct_qdq_is_elementwise(oct_op op); /* that a table can stand for */

#endif
