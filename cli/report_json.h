/* Pieces of the JSON documents that commands print with --json.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPORT_JSON_H
#define CLI_REPORT_JSON_H

#include <cjson/cJSON.h>

#include <octet/image.h>
#include <octet/octet.h>

#include "fail.h"
#include "pixel_flags.h"

/* Add to an object. Text that is not UTF-8 gets U+FFFD for each byte that does not belong; NULL text is null. A float has
 * the digits that read back to the same float32, a double ten; what is not finite is null. Out of memory: the item is left out,
 * and cli_json_print fails. */
void cli_json_add_text(cJSON *object, const char *name, const char *text);
void cli_json_append_text(cJSON *array, const char *text);
void cli_json_add_float(cJSON *object, const char *name, float value);
void cli_json_add_double(cJSON *object, const char *name, double value);
void cli_json_add_int(cJSON *object, const char *name, uint64_t value);

/* {"resize": "shorter 256", "interp": ..., "crop": [w, h], "order", "layout", "mean": [...], "scale": [...]} */
void cli_json_add_recipe(cJSON *object, const octet_recipe *recipe, int channels, int raw);

/* "name": {"count": k, "of": n, "value", "low", "high"}, Wilson's interval */
void cli_json_add_proportion(cJSON *object, const char *name, size_t k, size_t n);

/* Raw frames: "pixels": "NV12,bt601,limited", "frame": [w, h], "roi": [x, y, w, h] or null. Nothing for image files. */
void cli_json_add_frames(cJSON *object, const cli_pixel_flags *flags);

/* The document on stdout with a newline; frees it. */
octet_status cli_json_print(cJSON *document, octet_error *err);

#endif
