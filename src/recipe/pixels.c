/* Names of channel orders, layouts and pixel formats, and the text of octet_pixels.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/recipe.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "recipe/names.h"

static const oct_name orders[] = {{"RGB", OCTET_RGB}, {"BGR", OCTET_BGR}, {"gray", OCTET_GRAY}};
static const oct_name layouts[] = {{"NHWC", OCTET_NHWC}, {"NCHW", OCTET_NCHW}};
static const oct_name matrices[] = {{"bt601", OCTET_BT601}, {"bt709", OCTET_BT709}};
static const oct_name ranges[] = {{"limited", OCTET_YUV_LIMITED}, {"full", OCTET_YUV_FULL}};
static const oct_name formats[] = {
    {"RGB", OCTET_PIXELS_RGB},   {"BGR", OCTET_PIXELS_BGR},   {"gray", OCTET_PIXELS_GRAY},
    {"RGBX", OCTET_PIXELS_RGBX}, {"NV12", OCTET_PIXELS_NV12}, {"NV21", OCTET_PIXELS_NV21},
    {"I420", OCTET_PIXELS_I420}, {"YUYV", OCTET_PIXELS_YUYV}, {"YUY2", OCTET_PIXELS_YUYV},
};

/* type_name and type_parse over a table */
#define NAMED(type, table, what)                                                                                       \
    const char *type##_name(type value)                                                                                \
    {                                                                                                                  \
        return oct_name_of(table, OCT_COUNT(table), (int)value);                                                       \
    }                                                                                                                  \
    octet_status type##_parse(type *value, const char *name, octet_error *err)                                         \
    {                                                                                                                  \
        int found = 0;                                                                                                 \
        OCT_TRY(oct_name_parse(&found, table, OCT_COUNT(table), name, strlen(name), what, OCTET_USAGE, err));          \
        *value = (type)found;                                                                                          \
        return OCTET_OK;                                                                                               \
    }

NAMED(octet_channel_order, orders, "channel order")
NAMED(octet_pixel_layout, layouts, "layout")
NAMED(octet_pixel_format, formats, "pixel format")
NAMED(octet_yuv_matrix, matrices, "YUV matrix")
NAMED(octet_yuv_range, ranges, "YUV range")

/* ---- octet_pixels ---- */

static bool is_yuv(octet_pixel_format format)
{
    return format >= OCTET_PIXELS_NV12;
}

const char *octet_pixels_name(char text[OCTET_PIXELS_NAME_SIZE], const octet_pixels *pixels)
{
    const char *format = octet_pixel_format_name(pixels->format);
    if (is_yuv(pixels->format))
        snprintf(text, OCTET_PIXELS_NAME_SIZE, "%s,%s,%s%s", format, octet_yuv_matrix_name(pixels->matrix),
                 octet_yuv_range_name(pixels->range), pixels->linear ? ",linear" : "");
    else
        snprintf(text, OCTET_PIXELS_NAME_SIZE, "%s%s%s", format, pixels->format == OCTET_PIXELS_GRAY ? "" : ",",
                 pixels->format == OCTET_PIXELS_GRAY ? "" : octet_pixel_layout_name(pixels->layout));
    return text;
}

enum { FORMAT, LAYOUT, MATRIX, RANGE, LINEAR, N_KINDS };

/* The words of all kinds: kind * 100 + value. */
static const oct_name words[] = {
    {"RGB", FORMAT * 100 + OCTET_PIXELS_RGB},    {"BGR", FORMAT * 100 + OCTET_PIXELS_BGR},
    {"gray", FORMAT * 100 + OCTET_PIXELS_GRAY},  {"RGBX", FORMAT * 100 + OCTET_PIXELS_RGBX},
    {"NV12", FORMAT * 100 + OCTET_PIXELS_NV12},  {"NV21", FORMAT * 100 + OCTET_PIXELS_NV21},
    {"I420", FORMAT * 100 + OCTET_PIXELS_I420},  {"YUYV", FORMAT * 100 + OCTET_PIXELS_YUYV},
    {"YUY2", FORMAT * 100 + OCTET_PIXELS_YUYV},  {"NHWC", LAYOUT * 100 + OCTET_NHWC},
    {"NCHW", LAYOUT * 100 + OCTET_NCHW},         {"bt601", MATRIX * 100 + OCTET_BT601},
    {"bt709", MATRIX * 100 + OCTET_BT709},       {"limited", RANGE * 100 + OCTET_YUV_LIMITED},
    {"full", RANGE * 100 + OCTET_YUV_FULL},      {"linear", LINEAR * 100 + 1},
};

static octet_status check_kinds(const int *values, const bool *given, const char *text, octet_error *err)
{
    bool yuv = is_yuv((octet_pixel_format)values[FORMAT]);
    const char *format = octet_pixel_format_name((octet_pixel_format)values[FORMAT]);
    if (given[LAYOUT] && (yuv || values[FORMAT] == OCTET_PIXELS_GRAY))
        return oct_fail(err, OCTET_USAGE, "pixels '%.64s': %s has a layout of its own, so neither NHWC nor NCHW", text,
                        format);
    if (!yuv && (given[MATRIX] || given[RANGE] || given[LINEAR]))
        return oct_fail(err, OCTET_USAGE, "pixels '%.64s': matrix, range and linear are of YUV formats, not of %s", text,
                        format);
    return OCTET_OK;
}

octet_status octet_pixels_parse(octet_pixels *pixels, const char *text, octet_error *err)
{
    int values[N_KINDS] = {0};
    bool given[N_KINDS] = {false};
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        int found = 0;
        OCT_TRY(oct_name_parse(&found, words, OCT_COUNT(words), at, length, "pixel format", OCTET_USAGE, err));
        if (given[found / 100])
            return oct_fail(err, OCTET_USAGE, "pixels: '%.*s' is one too many of its kind", (int)length, at);
        values[found / 100] = found % 100;
        given[found / 100] = true;
        at += length;
        if (*at == '\0')
            break;
    }
    OCT_TRY(check_kinds(values, given, text, err));
    *pixels = (octet_pixels){
        .format = (octet_pixel_format)values[FORMAT], .layout = (octet_pixel_layout)values[LAYOUT],
        .matrix = (octet_yuv_matrix)values[MATRIX], .range = (octet_yuv_range)values[RANGE], .linear = values[LINEAR]};
    return OCTET_OK;
}
