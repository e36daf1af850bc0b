/* Bump allocator: everything that lives as long as its owner comes from one of these and is freed at once.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ARENA_H
#define OCT_ARENA_H

#include <stddef.h>

typedef struct oct_arena_block oct_arena_block;

/* All-zero is a valid, empty arena. */
typedef struct oct_arena {
    oct_arena_block *blocks; /* newest first */
    size_t n_bytes;          /* handed out so far */
} oct_arena;

/* n zeroed bytes, aligned to 64; NULL when out of memory. n == 0 gives a valid pointer. Freed only by oct_arena_fini. */
void *oct_arena_alloc(oct_arena *arena, size_t n);

/* count * size zeroed bytes, NULL also on overflow. */
void *oct_arena_array(oct_arena *arena, size_t count, size_t size);

/* Copy of n characters with a NUL behind; NULL when out of memory. */
char *oct_arena_strndup(oct_arena *arena, const char *s, size_t n);
char *oct_arena_strdup(oct_arena *arena, const char *s);
char *oct_arena_printf(oct_arena *arena, const char *format, ...);

void oct_arena_fini(oct_arena *arena);

#endif
