/* Building lists of stages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/stages.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

oct_stages *oct_stages_new(oct_builder *b, int cap)
{
    return oct_build_alloc(b, sizeof(oct_stages) + (size_t)cap * sizeof(oct_stage));
}

oct_stage *oct_stages_add(oct_stages *s, oct_stage_kind kind, int op, octet_dtype dtype)
{
    oct_stage *stage = &s->stages[s->n++];
    stage->kind = kind;
    stage->op = op;
    stage->dtype = dtype;
    return stage;
}

void oct_stage_operand(oct_stage *stage, size_t elem_size, const int64_t *strides, int at)
{
    oct_nest *nest = &stage->nest;
    int k = nest->n_operands++;
    assert(k < OCT_NEST_OPERANDS);
    nest->elem_size[k] = (int32_t)elem_size;
    stage->operands[k] = at;
    memcpy(nest->strides[k], strides, (size_t)nest->rank * sizeof strides[0]);
}

void oct_stage_output(oct_stage *stage, const oct_value *y, int at)
{
    int64_t strides[OCTET_MAX_RANK];
    oct_value_strides(y, strides);
    stage->nest.rank = y->rank;
    memcpy(stage->nest.dims, y->dims, (size_t)y->rank * sizeof y->dims[0]);
    oct_stage_operand(stage, octet_dtype_size(y->dtype), strides, at);
}

void oct_stage_input(oct_stage *stage, const oct_value *v, int at)
{
    int64_t own[OCTET_MAX_RANK], strides[OCTET_MAX_RANK] = {0};
    int front = stage->nest.rank - v->rank;
    oct_value_strides(v, own);
    for (int i = 0; i < v->rank; i++)
        strides[front + i] = v->dims[i] == 1 ? 0 : own[i];
    oct_stage_operand(stage, octet_dtype_size(v->dtype), strides, at);
}

void oct_stage_split(oct_stage *stage, const oct_value *x, int x_at, uint32_t axes, oct_place y)
{
    int64_t x_strides[OCTET_MAX_RANK], kept_x[OCTET_MAX_RANK], kept_y[OCTET_MAX_RANK];
    oct_value_strides(x, x_strides);
    oct_nest *nest = &stage->nest;
    oct_axes *reduced = &stage->axes;
    for (int i = 0; i < x->rank; i++) {
        if (axes >> i & 1) {
            reduced->dims[reduced->rank] = x->dims[i];
            reduced->x[reduced->rank] = x_strides[i];
            reduced->y[reduced->rank++] = y.strides[i];
        } else {
            nest->dims[nest->rank] = x->dims[i];
            kept_x[nest->rank] = x_strides[i];
            kept_y[nest->rank++] = y.strides[i];
        }
    }
    oct_stage_operand(stage, y.elem_size, kept_y, y.at);
    oct_stage_operand(stage, octet_dtype_size(x->dtype), kept_x, x_at);
}

void oct_reduced_strides(const oct_value *x, uint32_t axes, const oct_value *y, int64_t strides[OCTET_MAX_RANK])
{
    int64_t own[OCTET_MAX_RANK];
    oct_value_strides(y, own);
    for (int i = 0, k = 0; i < x->rank; i++) {
        bool reduced = axes >> i & 1;
        strides[i] = reduced ? 0 : own[k];
        k += !reduced || y->rank == x->rank;
    }
}

int64_t oct_reduced_dense(const oct_value *x, uint32_t axes, int64_t strides[OCTET_MAX_RANK])
{
    int64_t n = 1;
    for (int i = x->rank - 1; i >= 0; i--) {
        bool reduced = axes >> i & 1;
        strides[i] = reduced ? 0 : n;
        n *= reduced ? 1 : x->dims[i];
    }
    return n;
}

int oct_stage_in_place(const oct_stage *stage, int at)
{
    const oct_nest *nest = &stage->nest;
    for (int k = 1; k < nest->n_operands; k++) {
        if (stage->operands[k] != at || nest->elem_size[k] != nest->elem_size[0])
            continue;
        bool same = true;
        for (int i = 0; i < nest->rank; i++)
            same &= nest->dims[i] == 1 || nest->strides[k][i] == nest->strides[0][i];
        for (int i = 0; i < stage->axes.rank; i++)
            same &= stage->axes.dims[i] == 1 || stage->axes.x[i] == stage->axes.y[i];
        return same ? at : 0;
    }
    return 0;
}

/* Whether the stage has no faster kernel than ref: so it is for integers and most casts. */
static bool is_plain(const oct_stage *s, oct_cpu_level cpu)
{
    octet_dtype to = (octet_dtype)s->op;
    if (s->kind == OCT_STAGE_CAST)
        return oct_cast_select(cpu, s->dtype, to) == oct_cast_ref(s->dtype, to);
    return s->dtype != OCTET_F32 || s->kind == OCT_STAGE_ORDER;
}

/* "avx2 softmax" */
static const char *describe(oct_builder *b, const oct_stages *s, const char *what)
{
    bool plain = oct_build_cpu(b) < OCT_CPU_AVX2 || (s->n > 0 && is_plain(&s->stages[s->n - 1], oct_build_cpu(b)));
    oct_cpu_level level = plain ? OCT_CPU_REF : OCT_CPU_AVX2;
    size_t n = strlen(what) + 16;
    char *text = oct_build_alloc(b, n);
    if (text)
        snprintf(text, n, "%s %s", oct_cpu_name(level), what);
    return text;
}

void oct_stages_build(oct_builder *b, oct_stages *s, const char *what, oct_stages_io io)
{
    for (int i = 0; i < s->n; i++) {
        oct_nest_normalize(&s->stages[i].nest);
        oct_axes_normalize(&s->stages[i].axes);
    }
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_stages,
        .params = s,
        .n_params = sizeof *s + (size_t)s->n * sizeof s->stages[0],
        .operands = io.operands,
        .n_operands = io.n_operands,
        .n_out = io.n_out,
        .kernel = describe(b, s, what),
        .inplace_input = io.inplace_input,
    });
}
