/* The tables of a program out of the message, number by number.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "artifact.pb-c.h"
#include "artifact/header.h"
#include "artifact/read.h"
#include "base/compiler.h"
#include "base/err.h"
#include "steps/kinds.h"

#define PARAM_ALIGN 16u
#define MOST_ARENA_BYTES ((uint64_t)16 << 30) /* as the planner's */

static octet_status no_memory(octet_error *err)
{
    return oct_fail(err, OCTET_NO_MEMORY, "out of memory for the tables of a program");
}

static octet_status wrong(octet_error *err, const char *what, const char *name)
{
    return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %s of '%s' cannot be", what, name);
}

/* n_dims numbers as a shape; *n_bytes is NULL where nobody asks. */
static bool take_shape(int64_t to[OCTET_MAX_RANK], int32_t *rank, size_t *n_bytes, uint32_t dtype, const int64_t *dims, size_t n)
{
    uint64_t total = octet_dtype_size((octet_dtype)dtype);
    if (n > OCTET_MAX_RANK || dtype > OCTET_BF16)
        return false;
    for (size_t d = 0; d < n; d++) {
        if (dims[d] < 0 || dims[d] > INT32_MAX || OCT_MUL_OVERFLOWS(total, (uint64_t)dims[d], &total))
            return false;
        to[d] = dims[d];
    }
    *rank = (int32_t)n;
    if (n_bytes)
        *n_bytes = (size_t)total;
    return true;
}

/* ---- operands ---- */

static bool inside(oct_operand at, uint64_t n_bytes, uint64_t room)
{
    return at.offset <= room && n_bytes <= room - at.offset;
}

/* Constants are aligned as the planner aligns them; where a bound constant lies is decided when the program is bound. */
static bool operand_is_fine(const octet_program *p, oct_operand at)
{
    switch (at.region) {
    case OCT_REGION_NONE:
    case OCT_REGION_BOUND: return at.offset == 0;
    case OCT_REGION_CONST: return at.offset % OCT_CACHE_LINE == 0 && inside(at, 0, p->n_consts);
    case OCT_REGION_ARENA: return inside(at, 0, p->fixed_arena);
    default: return false;
    }
}

static octet_status restore_operands(octet_program *p, const OctPb__Artifact *a, octet_error *err)
{
    const size_t n = a->n_operand_region;
    if (n != a->n_operand_offset || n > INT32_MAX)
        return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %zu regions and %zu offsets of operands", n,
                        a->n_operand_offset);
    p->operands = oct_arena_array(&p->shared->arena, n, sizeof *p->operands);
    if (!p->operands)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        p->operands[i] = (oct_operand){.region = a->operand_region[i], .offset = a->operand_offset[i]};
        if (p->operands[i].region == OCT_REGION_BOUND) /* the offset is that of the last binding */
            p->operands[i].offset = 0;
        if (!operand_is_fine(p, p->operands[i]))
            return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: operand %zu lies nowhere", i);
    }
    p->n_operands = (uint32_t)n;
    return OCTET_OK;
}

/* ---- steps ---- */

/* Only a step that reads pixels has a bound constant, in its place, and has the operands that binding looks at. */
static bool operands_fit(const octet_program *p, const oct_step *s)
{
    const oct_operand *operands = p->operands + s->first_operand;
    const bool binds = s->kind->binder != NULL;
    if (binds && (s->n_operands <= OCT_BOUND_PIXELS || operands[OCT_BOUND_PIXELS].region != OCT_REGION_ARENA ||
                  operands[OCT_BOUND_CONST].region != OCT_REGION_BOUND ||
                  operands[OCT_BOUND_SOURCE].region == OCT_REGION_ARENA))
        return false;
    for (uint32_t i = 0; i < s->n_operands; i++)
        if (operands[i].region == OCT_REGION_BOUND && !(binds && i == OCT_BOUND_CONST))
            return false;
    return true;
}

static octet_status restore_info(octet_program *p, octet_step_info *to, const OctPb__ArtifactStep *from, octet_error *err)
{
    oct_arena *arena = &p->shared->arena;
    *to = (octet_step_info){.name = oct_arena_strdup(arena, from->name), .op = oct_arena_strdup(arena, from->op),
                            .provider = oct_arena_strdup(arena, from->provider), .kernel = oct_arena_strdup(arena, from->kernel),
                            .dtype = (octet_dtype)from->dtype, .macs = from->macs, .n_parameters = from->n_parameters};
    to->conversion = (from->conversion > 0) - (from->conversion < 0);
    if (from->reason)
        to->reason = oct_arena_strdup(arena, from->reason);
    if (!to->name || !to->op || !to->provider || !to->kernel || !to->reason != !from->reason)
        return no_memory(err);
    return take_shape(to->dims, &to->rank, NULL, from->dtype, from->dims, from->n_dims) ? OCTET_OK
                                                                                      : wrong(err, "the shape", from->name);
}

