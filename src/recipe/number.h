/* Decimal numbers of float32, the same in every locale.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RECIPE_NUMBER_H
#define OCT_RECIPE_NUMBER_H

#define OCT_NUMBER_SIZE 24

/* The fewest digits that oct_number_scan reads back as the same bits: "123.675", "-0", "1e-10". value is finite. */
const char *oct_number_print(char text[OCT_NUMBER_SIZE], float value);

/* The number at *text, correctly rounded, moving *text behind it; 0 if there is none, or none that is finite. Digits
 * with a point and an exponent; no blanks, no hexadecimal, no names. */
int oct_number_scan(float *value, const char **text);

#endif
