/* One program, four threads with a session each: same results as alone, no allocation in a run. Run under TSan by `make tsan`.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <octet/octet.h>

#include "base/mem.h"
#include "tests/check.h"

enum { N_SESSIONS = 4, N_RUNS = 5 };

typedef struct worker {
    const octet_program *program;
    int n_threads;
    int n_wrong;
    const void *want;
    uint64_t n_allocs;
} worker;

static void fill(octet_session *s, const octet_program *p)
{
    float *x = octet_session_input(s, 0);
    for (size_t i = 0; i < octet_program_input(p, 0)->n_bytes / sizeof *x; i++)
        x[i] = (float)((i * 2654435761u >> 16) & 255) / 128.0f - 1.0f;
}

static void *work(void *argument)
{
    worker *w = argument;
    octet_session *s;
    octet_error err;
    if (octet_session_new(&s, w->program, &(octet_session_opts){.n_threads = w->n_threads}, &err) != OCTET_OK) {
        w->n_wrong = -1;
        return NULL;
    }
    for (int i = 0; i < N_RUNS; i++) {
        fill(s, w->program);
        octet_session_run(s, NULL);
        w->n_wrong += memcmp(octet_session_output(s, 0), w->want, octet_program_output(w->program, 0)->n_bytes) != 0;
    }
    octet_session_free(s);
    return NULL;
}

static void check_shared(const octet_program *p, const void *want, int n_threads)
{
    pthread_t threads[N_SESSIONS];
    worker workers[N_SESSIONS];
    for (int i = 0; i < N_SESSIONS; i++) {
        workers[i] = (worker){.program = p, .n_threads = n_threads, .want = want};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < N_SESSIONS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(workers[i].n_wrong == 0, "session %d of %d threads: %d wrong runs", i, n_threads, workers[i].n_wrong);
    }
}

/* Allocations of a run, counted by base/mem.h, which everything in the library goes through. */
static void check_no_allocation(const octet_program *p)
{
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        octet_session *s;
        if (octet_session_new(&s, p, &(octet_session_opts){.n_threads = n_threads}, NULL) != OCTET_OK)
            return;
        fill(s, p);
        octet_session_run(s, NULL);
        uint64_t before = oct_alloc_count();
        octet_session_run(s, NULL);
        CHECK(oct_alloc_count() == before, "%d threads: a run allocated", n_threads);
        octet_session_free(s);
    }
}

int main(int argc, char **argv)
{
    octet_model *m;
    octet_program *p;
    octet_session *s;
    octet_error err;
    if (argc < 2 || octet_model_open(&m, argv[1], &err) != OCTET_OK || octet_compile(&p, m, NULL, &err) != OCTET_OK ||
        octet_session_new(&s, p, NULL, &err) != OCTET_OK) {
        fprintf(stderr, "%s\n", argc < 2 ? "no model" : err.message);
        return 1;
    }
    octet_model_free(m);
    fill(s, p);
    octet_session_run(s, NULL);
    check_shared(p, octet_session_output(s, 0), 1);
    check_shared(p, octet_session_output(s, 0), 2);
    check_no_allocation(p);
    octet_session_free(s);
    octet_program_free(p);
    return check_done();
}
