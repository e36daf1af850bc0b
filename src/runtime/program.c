/* Freeing a program and answering questions about it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runtime/program.h"

#include "base/err.h"
#include "base/mem.h"

void oct_program_free(octet_program *p)
{
    if (!p)
        return;
    oct_free_aligned(p->consts);
    oct_arena_fini(&p->arena);
    oct_free(p);
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
        .weight_bytes = p->n_consts,
        .arena_bytes = p->arena_bytes,
        .scratch_bytes = p->scratch_bytes,
        .n_steps = p->n_steps,
    };
    for (int i = 0; i < p->n_steps; i++)
        info->macs += p->step_info[i].macs;
}

octet_status octet_program_step(const octet_program *p, int i, octet_step_info *info)
{
    if (i < 0 || i >= p->n_steps)
        return OCTET_USAGE;
    *info = p->step_info[i];
    return OCTET_OK;
}
