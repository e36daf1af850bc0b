/* Table-driven tests of shape inference: operator, params, inputs as text (net.h), expected outputs as text.
 * "!words" expects OCTET_BAD_INPUT with a message that contains the words, "~words" OCTET_UNSUPPORTED; "!!words" the same
 * of a node with two outputs.
 * Every node that passes is inferred twice: normalized params must mean the same.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHAPE_CASE_H
#define SHAPE_CASE_H

#include "graph/shape.h"
#include "net.h"

typedef struct shape_case {
    oct_op op;
    void *params;
    const char *in, *out;
} shape_case;

static inline int count_outputs(const char *list)
{
    int n = 1;
    if (*list == '!' || *list == '~')
        return (int)strspn(list, "!~");
    for (; *list; list++)
        n += *list == ';';
    return n;
}

/* All outputs of the node as text. */
static inline void print_outputs(const oct_graph *g, const oct_node *n, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = 0; i < n->n_out; i++) {
        size_t used = strlen(text);
        const oct_value *v = oct_node_out(g, n, i);
        snprintf(text + used, size - used, "%s%s", i ? "; " : "", v ? "" : "-");
        used = strlen(text);
        if (v)
            net_print(v, text + used, size - used);
    }
}

static inline void check_failure(const shape_case *c, octet_status status, const char *message)
{
    octet_status want = c->out[0] == '!' ? OCTET_BAD_INPUT : OCTET_UNSUPPORTED;
    const char *name = oct_op_get_info(c->op)->onnx_name, *words = c->out + strspn(c->out, "!~");
    CHECK(status == want, "%s (%s): %s: %s", name, c->in, octet_status_name(status), message);
    CHECK(strstr(message, words) != NULL, "%s (%s): message is \"%s\", not \"%s\"", name, c->in, message, words);
    CHECK(strncmp(message, name, strlen(name)) == 0 && strstr(message, " 'n': "), "no node in \"%s\"", message);
}

static inline void run_case(const shape_case *c)
{
    oct_graph g;
    oct_value_id in[NET_MAX], out[NET_MAX];
    oct_node_id id;
    octet_error err = {0};
    char text[1024];
    bool fails = c->out[0] == '!' || c->out[0] == '~';
    oct_graph_init(&g);
    int n_in = net_values(&g, c->in, in), n_out = count_outputs(c->out);
    for (int i = 0; i < n_out; i++)
        oct_graph_add_value(&g, &out[i], NULL, NULL);
    oct_graph_add_node(&g, &id, c->op, "n", NULL, in, n_in, out, n_out, c->params, NULL);
    octet_status status = oct_infer_node(&g, &g.nodes[id], &err);
    if (fails) {
        check_failure(c, status, err.message);
        CHECK(oct_infer_node(&g, &g.nodes[id], NULL) == status, "without an error object");
    }
    for (int round = 0; !fails && round < 2; round++) {
        CHECK(status == OCTET_OK, "%s (%s), round %d: %s", oct_op_get_info(c->op)->onnx_name, c->in, round, err.message);
        print_outputs(&g, &g.nodes[id], text, sizeof text);
        CHECK(strcmp(text, c->out) == 0, "%s (%s), round %d gives %s, not %s", oct_op_get_info(c->op)->onnx_name, c->in,
              round, text, c->out);
        status = oct_infer_node(&g, &g.nodes[id], &err);
    }
    oct_graph_fini(&g);
}

static inline void run_cases(const shape_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        run_case(&cases[i]);
}

#define RUN_CASES(CASES) run_cases(CASES, sizeof(CASES) / sizeof((CASES)[0]))

#endif
