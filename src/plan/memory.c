/* Liveness to offsets: each buffer goes into the smallest gap left by those alive at the same time.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "plan/plan.h"

#define LIMIT ((uint64_t)1 << 46) /* keeps the sums below from overflow; builder.c has a lower one */
#define MANY 8192 /* buffers; beyond them only the order of birth is tried, which forgets the dead and so stays fast */

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

/* Buffers that have their place, sorted by offset. */
typedef struct placed_list {
    oct_lifetime **buffers;
    int n;
} placed_list;

/* Offset of the smallest gap for b between those that live while it does; else behind the last of them. */
static uint64_t best_gap(const placed_list *placed, const oct_lifetime *b)
{
    uint64_t n_bytes = oct_round_up(b->n_bytes, OCT_CACHE_LINE), end = 0, best = UINT64_MAX, best_size = UINT64_MAX;
    for (int i = 0; i < placed->n; i++) {
        const oct_lifetime *other = placed->buffers[i];
        if (other->first > b->last || b->first > other->last)
            continue;
        uint64_t start = other->offset;
        if (start > end && start - end >= n_bytes && start - end < best_size) {
            best = end;
            best_size = start - end;
        }
        uint64_t this_end = start + oct_round_up(other->n_bytes, OCT_CACHE_LINE);
        end = this_end > end ? this_end : end;
    }
    return best != UINT64_MAX ? best : end;
}

static void insert(placed_list *placed, oct_lifetime *b)
{
    int i = placed->n++;
    for (; i > 0 && placed->buffers[i - 1]->offset > b->offset; i--)
        placed->buffers[i] = placed->buffers[i - 1];
    placed->buffers[i] = b;
}

static void forget_dead(placed_list *placed, int32_t now)
{
    int n = 0;
    for (int i = 0; i < placed->n; i++)
        if (placed->buffers[i]->last >= now)
            placed->buffers[n++] = placed->buffers[i];
    placed->n = n;
}

/* Place in the given order; returns the arena's size. `room` has room for n. */
static uint64_t place_all(const placement *order, int n, bool births_ascend, oct_lifetime **room)
{
    uint64_t arena = 0;
    placed_list placed = {.buffers = room};
    for (int i = 0; i < n; i++) {
        oct_lifetime *b = order[i].buffer;
        if (births_ascend)
            forget_dead(&placed, b->first);
        b->offset = best_gap(&placed, b);
        insert(&placed, b);
        uint64_t end = b->offset + oct_round_up(b->n_bytes, OCT_CACHE_LINE);
        arena = end > arena ? end : arena;
    }
    return arena;
}

static uint64_t place_sorted(placement *order, int n, bool births_ascend, oct_lifetime **room)
{
    qsort(order, (size_t)n, sizeof *order, births_ascend ? by_birth : by_size);
    return place_all(order, n, births_ascend, room);
}

octet_status oct_plan_memory(oct_lifetime *buffers, int n, uint64_t *arena_bytes, octet_error *err)
{
    *arena_bytes = 0;
    if (n == 0)
        return OCTET_OK;
    placement *order = oct_calloc((size_t)n, sizeof *order);
    oct_lifetime **room = oct_calloc((size_t)n, sizeof *room);
    octet_status status = OCTET_OK;
    if (!order || !room) {
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
    uint64_t sized = n <= MANY ? place_sorted(order, n, false, room) : UINT64_MAX;
    *arena_bytes = place_sorted(order, n, true, room);
    if (sized <= *arena_bytes)
        *arena_bytes = place_sorted(order, n, false, room);
done:
    oct_free(order);
    oct_free(room);
    return status;
}
