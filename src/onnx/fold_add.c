/* What a rewriting adds to the graph.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/folding.h"

#define CONSTANT_OF_ANY_TYPE 9 /* first opset whose Constant is not only of floats */
#define INITIALIZERS_ALONE 4   /* first IR version whose initializers need not be inputs too */

const char *oct_fold_name(const oct_folding *f, const char *suffix)
{
    return oct_arena_printf(f->arena, "%s%s", f->prefix, suffix);
}

octet_status oct_fold_add(oct_folding *f, oct_emit_node node, const char *suffix)
{
    const char *name = oct_fold_name(f, suffix);
    if (!name)
        return oct_fail_memory(f->err, "a name", 0);
    node.name = name;
    if (!node.in[0])
        node.in[0] = f->current;
    if (!node.out[0])
        node.out[0] = name;
    f->current = node.out[0];
    return oct_emit_put_node(&f->head, &node, f->err);
}

static octet_status add_constant_node(oct_folding *f, const char *name, const oct_emit_tensor *tensor)
{
    oct_bytes bytes = {0};
    octet_status status = oct_emit_put_tensor(&bytes, tensor, f->err);
    oct_emit_node node = {.op = "Constant", .name = name, .out = {name},
                          .attributes = {{.name = "value", .tensor = {bytes.data, bytes.n_bytes}}}};
    if (status == OCTET_OK)
        status = oct_emit_put_node(&f->head, &node, f->err);
    oct_free(bytes.data);
    return status;
}

/* Constant knows only floats before opset 9: int64 goes by way of float64, which holds lengths and positions exactly. */
static octet_status add_cast_constant(oct_folding *f, const char *name, const oct_emit_tensor *tensor)
{
    const int64_t *values = tensor->data;
    size_t n = tensor->n_bytes / sizeof *values;
    double reals[OCTET_MAX_RANK];
    oct_emit_tensor real = *tensor;
    assert(n <= OCT_COUNT(reals)); /* shapes and positions */
    for (size_t i = 0; i < n; i++)
        reals[i] = (double)values[i];
    real.dtype = OCTET_F64;
    real.data = reals;
    const char *real_name = oct_arena_printf(f->arena, "%s_real", name);
    if (!real_name)
        return oct_fail_memory(f->err, "a name", 0);
    OCT_TRY(add_constant_node(f, real_name, &real));
    oct_emit_node cast = {.op = "Cast", .name = name, .in = {real_name}, .out = {name},
                          .attributes = {{.name = "to", .value = OCTET_I64}}};
    return oct_emit_put_node(&f->head, &cast, f->err);
}

octet_status oct_fold_add_constant(oct_folding *f, const char **name, const char *suffix, oct_emit_tensor tensor)
{
    *name = oct_fold_name(f, suffix);
    if (!*name)
        return oct_fail_memory(f->err, "a name", 0);
    if (f->ir_version < INITIALIZERS_ALONE && f->opset < CONSTANT_OF_ANY_TYPE && tensor.dtype == OCTET_I64)
        return add_cast_constant(f, *name, &tensor);
    if (f->ir_version < INITIALIZERS_ALONE)
        return add_constant_node(f, *name, &tensor);
    tensor.name = *name;
    return oct_emit_put_initializer(&f->constants, &tensor, f->err);
}

octet_status oct_fold_replace(oct_folding *f, const oct_field *field, oct_bytes **bytes)
{
    if (f->n_replacements == OCT_FOLD_MOST_REPLACEMENTS)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "the type of a value is given more than once");
    oct_replacement *r = &f->replacements[f->n_replacements++];
    *r = (oct_replacement){.start = field->start};
    *bytes = &r->bytes;
    return OCTET_OK;
}
