/* A crew of threads that takes ranges of numbered items, half of the threads from the first item on, the others from the last
 * one, so that a thread finds in its cache what it has written in the job before. A caller waits until the items are done, not
 * until every worker has looked for some: one that the system has not scheduled yet costs nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"

#define WORKER_SPINS 100000 /* looks for a job before a worker sleeps, about a millisecond: longer than the pause between runs */
#define CALLER_SPINS 2000  /* looks at the last items before the caller offers its CPU to others */
#define BITS 24
#define MOST_ITEMS (((uint64_t)1 << BITS) - 1)

typedef struct worker {
    struct oct_pool *pool;
    int index;
    pthread_t thread;
} worker;

/* `ticket`: the number of jobs so far, modulo 2^16, then begin and end of the items of the present job that nobody has taken,
 * BITS each. Who takes some by compare and swap knows that the job is a present one, and it cannot end before he has done
 * them: what it is can be read then. */
struct oct_pool {
    _Alignas(OCT_CACHE_LINE) atomic_uint_least64_t ticket;
    _Alignas(OCT_CACHE_LINE) atomic_uint_least32_t pending; /* items that are not done */
    _Alignas(OCT_CACHE_LINE) oct_range_task task;
    void *context;
    size_t first; /* item of the job */
    atomic_int sleepers;
    atomic_bool ends;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    int n_threads, n_started;
    worker *workers; /* [n_threads - 1] */
};

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static uint64_t get_job(uint64_t ticket)
{
    return ticket >> 2 * BITS;
}

static uint64_t make_ticket(uint64_t job, uint64_t begin, uint64_t end)
{
    return job << 2 * BITS | begin << BITS | end;
}

/* How many of the items that are left a thread takes: many at first, then fewer, so that all threads end together. */
static uint64_t get_share(const oct_pool *p, uint64_t left)
{
    const uint64_t share = 3 * left / (4 * (uint64_t)p->n_threads);
    return share > 0 ? share : 1;
}

/* n items of the present job from *first on, 0: there are none. */
static uint64_t take(oct_pool *p, int index, uint64_t *first)
{
    uint64_t t = atomic_load_explicit(&p->ticket, memory_order_acquire);
    for (;;) {
        const uint64_t job = get_job(t), begin = t >> BITS & MOST_ITEMS, end = t & MOST_ITEMS, n = get_share(p, end - begin);
        const bool from_begin = index % 2 == 0;
        if (begin == end)
            return 0;
        *first = from_begin ? begin : end - n;
        const uint64_t rest = from_begin ? make_ticket(job, begin + n, end) : make_ticket(job, begin, end - n);
        if (atomic_compare_exchange_weak_explicit(&p->ticket, &t, rest, memory_order_acquire, memory_order_acquire))
            return n;
    }
}

/* Do n items of the present job from `first` on, then others as long as there are any. */
static void work(oct_pool *p, int index, uint64_t first, uint64_t n)
{
    uint64_t n_done = 0;
    for (; n > 0; n = take(p, index, &first)) {
        p->task(p->context, p->first + first, n, index);
        n_done += n;
    }
    if (n_done > 0)
        atomic_fetch_sub_explicit(&p->pending, (uint32_t)n_done, memory_order_release);
}

/* Until there is another job than number n_jobs, even if its items are gone by then: more will follow. */
static void sleep_until_job(oct_pool *p, uint64_t n_jobs)
{
    pthread_mutex_lock(&p->mutex);
    atomic_fetch_add(&p->sleepers, 1); /* before the look at the ticket: who changes it after that wakes us */
    while (get_job(atomic_load(&p->ticket)) == n_jobs && !atomic_load(&p->ends))
        pthread_cond_wait(&p->wake, &p->mutex);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->mutex);
}

