/* Fuzzes the readers of recipes: the text in a model's metadata, the names of pixels, and the files of --config: TIDL-RT import
 * files, JSON of Hugging Face and timm, YAML of TI's model zoo. What was read holds finite numbers, and a recipe that can be read
 * is written to a text that reads the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/recipe_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void expect(int condition)
{
    if (!condition)
        abort();
}

static void hush(const char *format, ...)
{
    expect(format[0] != '\0');
}

/* Exactly one sentence where something failed. */
static void expect_message(octet_status status, const octet_error *err)
{
    expect(status == err->status && (status == OCTET_OK || (err->message[0] && !strchr(err->message, '\n'))));
}

static void expect_numbers(const cli_recipe_fields *fields, cli_field field, const cli_numbers *numbers)
{
    expect(!fields->from[field].key || numbers->n > 0);
    for (int i = 0; i < numbers->n && i < OCTET_MAX_CHANNELS; i++)
        expect(isfinite(numbers->values[i]));
}

static void read_config(const cli_config *config)
{
    cli_recipe_fields fields = {0};
    octet_error err = {.message = ""};
    octet_status status = cli_recipe_config_parse(&fields, config, &err);
    expect_message(status, &err);
    if (status != OCTET_OK)
        return;
    expect_numbers(&fields, CLI_FIELD_MEAN, &fields.mean);
    expect_numbers(&fields, CLI_FIELD_SCALE, &fields.scale);
    expect(fields.resize.width >= 0 && fields.resize.width <= 65536 * 100 && fields.crop.width >= 0);
}

static void read_text(const char *text)
{
    char written[OCTET_RECIPE_TEXT_SIZE], name[OCTET_PIXELS_NAME_SIZE];
    octet_recipe recipe, back;
    octet_pixels pixels;
    octet_error err = {.message = ""};
    int channels, n_back;
    expect_message(octet_recipe_parse(&recipe, &channels, text, &err), &err);
    if (err.status == OCTET_OK) {
        octet_recipe_check(&recipe, channels, &err);
        expect(octet_recipe_format(written, sizeof written, &recipe, channels, &err) == OCTET_OK);
        expect(octet_recipe_parse(&back, &n_back, written, &err) == OCTET_OK && n_back == channels);
        expect(memcmp(recipe.mean, back.mean, sizeof back.mean) == 0);
    }
    err.status = OCTET_OK;
    expect_message(octet_pixels_parse(&pixels, text, &err), &err);
    if (err.status == OCTET_OK)
        expect(octet_pixels_parse(&pixels, octet_pixels_name(name, &pixels), &err) == OCTET_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    const uint8_t *zero = n_bytes ? memchr(data, 0, n_bytes) : NULL;
    size_t n = zero ? (size_t)(zero - data) : n_bytes;
    char *text = malloc(n + 1);
    if (n)
        memcpy(text, data, n);
    text[n] = '\0';
    const cli_config config = {.text = text, .n_bytes = n, .name = "fuzz", .note = hush};
    read_text(text);
    read_config(&config);
    free(text);
    return 0;
}
