/* A model whose uint8 input is normalized by its own first nodes already: Cast, then Sub or Add, Mul or Div by constants, as
 * TI's tools and others write them, Transposes between. Composed in double to y = a * x + b; mean = -b / a, scale = a.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "graph/graph.h"
#include "onnx/folding.h"
#include "onnx/read.h"

#define LONGEST_CHAIN 16 /* nodes */

typedef struct chain {
    oct_slice value;   /* where the walk is */
    oct_slice first, last; /* nodes */
    int c_axis;
    bool casts;
    double a[OCTET_MAX_CHANNELS], b[OCTET_MAX_CHANNELS];
} chain;

/* ---- constants ---- */

/* One number, or one for each channel along the channel axis as broadcasting aligns it; false for anything else. */
static bool spread(const oct_folding *f, const oct_value *v, int c_axis, double *values)
{
    int rank = (int)strlen(f->out->axes), n = f->out->channels;
    int64_t n_elems = oct_value_elems(v);
    int axis = c_axis - (rank - v->rank);
    if (n_elems != 1 && (n_elems != n || v->rank > rank || axis < 0 || v->dims[axis] != n))
        return false;
    for (int c = 0; c < n; c++)
        values[c] = oct_const_float(v, n_elems == 1 ? 0 : c);
    return true;
}

static bool read_constant(const oct_folding *f, oct_slice name, int c_axis, double *values)
{
    oct_graph g;
    oct_value_id id;
    oct_slice tensor = oct_fold_tensor(f, name);
    if (tensor.n_bytes == 0)
        return false;
    oct_graph_init(&g);
    bool good = oct_onnx_read_tensor_beside(&g, &id, tensor.data, tensor.n_bytes, f->path, NULL) == OCTET_OK;
    good = good && spread(f, oct_graph_value(&g, id), c_axis, values);
    oct_graph_fini(&g);
    return good;
}

/* ---- the chain ---- */

static void apply(chain *c, char op, const double *k, int n)
{
    for (int i = 0; i < n; i++) {
        double factor = op == '*' ? k[i] : op == '/' ? 1 / k[i] : 1;
        c->a[i] *= factor;
        c->b[i] = c->b[i] * factor + (op == '+' ? k[i] : op == '-' ? -k[i] : 0);
    }
}

/* The node's effect on the chain; false if it ends there. */
static bool take_arithmetic(const oct_folding *f, chain *c, oct_slice node)
{
    static const struct {
        const char *op;
        char sign;
        bool commutes;
    } known[] = {{"Sub", '-', false}, {"Add", '+', true}, {"Mul", '*', true}, {"Div", '/', false}};
    double k[OCTET_MAX_CHANNELS];
    for (size_t i = 0; i < OCT_COUNT(known); i++) {
        if (!c->casts || !oct_node_is(node, known[i].op))
            continue;
        bool first = oct_slice_equal(oct_node_value(node, OCT_NODE_INPUT, 0), c->value);
        if (!first && !known[i].commutes)
            return false;
        if (!read_constant(f, oct_node_value(node, OCT_NODE_INPUT, first ? 1 : 0), c->c_axis, k))
            return false;
        apply(c, known[i].sign, k, f->out->channels);
        return true;
    }
    return false;
}

static bool take_cast(chain *c, oct_slice node)
{
    uint64_t to = oct_wire_varint(oct_node_attribute(node, "to"), OCT_ATTRIBUTE_I, OCTET_UNDEFINED);
    if (!oct_node_is(node, "Cast") || (to != OCTET_F32 && to != OCTET_F16 && to != OCTET_F64 && to != OCTET_BF16))
        return false;
    return c->casts = true;
}

static bool take_transpose(chain *c, oct_slice node)
{
    int axis = oct_node_is(node, "Transpose") ? oct_transposed_axis(node, c->c_axis) : -1;
    if (axis >= 0)
        c->c_axis = axis;
    return axis >= 0;
}

/* Walk on as long as the nodes belong to it. */
static void follow(oct_folding *f, chain *c)
{
    oct_field node;
    for (int i = 0; i < LONGEST_CHAIN; i++) {
        if (oct_fold_count_uses(f, c->value, &node) != 1)
            return;
        oct_slice inside = oct_field_slice(&node);
        if (!take_cast(c, inside) && !take_transpose(c, inside) && !take_arithmetic(f, c, inside))
            return;
        c->first = i == 0 ? inside : c->first;
        c->last = inside;
        c->value = oct_node_value(inside, OCT_NODE_OUTPUT, 0);
    }
}

static bool differs(double given, double found)
{
    return fabs(given - found) > 1e-4 * fmax(fabs(given), fabs(found));
}

/* Flags that say something must say the same. */
static octet_status compare(const oct_folding *f, const octet_fold_found *found)
{
    const octet_recipe *r = &f->out->recipe;
    bool given = false, other = false;
    for (int c = 0; c < found->channels; c++) {
        given |= differs((double)r->mean[c], 0) || differs((double)r->scale[c], 1);
        other |= differs((double)r->mean[c], (double)found->mean[c]) || differs((double)r->scale[c], (double)found->scale[c]);
    }
    if (!given || !other)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_USAGE, "the model normalizes input '%s' by itself ('%s' to '%s': mean %g, scale %g for the "
                                         "first channel), which contradicts mean %g, scale %g", found->input, found->first,
                    found->last, (double)found->mean[0], (double)found->scale[0], (double)r->mean[0], (double)r->scale[0]);
}

/* "name", or the first output of a node without. */
static const char *name_of(const oct_folding *f, oct_slice node)
{
    oct_slice name = oct_wire_bytes(node, OCT_NODE_NAME);
    return oct_fold_text(f, name.n_bytes ? name : oct_node_value(node, OCT_NODE_OUTPUT, 0));
}

octet_status oct_fold_found(oct_folding *f)
{
    octet_fold_found *found = &f->out->found;
    chain c = {.value = f->input_name, .c_axis = f->c_axis};
    for (int i = 0; i < OCTET_MAX_CHANNELS; i++)
        c.a[i] = 1;
    follow(f, &c);
    if (!c.casts)
        return oct_fail(f->err, OCTET_USAGE, "input '%s' takes uint8 already, and no Cast to float is behind it: there is "
                                             "nothing to fold", f->out->input);
    *found = (octet_fold_found){.input = f->out->input, .first = name_of(f, c.first), .last = name_of(f, c.last),
                                .channels = f->out->channels};
    for (int i = 0; i < found->channels; i++) {
        if (!isfinite(c.a[i]) || !isfinite(c.b[i]) || (c.a[i] <= 0 && c.a[i] >= 0))
            return oct_fail(f->err, OCTET_UNSUPPORTED, "input '%s' is normalized by itself, with a scale of %g", found->input,
                            c.a[i]);
        found->scale[i] = (float)c.a[i];
        found->mean[i] = (float)(-c.b[i] / c.a[i]) + 0.0f;
    }
    return compare(f, found);
}
