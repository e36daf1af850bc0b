/* One line on the terminal that tells how far a long run is: "120/500 images, 84 images/s". Only where stderr is a
 * terminal and the work is long enough to wonder.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

typedef struct cli_progress {
    size_t total;
    uint64_t start_ns, shown_ns;
    int enabled;
} cli_progress;

/* Nanoseconds of a clock that never goes back. */
uint64_t cli_now_ns(void);

/* `quiet`: results appear on the same terminal, which is progress enough. */
void cli_progress_begin(cli_progress *progress, size_t total, int quiet);
void cli_progress_show(cli_progress *progress, size_t done);
void cli_progress_end(cli_progress *progress);

/* Remove the line so that a message can stand there; the next show draws it again. */
void cli_progress_clear(void);

#endif
