/* Constants whose bytes lie in the mapped file: moved into the arena for those who need aligned elements.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "graph/graph.h"

octet_status oct_graph_align_const(oct_graph *g, oct_value_id v, octet_error *err)
{
    oct_value *value = oct_graph_value(g, v);
    if (!value || !value->unaligned_data)
        return OCTET_OK;
    size_t n = oct_value_bytes(value);
    void *copy = oct_arena_alloc(&g->arena, n);
    if (!copy)
        return oct_fail_memory(err, value->name, n);
    memcpy(copy, value->data, n);
    value->data = copy;
    value->unaligned_data = false;
    return OCTET_OK;
}
