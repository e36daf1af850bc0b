/* The whole test framework: CHECK prints what failed and goes on; check_done() is the exit status of main.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

#define CHECK_SKIP 77 /* ctest: SKIP_RETURN_CODE */

static int check_n_passed, check_n_failed;

/* CHECK(x == 3, "x is %d for N=%d", x, n): counts, and prints file, line, condition and the message on failure. */
#define CHECK(condition, ...)                                                        \
    do {                                                                             \
        if (condition) {                                                             \
            check_n_passed++;                                                        \
        } else {                                                                     \
            check_n_failed++;                                                        \
            fprintf(stderr, "%s:%d: CHECK(%s) failed: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                            \
            fputc('\n', stderr);                                                     \
        }                                                                            \
    } while (0)

static inline int check_done(void)
{
    printf("%d passed, %d failed\n", check_n_passed, check_n_failed);
    return check_n_failed != 0;
}

#endif
