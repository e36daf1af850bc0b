/* Heap gate: one atomic counter in front of malloc and aligned_alloc.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/compiler.h"

static _Atomic uint64_t n_allocs;
static _Atomic uint64_t fail_at; /* 0: never */

static int may_allocate(void)
{
    uint64_t n = atomic_fetch_add_explicit(&n_allocs, 1, memory_order_relaxed) + 1;
    uint64_t at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    return at == 0 || n < at;
}

void *oct_alloc_aligned(size_t n)
{
    if (n > SIZE_MAX / 2 || !may_allocate())
        return NULL;
    return aligned_alloc(OCT_CACHE_LINE, (size_t)oct_round_up(n ? n : 1, OCT_CACHE_LINE));
}

void oct_free_aligned(void *p)
{
    free(p);
}

void *oct_malloc(size_t n)
{
    return n <= SIZE_MAX / 2 && may_allocate() ? malloc(n ? n : 1) : NULL;
}

void *oct_calloc(size_t count, size_t size)
{
    size_t n;
    if (OCT_MUL_OVERFLOWS(count, size, &n) || n > SIZE_MAX / 2 || !may_allocate())
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *oct_realloc(void *p, size_t n)
{
    return n <= SIZE_MAX / 2 && may_allocate() ? realloc(p, n ? n : 1) : NULL;
}

void oct_free(void *p)
{
    free(p);
}

uint64_t oct_alloc_count(void)
{
    return atomic_load(&n_allocs);
}

void oct_alloc_fail_after(uint64_t n)
{
    atomic_store(&fail_at, n ? atomic_load(&n_allocs) + n : 0);
}
