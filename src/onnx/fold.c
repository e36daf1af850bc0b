/* One rewriting from the options to the list of edits.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/folding.h"
#include "recipe/recipe.h"

#define BROADCASTING 7 /* first opset whose Sub and Mul broadcast as NumPy does */

octet_status oct_fold_parts(oct_folding *f)
{
    oct_field field;
    bool found = false;
    f->opset = 0;
    f->ir_version = (int64_t)oct_wire_varint(f->model, OCT_MODEL_IR_VERSION, 0);
    for (oct_wire w = oct_wire_of(f->model); oct_wire_next(&w, &field);) {
        if (field.wire != OCT_WIRE_BYTES)
            continue;
        oct_slice inside = oct_field_slice(&field), domain = oct_wire_bytes(inside, OCT_OPSET_DOMAIN);
        if (field.number == OCT_MODEL_GRAPH) {
            f->graph_field = field;
            f->graph = inside;
            found = true;
        } else if (field.number == OCT_MODEL_OPSET && (domain.n_bytes == 0 || oct_slice_is(domain, "ai.onnx"))) {
            f->opset = (int64_t)oct_wire_varint(inside, OCT_OPSET_VERSION, 0);
        }
    }
    if (!found)
        return oct_fail(f->err, OCTET_BAD_INPUT, "no ONNX model: there is no graph in it");
    return OCTET_OK;
}

static octet_status check_opset(const oct_folding *f)
{
    if (f->opset >= BROADCASTING)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_UNSUPPORTED, "opset %lld: Sub and Mul broadcast only from opset %d on; convert the model "
                                               "first, with onnx.version_converter", (long long)f->opset, BROADCASTING);
}

/* uint8 already: nothing is added if the model normalizes by itself. */
static octet_status take_as_it_is(oct_folding *f)
{
    if (f->opts->tail)
        return oct_fail(f->err, OCTET_UNSUPPORTED, "input '%s' takes uint8 already; softmax and argmax are appended only when "
                                                   "the input is folded", f->out->input);
    return oct_fold_found(f);
}

/* Marks of a rewriting that is not to be undone any more. */
static octet_status check_unmarked(oct_folding *f)
{
    const char *placement = oct_onnx_metadata(f->arena, f->model, OCTET_PLACEMENT_METADATA);
    const char *recipe = oct_onnx_metadata(f->arena, f->model, OCTET_RECIPE_METADATA);
    if (!placement)
        return OCTET_OK;
    return oct_fail(f->err, OCTET_USAGE, "the model was folded by octet (placement %s, %s) and saved by another tool since; "
                                         "it is not folded again", placement,
                    recipe ? recipe : "no recipe");
}

static octet_status plan(oct_folding *f)
{
    oct_onnx_fold *out = f->out;
    OCT_TRY(oct_fold_parts(f));
    OCT_TRY(check_opset(f));
    OCT_TRY(check_unmarked(f));
    OCT_TRY(oct_fold_input(f));
    out->placement = f->opts->placement;
    out->recipe = f->opts->recipe;
    out->pixels = f->opts->pixels;
    if (out->placement == OCTET_FOLD_RGBX && out->pixels.format == OCTET_PIXELS_RGB)
        out->pixels.format = OCTET_PIXELS_RGBX;
    OCT_TRY(octet_recipe_check(&out->recipe, out->channels, f->err));
    oct_recipe_scale(out->recipe.scale, &f->opts->recipe, out->channels);
    if (out->dtype == OCTET_U8)
        return take_as_it_is(f);
    out->external = oct_graph_has_external(f->graph);
    OCT_TRY(out->placement == OCTET_FOLD_RGBX ? oct_fold_rgbx(f) : oct_fold_layer(f));
    f->renames[0] = (oct_rename){.from = f->input_name, .to = f->current};
    OCT_TRY(oct_fold_tail(f));
    return oct_fold_walk(f);
}

octet_status oct_onnx_fold_plan(oct_onnx_fold *fold, oct_slice file, const char *path, const octet_fold_opts *opts,
                                octet_error *err)
{
    *fold = (oct_onnx_fold){.edits = {.original = file}};
    oct_folding f = {.opts = opts, .path = path, .out = fold, .arena = &fold->edits.arena, .model = file, .err = err};
    octet_status status = plan(&f);
    oct_free(f.head.data);
    oct_free(f.tail.data);
    oct_free(f.constants.data);
    for (int i = 0; i < f.n_replacements; i++)
        oct_free(f.replacements[i].bytes.data);
    if (status != OCTET_OK)
        oct_onnx_fold_fini(fold);
    return status;
}

void oct_onnx_fold_fini(oct_onnx_fold *fold)
{
    oct_edits_fini(&fold->edits);
    *fold = (oct_onnx_fold){0};
}

octet_status oct_onnx_fold_check(oct_slice file, octet_error *err)
{
    return oct_schema_check(file, err);
}

bool oct_onnx_is_folded(oct_slice file)
{
    return oct_undo_present(file);
}

const char *oct_onnx_metadata(oct_arena *arena, oct_slice file, const char *key)
{
    oct_field field;
    for (oct_wire w = oct_wire_of(file); oct_wire_next(&w, &field);) {
        oct_slice entry = oct_field_slice(&field), value = oct_wire_bytes(entry, OCT_ENTRY_VALUE);
        if (field.number != OCT_MODEL_METADATA || field.wire != OCT_WIRE_BYTES ||
            !oct_slice_is(oct_wire_bytes(entry, OCT_ENTRY_KEY), key))
            continue;
        const char *text = oct_arena_strndup(arena, value.data ? (const char *)value.data : "", value.n_bytes);
        return text ? text : "";
    }
    return NULL;
}
