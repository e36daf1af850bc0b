/* What octet doctor prints.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DOCTOR_REPORT_H
#define CLI_DOCTOR_REPORT_H

#include "doctor_search.h"
#include "recipe_text.h"

void cli_doctor_print_text(const cli_doctor *d);
octet_status cli_doctor_print_json(const cli_doctor *d, octet_error *err);

/* ---- shared by both ---- */

/* "RGB (x - 127.5) / 127.5 (-1..1)", "shorter side to 256, crop 224x224", "pillow-bilinear": the part that a stage searches. */
const char *cli_doctor_part(char text[CLI_RECIPE_TEXT_SIZE], const cli_doctor *d, const cli_candidate *c, cli_stage_kind kind);

/* Flags for octet run and octet eval; parts that nobody knows are left out. */
#define CLI_DOCTOR_FLAGS_SIZE (CLI_RECIPE_TEXT_SIZE + 32)
const char *cli_doctor_flags(char text[CLI_DOCTOR_FLAGS_SIZE], const cli_doctor *d, const cli_candidate *c);

/* Candidates that the images do not tell from the winner; `same`: those that came to the same pixels in every image, or else the
 * others. How many. */
int cli_doctor_ties(int ties[CLI_MOST_CANDIDATES], const cli_doctor *d, bool same);

typedef enum cli_doctor_open_part {
    CLI_OPEN_LAYOUT, CLI_OPEN_ORDER, CLI_OPEN_NUMBERS, CLI_OPEN_GEOMETRY, CLI_OPEN_DIALECT, CLI_OPEN_N_PARTS
} cli_doctor_open_part;

/* Flags or the images have left it to the search; a candidate that differs from the winner in it cannot be told from it. */
bool cli_doctor_is_searched(const cli_doctor *d, cli_doctor_open_part part);
bool cli_doctor_is_open(const cli_doctor *d, cli_doctor_open_part part);
/* "order", "mean and scale", ... */
const char *cli_doctor_open_name(cli_doctor_open_part part);

/* Name of a stage: "numbers", ... */
const char *cli_stage_name(cli_stage_kind kind);

#endif
