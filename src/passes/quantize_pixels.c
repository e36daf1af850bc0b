/* A first layer on pixels whose result is quantized at once becomes an integer one: PixelConv, QuantizeLinear -> PixelQConv,
 * whose weights are quantized when the program is bound to pixels; PixelTable, QuantizeLinear -> a PixelTable of bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "base/mem.h"
#include "passes/qdq.h"

#define MOST_CLASSES 256         /* border classes that the integer convolution takes */
#define MOST_TAPS 32768          /* so that 255*127 a tap and a bias of 2^30 stay within int32 */

enum { X, W, BIAS, RESIDUAL, OC_SCALE, Y_SCALE, Y_ZERO, N_INPUTS }; /* of PixelQConv */

/* Tap t of position o reads o*stride - pad + t*dilation. */
static int64_t first_tap(int64_t at, int64_t dilation)
{
    return at >= 0 ? 0 : oct_ceil_div(-at, dilation);
}

/* Distinct sets of in-bounds taps along axis i. */
static int64_t count_classes(const oct_conv_params *p, int i, int64_t out, int64_t size)
{
    int64_t n = 0, begin = -1, end = -1;
    for (int64_t o = 0; o < out; o++) {
        const int64_t at = o * p->stride[i] - p->pad_begin[i];
        const int64_t b = oct_min64(first_tap(at, p->dilation[i]), p->kernel[i]);
        const int64_t e = at >= size ? b : oct_min64(oct_ceil_div(size - at, p->dilation[i]), p->kernel[i]);
        n += b != begin || e != end;
        begin = b;
        end = e;
    }
    return n;
}

static bool is_integer_shape(const oct_graph *g, const oct_node *n)
{
    const oct_pixel_params *p = n->params;
    const oct_value *y = oct_node_out(g, n, 0);
    const int64_t taps = oct_max64(p->C, OCTET_MAX_CHANNELS) * p->conv.kernel[0] * p->conv.kernel[1];
    return y->rank == 4 && taps <= MOST_TAPS &&
           count_classes(&p->conv, 0, y->dims[2], p->H) * count_classes(&p->conv, 1, y->dims[3], p->W) <= MOST_CLASSES;
}

/* A quantizer to 8 bits with one scale, in front of which the activation clamps nothing that it would not clamp itself. */
static bool is_fitting(const oct_graph *g, const oct_node *q, const oct_fused_act *act)
{
    oct_quantized y;
    return oct_qdq_quantizer(g, q, &y) && !oct_qdq_is_words(g, &y) &&
           (act->kind == OCT_FUSED_NONE || (act->kind == OCT_FUSED_CLAMP && oct_qdq_saturates(g, &y, act->lo, act->hi)));
}

static octet_status make_integer(oct_graph *g, oct_node *n, oct_node *q, octet_error *err)
{
    const bool conv = n->op == OCT_OP_PIXEL_CONV;
    oct_value_id *in = oct_arena_array(&g->arena, N_INPUTS, sizeof *in);
    if (!in)
        return oct_fail_memory(err, "a first layer", N_INPUTS * sizeof *in);
    const int at = conv ? Y_SCALE : 1;
    for (int i = 0; i < at; i++)
        in[i] = i < n->n_in ? n->in[i] : OCT_NONE;
    in[at] = q->in[1];
    in[at + 1] = oct_qdq_in(q, 2);
    n->in = in;
    n->n_in = at + 2;
    if (conv)
        n->op = OCT_OP_PIXEL_QCONV;
    return oct_fuse_swallow(g, n, q, err);
}

octet_status oct_pass_quantize_pixels(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    static const oct_fused_act none = {.kind = OCT_FUSED_NONE};
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0; i < g->n_nodes && status == OCTET_OK; i++) {
        oct_node *n = &g->nodes[i];
        const bool conv = n->op == OCT_OP_PIXEL_CONV, table = n->op == OCT_OP_PIXEL_TABLE;
        if (n->dead || (!conv && !table) || (conv && n->n_in > RESIDUAL && n->in[RESIDUAL] != OCT_NONE))
            continue;
        const oct_node_id reader = oct_fuse_sole_consumer(g, uses, n->out[0]);
        const oct_fused_act *act = conv ? &((const oct_pixel_params *)n->params)->conv.act : &none;
        if (reader != OCT_NONE && is_fitting(g, &g->nodes[reader], act) && (table || is_integer_shape(g, n)))
            status = make_integer(g, n, &g->nodes[reader], err);
    }
    oct_free(uses);
    return status;
}
