/* The recipe as one line of text, which is how it travels in a model's metadata.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/recipe.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "recipe/names.h"
#include "recipe/number.h"
#include "recipe/recipe.h"

#define BLANKS " \t\r\n"

enum { RESIZE, INTERP, CROP, ORDER, LAYOUT, MEAN, SCALE, N_KEYS };

static const oct_name keys[N_KEYS] = {
    {"resize", RESIZE}, {"interp", INTERP}, {"crop", CROP}, {"order", ORDER},
    {"layout", LAYOUT}, {"mean", MEAN},     {"scale", SCALE},
};

/* ---- writing ---- */

typedef struct line {
    char *text;
    size_t n_bytes, used; /* used >= n_bytes: it did not fit */
} line;

static void put(line *l, const char *format, ...) OCT_PRINTF(2, 3);
static void put(line *l, const char *format, ...)
{
    if (l->used >= l->n_bytes)
        return;
    va_list args;
    va_start(args, format);
    l->used += (size_t)vsnprintf(l->text + l->used, l->n_bytes - l->used, format, args);
    va_end(args);
}

static void put_geometry(line *l, const octet_recipe *r)
{
    if (r->resize == OCTET_RESIZE_NONE)
        put(l, "resize=none");
    else if (r->resize == OCTET_RESIZE_SHORTER)
        put(l, "resize=shorter:%d", (int)r->resize_width);
    else
        put(l, "resize=stretch:%dx%d", (int)r->resize_width, (int)r->resize_height);
    put(l, " interp=%s", octet_resize_dialect_name(r->dialect));
    if (r->crop_width)
        put(l, " crop=%dx%d", (int)r->crop_width, (int)r->crop_height);
    else
        put(l, " crop=none");
    put(l, " order=%s layout=%s", octet_channel_order_name(r->order), octet_pixel_layout_name(r->layout));
}

static void put_numbers(line *l, const char *key, const float *values, int n)
{
    char text[OCT_NUMBER_SIZE];
    for (int i = 0; i < n; i++)
        put(l, "%s%s", i ? "," : key, oct_number_print(text, values[i]));
}

octet_status octet_recipe_format(char *text, size_t n_bytes, const octet_recipe *recipe, int channels, octet_error *err)
{
    if (n_bytes > 0)
        text[0] = '\0';
    OCT_TRY(oct_recipe_check_values(recipe, channels, err));
    float scale[OCTET_MAX_CHANNELS];
    oct_recipe_scale(scale, recipe, channels);
    line l = {.text = text, .n_bytes = n_bytes};
    put_geometry(&l, recipe);
    put_numbers(&l, " mean=", recipe->mean, channels);
    put_numbers(&l, " scale=", scale, channels);
    if (l.used < n_bytes)
        return OCTET_OK;
    if (n_bytes > 0)
        text[0] = '\0';
    return oct_fail(err, OCTET_USAGE, "a recipe needs up to %d bytes of text, not %zu", OCTET_RECIPE_TEXT_SIZE, n_bytes);
}

/* ---- reading ---- */

typedef struct reader {
    octet_recipe recipe;
    int n_mean, n_scale;
    const char *at; /* the value of the entry */
    const char *entry; /* its beginning, for messages */
    octet_error *err;
} reader;

static bool is_end(char c)
{
    return c == '\0' || strchr(BLANKS, c);
}

static octet_status refuse(const reader *r, const char *wanted)
{
    size_t length = strcspn(r->entry, BLANKS);
    return oct_fail(r->err, OCTET_BAD_INPUT, "'%.*s' is not %s", (int)(length < 100 ? length : 100), r->entry,
                    wanted);
}

/* The word at `at` if it is there, moving behind it. */
static bool accept(reader *r, const char *word)
{
    size_t n = strlen(word);
    bool there = strncmp(r->at, word, n) == 0;
    r->at += there ? n : 0;
    return there;
}

static bool scan_side(reader *r, int32_t *side)
{
    size_t n = strspn(r->at, "0123456789");
    int32_t v = 0;
    for (size_t i = 0; i < n && n <= 7; i++)
        v = v * 10 + (r->at[i] - '0');
    *side = v;
    r->at += n;
    return n > 0 && n <= 7 && v >= 1 && v <= OCT_RECIPE_LARGEST_SIDE;
}

