/* Asking each step's kind whether the step can be run at all, and packing constants for this CPU.
 * SPDX-License-Identifier: Apache-2.0 */
#include "artifact/read.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"

/* Limits as the planner's. */
#define MOST_SCRATCH_BYTES ((uint64_t)16 << 30)
#define MOST_PACKED_BYTES ((uint64_t)512 << 20)
#define MOST_PACKED_GROWTH 16u /* times the constants of the file */

/* ---- proof ---- */

/* What has been packed is a constant too. */
static oct_step_extent extent_of(const octet_program *p, oct_operand at)
{
    oct_step_extent e = {.at = at};
    switch (at.region) {
    case OCT_REGION_CONST: e.n_bytes = p->n_consts - at.offset, e.data = p->consts + at.offset; break;
    case OCT_REGION_PACKED:
        e = (oct_step_extent){.at = {OCT_REGION_CONST, at.offset}, .n_bytes = p->shared->n_packed - at.offset,
                              .data = p->shared->packed + at.offset};
        break;
    case OCT_REGION_ARENA: e.n_bytes = p->fixed_arena - at.offset; break;
    default: break;
    }
    return e;
}

bool oct_artifact_step_is_safe(const octet_program *p, int i, oct_step_extent *extents)
{
    const oct_step *s = &p->steps[i];
    for (uint32_t k = 0; k < s->n_operands; k++)
        extents[k] = extent_of(p, p->operands[s->first_operand + k]);
    const oct_step_proof proof = {.params = p->params + s->params, .n_params = s->n_params, .operands = extents,
                                  .n_operands = (int)s->n_operands, .cpu = p->cpu};
    return s->kind->check(&proof);
}

size_t oct_artifact_most_operands(const octet_program *p)
{
    size_t most = 1;
    for (int i = 0; i < p->n_steps; i++)
        most = p->steps[i].n_operands > most ? p->steps[i].n_operands : most;
    return most;
}

octet_status oct_artifact_prove(const octet_program *p, octet_error *err)
{
    const size_t most = oct_artifact_most_operands(p);
    oct_step_extent *extents = oct_calloc(most, sizeof *extents);
    if (!extents)
        return oct_fail_memory(err, "a step's operands", most * sizeof *extents);
    octet_status status = OCTET_OK;
    for (int i = 0; i < p->n_steps && status == OCTET_OK; i++)
        if (!oct_artifact_step_is_safe(p, i, extents))
            status = oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: %s '%s' (%s) does not fit its parameters or operands",
                              p->step_info[i].op, p->step_info[i].name, p->steps[i].kind->name);
    oct_free(extents);
    return status;
}

/* ---- packing ---- */

static oct_step_need need_of(const octet_program *p, const oct_step *s, oct_cpu_level cpu)
{
    oct_step_need need = {0};
    if (s->kind->need)
        s->kind->need(p->params + s->params, cpu, &need);
    return need;
}

/* The constant that is packed for a CPU; NULL: the step has none. */
static oct_operand *packed_operand(const octet_program *p, const oct_step *s)
{
    const oct_step_packer *packer = s->kind->packer;
    if (!packer || (uint32_t)packer->operand >= s->n_operands)
        return NULL;
    oct_operand *operand = &p->operands[s->first_operand + (uint32_t)packer->operand];
    return operand->region == OCT_REGION_CONST ? operand : NULL;
}

static size_t packed_room(const octet_program *p, const oct_step *s, oct_cpu_level cpu)
{
    return (size_t)oct_round_up(need_of(p, s, cpu).packed, OCT_CACHE_LINE);
}

static octet_status make_room(octet_program *p, octet_error *err)
{
    uint64_t total = 0;
    for (int i = 0; i < p->n_steps; i++)
        if (packed_operand(p, &p->steps[i]) &&
            OCT_ADD_OVERFLOWS(total, packed_room(p, &p->steps[i], p->cpu), &total))
            total = UINT64_MAX;
    if (total > MOST_PACKED_BYTES && total - MOST_PACKED_BYTES > MOST_PACKED_GROWTH * (uint64_t)p->n_consts)
        return oct_fail(err, OCTET_BAD_INPUT, "packed, %zu bytes of constants would need %llu bytes", p->n_consts,
                        (unsigned long long)total);
    p->shared->packed = oct_calloc_aligned((size_t)total);
    p->shared->n_packed = (size_t)total;
    return p->shared->packed ? OCTET_OK : oct_fail_memory(err, "the packed weights", total);
}

octet_status oct_artifact_pack(octet_program *p, octet_error *err)
{
    uint64_t at = 0;
    OCT_TRY(make_room(p, err));
    for (int i = 0; i < p->n_steps; i++) {
        const oct_step *s = &p->steps[i];
        oct_operand *operand = packed_operand(p, s);
        if (!operand)
            continue;
        const uint8_t *source = p->consts + operand->offset;
        const size_t n_source = packed_room(p, s, OCT_CPU_REF);
        s->kind->packer->pack(p->shared->packed + at, p->params + s->params, p->cpu, source);
        oct_file_drop(&p->shared->file, source, n_source);
        *operand = (oct_operand){.region = OCT_REGION_PACKED, .offset = at};
        at += packed_room(p, s, p->cpu);
        p->shared->n_replaced += n_source;
    }
    return OCTET_OK;
}

static octet_status name_kernel(octet_program *p, int i, const char *kernel, octet_error *err)
{
    const bool pixels = p->steps[i].kind->binder != NULL;
    const char *name = pixels ? oct_arena_printf(&p->shared->arena, "%s on pixels", kernel) : kernel;
    if (!name)
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory for the name of a kernel");
    p->step_info[i].kernel = name;
    return OCTET_OK;
}

octet_status oct_artifact_settle(octet_program *p, octet_error *err)
{
    for (int i = 0; i < p->n_steps; i++) {
        const oct_step_need need = need_of(p, &p->steps[i], p->cpu);
        if (need.scratch > MOST_SCRATCH_BYTES)
            return oct_fail(err, OCTET_BAD_INPUT, "%s '%s' needs %zu bytes a thread", p->step_info[i].op, p->step_info[i].name,
                            need.scratch);
        if (need.scratch > p->fixed_scratch)
            p->fixed_scratch = (size_t)oct_round_up(need.scratch, OCT_CACHE_LINE);
        if (need.kernel)
            OCT_TRY(name_kernel(p, i, need.kernel, err));
    }
    return OCTET_OK;
}
