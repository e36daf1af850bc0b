/* octet inspect for programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspection.h"
#include "recipe_resolve.h"
#include "report_json.h"

/* Dimensions; a free one is its name, or null. */
static void add_shape(cJSON *object, const octet_tensor_info *info)
{
    if (info->rank < 0) {
        cJSON_AddNullToObject(object, "shape");
        return;
    }
    cJSON *shape = cJSON_AddArrayToObject(object, "shape");
    for (int d = 0; d < info->rank; d++) {
        if (info->dims[d] >= 0)
            cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)info->dims[d]));
        else
            cli_json_append_text(shape, info->dim_names[d]);
    }
}

static cJSON *add_tensor(cJSON *array, const octet_tensor_info *info)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddItemToArray(array, entry);
    cli_json_add_text(entry, "name", info->name);
    cli_json_add_text(entry, "type", octet_dtype_name(info->dtype));
    add_shape(entry, info);
    return entry;
}

/* The recipe in the metadata; null if it cannot be read. */
static void add_recipe(cJSON *document, const octet_model *model)
{
    octet_recipe recipe;
    int channels;
    octet_error err = {.status = OCTET_OK};
    if (cli_metadata_recipe(&recipe, &channels, model, &err))
        cli_json_add_recipe(document, &recipe, channels, 0);
    else if (err.status != OCTET_OK)
        cJSON_AddNullToObject(document, "recipe");
}

static void add_artifact(cJSON *document, const octet_program *program)
{
    octet_artifact_info info;
    const octet_record *r;
    char hash[17];
    octet_program_artifact(program, &info);
    snprintf(hash, sizeof hash, "%016" PRIx64, info.source_hash);
    cJSON *artifact = cJSON_AddObjectToObject(document, "artifact");
    cli_json_add_text(artifact, "cpu", info.cpu);
    cli_json_add_text(artifact, "octet_version", info.octet_version);
    cli_json_add_text(artifact, "source_xxh3", info.source_hash ? hash : NULL);
    cJSON *records = cJSON_AddObjectToObject(artifact, "records");
    for (int i = 0; (r = octet_program_record(program, i)); i++)
        cli_json_add_text(records, r->key, r->value);
}

void cli_inspection_add_file(cJSON *document, const cli_inspection *x)
{
    octet_model_info info;
    cli_json_add_text(document, "file", x->path);
    cli_json_add_int(document, "bytes", x->file_bytes);
    if (!x->model) {
        add_artifact(document, x->program);
        return;
    }
    octet_model_get_info(x->model, &info);
    cJSON_AddNumberToObject(document, "ir_version", (double)info.ir_version);
    cJSON_AddNumberToObject(document, "opset", (double)info.opset);
    cli_json_add_text(document, "producer", info.producer_name);
    cli_json_add_text(document, "producer_version", info.producer_version);
    cJSON *metadata = cJSON_AddObjectToObject(document, "metadata");
    const char *key, *value;
    for (int i = 0; (key = octet_model_metadata(x->model, i, &value)); i++)
        cli_json_add_text(metadata, key, value);
    add_recipe(document, x->model);
    cJSON *inputs = cJSON_AddArrayToObject(document, "inputs"), *outputs = cJSON_AddArrayToObject(document, "outputs");
    octet_tensor_info tensor;
    for (int i = 0; octet_model_input(x->model, i, &tensor) == OCTET_OK; i++)
        add_tensor(inputs, &tensor);
    for (int i = 0; octet_model_output(x->model, i, &tensor) == OCTET_OK; i++)
        add_tensor(outputs, &tensor);
    cJSON_AddNumberToObject(document, "nodes", info.n_nodes);
    cJSON *ops = cJSON_AddObjectToObject(document, "operators");
    int count;
    for (int i = 0; (key = octet_model_op(x->model, i, &count)); i++)
        cli_json_add_int(ops, key, (uint64_t)count);
    cli_json_add_int(document, "parameters", info.n_parameters);
}

/* The lines of a message "path: reason" or "path: these nodes are refused:\nreason\nreason". */
static void add_refused(cJSON *document, const cli_inspection *x)
{
    cJSON *lines = cJSON_AddArrayToObject(document, "refused");
    const char *at = strchr(x->refused->message, '\n');
    size_t n_path = strlen(x->path) + 2;
    if (!at)
        at = x->refused->message + (strncmp(x->refused->message, x->path, n_path - 2) == 0 ? n_path : 0);
    for (at += *at == '\n'; *at;) {
        size_t n = strcspn(at, "\n");
        char line[sizeof x->refused->message];
        memcpy(line, at, n);
        line[n] = '\0';
        cli_json_append_text(lines, line);
        at += n + (at[n] == '\n');
    }
}

