/* The program out of what the builder has gathered and placed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/compiler.h"
#include "plan/builder_state.h"

static oct_operand operand_of(const oct_builder *b, oct_ref ref)
{
    if (ref == OCT_NO_REF)
        return (oct_operand){.region = OCT_REGION_NONE};
    const oct_buffer *buf = &b->buffers[ref];
    uint64_t offset = buf->offset;
    while (buf->same_as != OCT_NO_REF) {
        buf = &b->buffers[buf->same_as];
        offset += buf->offset;
    }
    return (oct_operand){.region = (uint32_t)buf->region, .offset = offset};
}

static bool copy_array(oct_arena *arena, void *out, const void *from, size_t count, size_t size)
{
    void *p = oct_arena_array(arena, count, size);
    if (p && count)
        memcpy(p, from, count * size);
    memcpy(out, &p, sizeof p);
    return p != NULL;
}

static bool write_steps(oct_builder *b)
{
    octet_program *p = b->program;
    size_t n = (size_t)b->n_steps;
    p->steps = oct_arena_array(&p->shared->arena, n, sizeof *p->steps);
    p->step_info = oct_arena_array(&p->shared->arena, n, sizeof *p->step_info);
    p->operands = oct_arena_array(&p->shared->arena, b->n_operands, sizeof *p->operands);
    if (!p->steps || !p->step_info || !p->operands || !copy_array(&p->shared->arena, &p->params, b->params, b->n_params, 1))
        return false;
    for (int32_t i = 0; i < b->n_steps; i++) {
        octet_step_info *info = &p->step_info[i];
        p->steps[i] = b->steps[i].step;
        *info = b->steps[i].info;
        info->name = oct_arena_strdup(&p->shared->arena, info->name);
        info->op = oct_arena_strdup(&p->shared->arena, info->op);
        info->kernel = oct_arena_strdup(&p->shared->arena, info->kernel);
        if (info->reason)
            info->reason = oct_arena_strdup(&p->shared->arena, info->reason);
        if (!info->name || !info->op || !info->kernel || !info->reason != !b->steps[i].info.reason)
            return false;
    }
    for (uint32_t i = 0; i < b->n_operands; i++)
        p->operands[i] = operand_of(b, b->operands[i]);
    p->n_steps = b->n_steps;
    p->n_operands = b->n_operands;
    p->n_params = b->n_params;
    p->fixed_scratch = p->scratch_bytes = (size_t)oct_round_up(b->scratch, OCT_CACHE_LINE);
    return true;
}

static bool write_io(oct_builder *b, const oct_value_id *ids, int n, octet_tensor_info *infos, oct_operand *at)
{
    octet_program *p = b->program;
    for (int i = 0; i < n; i++) {
        const oct_value *v = oct_graph_value(b->request->graph, ids[i]);
        octet_tensor_info *info = &infos[i];
        *info = (octet_tensor_info){.dtype = v->dtype, .rank = v->rank, .n_bytes = oct_value_bytes(v)};
        memcpy(info->dims, v->dims, sizeof info->dims);
        info->name = oct_arena_strdup(&p->shared->arena, v->name);
        if (!info->name)
            return false;
        at[i] = operand_of(b, b->ref_of[ids[i]]);
    }
    return true;
}

/* What is known of the inputs that take pixels; they are bound to what the model itself states. */
static bool write_placement(oct_builder *b)
{
    octet_program *p = b->program;
    for (int i = 0; i < p->n_inputs; i++) {
        const oct_value *v = oct_graph_value(b->request->graph, b->request->inputs[i]);
        p->bindings[i].raw = 1;
        p->input_home[i] = p->input_at[i];
        p->input_room[i] = p->inputs[i].n_bytes;
        p->placement[i] = v->placement;
        if (v->placement_reason && !(p->placement_reason[i] = oct_arena_strdup(&p->shared->arena, v->placement_reason)))
            return false;
    }
    return true;
}

/* An output is a distribution if a Softmax made it, possibly behind steps that only rename it. */
static bool made_by_softmax(const oct_graph *g, oct_value_id id)
{
    const oct_node *n;
    while ((n = oct_graph_producer(g, id)) != NULL) {
        if (n->op == OCT_OP_SOFTMAX)
            return true;
        if (n->op != OCT_OP_RESHAPE && n->op != OCT_OP_FLATTEN && n->op != OCT_OP_SQUEEZE && n->op != OCT_OP_IDENTITY &&
            n->op != OCT_OP_RELAYOUT && n->op != OCT_OP_DEQUANTIZE_LINEAR && n->op != OCT_OP_QUANTIZE_LINEAR)
            return false;
        id = n->in[0];
    }
    return false;
}

octet_status oct_builder_write(oct_builder *b, octet_error *err)
{
    const oct_plan_request *r = b->request;
    octet_program *p = b->program;
    p->cpu = r->cpu;
    if (b->out_of_memory || !write_steps(b) || !oct_program_make_inputs(p, (size_t)r->n_inputs) ||
        !oct_program_make_outputs(p, (size_t)r->n_outputs) || !write_io(b, r->inputs, r->n_inputs, p->inputs, p->input_at) ||
        !write_io(b, r->outputs, r->n_outputs, p->outputs, p->output_at) || !write_placement(b))
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory while the program was written");
    for (int i = 0; i < r->n_outputs; i++)
        p->output_softmax[i] = made_by_softmax(r->graph, r->outputs[i]);
    return OCTET_OK;
}
