/* The only gate to the heap: counted, so that tests can prove that a run allocates nothing and inject failures.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MEM_H
#define OCT_MEM_H

#include <stddef.h>
#include <stdint.h>

/* n bytes aligned to 64, not zeroed; NULL when out of memory. Large requests come from the kernel as untouched,
 * zeroed pages. Free with oct_free_aligned (NULL is fine). */
void *oct_alloc_aligned(size_t n);
/* The same, zeroed. */
void *oct_calloc_aligned(size_t n);
void oct_free_aligned(void *p);

/* malloc, realloc and free through the same counter. */
void *oct_malloc(size_t n);
void *oct_calloc(size_t count, size_t size); /* NULL on overflow */
void *oct_realloc(void *p, size_t n);
void oct_free(void *p);

/* An allocator for libraries that unpack messages: so many bytes in all, freed ones counted too. */
typedef struct oct_budget {
    uint64_t left;
    int exceeded, no_memory; /* why an allocation failed */
} oct_budget;

void *oct_budget_alloc(void *budget, size_t n);
void oct_budget_free(void *budget, void *p);

/* Allocations made by this process so far. */
uint64_t oct_alloc_count(void);

/* For tests: the n-th allocation from now fails, and every one after it; 0 switches it off. */
void oct_alloc_fail_after(uint64_t n);
/* The same, but only that one fails. */
void oct_alloc_fail_once(uint64_t n);

#endif
