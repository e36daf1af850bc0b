/* Binding a program to pixels: the steps that read them get parameters and constants that fit, nothing else changes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "runtime/program.h"

/* Its place is nobody else's for the whole run. */
int oct_program_input_of(const octet_program *p, const oct_step *step)
{
    int i = 0;
    while (i < p->n_inputs && !oct_operand_same(p->operands[step->first_operand + OCT_BOUND_PIXELS], p->input_at[i]))
        i++;
    return i;
}

static void move_input(octet_program *p, int i, oct_operand to)
{
    const oct_operand old = p->input_at[i];
    for (uint32_t k = 0; k < p->n_operands; k++)
        if (oct_operand_same(p->operands[k], old))
            p->operands[k] = to;
    p->input_at[i] = to;
}

static void set_input(octet_program *p, int i, const octet_tensor_info *info)
{
    const char *name = p->inputs[i].name;
    p->inputs[i] = *info;
    p->inputs[i].name = name;
    if (info->n_bytes <= p->input_room[i] || !oct_operand_same(p->input_at[i], p->input_home[i]))
        return;
    move_input(p, i, (oct_operand){.region = OCT_REGION_ARENA, .offset = p->arena_bytes});
    p->arena_bytes += (size_t)oct_round_up(info->n_bytes, OCT_CACHE_LINE);
}

static octet_status plan_steps(octet_program *p, octet_error *err)
{
    for (int i = 0; i < p->n_steps; i++) {
        const oct_step *step = &p->steps[i];
        const oct_step_binder *binder = step->kind->binder;
        if (!binder)
            continue;
        int input = oct_program_input_of(p, step);
        oct_bind_need need = {0};
        OCT_TRY(binder->plan(p->params + step->params, p->cpu, &p->bindings[input], &need, err));
        p->operands[step->first_operand + OCT_BOUND_CONST].offset = p->n_bound;
        p->n_bound += (size_t)oct_round_up(need.n_bytes, OCT_CACHE_LINE);
        if (need.scratch > p->scratch_bytes)
            p->scratch_bytes = (size_t)oct_round_up(need.scratch, OCT_CACHE_LINE);
        set_input(p, input, &need.input);
    }
    return OCTET_OK;
}

static octet_status fill_steps(octet_program *p, octet_error *err)
{
    for (int i = 0; i < p->n_steps; i++) {
        const oct_step *step = &p->steps[i];
        const oct_step_binder *binder = step->kind->binder;
        if (!binder)
            continue;
        const oct_operand *operands = p->operands + step->first_operand;
        OCT_TRY(binder->fill(p->bound + operands[OCT_BOUND_CONST].offset, p->params + step->params, p->cpu,
                             p->consts + operands[OCT_BOUND_SOURCE].offset, err));
    }
    return OCTET_OK;
}

octet_status oct_program_bind_steps(octet_program *p, octet_error *err)
{
    oct_free_aligned(p->bound);
    p->bound = NULL;
    p->n_bound = 0;
    p->arena_bytes = p->fixed_arena;
    p->scratch_bytes = p->fixed_scratch;
    for (int i = 0; i < p->n_inputs; i++)
        move_input(p, i, p->input_home[i]);
    OCT_TRY(plan_steps(p, err));
    if (p->n_bound == 0)
        return OCTET_OK;
    p->bound = oct_alloc_aligned(p->n_bound);
    if (!p->bound)
        return oct_fail_memory(err, "the weights of the first layer", p->n_bound);
    memset(p->bound, 0, p->n_bound);
    return fill_steps(p, err);
}

/* ---- a bound copy ---- */

static void *copy_array(octet_program *p, const void *from, size_t n, size_t size)
{
    void *to = oct_arena_array(&p->arena, n, size);
    if (to && n)
        memcpy(to, from, n * size);
    return to;
}

/* A program with the same steps and constants, and an own copy of all that a binding changes. */
static octet_program *copy_program(const octet_program *from)
{
    octet_program *p = oct_malloc(sizeof *p);
    if (!p)
        return NULL;
    const size_t n = (size_t)from->n_inputs;
    *p = *from;
    p->bound = NULL;
    p->arena = (oct_arena){0};
    atomic_fetch_add(&p->shared->n_users, 1);
    p->operands = copy_array(p, from->operands, from->n_operands, sizeof *p->operands);
    p->params = copy_array(p, from->params, from->n_params, 1);
    p->inputs = copy_array(p, from->inputs, n, sizeof *p->inputs);
    p->input_at = copy_array(p, from->input_at, n, sizeof *p->input_at);
    p->bindings = copy_array(p, from->bindings, n, sizeof *p->bindings);
    if (p->operands && p->params && p->inputs && p->input_at && p->bindings)
        return p;
    oct_program_free(p);
    return NULL;
}

oct_binding oct_binding_of(const octet_recipe *recipe, const octet_pixels *pixels)
{
    oct_binding b = {0};
    if (recipe)
        b.recipe = *recipe;
    if (pixels)
        b.pixels = *pixels;
    b.any_pixels = !pixels;
    return b;
}

octet_status octet_program_bind(octet_program **out, const octet_program *program, int i, const octet_recipe *recipe,
                                const octet_pixels *pixels, octet_error *err)
{
    *out = NULL;
    if (i < 0 || i >= program->n_inputs)
        return oct_fail(err, OCTET_USAGE, "input %d: the program has %d inputs", i, program->n_inputs);
    if (program->placement[i] == OCTET_PLACEMENT_HOST)
        return oct_fail(err, OCTET_USAGE, "input '%s' takes no pixels: its normalization is placed on the host",
                        program->inputs[i].name);
    octet_program *p = copy_program(program);
    if (!p)
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory for a bound program");
    p->bindings[i] = oct_binding_of(recipe, pixels);
    octet_status status = oct_program_bind_steps(p, err);
    if (status != OCTET_OK)
        oct_program_free(p);
    else
        *out = p;
    return status;
}
