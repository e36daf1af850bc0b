/* Bump allocator with blocks that double up to 1 MiB; a larger request gets a block of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"

#define ALIGN 64u
#define FIRST_BLOCK 4096u
#define LARGEST_BLOCK (1u << 20)

struct oct_arena_block {
    oct_arena_block *next;
    size_t size; /* payload bytes */
    size_t used;
    char pad[ALIGN - 3 * sizeof(size_t)]; /* keeps the payload, which follows, aligned */
};

static oct_arena_block *add_block(oct_arena *arena, size_t n)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < n)
        size = n;
    oct_arena_block *block = oct_alloc_aligned(sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    block->used = 0;
    /* a huge private block goes behind the current one, which may still have room */
    if (arena->blocks && n > LARGEST_BLOCK / 2) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *oct_arena_alloc(oct_arena *arena, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (size_t)oct_round_up(n ? n : 1, ALIGN);
    oct_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < rounded)
        block = add_block(arena, rounded);
    if (!block)
        return NULL;
    char *p = (char *)block + sizeof *block + block->used;
    block->used += rounded;
    arena->n_bytes += rounded;
    return memset(p, 0, n);
}

void *oct_arena_array(oct_arena *arena, size_t count, size_t size)
{
    size_t n;
    return OCT_MUL_OVERFLOWS(count, size, &n) ? NULL : oct_arena_alloc(arena, n);
}

char *oct_arena_strndup(oct_arena *arena, const char *s, size_t n)
{
    char *copy = oct_arena_alloc(arena, n + 1);
    if (copy && n)
        memcpy(copy, s, n);
    return copy;
}

char *oct_arena_strdup(oct_arena *arena, const char *s)
{
    return oct_arena_strndup(arena, s, strlen(s));
}

char *oct_arena_printf(oct_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *s = n < 0 ? NULL : oct_arena_alloc(arena, (size_t)n + 1);
    if (s)
        vsnprintf(s, (size_t)n + 1, format, again);
    va_end(again);
    return s;
}

void oct_arena_fini(oct_arena *arena)
{
    oct_arena_block *block = arena->blocks;
    while (block) {
        oct_arena_block *next = block->next;
        oct_free_aligned(block);
        block = next;
    }
    arena->blocks = NULL;
    arena->n_bytes = 0;
}
