/* Preprocessing into the first layer: the heart of the project.
 *
 * A convolution that reads a graph input through affine steps per channel becomes a PixelConv, which takes uint8 pixels as
 * they lie. With y_c = A_c * x_c + D_c in front of weights W and zero padding behind the steps,
 *
 *     conv[o] = sum over in-bounds taps of W[o,c,k] * A_c * x_c[k]  +  b[o] + sum over in-bounds taps of W[o,c,k] * D_c
 *
 * so the bias depends on which taps are in bounds: one per border class. The provider computes these when the program is
 * bound to pixels. A matrix product over the flattened input is a convolution whose kernel is the whole image.
 * Where the first consumer is neither and the caller hands over pixels, a PixelTable makes floats of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "passes/passes.h"
#include "passes/pixel_chain.h"

#define MOST_CLASS_BYTES ((int64_t)16 << 20)  /* of biases per border class */
#define MOST_PRODUCT_WEIGHTS ((int64_t)1 << 24) /* of a matrix product that is turned into a convolution */

enum { X, W, BIAS, RESIDUAL, OC_SCALE }; /* inputs of Conv */

typedef struct fold {
    oct_graph *g;
    octet_error *err;
    oct_value_id input;
    bool asked;                /* the caller hands over pixels */
    octet_pixel_layout layout; /* of the input; known when asked, else found */
    oct_pixel_chain chain;
    const char *reason;        /* why it cannot be folded */
} fold;

static bool refuse(fold *f, const char *reason)
{
    f->reason = f->reason ? f->reason : reason;
    return false;
}

static bool refuse_node(fold *f, const oct_node *n, const char *why)
{
    return refuse(f, oct_arena_printf(&f->g->arena, "%s '%s' %s", n->onnx_op, n->name, why));
}

/* ---- may it be folded? ---- */

/* The axes at the end of the chain are N, channels, height, width of an input of the layout that was asked for. */
static bool axes_fit(fold *f, const oct_node *n)
{
    static const int32_t axes[2][4] = {[OCTET_NHWC] = {0, 3, 1, 2}, [OCTET_NCHW] = {0, 1, 2, 3}};
    octet_pixel_layout found = f->chain.axis[1] == 3 ? OCTET_NHWC : OCTET_NCHW;
    if (memcmp(f->chain.axis, axes[found], sizeof axes[found]) != 0)
        return refuse_node(f, n, "does not read the input's height and width in this order");
    if (f->asked && found != f->layout)
        return refuse_node(f, n, found == OCTET_NHWC ? "takes the input's last axis as channels"
                                                      : "takes the input's second axis as channels");
    f->layout = found;
    return true;
}

/* Distinct sets of in-bounds taps along an axis, at most. */
static int64_t most_classes(int64_t out, int64_t kernel, int64_t dilation, int64_t size)
{
    int64_t n = 2 * kernel + 2; /* each border moves over the taps once, unless all of them leave a gap */
    return size < dilation || out < n ? out : n;
}

static bool borders_fit(fold *f, const oct_node *n, const oct_conv_params *p, const int64_t in[2], const int64_t out[2],
                        int64_t OC)
{
    int64_t n_h = most_classes(out[0], p->kernel[0], p->dilation[0], in[0]);
    int64_t n_w = most_classes(out[1], p->kernel[1], p->dilation[1], in[1]);
    return n_h * n_w <= MOST_CLASS_BYTES / 4 / OC || refuse_node(f, n, "has too many border classes");
}

