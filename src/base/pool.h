/* Threads for one session: a fixed crew that shares out numbered items. Results must not depend on who does what.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_POOL_H
#define OCT_POOL_H

#include <stddef.h>

#include <octet/status.h>

typedef struct oct_pool oct_pool; /* NULL everywhere means: the calling thread alone */

/* n_threads >= 1, the caller counted in; *out stays NULL for 1. */
octet_status oct_pool_new(oct_pool **out, int n_threads, octet_error *err);
void oct_pool_free(oct_pool *pool); /* NULL is fine */
int oct_pool_n_threads(const oct_pool *pool);

/* Calls task(context, item, worker) for each item in 0..n_items-1, in any order, and returns when all are done.
 * worker is in 0..n_threads-1 and never used by two threads at once: an index for per-thread scratch.
 * Allocates nothing. Not reentrant. */
typedef void (*oct_task)(void *context, size_t item, int worker);
void oct_pool_run(oct_pool *pool, size_t n_items, oct_task task, void *context);

/* The same in ranges of n >= 1 items, for tasks that prepare something once a call: all in one without a pool, else a few for
 * each thread. */
typedef void (*oct_range_task)(void *context, size_t first, size_t n, int worker);
void oct_pool_run_ranges(oct_pool *pool, size_t n_items, oct_range_task task, void *context);

#endif
