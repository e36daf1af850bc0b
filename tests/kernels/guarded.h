/* Buffers between two unreadable pages, so that any access outside crashes in every build, not only under ASan.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GUARDED_PAGE 4096u

typedef struct guarded {
    unsigned char *map, *p; /* the mapping; the n bytes of the caller */
    size_t n_map, n;
} guarded;

/* n bytes that end (at_end) or begin at an unreadable page; the rest of their first or last page holds `fill`. */
static inline guarded guarded_new(size_t n, int at_end, int fill)
{
    guarded g = {.n = n};
    size_t body = (n + GUARDED_PAGE - 1) / GUARDED_PAGE * GUARDED_PAGE;
    g.n_map = body + 2 * GUARDED_PAGE;
    void *map = mmap(NULL, g.n_map, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    g.map = map;
    memset(g.map, fill, g.n_map);
    g.p = g.map + GUARDED_PAGE + (at_end ? body - n : 0);
    mprotect(g.map, GUARDED_PAGE, PROT_NONE);
    mprotect(g.map + GUARDED_PAGE + body, GUARDED_PAGE, PROT_NONE);
    return g;
}

/* Whether the bytes of the body outside the caller's n still hold `fill`. */
static inline int guarded_intact(const guarded *g, int fill)
{
    const unsigned char *end = g->map + g->n_map - GUARDED_PAGE;
    for (const unsigned char *q = g->map + GUARDED_PAGE; q < g->p; q++)
        if (*q != fill)
            return 0;
    for (const unsigned char *q = g->p + g->n; q < end; q++)
        if (*q != fill)
            return 0;
    return 1;
}

static inline void guarded_free(guarded *g)
{
    if (g->map)
        munmap(g->map, g->n_map);
    g->map = NULL;
}

#endif
