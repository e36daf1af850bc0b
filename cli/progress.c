/* Progress line on the terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FEWEST_IMAGES 20
#define REFRESH_NS 100000000u /* ten times a second */

static int line_is_open;

uint64_t cli_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void cli_progress_begin(cli_progress *progress, size_t total, int quiet)
{
    *progress = (cli_progress){.total = total, .start_ns = cli_now_ns()};
    progress->enabled = !quiet && total > FEWEST_IMAGES && isatty(STDERR_FILENO);
}

void cli_progress_show(cli_progress *progress, size_t done)
{
    if (!progress->enabled)
        return;
    uint64_t now = cli_now_ns();
    if (now - progress->shown_ns < REFRESH_NS)
        return;
    progress->shown_ns = now;
    double seconds = (double)(now - progress->start_ns) * 1e-9;
    fprintf(stderr, "\r%zu/%zu images, %.0f images/s\033[K", done, progress->total, (double)done / seconds);
    fflush(stderr);
    line_is_open = 1;
}

void cli_progress_clear(void)
{
    if (!line_is_open)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    line_is_open = 0;
}

void cli_progress_end(cli_progress *progress)
{
    cli_progress_clear();
    progress->enabled = 0;
}
