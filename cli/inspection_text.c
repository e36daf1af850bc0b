/* octet inspect for people.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspection.h"
#include "model_flags.h"
#include "numbers.h"
#include "recipe_resolve.h"

#define LINE_END 100 /* columns before a list goes on in the next line */

static void print_tensor(const char *what, const octet_tensor_info *info)
{
    char shape[CLI_SHAPE_SIZE];
    printf("%-12s%s  %s  %s\n", what, info->name, octet_dtype_name(info->dtype), cli_shape(shape, info));
}

static void print_ops(const octet_model *model)
{
    int count, column = printf("%-12s", "operators");
    const char *op;
    for (int i = 0; (op = octet_model_op(model, i, &count)); i++) {
        if (column > LINE_END)
            column = printf("\n%-12s", "");
        column += printf("%s%s %d", i ? "  " : "", op, count);
    }
    putchar('\n');
}

/* The recipe in the metadata, and what is wrong with it if something is. */
static void print_recipe(const octet_model *model)
{
    char text[OCTET_RECIPE_TEXT_SIZE];
    octet_recipe recipe;
    int channels;
    octet_error err = {.status = OCTET_OK};
    if (!cli_metadata_recipe(&recipe, &channels, model, &err)) {
        if (err.status != OCTET_OK)
            printf("%-12s%s\n", "recipe", err.message);
        return;
    }
    octet_recipe_format(text, sizeof text, &recipe, channels, &err);
    printf("%-12s%s\n", "recipe", text);
    if (octet_recipe_check(&recipe, channels, &err) != OCTET_OK)
        printf("%-12s%s\n", "", err.message);
}

/* Of several lines each further one stands below the first. */
static void print_record(const char *head, const octet_record *r)
{
    const char *line = r->value, *end = strchr(line, '\n');
    printf("%-12s%s = ", head, r->key);
    for (; end; line = end + 1, end = strchr(line, '\n'))
        printf("%s%.*s\n", line == r->value ? "" : "              ", (int)(end - line), line);
    printf("%s%s\n", line == r->value ? "" : "              ", line);
}

static void print_artifact(const octet_program *program)
{
    octet_artifact_info info;
    const octet_record *r;
    octet_program_artifact(program, &info);
    printf("%-12s%s, written by octet %s\n", "artifact", info.cpu, info.octet_version);
    if (info.source_hash)
        printf("%-12sxxh3 %016" PRIx64 "\n", "source", info.source_hash);
    for (int i = 0; (r = octet_program_record(program, i)); i++)
        print_record(i ? "" : "records", r);
}

void cli_inspection_print_file(const cli_inspection *x)
{
    char bytes[CLI_GROUPED_SIZE], parameters[CLI_GROUPED_SIZE];
    octet_model_info info;
    printf("%-12s%s, %s bytes\n", "file", x->path, cli_grouped(bytes, x->file_bytes));
    if (!x->model) {
        print_artifact(x->program);
        return;
    }
    octet_model_get_info(x->model, &info);
    printf("%-12sIR %" PRId64 ", opset %" PRId64, "ONNX", info.ir_version, info.opset);
    if (*info.producer_name)
        printf(", made by %s %s", info.producer_name, info.producer_version);
    putchar('\n');
    const char *key, *value;
    for (int i = 0; (key = octet_model_metadata(x->model, i, &value)); i++)
        printf("%-12s%s = %.200s\n", i ? "" : "metadata", key, value);
    print_recipe(x->model);
    octet_tensor_info tensor;
    for (int i = 0; octet_model_input(x->model, i, &tensor) == OCTET_OK; i++)
        print_tensor("input", &tensor);
    for (int i = 0; octet_model_output(x->model, i, &tensor) == OCTET_OK; i++)
        print_tensor("output", &tensor);
    printf("%-12s%d\n", "nodes", info.n_nodes);
    print_ops(x->model);
    printf("%-12s%s\n", "parameters", cli_grouped(parameters, info.n_parameters));
}

static void print_memory(const cli_inspection *x, const octet_program_info *info)
{
    char text[CLI_GROUPED_SIZE];
    size_t session = octet_session_size(x->program, &(octet_session_opts){.n_threads = x->n_threads});
    printf("%-12s%s bytes packed weights\n", "memory", cli_grouped(text, info->weight_bytes));
    printf("%-12s%s bytes a session", "", cli_grouped(text, session));
    printf(": %s activations,", cli_grouped(text, info->arena_bytes));
    printf(" %s scratch a thread\n", cli_grouped(text, info->scratch_bytes));
}

static void print_bound_shapes(const octet_program *program)
{
    char shape[CLI_SHAPE_SIZE];
    for (int i = 0; i < octet_program_n_inputs(program); i++) {
        const octet_tensor_info *info = octet_program_input(program, i);
        printf("%-12s%s %s %s\n", i ? "" : "runs on", info->name, cli_shape(shape, info), octet_dtype_name(info->dtype));
    }
    for (int i = 0; i < octet_program_n_outputs(program); i++) {
        const octet_tensor_info *info = octet_program_output(program, i);
        printf("%-12s%s %s%s\n", i ? "" : "gives", info->name, cli_shape(shape, info),
               octet_program_output_is_softmax(program, i) ? ", probabilities" : "");
    }
}