static octet_status restore_step(octet_program *p, int i, const OctPb__ArtifactStep *from, uint32_t first_operand,
                                 octet_error *err)
{
    oct_step *s = &p->steps[i];
    const oct_step_kind *kind = oct_step_kind_find(from->kind);
    if (!kind || !kind->check)
        return oct_fail(err, OCTET_UNSUPPORTED, "%s '%s' is a step of kind '%s', which this octet does not have", from->op,
                        from->name, from->kind);
    *s = (oct_step){.kind = kind, .params = p->n_params, .n_params = (uint32_t)from->params.len,
                    .first_operand = first_operand, .n_operands = from->n_operands};
    if (from->n_operands > p->n_operands - first_operand || !operands_fit(p, s))
        return wrong(err, "the operands", from->name);
    if (from->params.len)
        memcpy(p->params + p->n_params, from->params.data, from->params.len);
    p->n_params += (uint32_t)oct_round_up(from->params.len, PARAM_ALIGN);
    return restore_info(p, &p->step_info[i], from, err);
}

/* Room for all parameters; the metadata is far smaller than 4 GB. */
static size_t count_params(const OctPb__Artifact *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_steps; i++)
        n += (size_t)oct_round_up(a->steps[i]->params.len, PARAM_ALIGN);
    return n;
}

static octet_status restore_steps(octet_program *p, const OctPb__Artifact *a, octet_error *err)
{
    oct_arena *arena = &p->shared->arena;
    p->steps = oct_arena_array(arena, a->n_steps, sizeof *p->steps);
    p->step_info = oct_arena_array(arena, a->n_steps, sizeof *p->step_info);
    p->params = oct_arena_alloc(arena, count_params(a));
    if (!p->steps || !p->step_info || !p->params)
        return no_memory(err);
    uint32_t first_operand = 0;
    for (size_t i = 0; i < a->n_steps; i++) {
        OCT_TRY(restore_step(p, (int)i, a->steps[i], first_operand, err));
        first_operand += a->steps[i]->n_operands;
    }
    if (first_operand != p->n_operands)
        return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %u operands for steps that have %u",
                        (unsigned)p->n_operands, (unsigned)first_operand);
    p->n_steps = (int)a->n_steps;
    return OCTET_OK;
}

/* ---- inputs and outputs ---- */

static bool binding_is_fine(const OctPb__ArtifactBinding *b)
{
    return b->resize <= OCTET_RESIZE_STRETCH && b->dialect < OCTET_RESIZE_N_DIALECTS && b->order <= OCTET_GRAY &&
           b->layout <= OCTET_NCHW && b->n_mean == OCTET_MAX_CHANNELS && b->n_scale == OCTET_MAX_CHANNELS &&
           b->format < OCTET_PIXELS_N_FORMATS && b->pixel_layout <= OCTET_NCHW && b->matrix <= OCTET_BT709 &&
           b->range <= OCTET_YUV_FULL;
}

static oct_binding take_binding(const OctPb__ArtifactBinding *b)
{
    oct_binding to = {
        .recipe = {.resize = (octet_resize_kind)b->resize, .resize_width = b->resize_width, .resize_height = b->resize_height,
                   .dialect = (octet_resize_dialect)b->dialect, .crop_width = b->crop_width, .crop_height = b->crop_height,
                   .order = (octet_channel_order)b->order, .layout = (octet_pixel_layout)b->layout},
        .pixels = {.format = (octet_pixel_format)b->format, .layout = (octet_pixel_layout)b->pixel_layout,
                   .matrix = (octet_yuv_matrix)b->matrix, .range = (octet_yuv_range)b->range, .linear = b->linear},
        .any_pixels = b->any_pixels,
    };
    memcpy(to.recipe.mean, b->mean, sizeof to.recipe.mean);
    memcpy(to.recipe.scale, b->scale, sizeof to.recipe.scale);
    return to;
}

static octet_status restore_tensor(octet_program *p, octet_tensor_info *info, oct_operand *at, const OctPb__ArtifactTensor *t,
                                   octet_error *err)
{
    *info = (octet_tensor_info){.name = oct_arena_strdup(&p->shared->arena, t->name), .dtype = (octet_dtype)t->dtype};
    *at = (oct_operand){.region = t->place->region, .offset = t->place->offset};
    if (!info->name)
        return no_memory(err);
    if (octet_dtype_size(info->dtype) == 0 || !take_shape(info->dims, &info->rank, &info->n_bytes, t->dtype, t->dims, t->n_dims))
        return wrong(err, "the shape", t->name);
    return OCTET_OK;
}