static void add_steps(cJSON *program, const cli_inspection *x)
{
    cJSON *steps = cJSON_AddArrayToObject(program, "steps");
    octet_step_info step;
    for (int i = 0; octet_program_step(x->program, i, &step) == OCTET_OK; i++) {
        octet_tensor_info info = {.name = step.name, .dtype = step.dtype, .rank = step.rank};
        memcpy(info.dims, step.dims, sizeof info.dims);
        cJSON *entry = add_tensor(steps, &info);
        cli_json_add_text(entry, "op", step.op);
        cli_json_add_text(entry, "provider", step.provider);
        cli_json_add_text(entry, "kernel", step.kernel);
        cli_json_add_int(entry, "macs", step.macs);
        cli_json_add_int(entry, "parameters", step.n_parameters);
        if (x->step_ns)
            cli_json_add_int(entry, "ns", x->step_ns[i]);
    }
}

cli_integer_counts cli_count_integers(const octet_program *program)
{
    cli_integer_counts n = {0};
    octet_step_info step;
    for (int i = 0; octet_program_step(program, i, &step) == OCTET_OK; i++) {
        n.int8 += strcmp(step.provider, "int8") == 0;
        n.quantize += step.conversion > 0;
        n.dequantize += step.conversion < 0;
        n.reasons += step.reason != NULL;
    }
    return n;
}

/* What a quantized model computes in float, and why; nothing for others. */
static void add_integers(cJSON *program, const cli_inspection *x)
{
    cli_integer_counts n = cli_count_integers(x->program);
    if (n.int8 + n.quantize + n.dequantize == 0)
        return;
    cJSON *integers = cJSON_AddObjectToObject(program, "integers");
    cJSON_AddNumberToObject(integers, "int8_steps", n.int8);
    cJSON_AddNumberToObject(integers, "quantize_steps", n.quantize);
    cJSON_AddNumberToObject(integers, "dequantize_steps", n.dequantize);
    cJSON *floats = cJSON_AddArrayToObject(integers, "in_float");
    octet_step_info step;
    for (int i = 0; octet_program_step(x->program, i, &step) == OCTET_OK; i++) {
        if (!step.reason)
            continue;
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddItemToArray(floats, entry);
        cli_json_add_text(entry, "name", step.name);
        cli_json_add_text(entry, "op", step.op);
        cli_json_add_text(entry, "reason", step.reason);
    }
}

void cli_inspection_add_program(cJSON *document, const cli_inspection *x)
{
    if (!x->program) {
        add_refused(document, x);
        return;
    }
    octet_program_info info;
    octet_program_get_info(x->program, &info);
    cJSON *program = cJSON_AddObjectToObject(document, "program");
    cli_json_add_text(program, "cpu", info.cpu);
    cJSON *inputs = cJSON_AddArrayToObject(program, "inputs"), *outputs = cJSON_AddArrayToObject(program, "outputs");
    for (int i = 0; i < octet_program_n_inputs(x->program); i++)
        add_tensor(inputs, octet_program_input(x->program, i));
    for (int i = 0; i < octet_program_n_outputs(x->program); i++)
        cJSON_AddBoolToObject(add_tensor(outputs, octet_program_output(x->program, i)), "softmax",
                              octet_program_output_is_softmax(x->program, i) != 0);
    if (x->takes_images) {
        const char *why;
        cli_json_add_text(program, "placement", octet_placement_name(octet_program_placement(x->program, 0, &why)));
        cli_json_add_text(program, "placement_reason", why);
    }
    cli_json_add_int(program, "macs", info.macs);
    cli_json_add_int(program, "weight_bytes", info.weight_bytes);
    cli_json_add_int(program, "arena_bytes", info.arena_bytes);
    cli_json_add_int(program, "scratch_bytes", info.scratch_bytes);
    cJSON_AddNumberToObject(program, "threads", x->n_threads);
    cli_json_add_int(program, "session_bytes",
                     octet_session_size(x->program, &(octet_session_opts){.n_threads = x->n_threads}));
    if (x->step_ns) {
        cJSON_AddNumberToObject(program, "runs", x->n_runs);
        cli_json_add_int(program, "run_ns", x->run_ns);
    }
    cJSON_AddNumberToObject(program, "n_steps", info.n_steps);
    add_integers(program, x);
    if (x->steps)
        add_steps(program, x);
}