static bool conv_fits(fold *f, const oct_node *n)
{
    const oct_value *w = oct_node_in(f->g, n, W), *bias = oct_node_in(f->g, n, BIAS), *x = oct_node_in(f->g, n, X);
    const oct_value *y = oct_node_out(f->g, n, 0);
    const oct_conv_params *p = n->params;
    if (n->in[X] != f->chain.end || !w->data || (bias && !bias->data) || w->dtype != OCTET_F32 || w->rank != 4)
        return refuse_node(f, n, "has weights that are computed at run time");
    int64_t padded[2] = {f->chain.pad_begin[f->chain.axis[2]] + f->chain.pad_end[f->chain.axis[2]],
                         f->chain.pad_begin[f->chain.axis[3]] + f->chain.pad_end[f->chain.axis[3]]};
    int64_t in[2] = {x->dims[2] - padded[0], x->dims[3] - padded[1]};
    for (int i = 0; i < 2; i++)
        if (f->chain.pad_begin[f->chain.axis[i]] + f->chain.pad_end[f->chain.axis[i]] != 0)
            return refuse_node(f, n, "reads padded channels");
    if (p->group > 1 && x->dims[1] > OCTET_MAX_CHANNELS)
        return refuse_node(f, n, "has groups of more than four channels in all");
    if (in[0] < 1 || in[1] < 1 || padded[0] > 65536 || padded[1] > 65536)
        return refuse_node(f, n, "reads an image that is all padding");
    return axes_fit(f, n) && borders_fit(f, n, p, in, (int64_t[]){y->dims[2], y->dims[3]}, w->dims[0]) &&
           (oct_pixel_chain_spread(&f->chain, f->g, f->layout == OCTET_NHWC ? 3 : 1, x->dims[1]) ||
            refuse_node(f, n, "follows a normalization along another axis than the channels"));
}

/* ---- matrix product to convolution ---- */

/* The only reader of a reshape from [N, a, b, c] to [N, a*b*c], if it is a product with constant weights. */
static oct_node *flat_product(fold *f, const int32_t *uses, const oct_node *n)
{
    oct_graph *g = f->g;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    bool reshapes = (n->op == OCT_OP_FLATTEN || n->op == OCT_OP_RESHAPE) && n->in[0] == f->chain.end;
    if (!reshapes || y->rank != 2 || y->dims[0] != x->dims[0] || f->chain.padded || f->chain.axis[0] != 0)
        return NULL;
    oct_node_id id = oct_fuse_sole_consumer(g, uses, n->out[0]);
    oct_node *product = id == OCT_NONE ? NULL : &g->nodes[id];
    bool multiplies = product && (product->op == OCT_OP_GEMM || product->op == OCT_OP_MATMUL) && product->in[0] == n->out[0];
    return multiplies ? product : NULL;
}

static bool product_fits(fold *f, const oct_node *product)
{
    const oct_gemm_params *p = product->params;
    const oct_value *w = oct_node_in(f->g, product, W), *bias = oct_node_in(f->g, product, BIAS);
    const oct_value *y = oct_node_out(f->g, product, 0);
    int64_t OC = y->dims[1];
    if (!w->data || w->rank != 2 || w->dtype != OCTET_F32 || y->dtype != OCTET_F32 || (bias && !bias->data) || p->trans_a ||
        (bias && oct_value_elems(bias) != 1 && oct_value_elems(bias) != OC))
        return refuse_node(f, product, "is no product with constant weights and a bias per output");
    return oct_value_elems(w) <= MOST_PRODUCT_WEIGHTS || refuse_node(f, product, "has too many weights to be folded into");
}

/* Layout of an input whose channels nobody told: the axis that is short. */
static octet_pixel_layout guess_layout(const fold *f)
{
    const int64_t *dims = f->g->values[f->input].dims;
    if (f->chain.channel_axis >= 0)
        return f->chain.channel_axis == 3 ? OCTET_NHWC : OCTET_NCHW;
    return dims[1] > 4 && dims[3] <= 4 ? OCTET_NHWC : OCTET_NCHW;
}

/* Element stride, in the flattened input, of the input's axis. */
static int64_t flat_stride(const fold *f, int axis)
{
    int64_t stride = 1;
    for (int i = 3; f->chain.axis[i] != axis; i--)
        stride *= f->g->values[f->input].dims[f->chain.axis[i]];
    return stride;
}