/* A step that reads pixels reads them there. */
static bool takes_pixels(const octet_program *p, oct_operand at)
{
    for (int i = 0; i < p->n_steps; i++)
        if (p->steps[i].kind->binder &&
            oct_operand_same(p->operands[p->steps[i].first_operand + OCT_BOUND_PIXELS], at))
            return true;
    return false;
}

/* Where pixels lie is the binding's to decide, so nobody else may lie there. */
static bool is_pixels_alone(const octet_program *p, int input)
{
    const oct_operand at = p->input_home[input];
    for (int i = 0; i < p->n_inputs; i++)
        if (i != input && oct_operand_same(p->input_home[i], at))
            return false;
    for (int i = 0; i < p->n_steps; i++)
        for (uint32_t k = 0; k < p->steps[i].n_operands; k++)
            if (oct_operand_same(p->operands[p->steps[i].first_operand + k], at) &&
                !(p->steps[i].kind->binder && k == OCT_BOUND_PIXELS))
                return false;
    return true;
}

static octet_status restore_input(octet_program *p, int i, const OctPb__ArtifactInput *from, octet_error *err)
{
    octet_tensor_info *info = &p->inputs[i];
    OCT_TRY(restore_tensor(p, info, &p->input_home[i], from->tensor, err));
    const bool pixels = takes_pixels(p, p->input_home[i]);
    p->input_at[i] = p->input_home[i];
    p->input_room[i] = (size_t)from->room;
    if (p->input_home[i].region != OCT_REGION_ARENA || p->input_home[i].offset % OCT_CACHE_LINE != 0 ||
        !inside(p->input_home[i], from->room, p->fixed_arena) || (!pixels && info->n_bytes > from->room))
        return wrong(err, "the place", from->tensor->name);
    if (from->placement > OCTET_PLACEMENT_FOLD || (from->binding && (!pixels || !binding_is_fine(from->binding))))
        return wrong(err, "the placement", from->tensor->name);
    p->placement[i] = (octet_placement)from->placement;
    p->bindings[i] = from->binding ? take_binding(from->binding) : (oct_binding){.raw = 1};
    if (from->placement_reason && !(p->placement_reason[i] = oct_arena_strdup(&p->shared->arena, from->placement_reason)))
        return no_memory(err);
    return OCTET_OK;
}

static octet_status restore_inputs(octet_program *p, const OctPb__Artifact *a, octet_error *err)
{
    if (!oct_program_make_inputs(p, a->n_inputs))
        return no_memory(err);
    for (int i = 0; i < p->n_inputs; i++)
        OCT_TRY(restore_input(p, i, a->inputs[i], err));
    for (int i = 0; i < p->n_inputs; i++)
        if (takes_pixels(p, p->input_home[i]) && !is_pixels_alone(p, i))
            return wrong(err, "the place", p->inputs[i].name);
    for (int i = 0; i < p->n_steps; i++)
        if (p->steps[i].kind->binder && oct_program_input_of(p, &p->steps[i]) == p->n_inputs)
            return wrong(err, "the pixels", p->step_info[i].name);
    return OCTET_OK;
}

static octet_status restore_outputs(octet_program *p, const OctPb__Artifact *a, octet_error *err)
{
    if (!oct_program_make_outputs(p, a->n_outputs))
        return no_memory(err);
    for (int i = 0; i < p->n_outputs; i++) {
        const OctPb__ArtifactOutput *from = a->outputs[i];
        octet_tensor_info *info = &p->outputs[i];
        oct_operand *at = &p->output_at[i];
        OCT_TRY(restore_tensor(p, info, at, from->tensor, err));
        p->output_softmax[i] = from->softmax != 0;
        const size_t room = at->region == OCT_REGION_CONST ? p->n_consts : p->fixed_arena;
        if (at->offset % OCT_CACHE_LINE != 0 || (at->region != OCT_REGION_CONST && at->region != OCT_REGION_ARENA) ||
            !inside(*at, info->n_bytes, room))
            return wrong(err, "the place", from->tensor->name);
    }
    return OCTET_OK;
}

octet_status oct_artifact_restore(octet_program *p, const OctPb__Artifact *a, octet_error *err)
{
    if (a->arena_bytes > MOST_ARENA_BYTES || a->arena_bytes % OCT_CACHE_LINE != 0)
        return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %llu bytes for activations",
                        (unsigned long long)a->arena_bytes);
    if (a->n_inputs > OCT_ARTIFACT_TENSORS || a->n_outputs > OCT_ARTIFACT_TENSORS)
        return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %zu inputs and %zu outputs", a->n_inputs, a->n_outputs);
    p->fixed_arena = p->arena_bytes = (size_t)a->arena_bytes;
    OCT_TRY(restore_operands(p, a, err));
    OCT_TRY(restore_steps(p, a, err));
    OCT_TRY(restore_inputs(p, a, err));
    return restore_outputs(p, a, err);
}
