/* A provider: something that can execute nodes. Chosen per node, in the order the caller gives, by plan/partition.c.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PROVIDER_H
#define OCT_PROVIDER_H

#include "plan/builder.h"

typedef struct oct_provider {
    const char *name;  /* "float" */
    const char *alias; /* other spelling that is accepted with a notice, e.g. "CPUExecutionProvider"; NULL: none */
    bool (*claims)(const oct_graph *g, const oct_node *n); /* whether such nodes are its business */
    /* Lower a node that it claims. OCTET_UNSUPPORTED with a reason (no steps built): not mine, ask the next provider. */
    octet_status (*lower)(oct_builder *b, const oct_node *n, octet_error *err);
} oct_provider;

#endif