/* The product's weights as [OC, C, H, W]. */
static octet_status conv_weights(fold *f, const oct_node *product, oct_value_id *out, const int64_t dims[4])
{
    const oct_value *w = oct_node_in(f->g, product, W);
    const bool nhwc = f->layout == OCTET_NHWC;
    const int64_t of_c = flat_stride(f, nhwc ? 3 : 1), of_h = flat_stride(f, nhwc ? 1 : 2), of_w = flat_stride(f, nhwc ? 2 : 3);
    const oct_gemm_params *p = product->params;
    const int64_t of_o = p->trans_b ? w->dims[1] : 1, of_k = p->trans_b ? 1 : w->dims[1];
    float *data = oct_arena_array(&f->g->arena, (size_t)oct_value_elems(w), sizeof *data), *to = data;
    if (!data)
        return oct_fail_memory(f->err, "folded weights", (unsigned long long)oct_value_elems(w) * sizeof *data);
    for (int64_t o = 0; o < dims[0]; o++)
        for (int64_t c = 0; c < dims[1]; c++)
            for (int64_t y = 0; y < dims[2]; y++)
                for (int64_t x = 0; x < dims[3]; x++, to++) {
                    const char *from = (const char *)w->data + (o * of_o + (c * of_c + y * of_h + x * of_w) * of_k) * 4;
                    memcpy(to, from, sizeof *to);
                    *to *= p->alpha;
                }
    return oct_graph_add_const(f->g, out, NULL, OCTET_F32, 4, dims, data, false, f->err);
}

static octet_status conv_bias(fold *f, const oct_node *product, oct_value_id *out, int64_t OC)
{
    const oct_value *bias = oct_node_in(f->g, product, BIAS);
    const float beta = ((const oct_gemm_params *)product->params)->beta;
    *out = OCT_NONE;
    if (!bias)
        return OCTET_OK;
    float *data = oct_arena_array(&f->g->arena, (size_t)OC, sizeof *data);
    if (!data)
        return oct_fail_memory(f->err, "a folded bias", (unsigned long long)OC * sizeof *data);
    for (int64_t o = 0; o < OC; o++)
        data[o] = (float)oct_const_float(bias, oct_value_elems(bias) == 1 ? 0 : o) * beta;
    return oct_graph_add_const(f->g, out, NULL, OCTET_F32, 1, &OC, data, false, f->err);
}

/* reshape + product become a convolution over the whole image and a Flatten; *conv is the convolution. */
static octet_status product_to_conv(fold *f, oct_node_id reshape, oct_node_id product, oct_node_id *conv)
{
    oct_graph *g = f->g;
    const oct_value *input = &g->values[f->input];
    const bool nhwc = f->layout == OCTET_NHWC;
    const oct_value_id y = g->nodes[product].out[0];
    const int64_t dims[4] = {g->values[y].dims[1], input->dims[nhwc ? 3 : 1], input->dims[nhwc ? 1 : 2],
                             input->dims[nhwc ? 2 : 3]};
    oct_value_id in[3] = {f->chain.end}, pixel;
    OCT_TRY(conv_weights(f, &g->nodes[product], &in[W], dims));
    OCT_TRY(conv_bias(f, &g->nodes[product], &in[BIAS], dims[0]));
    OCT_TRY(oct_graph_add_like(g, &pixel, y, ".1x1", f->err));
    oct_value *v = &g->values[pixel];
    v->rank = 4;
    v->dims[2] = v->dims[3] = 1;
    oct_conv_params *p = oct_graph_params(g, sizeof *p);
    oct_axis_params *flatten = oct_graph_params(g, sizeof *flatten);
    if (!p || !flatten)
        return oct_fail_memory(f->err, "a folded product", sizeof *p);
    *p = (oct_conv_params){.n_spatial = 2, .kernel = {(int32_t)dims[2], (int32_t)dims[3]}, .stride = {1, 1},
                           .dilation = {1, 1}, .group = 1,
                           .act = ((const oct_gemm_params *)g->nodes[product].params)->act};
    flatten->axis = 1;
    g->nodes[product].dead = g->nodes[reshape].dead = true;
    oct_node_id flat;
    OCT_TRY(oct_graph_add_node(g, &flat, OCT_OP_FLATTEN, NULL, "Flatten", &pixel, 1, &y, 1, flatten, f->err));
    return oct_graph_add_node(g, conv, OCT_OP_CONV, g->nodes[product].name, g->nodes[product].onnx_op, in, 3, &pixel, 1, p,
                              f->err);
}