static void *run_worker(void *arg)
{
    const worker *w = arg;
    oct_pool *p = w->pool;
    uint64_t n_jobs = 0; /* seen */
    int spins = 0;
    while (!atomic_load_explicit(&p->ends, memory_order_relaxed)) {
        const uint64_t now = get_job(atomic_load_explicit(&p->ticket, memory_order_relaxed));
        if (now != n_jobs) {
            n_jobs = now;
            spins = 0;
            uint64_t first = 0;
            const uint64_t n = take(p, w->index, &first);
            work(p, w->index, first, n);
        } else if (spins++ < WORKER_SPINS) {
            pause_cpu();
        } else {
            sleep_until_job(p, n_jobs);
        }
    }
    return NULL;
}

static void wake_sleepers(oct_pool *p)
{
    if (atomic_load(&p->sleepers) == 0)
        return;
    pthread_mutex_lock(&p->mutex);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->mutex);
}

/* ---- the crew ---- */

static octet_status start_workers(oct_pool *p, octet_error *err)
{
    for (int i = 0; i + 1 < p->n_threads; i++) {
        p->workers[i] = (worker){.pool = p, .index = i + 1};
        if (pthread_create(&p->workers[i].thread, NULL, run_worker, &p->workers[i]) != 0)
            return oct_fail(err, OCTET_NO_MEMORY, "cannot start %d threads", p->n_threads);
        p->n_started++;
    }
    return OCTET_OK;
}

octet_status oct_pool_new(oct_pool **out, int n_threads, octet_error *err)
{
    *out = NULL;
    if (n_threads < 1 || n_threads > 1024)
        return oct_fail(err, OCTET_USAGE, "threads: %d is not in 1..1024", n_threads);
    if (n_threads == 1)
        return OCTET_OK;
    oct_pool *p = oct_alloc_aligned(sizeof *p);
    worker *workers = oct_calloc((size_t)n_threads - 1, sizeof *workers);
    if (!p || !workers) {
        oct_free(workers);
        oct_free_aligned(p);
        return oct_fail_memory(err, "a thread pool", sizeof *p);
    }
    *p = (oct_pool){.n_threads = n_threads, .workers = workers};
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->wake, NULL);
    octet_status status = start_workers(p, err);
    if (status != OCTET_OK)
        oct_pool_free(p);
    else
        *out = p;
    return status;
}

void oct_pool_free(oct_pool *pool)
{
    if (!pool)
        return;
    atomic_store(&pool->ends, true);
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    oct_free(pool->workers);
    oct_free_aligned(pool);
}

int oct_pool_n_threads(const oct_pool *pool)
{
    return pool ? pool->n_threads : 1;
}

/* ---- running ---- */

static void run_job(oct_pool *p, size_t first, uint32_t n_items, oct_range_task task, void *context)
{
    p->task = task;
    p->context = context;
    p->first = first;
    atomic_store_explicit(&p->pending, n_items, memory_order_relaxed);
    const uint64_t n_jobs = get_job(atomic_load_explicit(&p->ticket, memory_order_relaxed)) + 1;
    const uint64_t own = get_share(p, n_items);
    atomic_store(&p->ticket, make_ticket(n_jobs, own, n_items));
    wake_sleepers(p);
    work(p, 0, 0, own);
    for (int spins = 0; atomic_load_explicit(&p->pending, memory_order_acquire) != 0; spins++)
        if (spins < CALLER_SPINS)
            pause_cpu();
        else
            sched_yield();
}

void oct_pool_run_ranges(oct_pool *pool, size_t n_items, oct_range_task task, void *context)
{
    if (n_items > 0 && (!pool || n_items == 1))
        task(context, 0, n_items, 0);
    else
        for (size_t first = 0; first < n_items; first += MOST_ITEMS)
            run_job(pool, first, (uint32_t)oct_min64((int64_t)(n_items - first), MOST_ITEMS), task, context);
}

typedef struct single_items {
    oct_task task;
    void *context;
} single_items;

static void run_one_by_one(void *context, size_t first, size_t n, int index)
{
    const single_items *s = context;
    for (size_t i = first; i < first + n; i++)
        s->task(s->context, i, index);
}

void oct_pool_run(oct_pool *pool, size_t n_items, oct_task task, void *context)
{
    oct_pool_run_ranges(pool, n_items, run_one_by_one, &(single_items){task, context});
}
