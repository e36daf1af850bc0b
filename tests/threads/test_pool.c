/* The thread crew: every item once, workers told apart, jobs one behind the other and after pauses in which workers sleep.
 * Run under TSan by `make tsan`.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/pool.h"
#include "tests/check.h"

enum { MOST_ITEMS = 1000, MOST_THREADS = 8 };

typedef struct job {
    int n_done[MOST_ITEMS];              /* written by whoever has the item: no lock */
    atomic_int inside[MOST_THREADS];     /* a worker index is used by one thread at a time */
    atomic_int n_shared;
    int n_threads;
} job;

static void task(void *context, size_t item, int worker)
{
    job *j = context;
    if (worker < 0 || worker >= j->n_threads || atomic_fetch_add(&j->inside[worker], 1) != 0)
        atomic_fetch_add(&j->n_shared, 1);
    j->n_done[item]++;
    atomic_fetch_sub(&j->inside[worker], 1);
}

static void range_task(void *context, size_t first, size_t n, int worker)
{
    for (size_t i = first; i < first + n; i++)
        task(context, i, worker);
}

static void check_job(oct_pool *pool, int n_threads, int n_items)
{
    static job j;
    memset(j.n_done, 0, sizeof j.n_done);
    j.n_threads = n_threads;
    if (n_items % 2)
        oct_pool_run(pool, (size_t)n_items, task, &j);
    else
        oct_pool_run_ranges(pool, (size_t)n_items, range_task, &j);
    int n_wrong = 0;
    for (int i = 0; i < MOST_ITEMS; i++)
        n_wrong += j.n_done[i] != (i < n_items);
    CHECK(n_wrong == 0, "%d threads, %d items: %d items were not done once", n_threads, n_items, n_wrong);
    CHECK(j.n_shared == 0, "%d threads, %d items: two threads with one index", n_threads, n_items);
}

int main(void)
{
    octet_error err;
    for (int n_threads = 1; n_threads <= MOST_THREADS; n_threads++) {
        oct_pool *pool;
        CHECK(oct_pool_new(&pool, n_threads, &err) == OCTET_OK, "%s", err.message);
        CHECK(oct_pool_n_threads(pool) == n_threads, "%d", oct_pool_n_threads(pool));
        for (int i = 0; i < 300; i++)
            check_job(pool, n_threads, i * i % (MOST_ITEMS + 1));
        for (int i = 0; i < 3; i++) {
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
            check_job(pool, n_threads, MOST_ITEMS);
        }
        oct_pool_free(pool);
    }
    oct_pool *none;
    CHECK(oct_pool_new(&none, 0, &err) == OCTET_USAGE && oct_pool_new(&none, 1025, &err) == OCTET_USAGE, "%s", err.message);
    return check_done();
}
