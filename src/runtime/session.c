/* A session: one allocation with the operand table, the arena and each worker's scratch; a run walks the steps.
 *
 *     | octet_session | operand pointers | arena | scratch of worker 0 | scratch of worker 1 | ...   (64-byte aligned)
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "runtime/program.h"

struct octet_session {
    const octet_program *program;
    oct_pool *pool;
    void **operands;
    uint8_t *arena;
    uint8_t *scratch;
};

static size_t n_threads_of(const octet_session_opts *opts)
{
    return opts && opts->n_threads > 0 ? (size_t)opts->n_threads : 1;
}

static size_t head_bytes(const octet_program *p)
{
    return (size_t)oct_round_up(sizeof(octet_session), OCT_CACHE_LINE) +
           (size_t)oct_round_up(p->n_operands * sizeof(void *), OCT_CACHE_LINE);
}

size_t octet_session_size(const octet_program *p, const octet_session_opts *opts)
{
    return head_bytes(p) + p->arena_bytes + p->scratch_bytes * n_threads_of(opts);
}

static void *locate(const octet_session *s, oct_operand at)
{
    switch (at.region) {
    case OCT_REGION_CONST: return (void *)(uintptr_t)(s->program->consts + at.offset);
    case OCT_REGION_PACKED: return s->program->shared->packed + at.offset;
    case OCT_REGION_BOUND: return s->program->bound + at.offset;
    case OCT_REGION_ARENA: return s->arena + at.offset;
    default: return NULL;
    }
}

/* A session of one thread in octet_session_size bytes. */
static octet_session *lay_out(void *memory, const octet_program *p)
{
    octet_session *s = memory;
    uint8_t *base = memory;
    s->program = p;
    s->pool = NULL;
    s->operands = (void **)(base + oct_round_up(sizeof *s, OCT_CACHE_LINE));
    s->arena = base + head_bytes(p);
    s->scratch = s->arena + p->arena_bytes;
    for (uint32_t i = 0; i < p->n_operands; i++)
        s->operands[i] = locate(s, p->operands[i]);
    for (int i = 0; i < p->n_inputs; i++)
        memset(octet_session_input(s, i), 0, p->inputs[i].n_bytes);
    return s;
}

octet_status octet_session_init(octet_session **out, void *memory, size_t n_bytes, const octet_program *p, octet_error *err)
{
    const size_t n = octet_session_size(p, NULL);
    *out = NULL;
    if ((uintptr_t)memory % OCT_CACHE_LINE != 0)
        return oct_fail(err, OCTET_USAGE, "memory of a session: it is not aligned to %d bytes", OCT_CACHE_LINE);
    if (n_bytes < n)
        return oct_fail(err, OCTET_USAGE, "memory of a session: %zu bytes, but %zu are needed", n_bytes, n);
    *out = lay_out(memory, p);
    return OCTET_OK;
}

octet_status octet_session_new(octet_session **out, const octet_program *p, const octet_session_opts *opts,
                               octet_error *err)
{
    *out = NULL;
    if (opts && (opts->n_threads < 0 || opts->n_threads > 1024))
        return oct_fail(err, OCTET_USAGE, "threads: %d is not in 0..1024", opts->n_threads);
    size_t n = octet_session_size(p, opts);
    void *memory = oct_alloc_aligned(n);
    if (!memory)
        return oct_fail_memory(err, "a session", n);
    octet_session *s = lay_out(memory, p);
    octet_status status = oct_pool_new(&s->pool, (int)n_threads_of(opts), err);
    if (status != OCTET_OK) {
        oct_free_aligned(s);
        return status;
    }
    *out = s;
    return OCTET_OK;
}

void octet_session_free(octet_session *s)
{
    if (!s)
        return;
    oct_pool_free(s->pool);
    oct_free_aligned(s);
}

void *octet_session_input(octet_session *s, int i)
{
    return i >= 0 && i < s->program->n_inputs ? locate(s, s->program->input_at[i]) : NULL;
}

const void *octet_session_output(const octet_session *s, int i)
{
    return i >= 0 && i < s->program->n_outputs ? locate(s, s->program->output_at[i]) : NULL;
}

static void run_step(const octet_session *s, const oct_step *step)
{
    oct_step_args args = {
        .params = s->program->params + step->params,
        .operands = s->operands + step->first_operand,
        .cpu = s->program->cpu,
        .pool = s->pool,
        .scratch = s->scratch,
        .scratch_stride = s->program->scratch_bytes,
    };
    step->kind->run(&args);
}

octet_status octet_session_run(octet_session *s, octet_error *err)
{
    (void)err; /* everything that could fail was proven when the program was built */
    for (int i = 0; i < s->program->n_steps; i++)
        run_step(s, &s->program->steps[i]);
    return OCTET_OK;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

octet_status octet_session_profile(octet_session *s, uint64_t *ns, octet_error *err)
{
    (void)err;
    uint64_t start = now_ns();
    for (int i = 0; i < s->program->n_steps; i++) {
        run_step(s, &s->program->steps[i]);
        uint64_t end = now_ns();
        ns[i] = end - start;
        start = end;
    }
    return OCTET_OK;
}
