/* The only place for compiler extensions; everything else is C11.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_COMPILER_H
#define OCT_COMPILER_H

#include <stdint.h>

#if defined(__GNUC__)
#define OCT_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define OCT_INLINE static inline __attribute__((always_inline))
#define OCT_NOINLINE static __attribute__((noinline)) /* seldom run: keeps its callers small */
#define OCT_ONCE static __attribute__((noinline, unused)) /* of a header: one copy a file, if it is called at all */
#define OCT_LIKELY(x) __builtin_expect(!!(x), 1)
#define OCT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define OCT_PREFETCH(p) __builtin_prefetch(p)
/* a * b and a + b into *r; true on overflow */
#define OCT_MUL_OVERFLOWS(a, b, r) __builtin_mul_overflow(a, b, r)
#define OCT_ADD_OVERFLOWS(a, b, r) __builtin_add_overflow(a, b, r)
#else
#error "octet needs gcc or clang"
#endif

/* gcc tells by macros, clang by __has_feature */
#if defined(__has_feature)
#define OCT_HAS_FEATURE(f) __has_feature(f)
#else
#define OCT_HAS_FEATURE(f) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || OCT_HAS_FEATURE(address_sanitizer)
#define OCT_ASAN 1
#else
#define OCT_ASAN 0
#endif

#define OCT_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OCT_CACHE_LINE 64

/* Round n up to a multiple of `to` (a power of two). */
OCT_INLINE uint64_t oct_round_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) & ~(to - 1);
}

OCT_INLINE int64_t oct_min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

OCT_INLINE int64_t oct_max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* a / b rounded up; a >= 0, b > 0 */
OCT_INLINE int64_t oct_ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

#endif
