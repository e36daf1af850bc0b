/* One step of a program by itself, as a file may hold it: parameters, what its operands are, contents of the constants.
 * It runs on memory of exactly the sizes it was checked with, so that a sanitizer sees every byte outside.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef STORED_STEP_H
#define STORED_STEP_H

#include "runtime/program.h"

#define STORED_STEP_OPERANDS 40
#define STORED_STEP_NAME 20 /* bytes of the kind's name in a file */

typedef struct stored_step {
    const oct_step_kind *kind;
    uint8_t *params;
    size_t n_params;
    int n_operands;
    oct_step_extent extents[STORED_STEP_OPERANDS]; /* constants are own memory, 64-byte aligned */
    int same_as[STORED_STEP_OPERANDS];             /* an earlier operand in the same place; -1: none */
} stored_step;

/* Step i of a program, with operands as large as their regions allow; false if it has too many. Constants are the program's. */
bool stored_step_of(stored_step *s, const octet_program *p, int i);

/* Operands as small as the check allows. Constants become own memory. False if they are more than `most` bytes in all. */
bool stored_step_shrink(stored_step *s, size_t most);

bool stored_step_check(const stored_step *s);

/* Run it at every level of this CPU, packed for that; a step that reads pixels is bound to several kinds of them. */
void stored_step_run(const stored_step *s);

/* File: name, number of operands and of bytes of parameters (uint32), for each operand region, same_as (uint32) and bytes;
 * parameters; constants. What is missing is zero; false if it is no step. */
bool stored_step_read(stored_step *s, const uint8_t *data, size_t n);
size_t stored_step_write(const stored_step *s, uint8_t *data, size_t room); /* 0: too large */

void stored_step_free(stored_step *s);

#endif
