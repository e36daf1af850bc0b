/* What of a quantized program runs in integers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "precision.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report_json.h"

static bool converts(const octet_step_info *step)
{
    return strcmp(step->op, "QuantizeLinear") == 0 || strcmp(step->op, "DequantizeLinear") == 0;
}

cli_precision cli_precision_count(const octet_program *program)
{
    cli_precision p = {0};
    octet_step_info step;
    for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++) {
        if (converts(&step))
            p.n_conversions++;
        else if (step.dtype == OCTET_F32)
            p.n_float++;
        else
            p.n_integer++;
    }
    return p;
}

void cli_precision_print(const octet_program *program, const char *images, int n_images)
{
    const cli_precision p = cli_precision_count(program);
    octet_step_info step;
    printf("precision   8 bits, ranges from %d images of %s\n", n_images, images);
    printf("            %d steps in integers, %d in float32, %d quantize or dequantize\n", p.n_integer, p.n_float, p.n_conversions);
    for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++)
        if (step.reason)
            printf("  in float32: %s '%s': %s\n", step.op, step.name, step.reason);
}

void cli_precision_add(cJSON *document, const octet_program *program, const char *images, int n_images)
{
    const cli_precision p = cli_precision_count(program);
    octet_step_info step;
    cJSON *object = cJSON_AddObjectToObject(document, "calibration");
    cli_json_add_text(object, "images", images);
    cJSON_AddNumberToObject(object, "used", n_images);
    cJSON_AddNumberToObject(object, "integer_steps", p.n_integer);
    cJSON_AddNumberToObject(object, "float_steps", p.n_float);
    cJSON_AddNumberToObject(object, "conversions", p.n_conversions);
    cJSON *array = cJSON_AddArrayToObject(object, "in_float");
    for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++) {
        if (!step.reason)
            continue;
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(array, entry);
        cli_json_add_text(entry, "name", step.name);
        cli_json_add_text(entry, "op", step.op);
        cli_json_add_text(entry, "reason", step.reason);
    }
}
