/* Freeing a program and answering questions about it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runtime/program.h"

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

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
        .weight_bytes = p->n_consts + p->n_bound,
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

octet_status octet_program_step(const octet_program *p, int i, octet_step_info *info)
{
    if (i < 0 || i >= p->n_steps)
        return OCTET_USAGE;
    *info = p->step_info[i];
    return OCTET_OK;
}
