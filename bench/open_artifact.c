/* How long from a file in the page cache to the first answer: open_artifact MODEL.octet [N]. The least of N times (default 20),
 * of opening and of a session with its first run.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <octet/rt.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

int main(int argc, char **argv)
{
    octet_error err;
    const int n = argc > 2 ? atoi(argv[2]) : 20;
    double opened = 1e9, answered = 1e9, together = 1e9, again = 1e9;
    for (int i = 0; argc > 1 && i < n; i++) {
        octet_program *p;
        octet_session *s;
        const double start = now_ms();
        if (octet_program_open(&p, argv[1], NULL, &err) != OCTET_OK)
            break;
        const double open_at = now_ms();
        if (octet_session_new(&s, p, NULL, &err) != OCTET_OK)
            break;
        octet_session_run(s, &err);
        const double end = now_ms();
        octet_session_run(s, &err);
        again = least(again, now_ms() - end);
        opened = least(opened, open_at - start);
        answered = least(answered, end - open_at);
        together = least(together, end - start);
        octet_session_free(s);
        octet_program_free(p);
    }
    if (together == 1e9) {
        fprintf(stderr, "open_artifact: %s\n", argc > 1 ? err.message : "usage: open_artifact MODEL.octet [N]");
        return OCTET_USAGE;
    }
    printf("%s: open %.2f ms, session and first run %.2f ms, together %.2f ms; a further run %.2f ms\n", argv[1], opened,
           answered, together, again);
    return 0;
}
