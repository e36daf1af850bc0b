/* ONNX value names to value ids: an open-addressing hash table that lives during one import.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_NAMES_H
#define OCT_NAMES_H

#include <stdint.h>

#include "graph/graph.h"

typedef struct oct_name_slot {
    const char *name; /* NULL: free */
    oct_value_id id;
} oct_name_slot;

/* All-zero is a valid, empty table. */
typedef struct oct_names {
    oct_name_slot *slots;
    uint32_t n_slots; /* 0 or a power of two */
    uint32_t n_names;
} oct_names;

/* OCT_NONE for an unknown name. */
oct_value_id oct_names_find(const oct_names *names, const char *name);
/* `name` must be new and outlive the table. */
octet_status oct_names_add(oct_names *names, const char *name, oct_value_id id, octet_error *err);
void oct_names_fini(oct_names *names);

#endif