static void print_placement(const octet_program *program)
{
    static const char *const meanings[] = {
        [OCTET_PLACEMENT_HOST] = "host: the input takes what the model states",
        [OCTET_PLACEMENT_LAYER] = "layer: uint8 pixels, made floats by a table per channel",
        [OCTET_PLACEMENT_FOLD] = "fold: uint8 pixels go straight into the first layer",
    };
    const char *why;
    octet_placement placement = octet_program_placement(program, 0, &why);
    printf("%-12s%s%s%s\n", "placement", meanings[placement], why ? "; " : "", why ? why : "");
}

/* What a quantized model computes in float, and why. */
static void print_integers(const cli_inspection *x)
{
    cli_integer_counts n = cli_count_integers(x->program);
    if (n.int8 + n.quantize + n.dequantize == 0)
        return;
    printf("%-12s%d steps in int8; QuantizeLinear %d, DequantizeLinear %d\n", "integers", n.int8, n.quantize, n.dequantize);
    octet_step_info step;
    bool first = true;
    for (int i = 0; octet_program_step(x->program, i, &step) == OCTET_OK; i++) {
        if (!step.reason)
            continue;
        printf("%-12s%s '%s': %s\n", first ? "in float" : "", step.op, step.name, step.reason);
        first = false;
    }
}

typedef struct widths {
    int name, op, kernel, shape;
} widths;

static octet_status get_step(const cli_inspection *x, int i, octet_step_info *step, char shape[CLI_SHAPE_SIZE])
{
    CLI_TRY(octet_program_step(x->program, i, step));
    octet_tensor_info info = {.rank = step->rank};
    memcpy(info.dims, step->dims, sizeof info.dims);
    const char *text = cli_shape(shape, &info);
    if (text != shape)
        strcpy(shape, text);
    return OCTET_OK;
}

static int longer(int width, const char *text)
{
    int n = (int)strlen(text);
    return n > width ? n : width;
}

static widths find_widths(const cli_inspection *x)
{
    widths w = {4, 8, 6, 6};
    char shape[CLI_SHAPE_SIZE];
    octet_step_info step;
    for (int i = 0; get_step(x, i, &step, shape) == OCTET_OK; i++) {
        w.name = longer(w.name, step.name);
        w.op = longer(w.op, step.op);
        w.kernel = longer(w.kernel, step.kernel);
        w.shape = longer(w.shape, shape);
    }
    return w;
}

static void print_steps(const cli_inspection *x)
{
    widths w = find_widths(x);
    char shape[CLI_SHAPE_SIZE], macs[CLI_GROUPED_SIZE], parameters[CLI_GROUPED_SIZE];
    printf("\n%4s  %-*s  %-*s  %-*s  %-*s  %14s  %12s", "step", w.op, "operator", w.shape, "output", w.kernel, "kernel",
           w.name, "node", "MACs", "parameters");
    puts(x->step_ns ? "        us      %  GMAC/s" : "");
    octet_step_info step;
    for (int i = 0; get_step(x, i, &step, shape) == OCTET_OK; i++) {
        printf("%4d  %-*s  %-*s  %-*s  %-*s  %14s  %12s", i, w.op, step.op, w.shape, shape, w.kernel, step.kernel, w.name,
               step.name, cli_grouped(macs, step.macs), cli_grouped(parameters, step.n_parameters));
        if (x->step_ns) {
            double ns = (double)x->step_ns[i], share = x->run_ns ? 100 * ns / (double)x->run_ns : 0;
            printf("  %8.1f  %5.1f", ns / 1000, share);
            if (step.macs > 0 && ns > 0)
                printf("  %6.1f", (double)step.macs / ns);
        }
        putchar('\n');
    }
}

void cli_inspection_print_program(const cli_inspection *x)
{
    char text[CLI_GROUPED_SIZE];
    octet_program_info info;
    octet_program_get_info(x->program, &info);
    printf("%-12sfor CPU level %s: %d steps, %s MACs\n", "compiled", info.cpu, info.n_steps, cli_grouped(text, info.macs));
    if (x->takes_images)
        print_placement(x->program);
    print_bound_shapes(x->program);
    print_integers(x);
    print_memory(x, &info);
    if (x->step_ns)
        printf("%-12s%.3f ms, median of %d runs, %d thread%s, %.1f GMAC/s\n", "time", (double)x->run_ns * 1e-6, x->n_runs,
               x->n_threads, x->n_threads > 1 ? "s" : "", x->run_ns ? (double)info.macs / (double)x->run_ns : 0);
    if (x->steps)
        print_steps(x);
}
