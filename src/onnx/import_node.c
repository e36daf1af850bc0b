/* NodeProto to node: finds the operator's import function, hands it inputs and attributes, checks what it left over.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "onnx/import.h"

typedef octet_status import_function(oct_import *ctx);

/* Operators of ops.def by oct_op. */
static import_function *const functions[] = {
#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) oct_import_##IMPORT,
#include "graph/ops.def"
#undef OCT_OP
};

/* Operators that become something else. */
static const struct {
    const char *name, *domain;
    import_function *import;
} translated[] = {
    {"Constant", "", oct_import_constant},
    {"Upsample", "", oct_import_upsample},
    {"QLinearMul", "com.microsoft", oct_import_qlinear_mul},
    {"QLinearSigmoid", "com.microsoft", oct_import_qlinear_sigmoid},
    {"QLinearLeakyRelu", "com.microsoft", oct_import_qlinear_leaky_relu},
    {"QLinearSoftmax", "com.microsoft", oct_import_qlinear_softmax},
    {"QLinearAveragePool", "com.microsoft", oct_import_qlinear_average_pool},
    {"QLinearReduceMean", "com.microsoft", oct_import_qlinear_reduce_mean},
    {"QGemm", "com.microsoft", oct_import_qgemm},
};

octet_status oct_import_fail(oct_import *ctx, octet_status status, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return oct_fail(ctx->err, status, "%s '%s': %s", ctx->onnx_op, ctx->name, text);
}

void *oct_import_params(oct_import *ctx, size_t n)
{
    ctx->params = oct_graph_params(ctx->graph, n);
    if (!ctx->params)
        oct_fail_memory(ctx->err, ctx->name, n);
    return ctx->params;
}

octet_status oct_import_none(oct_import *ctx)
{
    (void)ctx;
    return OCTET_OK;
}

/* ---- inputs ---- */

oct_value_id oct_import_in(const oct_import *ctx, int i)
{
    return i < ctx->n_in ? ctx->in[i] : OCT_NONE;
}

void oct_import_set_in(oct_import *ctx, int i, oct_value_id id)
{
    while (ctx->n_in <= i)
        ctx->in[ctx->n_in++] = OCT_NONE;
    ctx->in[i] = id;
}

static octet_status constant_in(oct_import *ctx, int i, const char *attribute, octet_dtype dtype, int rank,
                                const void *values, int n)
{
    oct_value_id id;
    int64_t dims[1] = {n};
    const char *name = oct_arena_printf(&ctx->graph->arena, "%s.%s", ctx->name, attribute);
    if (!name)
        return oct_fail_memory(ctx->err, ctx->name, 64);
    OCT_TRY(oct_graph_add_const(ctx->graph, &id, name, dtype, rank, dims, values, true, ctx->err));
    oct_import_set_in(ctx, i, id);
    return OCTET_OK;
}

octet_status oct_import_ints_in(oct_import *ctx, int i, const char *attribute, const int64_t *values, int n)
{
    return constant_in(ctx, i, attribute, OCTET_I64, 1, values, n);
}

octet_status oct_import_floats_in(oct_import *ctx, int i, const char *attribute, const float *values, int n)
{
    return constant_in(ctx, i, attribute, OCTET_F32, 1, values, n);
}

octet_status oct_import_float_in(oct_import *ctx, int i, const char *attribute, float value)
{
    return constant_in(ctx, i, attribute, OCTET_F32, 0, &value, 1);
}

octet_status oct_import_ints_to_in(oct_import *ctx, int i, const char *name)
{
    const int64_t *values;
    int n;
    OCT_TRY(oct_attr_ints(ctx, name, &values, &n));
    if (n < 0)
        return OCTET_OK;
    if (oct_import_in(ctx, i) != OCT_NONE)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' and input %d say the same", name, i);
    return oct_import_ints_in(ctx, i, name, values, n);
}

