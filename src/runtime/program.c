/* Freeing a program and answering questions about it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runtime/program.h"

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

octet_program *oct_program_new(void)
{
    octet_program *p = oct_calloc(1, sizeof *p);
    oct_shared *shared = oct_calloc(1, sizeof *shared);
    if (!p || !shared) {
        oct_free(p);
        oct_free(shared);
        return NULL;
    }
    atomic_init(&shared->n_users, 1);
    p->shared = shared;
    return p;
}

bool oct_program_make_inputs(octet_program *p, size_t n)
{
    oct_arena *arena = &p->shared->arena;
    p->inputs = oct_arena_array(arena, n, sizeof *p->inputs);
    p->input_at = oct_arena_array(arena, n, sizeof *p->input_at);
    p->bindings = oct_arena_array(arena, n, sizeof *p->bindings);
    p->input_home = oct_arena_array(arena, n, sizeof *p->input_home);
    p->input_room = oct_arena_array(arena, n, sizeof *p->input_room);
    p->placement = oct_arena_array(arena, n, sizeof *p->placement);
    p->placement_reason = oct_arena_array(arena, n, sizeof *p->placement_reason);
    p->n_inputs = (int)n;
    return p->inputs && p->input_at && p->bindings && p->input_home && p->input_room && p->placement && p->placement_reason;
}

bool oct_program_make_outputs(octet_program *p, size_t n)
{
    oct_arena *arena = &p->shared->arena;
    p->outputs = oct_arena_array(arena, n, sizeof *p->outputs);
    p->output_at = oct_arena_array(arena, n, sizeof *p->output_at);
    p->output_softmax = oct_arena_array(arena, n, sizeof *p->output_softmax);
    p->n_outputs = (int)n;
    return p->outputs && p->output_at && p->output_softmax;
}

void oct_program_free(octet_program *p)
{
    if (!p)
        return;
    oct_shared *shared = p->shared;
    oct_free_aligned(p->bound);
    oct_arena_fini(&p->arena);
    oct_free(p);
    if (!shared || atomic_fetch_sub(&shared->n_users, 1) > 1)
        return;
    oct_free_aligned(shared->consts);
    oct_free_aligned(shared->packed);
    oct_file_unmap(&shared->file);
    oct_arena_fini(&shared->arena);
    oct_free(shared);
}

void octet_program_free(octet_program *p)
{
    oct_program_free(p);
}

int octet_program_n_inputs(const octet_program *p)
{
    return p->n_inputs;
}

int octet_program_n_outputs(const octet_program *p)
{
    return p->n_outputs;
}

const octet_tensor_info *octet_program_input(const octet_program *p, int i)
{
    return i >= 0 && i < p->n_inputs ? &p->inputs[i] : NULL;
}

const octet_tensor_info *octet_program_output(const octet_program *p, int i)
{
    return i >= 0 && i < p->n_outputs ? &p->outputs[i] : NULL;
}

int octet_program_output_is_softmax(const octet_program *p, int i)
{
    return i >= 0 && i < p->n_outputs && p->output_softmax[i];
}

void octet_program_get_info(const octet_program *p, octet_program_info *info)
{
    *info = (octet_program_info){
        .cpu = oct_cpu_name(p->cpu),
        .weight_bytes = (p->n_consts > p->shared->n_replaced ? p->n_consts - p->shared->n_replaced : 0) + p->shared->n_packed + p->n_bound,
        .arena_bytes = p->arena_bytes,
        .scratch_bytes = p->scratch_bytes,
        .n_steps = p->n_steps,
    };
    for (int i = 0; i < p->n_steps; i++)
        info->macs += p->step_info[i].macs;
}

octet_placement octet_program_placement(const octet_program *p, int i, const char **why)
{
    const bool known = i >= 0 && i < p->n_inputs;
    if (why)
        *why = known ? p->placement_reason[i] : NULL;
    return known ? p->placement[i] : OCTET_PLACEMENT_HOST;
}

const char *octet_placement_name(octet_placement placement)
{
    static const char *const names[] = {"host", "layer", "fold"};
    return placement >= OCTET_PLACEMENT_HOST && placement <= OCTET_PLACEMENT_FOLD ? names[placement] : "unknown";
}

int octet_program_binding(const octet_program *p, int i, octet_recipe *recipe, octet_pixels *pixels)
{
    if (i < 0 || i >= p->n_inputs || p->placement[i] == OCTET_PLACEMENT_HOST || p->bindings[i].raw)
        return 0;
    if (recipe)
        *recipe = p->bindings[i].recipe;
    if (pixels)
        *pixels = p->bindings[i].pixels;
    return 1;
}

int octet_program_artifact(const octet_program *p, octet_artifact_info *info)
{
    const oct_artifact *a = p->shared->artifact;
    *info = a ? a->info : (octet_artifact_info){0};
    return a != NULL;
}

const octet_record *octet_program_record(const octet_program *p, int i)
{
    const oct_artifact *a = p->shared->artifact;
    return a && i >= 0 && i < a->n_records ? &a->records[i] : NULL;
}

octet_status octet_program_step(const octet_program *p, int i, octet_step_info *info)
{
    if (i < 0 || i >= p->n_steps)
        return OCTET_USAGE;
    *info = p->step_info[i];
    return OCTET_OK;
}