static bool scan_size(reader *r, int32_t *width, int32_t *height)
{
    return scan_side(r, width) && accept(r, "x") && scan_side(r, height);
}

static octet_status read_resize(reader *r)
{
    octet_recipe *out = &r->recipe;
    bool good = true;
    if (accept(r, "shorter:")) {
        out->resize = OCTET_RESIZE_SHORTER;
        good = scan_side(r, &out->resize_width);
    } else if (accept(r, "stretch:")) {
        out->resize = OCTET_RESIZE_STRETCH;
        good = scan_size(r, &out->resize_width, &out->resize_height);
    } else {
        good = accept(r, "none");
    }
    return good && is_end(*r->at) ? OCTET_OK : refuse(r, "resize=none, resize=shorter:N or resize=stretch:WxH");
}

static octet_status read_crop(reader *r)
{
    bool good = accept(r, "none") || scan_size(r, &r->recipe.crop_width, &r->recipe.crop_height);
    return good && is_end(*r->at) ? OCTET_OK : refuse(r, "crop=none or crop=WxH");
}

static octet_status read_numbers(reader *r, float *values, int *n)
{
    for (*n = 0; *n < OCTET_MAX_CHANNELS;) {
        if (!oct_number_scan(&values[*n], &r->at))
            break;
        ++*n;
        if (is_end(*r->at))
            return OCTET_OK;
        if (*r->at++ != ',')
            break;
    }
    return refuse(r, "a list of 1 to 4 finite numbers with commas between them");
}

/* A named value: the word up to the blank through the public parser of its kind. */
static octet_status read_name(reader *r, int key)
{
    char word[64];
    size_t length = strcspn(r->at, BLANKS);
    if (length >= sizeof word)
        return refuse(r, "a name");
    memcpy(word, r->at, length);
    word[length] = '\0';
    octet_status status = key == INTERP  ? octet_resize_dialect_parse(&r->recipe.dialect, word, r->err)
                          : key == ORDER ? octet_channel_order_parse(&r->recipe.order, word, r->err)
                                         : octet_pixel_layout_parse(&r->recipe.layout, word, r->err);
    if (status == OCTET_OK)
        return OCTET_OK;
    if (r->err)
        r->err->status = OCTET_BAD_INPUT;
    return OCTET_BAD_INPUT;
}

static octet_status read_value(reader *r, int key)
{
    switch (key) {
    case RESIZE: return read_resize(r);
    case CROP: return read_crop(r);
    case MEAN: return read_numbers(r, r->recipe.mean, &r->n_mean);
    case SCALE: return read_numbers(r, r->recipe.scale, &r->n_scale);
    default: return read_name(r, key);
    }
}

static octet_status read_entries(reader *r, const char *text)
{
    bool seen[N_KEYS] = {false};
    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        size_t length = strcspn(text, "=" BLANKS);
        int key = 0;
        r->entry = text;
        OCT_TRY(oct_name_parse(&key, keys, N_KEYS, text, length, "recipe key", OCTET_BAD_INPUT, r->err));
        if (text[length] != '=')
            return refuse(r, "key=value");
        if (seen[key])
            return oct_fail(r->err, OCTET_BAD_INPUT, "'%s' stands there twice", keys[key].name);
        seen[key] = true;
        r->at = text + length + 1;
        OCT_TRY(read_value(r, key));
        text += strcspn(text, BLANKS);
    }
    for (int key = 0; key < N_KEYS; key++)
        if (!seen[key])
            return oct_fail(r->err, OCTET_BAD_INPUT, "'%s' is missing", keys[key].name);
    return OCTET_OK;
}

octet_status octet_recipe_parse(octet_recipe *recipe, int *channels, const char *text, octet_error *err)
{
    reader r = {.err = err};
    OCT_TRY(read_entries(&r, text));
    if (r.n_mean != r.n_scale)
        return oct_fail(err, OCTET_BAD_INPUT, "mean has %d numbers, but scale has %d", r.n_mean, r.n_scale);
    *recipe = r.recipe;
    *channels = r.n_mean;
    return OCTET_OK;
}