/* ---- the change ---- */

static octet_status pixel_params(fold *f, oct_pixel_params **out)
{
    oct_pixel_params *p = oct_graph_params(f->g, sizeof *p);
    const int64_t *dims = f->g->values[f->input].dims;
    const bool nhwc = f->layout == OCTET_NHWC;
    *out = p;
    if (!p)
        return oct_fail_memory(f->err, "a pixel input", sizeof *p);
    p->N = (int32_t)dims[0];
    p->C = (int32_t)dims[nhwc ? 3 : 1];
    p->H = (int32_t)dims[nhwc ? 1 : 2];
    p->W = (int32_t)dims[nhwc ? 2 : 3];
    p->layout = f->layout;
    p->raw = !f->asked;
    return OCTET_OK;
}

/* "Cast+Sub+Mul+Conv" */
static octet_status join_names(fold *f, oct_node *conv)
{
    const char *text = conv->onnx_op;
    for (int i = f->chain.n_nodes - 1; i >= 0 && text; i--)
        text = oct_arena_printf(&f->g->arena, "%s+%s", f->g->nodes[f->chain.nodes[i]].onnx_op, text);
    if (!text)
        return oct_fail_memory(f->err, "a fused node", 64);
    conv->onnx_op = text;
    return OCTET_OK;
}

/* The input takes uint8 now: as it stands in the model, or, if asked, whatever the program is bound to. */
static void take_pixels(fold *f, octet_placement placement)
{
    oct_value *v = &f->g->values[f->input];
    v->dtype = OCTET_U8;
    v->placement = placement;
}

static octet_status fold_conv(fold *f, oct_node_id id)
{
    oct_pixel_params *p;
    OCT_TRY(pixel_params(f, &p));
    oct_node *conv = &f->g->nodes[id];
    p->conv = *(const oct_conv_params *)conv->params;
    for (int a = 0; a < 2; a++) {
        p->conv.pad_begin[a] += (int32_t)f->chain.pad_begin[f->chain.axis[2 + a]];
        p->conv.pad_end[a] += (int32_t)f->chain.pad_end[f->chain.axis[2 + a]];
    }
    p->in_scale = f->chain.scale;
    p->in_shift = f->chain.shift;
    p->in_channel = f->chain.channel;
    OCT_TRY(join_names(f, conv));
    conv->op = OCT_OP_PIXEL_CONV;
    conv->params = p;
    conv->in[X] = f->input;
    for (int i = 0; i < f->chain.n_nodes; i++)
        f->g->nodes[f->chain.nodes[i]].dead = true;
    take_pixels(f, OCTET_PLACEMENT_FOLD);
    return OCTET_OK;
}

/* All readers of the input read a PixelTable's floats instead. */
static octet_status add_table(fold *f)
{
    oct_graph *g = f->g;
    oct_pixel_params *p;
    OCT_TRY(pixel_params(f, &p));
    oct_value_id floats;
    OCT_TRY(oct_graph_add_like(g, &floats, f->input, ".pixels", f->err));
    oct_graph_replace_uses(g, f->input, floats);
    oct_node_id node;
    OCT_TRY(oct_graph_add_node(g, &node, OCT_OP_PIXEL_TABLE, g->values[floats].name, "PixelTable", &f->input, 1, &floats, 1,
                               p, f->err));
    take_pixels(f, OCTET_PLACEMENT_LAYER);
    return OCTET_OK;
}

/* ---- deciding ---- */

/* The convolution or product that the pixels can go into, in *target, a product behind *reshape; OCT_NONE: none, and
 * f->reason says why. Leaves the graph as it is. */