octet_status oct_import_tensor(oct_import *ctx, oct_value_id *out, const char *attribute, const OctPb__TensorProto *t)
{
    char what[320];
    const char *name = oct_arena_printf(&ctx->graph->arena, "%s.%s", ctx->name, attribute);
    if (!name)
        return oct_fail_memory(ctx->err, ctx->name, 64);
    OCT_TRY(oct_graph_add_value(ctx->graph, out, name, ctx->err));
    snprintf(what, sizeof what, "%s '%s': attribute '%s'", ctx->onnx_op, ctx->name, attribute);
    return oct_read_tensor(ctx->reader, *out, t, what);
}

octet_status oct_import_most_inputs(oct_import *ctx, int most)
{
    if (ctx->n_in > most)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%d inputs, at most %d", ctx->n_in, most);
    return OCTET_OK;
}

/* ---- setting up ---- */

const char *oct_op_text(oct_reader *r, const OctPb__NodeProto *node)
{
    const char *domain = oct_domain(node->domain);
    return oct_arena_printf(&r->graph->arena, "%s%s%s", domain, *domain ? "." : "", oct_text(node->op_type));
}

/* "<op>_<output>" for a node without a name. */
static const char *node_name(oct_reader *r, const OctPb__NodeProto *node)
{
    if (*oct_text(node->name))
        return node->name;
    size_t i = 0;
    while (i < node->n_output && !*node->output[i])
        i++;
    return oct_arena_printf(&r->graph->arena, "%s_%s", oct_text(node->op_type), i < node->n_output ? node->output[i] : "");
}

/* Ids of the names; "" is an omitted input or output. Omitted ones at the end are cut off. */
static octet_status find_values(oct_import *ctx, oct_value_id **ids, int *n, char **names, size_t n_names)
{
    *ids = oct_arena_array(&ctx->graph->arena, n_names + OCT_EXTRA_INPUTS, sizeof **ids);
    if (!*ids)
        return oct_fail_memory(ctx->err, ctx->name, n_names);
    *n = 0;
    for (size_t i = 0; i < n_names; i++) {
        (*ids)[i] = *names[i] ? oct_names_find(&ctx->reader->names, names[i]) : OCT_NONE;
        if (*names[i] && (*ids)[i] == OCT_NONE)
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "nothing produces its input '%s'", names[i]);
        if (*names[i])
            *n = (int)i + 1;
    }
    return OCTET_OK;
}

static octet_status set_up(oct_import *ctx, oct_reader *r, const OctPb__NodeProto *node)
{
    *ctx = (oct_import){.reader = r, .graph = r->graph, .node = node, .op = OCT_N_OPS, .err = r->err};
    ctx->name = node_name(r, node);
    ctx->onnx_op = oct_op_text(r, node);
    if (!ctx->name || !ctx->onnx_op)
        return oct_fail_memory(r->err, "the name of a node", 64);
    if (!*oct_text(node->op_type))
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "a node without operator");
    OCT_TRY(find_values(ctx, &ctx->in, &ctx->n_in, node->input, node->n_input));
    return find_values(ctx, &ctx->out, &ctx->n_out, node->output, node->n_output);
}

static bool is_local_function(const oct_reader *r, const OctPb__NodeProto *node)
{
    for (size_t i = 0; i < r->model->n_functions; i++)
        if (strcmp(oct_text(r->model->functions[i]->name), oct_text(node->op_type)) == 0 &&
            strcmp(oct_domain(r->model->functions[i]->domain), oct_domain(node->domain)) == 0)
            return true;
    return false;
}

static octet_status refuse_operator(oct_import *ctx)
{
    const char *domain = oct_domain(ctx->node->domain);
    const char *reason = oct_refuse_reason(oct_text(ctx->node->op_type), domain);
    if (is_local_function(ctx->reader, ctx->node))
        reason = "function defined in the model";
    if (!reason)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "unknown operator of domain '%s'", domain);
    return oct_import_fail(ctx, OCTET_UNSUPPORTED, "%s", reason);
}

