/* Which tilings are fastest on which CPU, as measured: a text file of lines
 *
 *     octet tuning 1
 *     CPU MODEL <tab> LEVEL <tab> SHAPE <tab> TILING
 *
 * with the CPU's own name (base/cpu.h), a CPU level, the numbers of a shape that matter for the choice, and a tiling of
 * kernels/conv_u8s8.h. A shape without a line has the default. docs/tuning.md has an example.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_TUNING_TABLE_H
#define OCT_TUNING_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <octet/status.h>

#include "base/cpu.h"
#include "kernels/conv_u8s8.h"

#define OCT_TUNING_KEY 17       /* numbers of a shape */
#define OCT_TUNING_SHAPE_SIZE 256

typedef struct oct_tuning_line {
    char cpu[OCT_CPU_MODEL_SIZE];
    int32_t level; /* oct_cpu_level */
    int32_t key[OCT_TUNING_KEY];
    int32_t tile;
    int32_t number; /* in the file */
} oct_tuning_line;

typedef struct oct_tuning { /* all zero is empty */
    oct_tuning_line *lines; /* ascending by CPU model, level, shape */
    int32_t n, cap;
} oct_tuning;

/* OCTET_BAD_INPUT names the file and the line. Leaves *t empty on failure. */
octet_status oct_tuning_read(oct_tuning *t, const char *path, octet_error *err);
octet_status oct_tuning_parse(oct_tuning *t, const char *text, size_t n_bytes, octet_error *err);
/* Through a temporary file. */
octet_status oct_tuning_write(const oct_tuning *t, const char *path, octet_error *err);
void oct_tuning_free(oct_tuning *t); /* leaves it empty */

/* The tiling for this machine's CPU, 0 where the table (NULL: none) has none. */
int32_t oct_tuning_find(const oct_tuning *t, oct_cpu_level level, const oct_conv_int_shape *s);
/* Add or replace the line of this machine's CPU; tile 0: there is to be none. */
octet_status oct_tuning_set(oct_tuning *t, oct_cpu_level level, const oct_conv_int_shape *s, int32_t tile, octet_error *err);

/* The shape as the table spells it. */
const char *oct_tuning_shape(char text[OCT_TUNING_SHAPE_SIZE], const oct_conv_int_shape *s);

#endif
