/* The memory planner: random lifetimes never overlap in time and space, and small cases are optimal.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "plan/plan.h"
#include "tests/check.h"

static uint32_t state = 1;

static uint32_t draw(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

static bool overlap(const oct_lifetime *a, const oct_lifetime *b)
{
    bool time = a->first <= b->last && b->first <= a->last;
    bool space = a->offset < b->offset + b->n_bytes && b->offset < a->offset + a->n_bytes;
    return time && space;
}

/* Most bytes alive at one step: no plan can be smaller. */
static uint64_t lower_bound(const oct_lifetime *b, int n, int n_steps)
{
    uint64_t most = 0;
    for (int step = 0; step < n_steps; step++) {
        uint64_t alive = 0;
        for (int i = 0; i < n; i++)
            alive += b[i].first <= step && step <= b[i].last ? (b[i].n_bytes + 63) / 64 * 64 : 0;
        most = alive > most ? alive : most;
    }
    return most;
}

static void check_random(void)
{
    enum { N = 60, STEPS = 40 };
    for (int round = 0; round < 300; round++) {
        oct_lifetime b[N];
        for (int i = 0; i < N; i++) {
            b[i].n_bytes = draw(5) ? draw(5000) : 0;
            b[i].first = (int32_t)draw(STEPS);
            b[i].last = b[i].first + (int32_t)draw(6);
        }
        uint64_t arena;
        CHECK(oct_plan_memory(b, N, &arena, NULL) == OCTET_OK, "round %d", round);
        int n_bad = 0;
        for (int i = 0; i < N; i++) {
            n_bad += b[i].offset % 64 != 0 || b[i].offset + b[i].n_bytes > arena;
            for (int k = 0; k < i; k++)
                n_bad += overlap(&b[i], &b[k]);
        }
        CHECK(n_bad == 0, "round %d: %d conflicts", round, n_bad);
        CHECK(arena >= lower_bound(b, N, STEPS + 6), "round %d: below the bound", round);
    }
}

/* A chain needs its largest neighbouring pair. */
static void check_chain(void)
{
    static const uint64_t sizes[] = {640, 6400, 64, 3200, 3200, 128};
    oct_lifetime b[6];
    for (int i = 0; i < 6; i++)
        b[i] = (oct_lifetime){.n_bytes = sizes[i], .first = i, .last = i + 1};
    uint64_t arena;
    oct_plan_memory(b, 6, &arena, NULL);
    CHECK(arena == 7040, "%llu", (unsigned long long)arena);
}

static void check_limits(void)
{
    oct_lifetime huge[2] = {{.n_bytes = (uint64_t)1 << 45, .first = 0, .last = 1}, {.n_bytes = (uint64_t)1 << 46, .first = 0, .last = 1}};
    uint64_t arena;
    octet_error err;
    CHECK(oct_plan_memory(huge, 2, &arena, &err) == OCTET_NO_MEMORY, "a plan of 2^46 bytes is refused");
    CHECK(oct_plan_memory(NULL, 0, &arena, &err) == OCTET_OK && arena == 0, "no buffers");
}

int main(void)
{
    check_random();
    check_chain();
    check_limits();
    return check_done();
}
