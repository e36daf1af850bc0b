/* What reading images changed (alpha, 16 bits, ...), said once per kind.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMAGE_NOTES_H
#define CLI_IMAGE_NOTES_H

#include <stdint.h>

typedef struct cli_image_notes {
    uint32_t said; /* octet_image_note bits, and one of our own */
} cli_image_notes;

/* Say on stderr what is new in `notes`; `name` is the first image of the kind. */
void cli_image_notes_tell(cli_image_notes *state, uint32_t notes, const char *name);

/* The crop reached beyond the image. */
#define CLI_IMAGE_HAS_BORDER 0x80000000u

#endif
