/* What stands behind octet_model.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MODEL_H
#define OCT_MODEL_H

#include "graph/graph.h"

struct octet_model {
    oct_graph graph;
    const void *bytes; /* of the file */
    size_t n_bytes;
    bool compiled; /* the passes have changed the graph for good */
};

#endif