static octet_status find_target(fold *f, const int32_t *uses, oct_node_id *reshape, oct_node_id *target)
{
    *reshape = *target = OCT_NONE;
    OCT_TRY(oct_pixel_chain_follow(&f->chain, f->g, uses, f->input, f->err));
    oct_node_id id = f->chain.consumer;
    if (id == OCT_NONE) {
        refuse(f, "the input has several readers");
        return OCTET_OK;
    }
    oct_node *n = &f->g->nodes[id];
    if (n->op == OCT_OP_CONV && oct_node_out(f->g, n, 0)->dtype == OCTET_F32 && n->in[X] == f->chain.end) {
        *target = conv_fits(f, n) ? id : OCT_NONE;
    } else {
        oct_node *product = flat_product(f, uses, n);
        if (!product)
            refuse_node(f, n, "comes first, no convolution or matrix product");
        else if (product_fits(f, product)) {
            f->layout = f->asked ? f->layout : guess_layout(f);
            const int axis = f->layout == OCTET_NHWC ? 3 : 1;
            if (oct_pixel_chain_spread(&f->chain, f->g, axis, f->g->values[f->input].dims[axis])) {
                *reshape = id;
                *target = (oct_node_id)(product - f->g->nodes);
            }
        }
    }
    return f->chain.no_memory ? oct_fail_memory(f->err, "an input's normalization", sizeof *f->chain.scale) : OCTET_OK;
}

static octet_status try_fold(fold *f, const int32_t *uses, bool *folded)
{
    oct_node_id reshape, target;
    OCT_TRY(find_target(f, uses, &reshape, &target));
    *folded = target != OCT_NONE;
    if (reshape != OCT_NONE)
        OCT_TRY(product_to_conv(f, reshape, target, &target));
    return *folded ? fold_conv(f, target) : OCTET_OK;
}

/* Whether the input takes pixels, or the caller asks for that; *fold is then ready for it. */
static bool takes_pixels_of(fold *f, oct_graph *g, oct_value_id input, const oct_pass_env *env, octet_error *err)
{
    *f = (fold){.g = g, .err = err, .input = input, .layout = env->pixels.layout};
    f->asked = env->pixels.placement != OCTET_PLACEMENT_HOST && env->pixels.input == input;
    const oct_value *v = &g->values[input];
    return v->rank == 4 && oct_value_elems(v) > 0 &&
           (v->dtype == OCTET_U8 || (v->dtype == OCTET_F32 && f->asked));
}

static bool may_fold(const fold *f, const oct_pass_env *env)
{
    return !f->asked || f->g->values[f->input].dtype == OCTET_U8 || env->pixels.placement == OCTET_PLACEMENT_FOLD;
}

octet_status oct_pixel_target_find(oct_node_id *target, bool *in_front, oct_graph *g, const int32_t *uses,
                                   oct_value_id input, const oct_pass_env *env, octet_error *err)
{
    fold f;
    oct_node_id reshape;
    *target = OCT_NONE;
    if (!takes_pixels_of(&f, g, input, env, err) || !may_fold(&f, env))
        return OCTET_OK;
    OCT_TRY(find_target(&f, uses, &reshape, target));
    for (int i = 0; i < f.chain.n_nodes && *target != OCT_NONE; i++)
        in_front[f.chain.nodes[i]] = true;
    if (reshape != OCT_NONE)
        in_front[reshape] = true;
    return OCTET_OK;
}

static octet_status visit(oct_graph *g, const int32_t *uses, oct_value_id input, const oct_pass_env *env, octet_error *err)
{
    fold f;
    bool folded = false;
    if (!takes_pixels_of(&f, g, input, env, err))
        return OCTET_OK;
    const bool u8 = g->values[input].dtype == OCTET_U8;
    if (may_fold(&f, env))
        OCT_TRY(try_fold(&f, uses, &folded));
    if (folded || !f.asked)
        return OCTET_OK;
    if (!u8)
        OCT_TRY(add_table(&f));
    g->values[input].placement_reason = f.reason;
    return OCTET_OK;
}

octet_status oct_pass_fold_normalize(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    octet_status status = OCTET_OK;
    for (int i = 0; i < g->n_inputs && status == OCTET_OK; i++)
        status = visit(g, uses, g->inputs[i], env, err);
    oct_free(uses);
    return status;
}
