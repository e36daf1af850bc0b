/* Linear probing, at most half full, FNV-1a.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/names.h"

#include <string.h>

#include "base/mem.h"

#define FIRST_SLOTS 256u
#define MOST_SLOTS (1u << 30)

static uint32_t hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, 64 bits: offset basis and prime */
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 32);
}

/* The slot that holds `name`, or the free one where it belongs. */
static oct_name_slot *probe(const oct_names *names, const char *name)
{
    uint32_t i = hash(name) & (names->n_slots - 1);
    while (names->slots[i].name && strcmp(names->slots[i].name, name) != 0)
        i = (i + 1) & (names->n_slots - 1);
    return &names->slots[i];
}

oct_value_id oct_names_find(const oct_names *names, const char *name)
{
    if (!names->n_slots)
        return OCT_NONE;
    const oct_name_slot *slot = probe(names, name);
    return slot->name ? slot->id : OCT_NONE;
}

static octet_status grow(oct_names *names, octet_error *err)
{
    oct_names larger = {.n_slots = names->n_slots ? names->n_slots * 2 : FIRST_SLOTS, .n_names = names->n_names};
    if (larger.n_slots > MOST_SLOTS)
        return oct_fail(err, OCTET_NO_MEMORY, "the graph has more than %u names", names->n_names);
    larger.slots = oct_calloc(larger.n_slots, sizeof *larger.slots);
    if (!larger.slots)
        return oct_fail_memory(err, "the names of the graph", larger.n_slots * sizeof *larger.slots);
    for (uint32_t i = 0; i < names->n_slots; i++)
        if (names->slots[i].name)
            *probe(&larger, names->slots[i].name) = names->slots[i];
    oct_free(names->slots);
    *names = larger;
    return OCTET_OK;
}

octet_status oct_names_add(oct_names *names, const char *name, oct_value_id id, octet_error *err)
{
    if (names->n_names >= names->n_slots / 2)
        OCT_TRY(grow(names, err));
    *probe(names, name) = (oct_name_slot){.name = name, .id = id};
    names->n_names++;
    return OCTET_OK;
}

void oct_names_fini(oct_names *names)
{
    oct_free(names->slots);
    *names = (oct_names){0};
}
