/* JSON output with cJSON, which escapes but neither checks UTF-8 nor keeps float32 short.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accuracy.h"

/* Bytes of the UTF-8 character at s, 0 if there is none: no overlong forms, surrogates, or values above U+10FFFF. */
static size_t character_bytes(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    int overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    int beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || beyond ? 0 : n;
}

static char *valid_utf8(const char *text)
{
    char *out = malloc(3 * strlen(text) + 1), *to = out;
    for (const unsigned char *s = (const unsigned char *)text; out && *s;) {
        size_t n = character_bytes(s);
        if (n == 0) {
            memcpy(to, "\xef\xbf\xbd", 3);
            to += 3;
            s++;
            continue;
        }
        memcpy(to, s, n);
        to += n;
        s += n;
    }
    if (out)
        *to = '\0';
    return out;
}

/* The text as an item; NULL text is null. NULL when out of memory. */
static cJSON *text_item(const char *text)
{
    if (!text)
        return cJSON_CreateNull();
    char *valid = valid_utf8(text);
    cJSON *item = valid ? cJSON_CreateString(valid) : NULL;
    free(valid);
    return item;
}

/* Names may stem from a file too. */
static void add_item(cJSON *object, const char *name, cJSON *item)
{
    char *valid = valid_utf8(name);
    if (valid)
        cJSON_AddItemToObject(object, valid, item);
    else
        cJSON_Delete(item);
    free(valid);
}

void cli_json_add_text(cJSON *object, const char *name, const char *text)
{
    add_item(object, name, text_item(text));
}

void cli_json_append_text(cJSON *array, const char *text)
{
    cJSON_AddItemToArray(array, text_item(text));
}

static cJSON *number(double value, const char *format)
{
    char text[40];
    snprintf(text, sizeof text, format, value);
    return isfinite(value) ? cJSON_CreateRaw(text) : cJSON_CreateNull();
}

void cli_json_add_float(cJSON *object, const char *name, float value)
{
    cJSON_AddItemToObject(object, name, number((double)value, "%.9g"));
}

void cli_json_add_double(cJSON *object, const char *name, double value)
{
    cJSON_AddItemToObject(object, name, number(value, "%.10g"));
}

void cli_json_add_int(cJSON *object, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    add_item(object, name, cJSON_CreateRaw(text));
}

static void add_floats(cJSON *object, const char *name, const float *values, int n)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(array, number((double)values[i], "%.9g"));
}

void cli_json_add_recipe(cJSON *object, const octet_recipe *recipe, int channels, int raw)
{
    cJSON *out = cJSON_AddObjectToObject(object, "recipe");
    char resize[64] = "none";
    if (recipe->resize == OCTET_RESIZE_SHORTER)
        snprintf(resize, sizeof resize, "shorter %d", (int)recipe->resize_width);
    if (recipe->resize == OCTET_RESIZE_STRETCH)
        snprintf(resize, sizeof resize, "%dx%d", (int)recipe->resize_width, (int)recipe->resize_height);
    cli_json_add_text(out, "resize", resize);
    cli_json_add_text(out, "interp", octet_resize_dialect_name(recipe->dialect));
    if (recipe->crop_width) {
        cJSON *crop = cJSON_CreateIntArray((int[]){recipe->crop_width, recipe->crop_height}, 2);
        cJSON_AddItemToObject(out, "crop", crop);
    } else {
        cJSON_AddNullToObject(out, "crop");
    }
    cli_json_add_text(out, "order", octet_channel_order_name(recipe->order));
    cli_json_add_text(out, "layout", octet_pixel_layout_name(recipe->layout));
    cli_json_add_text(out, "type", raw ? "uint8" : "float32");
    if (raw)
        return;
    add_floats(out, "mean", recipe->mean, channels);
    add_floats(out, "scale", recipe->scale, channels);
}

void cli_json_add_proportion(cJSON *object, const char *name, size_t k, size_t n)
{
    cli_proportion p = cli_wilson(k, n);
    cJSON *out = cJSON_AddObjectToObject(object, name);
    cli_json_add_int(out, "count", k);
    cli_json_add_int(out, "of", n);
    cli_json_add_double(out, "value", p.value);
    cli_json_add_double(out, "low", p.low);
    cli_json_add_double(out, "high", p.high);
}

void cli_json_add_frames(cJSON *object, const cli_pixel_flags *flags)
{
    if (!flags->frames)
        return;
    char name[OCTET_PIXELS_NAME_SIZE];
    const octet_rect *roi = &flags->roi;
    cli_json_add_text(object, "pixels", octet_pixels_name(name, &flags->pixels));
    cJSON_AddItemToObject(object, "frame", cJSON_CreateIntArray((int[]){flags->width, flags->height}, 2));
    cJSON_AddItemToObject(object, "roi", flags->has_roi
                                             ? cJSON_CreateIntArray((int[]){roi->x, roi->y, roi->width, roi->height}, 4)
                                             : cJSON_CreateNull());
}

octet_status cli_json_print(cJSON *document, octet_error *err)
{
    char *text = cJSON_Print(document);
    cJSON_Delete(document);
    if (!text)
        return cli_fail_memory(err);
    puts(text);
    free(text);
    return OCTET_OK;
}