static octet_status find_function(oct_import *ctx, import_function **function)
{
    const char *op_type = ctx->node->op_type, *domain = oct_domain(ctx->node->domain);
    *function = NULL;
    for (size_t i = 0; i < OCT_COUNT(translated); i++)
        if (strcmp(translated[i].name, op_type) == 0 && strcmp(translated[i].domain, domain) == 0)
            *function = translated[i].import;
    ctx->op = oct_op_find(op_type, domain);
    if (ctx->op != OCT_N_OPS && strcmp(domain, "octet") != 0) /* ours, never in a file */
        *function = functions[ctx->op];
    if (!*function || is_local_function(ctx->reader, ctx->node))
        return refuse_operator(ctx);
    ctx->opset = oct_reader_opset(ctx->reader, domain);
    if (ctx->opset <= 0)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "the model does not import the domain '%s'",
                               *domain ? domain : "ai.onnx");
    if (!*domain && ctx->opset < oct_first_opset(op_type))
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "form of opset %" PRId64 "; %d to %d are read", ctx->opset,
                               OCT_ONNX_FIRST_OPSET, OCT_ONNX_LAST_OPSET);
    return OCTET_OK;
}

/* ---- attributes and arity ---- */

static octet_status check_attributes(oct_import *ctx)
{
    OctPb__AttributeProto *const *a = ctx->node->attribute;
    if (ctx->node->n_attribute > OCT_MOST_ATTRIBUTES)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%zu attributes", ctx->node->n_attribute);
    for (size_t i = 0; i < ctx->node->n_attribute; i++) {
        const char *name = oct_text(a[i]->name);
        if (*oct_text(a[i]->ref_attr_name))
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' refers to a function's attribute", name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(name, oct_text(a[j]->name)) == 0)
                return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' is given twice", name);
    }
    return OCTET_OK;
}

static octet_status check_all_read(oct_import *ctx)
{
    for (size_t i = 0; i < ctx->node->n_attribute; i++)
        if (!(ctx->read >> i & 1))
            return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute '%s' is not supported",
                                   oct_text(ctx->node->attribute[i]->name));
    return OCTET_OK;
}

static octet_status check_count(oct_import *ctx, const char *what, int n, int min, int max)
{
    if (n < min)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%d %s, at least %d", n, what, min);
    if (max >= 0 && n > max)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "%d %s, at most %d", n, what, max);
    return OCTET_OK;
}

static octet_status check_arity(oct_import *ctx)
{
    const oct_op_info *info = oct_op_get_info(ctx->op);
    OCT_TRY(check_count(ctx, "inputs", ctx->n_in, info->min_in, info->max_in));
    OCT_TRY(check_count(ctx, "outputs", ctx->n_out, info->min_out, info->max_out));
    int n_needed = info->max_in < 0 ? ctx->n_in : info->min_in; /* variadic inputs cannot be omitted */
    for (int i = 0; i < n_needed; i++)
        if (ctx->in[i] == OCT_NONE)
            return oct_import_fail(ctx, OCTET_BAD_INPUT, "input %d is missing", i);
    return OCTET_OK;
}

octet_status oct_import_node(oct_reader *r, const OctPb__NodeProto *node)
{
    oct_import ctx;
    import_function *function;
    OCT_TRY(set_up(&ctx, r, node));
    OCT_TRY(find_function(&ctx, &function));
    OCT_TRY(check_attributes(&ctx));
    OCT_TRY(function(&ctx));
    OCT_TRY(check_all_read(&ctx));
    if (ctx.op == OCT_N_OPS)
        return OCTET_OK; /* a Constant */
    OCT_TRY(check_arity(&ctx));
    return oct_graph_add_node(r->graph, NULL, ctx.op, ctx.name, ctx.onnx_op, ctx.in, ctx.n_in, ctx.out, ctx.n_out,
                              ctx.params, r->err);
}
