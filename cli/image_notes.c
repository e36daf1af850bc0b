/* Notes of the image library as sentences.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image_notes.h"

#include <stddef.h>

#include <octet/image.h>

#include "fail.h"

static const struct {
    uint32_t bit;
    const char *sentence;
} sentences[] = {
    {OCTET_IMAGE_HAD_ALPHA, "has an alpha channel: composited on black"},
    {OCTET_IMAGE_WAS_16BIT, "has 16 bits a sample: reduced to 8"},
    {OCTET_IMAGE_WAS_LOW_DEPTH, "has fewer than 8 bits a sample: stretched to 0..255"},
    {OCTET_IMAGE_WAS_CMYK, "is CMYK: converted to RGB"},
    {OCTET_IMAGE_WAS_ORIENTED, "was turned by its EXIF orientation"},
    {CLI_IMAGE_HAS_BORDER, "is smaller than the crop: it gets a black border"},
};

void cli_image_notes_tell(cli_image_notes *state, uint32_t notes, const char *name)
{
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (notes & ~state->said & sentences[i].bit)
            cli_note("%s %s (said once)", name, sentences[i].sentence);
    state->said |= notes;
}
