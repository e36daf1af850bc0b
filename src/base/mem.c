/* Heap gate: one atomic counter in front of malloc, aligned_alloc and mmap.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/compiler.h"

static _Atomic uint64_t n_allocs;
static _Atomic uint64_t fail_at; /* 0: never */
static _Atomic uint64_t fail_until;

static int may_allocate(void)
{
    uint64_t n = atomic_fetch_add_explicit(&n_allocs, 1, memory_order_relaxed) + 1;
    uint64_t at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    return at == 0 || n < at || n > atomic_load_explicit(&fail_until, memory_order_relaxed);
}

/* In front of every aligned block: how to give it back. */
typedef struct header {
    void *start;
    size_t n_mapped; /* 0: from aligned_alloc */
    char pad[OCT_CACHE_LINE - sizeof(void *) - sizeof(size_t)];
} header;

/* Larger blocks are mappings of their own: freed, they leave the process at once. Not where a sanitizer guards malloc. */
#define MAP_FROM (OCT_ASAN ? SIZE_MAX / 2 : (size_t)1 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

/* A mapping whose payload, one cache line in, starts on a huge page boundary where that pays. */
static header *map_block(size_t n)
{
    size_t n_mapped = n + sizeof(header) + (n >= HUGE_PAGE ? HUGE_PAGE : 0);
    uint8_t *start = mmap(NULL, n_mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    uint8_t *payload = start + sizeof(header);
    if (n >= HUGE_PAGE) {
        payload = (uint8_t *)(uintptr_t)oct_round_up((uintptr_t)payload, HUGE_PAGE);
        madvise(payload, n / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE); /* a wish: no matter if it fails */
    }
    header *h = (header *)(void *)payload - 1;
    *h = (header){.start = start, .n_mapped = n_mapped};
    return h;
}

void *oct_alloc_aligned(size_t n)
{
    if (n > SIZE_MAX / 2 || !may_allocate())
        return NULL;
    if (n >= MAP_FROM) {
        header *h = map_block(n);
        return h ? h + 1 : NULL;
    }
    header *h = aligned_alloc(OCT_CACHE_LINE, sizeof *h + (size_t)oct_round_up(n ? n : 1, OCT_CACHE_LINE));
    if (!h)
        return NULL;
    *h = (header){.start = h};
    return h + 1;
}

void *oct_calloc_aligned(size_t n)
{
    void *p = oct_alloc_aligned(n);
    if (p && n < MAP_FROM) /* fresh pages are zero */
        memset(p, 0, n);
    return p;
}

void oct_free_aligned(void *p)
{
    if (!p)
        return;
    header h = *((header *)p - 1);
    if (h.n_mapped)
        munmap(h.start, h.n_mapped);
    else
        free(h.start);
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

void *oct_budget_alloc(void *budget, size_t n)
{
    oct_budget *b = budget;
    b->exceeded |= n > b->left;
    if (b->exceeded)
        return NULL;
    b->left -= n;
    void *p = oct_malloc(n);
    b->no_memory |= !p;
    return p;
}

void oct_budget_free(void *budget, void *p)
{
    (void)budget;
    oct_free(p);
}

uint64_t oct_alloc_count(void)
{
    return atomic_load(&n_allocs);
}

void oct_alloc_fail_after(uint64_t n)
{
    atomic_store(&fail_until, UINT64_MAX);
    atomic_store(&fail_at, n ? atomic_load(&n_allocs) + n : 0);
}

void oct_alloc_fail_once(uint64_t n)
{
    uint64_t at = n ? atomic_load(&n_allocs) + n : 0;
    atomic_store(&fail_until, at);
    atomic_store(&fail_at, at);
}
