/* Fuzzes the ONNX reader: any bytes are a model, a consistent graph, or an error.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "onnx/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* Constants lie in the message at any alignment: touch them as a consumer would. */
static double read_constants(oct_graph *g)
{
    double sum = 0;
    for (int32_t v = 0; v < g->n_values; v++) {
        oct_value *value = &g->values[v];
        if (!value->data || oct_value_elems(value) == 0)
            continue;
        sum += oct_const_float(value, oct_value_elems(value) - 1);
        if (oct_graph_align_const(g, v, NULL) != OCTET_OK)
            abort();
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    oct_graph g;
    octet_error err;
    volatile double sink;
    oct_graph_init(&g);
    if (oct_onnx_read_memory(&g, data, n_bytes, &err) == OCTET_OK) {
        if (oct_graph_verify(&g, &err) != OCTET_OK)
            abort(); /* a graph that was read is a right one */
        sink = read_constants(&g);
        (void)sink;
    }
    oct_graph_fini(&g);
    return 0;
}
