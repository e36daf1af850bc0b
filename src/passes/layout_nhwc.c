/* Decides how each value lies in memory. Convolutions, pools and resizes work channels-last; nodes of class ANY carry their
 * input's layout on; the others want row-major. Where maker and reader differ, a Relayout node converts, once per value.
 * Graph inputs and outputs are row-major.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include "base/mem.h"

typedef struct relayout {
    oct_graph *g;
    oct_value_id *twin; /* [n_values at the start] the same value in the other layout, OCT_NONE: not made yet */
    int32_t n_values;
    octet_error *err;
} relayout;

/* `*id` becomes the same value in `layout`. */
static octet_status convert(relayout *r, oct_value_id *id, oct_layout layout)
{
    oct_value_id v = *id;
    if (v == OCT_NONE || r->g->values[v].layout == layout || r->g->values[v].rank < 3)
        return OCTET_OK;
    if (r->twin[v] == OCT_NONE) {
        oct_value_id twin;
        OCT_TRY(oct_graph_add_like(r->g, &twin, v, layout == OCT_PLAIN ? ".nchw" : ".nhwc", r->err));
        r->g->values[twin].layout = layout;
        oct_node_id id_node;
        OCT_TRY(oct_graph_add_node(r->g, &id_node, OCT_OP_RELAYOUT, r->g->values[twin].name, "Relayout", &v, 1, &twin, 1,
                                   NULL, r->err));
        r->twin[v] = twin;
    }
    *id = r->twin[v];
    return OCTET_OK;
}

static void set_outputs(relayout *r, const oct_node *n, oct_layout layout)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] != OCT_NONE && r->g->values[n->out[i]].rank >= 3)
            r->g->values[n->out[i]].layout = layout;
}

static octet_status lay_image(relayout *r, oct_node_id id)
{
    for (int i = 0; i < r->g->nodes[id].n_in; i++) {
        oct_node *n = &r->g->nodes[id];
        /* the residual lies like the output */
        bool image = i == 0 || (n->op == OCT_OP_CONV && i == 3) || (n->op == OCT_OP_QLINEAR_CONV && i == OCT_QCONV_RESIDUAL);
        oct_value_id v = n->in[i];
        OCT_TRY(convert(r, &v, image ? OCT_CHANNELS_LAST : OCT_PLAIN));
        r->g->nodes[id].in[i] = v;
    }
    set_outputs(r, &r->g->nodes[id], OCT_CHANNELS_LAST);
    return OCTET_OK;
}

static octet_status lay_pixels(relayout *r, oct_node_id id)
{
    for (int i = 1; i < r->g->nodes[id].n_in; i++) {
        oct_value_id v = r->g->nodes[id].in[i];
        OCT_TRY(convert(r, &v, i == 3 ? OCT_CHANNELS_LAST : OCT_PLAIN));
        r->g->nodes[id].in[i] = v;
    }
    const oct_node *n = &r->g->nodes[id];
    const oct_pixel_params *p = n->params;
    bool plain = n->op == OCT_OP_PIXEL_TABLE && p->layout == OCTET_NHWC; /* channels are its last axis already */
    set_outputs(r, n, plain ? OCT_PLAIN : OCT_CHANNELS_LAST);
    return OCTET_OK;
}

static octet_status lay_plain(relayout *r, oct_node_id id)
{
    for (int i = 0; i < r->g->nodes[id].n_in; i++) {
        oct_value_id v = r->g->nodes[id].in[i];
        OCT_TRY(convert(r, &v, OCT_PLAIN));
        r->g->nodes[id].in[i] = v;
    }
    return OCTET_OK;
}

/* Channels-last out if some input of the output's rank is so and the axes keep their meaning. */
static void lay_any(relayout *r, const oct_node *n)
{
    if (n->op == OCT_OP_TRANSPOSE)
        return;
    const oct_value *out = oct_node_out(r->g, n, 0);
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *v = oct_node_in(r->g, n, i);
        if (v && v->layout == OCT_CHANNELS_LAST && out && v->rank == out->rank) {
            set_outputs(r, n, OCT_CHANNELS_LAST);
            return;
        }
    }
}

/* A channels-last graph output: a row-major twin takes its place and its name. */
static octet_status fix_output(relayout *r, int i)
{
    oct_value_id old = r->g->outputs[i], now = old;
    OCT_TRY(convert(r, &now, OCT_PLAIN));
    if (now == old)
        return OCTET_OK;
    const char *name = r->g->values[old].name;
    r->g->values[old].name = r->g->values[now].name;
    r->g->values[now].name = name;
    r->g->values[old].is_output = false;
    r->g->values[now].is_output = true;
    for (int k = i; k < r->g->n_outputs; k++)
        if (r->g->outputs[k] == old)
            r->g->outputs[k] = now;
    return OCTET_OK;
}

static octet_status lay_all(relayout *r)
{
    int32_t n_nodes = r->g->n_nodes;
    for (oct_node_id i = 0; i < n_nodes; i++) {
        const oct_node *n = &r->g->nodes[i];
        if (n->dead)
            continue;
        switch ((oct_layout_class)oct_op_get_info(n->op)->layout) {
        case OCT_LC_IMAGE: OCT_TRY(lay_image(r, i)); break;
        case OCT_LC_PIXELS: OCT_TRY(lay_pixels(r, i)); break;
        case OCT_LC_PLAIN: OCT_TRY(lay_plain(r, i)); break;
        case OCT_LC_ANY: lay_any(r, n); break;
        }
    }
    for (int i = 0; i < r->g->n_outputs; i++)
        OCT_TRY(fix_output(r, i));
    return OCTET_OK;
}

octet_status oct_pass_layout_nhwc(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    relayout r = {.g = g, .n_values = g->n_values, .err = err};
    r.twin = oct_malloc(((size_t)g->n_values + 1) * sizeof *r.twin);
    if (!r.twin)
        return oct_fail_memory(err, "layouts", (unsigned long long)g->n_values * sizeof *r.twin);
    for (int32_t i = 0; i < g->n_values; i++)
        r.twin[i] = OCT_NONE;
    octet_status status = lay_all(&r);
    oct_free(r.twin);
    return status;
}
