/* Liveness to offsets: each buffer goes into the smallest gap left by those alive at the same time.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

#define LIMIT ((uint64_t)1 << 46)

typedef struct placement {
    oct_lifetime *buffer;
    int index; /* makes sorting stable: the same arena on every machine */
} placement;

static int by_size(const void *a, const void *b)
{
    const placement *x = a, *y = b;
    if (x->buffer->n_bytes != y->buffer->n_bytes)
        return x->buffer->n_bytes > y->buffer->n_bytes ? -1 : 1;
    return x->index - y->index;
}

static int by_birth(const void *a, const void *b)
{
    const placement *x = a, *y = b;
    if (x->buffer->first != y->buffer->first)
        return x->buffer->first < y->buffer->first ? -1 : 1;
    return by_size(a, b);
}

static int by_offset(const void *a, const void *b)
{
    const oct_lifetime *const *x = a, *const *y = b;
    if ((*x)->offset != (*y)->offset)
        return (*x)->offset < (*y)->offset ? -1 : 1;
    return 0;
}

/* Offset of the smallest gap between `placed` buffers (sorted by offset) that holds n_bytes; else behind the last. */
static uint64_t best_gap(oct_lifetime *const *placed, int n_placed, uint64_t n_bytes)
{
    uint64_t end = 0, best = UINT64_MAX, best_size = UINT64_MAX;
    for (int i = 0; i < n_placed; i++) {
        uint64_t start = placed[i]->offset;
        if (start > end && start - end >= n_bytes && start - end < best_size) {
            best = end;
            best_size = start - end;
        }
        uint64_t this_end = start + oct_round_up(placed[i]->n_bytes, OCT_CACHE_LINE);
        end = this_end > end ? this_end : end;
    }
    return best != UINT64_MAX ? best : end;
}

/* Place in the given order; returns the arena's size. `neighbours` has room for n. */
static uint64_t place_all(placement *order, int n, oct_lifetime **neighbours)
{
    uint64_t arena = 0;
    for (int i = 0; i < n; i++) {
        oct_lifetime *b = order[i].buffer;
        int n_neighbours = 0;
        for (int j = 0; j < i; j++) {
            oct_lifetime *other = order[j].buffer;
            if (other->first <= b->last && b->first <= other->last)
                neighbours[n_neighbours++] = other;
        }
        qsort(neighbours, (size_t)n_neighbours, sizeof *neighbours, by_offset);
        uint64_t n_bytes = oct_round_up(b->n_bytes, OCT_CACHE_LINE);
        b->offset = best_gap(neighbours, n_neighbours, n_bytes);
        if (b->offset + n_bytes > arena)
            arena = b->offset + n_bytes;
    }
    return arena;
}

octet_status oct_plan_memory(oct_lifetime *buffers, int n, uint64_t *arena_bytes, octet_error *err)
{
    *arena_bytes = 0;
    if (n == 0)
        return OCTET_OK;
    placement *order = oct_calloc((size_t)n, sizeof *order);
    oct_lifetime **neighbours = oct_calloc((size_t)n, sizeof *neighbours);
    octet_status status = OCTET_OK;
    if (!order || !neighbours) {
        status = oct_fail_memory(err, "the memory plan", (unsigned long long)n * sizeof *order);
        goto done;
    }
    uint64_t total = 0;
    for (int i = 0; i < n; i++) {
        order[i] = (placement){.buffer = &buffers[i], .index = i};
        total += oct_round_up(buffers[i].n_bytes, OCT_CACHE_LINE);
        if (total > LIMIT) {
            status = oct_fail(err, OCTET_NO_MEMORY, "the activations need more than %llu bytes", (unsigned long long)LIMIT);
            goto done;
        }
    }
    static int (*const orders[])(const void *, const void *) = {by_size, by_birth};
    uint64_t best = UINT64_MAX;
    int best_order = 0;
    for (int pass = 0; pass < 3; pass++) { /* try both, then redo the better one */
        int which = pass < 2 ? pass : best_order;
        if (pass == 2 && best_order == 1)
            break;
        qsort(order, (size_t)n, sizeof *order, orders[which]);
        uint64_t arena = place_all(order, n, neighbours);
        if (arena < best) {
            best = arena;
            best_order = which;
        }
    }
    *arena_bytes = best;
done:
    oct_free(order);
    oct_free(neighbours);
    return status;
}
