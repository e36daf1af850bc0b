/* The graph as text: inputs, constants, one line a node, outputs.
 *     %y: float32[1,8,112,112] = Conv 'conv1' (%x, %w, -) {kernel 3x3, pads 1,1,1,1}
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "graph/graph.h"
#include "graph/text_params.h"

static void print_type(FILE *f, const oct_value *v)
{
    fputs(octet_dtype_name(v->dtype), f);
    if (v->rank < 0) {
        fputs("[...]", f);
        return;
    }
    fputc('[', f);
    for (int i = 0; i < v->rank; i++) {
        fputs(i ? "," : "", f);
        if (v->dims[i] >= 0)
            fprintf(f, "%" PRId64, v->dims[i]);
        else
            fputs(v->dim_names[i] ? v->dim_names[i] : "?", f);
    }
    fputs(v->layout == OCT_CHANNELS_LAST ? "] channels-last" : "]", f);
}

static void print_value(FILE *f, const oct_value *v)
{
    if (!v) {
        fputc('-', f);
        return;
    }
    fprintf(f, "%%%s: ", v->name);
    print_type(f, v);
}

static void print_node(FILE *f, const oct_graph *g, const oct_node *n)
{
    fputs("  ", f);
    for (int i = 0; i < n->n_out; i++) {
        fputs(i ? ", " : "", f);
        print_value(f, oct_node_out(g, n, i));
    }
    fprintf(f, " = %s '%s' (", n->onnx_op, n->name);
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *v = oct_node_in(g, n, i);
        fprintf(f, "%s%s%s", i ? ", " : "", v ? "%" : "-", v ? v->name : "");
    }
    fputc(')', f);
    oct_text_params(f, n);
    fputc('\n', f);
}

static void print_line(FILE *f, const char *what, const oct_value *v)
{
    fprintf(f, "  %s ", what);
    print_value(f, v);
    fputc('\n', f);
}

void oct_graph_print(const oct_graph *g, void *file)
{
    FILE *f = file;
    fprintf(f, "graph '%s'\n", g->name ? g->name : "");
    for (int32_t i = 0; i < g->n_inputs; i++)
        print_line(f, "input", oct_graph_value(g, g->inputs[i]));
    for (int32_t i = 0; i < g->n_values; i++)
        if (oct_value_is_const(&g->values[i]))
            print_line(f, "const", &g->values[i]);
    for (int32_t i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead)
            print_node(f, g, &g->nodes[i]);
    for (int32_t i = 0; i < g->n_outputs; i++)
        print_line(f, "output", oct_graph_value(g, g->outputs[i]));
}
