/* pthreadpool with a worker index and a shared item counter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <pthreadpool.h>
#include <stdatomic.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"

#if OCT_TSAN
/* pthreadpool is not instrumented: tell the thread sanitizer about its fork and join. */
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define FORK_RELEASE(p) __tsan_release(p)
#define FORK_ACQUIRE(p) __tsan_acquire(p)
#else
#define FORK_RELEASE(p) ((void)(p))
#define FORK_ACQUIRE(p) ((void)(p))
#endif

struct oct_pool {
    pthreadpool_t threads;
    int n_threads;
};

typedef struct job {
    atomic_size_t next;
    size_t n_items;
    oct_task task;
    void *context;
    char fork, join; /* addresses for the thread sanitizer */
} job;

octet_status oct_pool_new(oct_pool **out, int n_threads, octet_error *err)
{
    *out = NULL;
    if (n_threads < 1 || n_threads > 1024)
        return oct_fail(err, OCTET_USAGE, "threads: %d is not in 1..1024", n_threads);
    if (n_threads == 1)
        return OCTET_OK;
    oct_pool *pool = oct_malloc(sizeof *pool);
    if (!pool)
        return oct_fail_memory(err, "a thread pool", sizeof *pool);
    pool->n_threads = n_threads;
    pool->threads = pthreadpool_create((size_t)n_threads);
    if (!pool->threads) {
        oct_free(pool);
        return oct_fail(err, OCTET_NO_MEMORY, "cannot start %d threads", n_threads);
    }
    *out = pool;
    return OCTET_OK;
}

void oct_pool_free(oct_pool *pool)
{
    if (!pool)
        return;
    pthreadpool_destroy(pool->threads);
    oct_free(pool);
}

int oct_pool_n_threads(const oct_pool *pool)
{
    return pool ? pool->n_threads : 1;
}

static void work(void *context, size_t worker)
{
    job *j = context;
    FORK_ACQUIRE(&j->fork);
    size_t item;
    while ((item = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed)) < j->n_items)
        j->task(j->context, item, (int)worker);
    FORK_RELEASE(&j->join);
}

void oct_pool_run(oct_pool *pool, size_t n_items, oct_task task, void *context)
{
    if (!pool || n_items == 1) {
        for (size_t i = 0; i < n_items; i++)
            task(context, i, 0);
        return;
    }
    job j = {.n_items = n_items, .task = task, .context = context};
    atomic_init(&j.next, 0);
    FORK_RELEASE(&j.fork);
    pthreadpool_parallelize_1d(pool->threads, work, &j, (size_t)pool->n_threads, 0);
    FORK_ACQUIRE(&j.join);
}
