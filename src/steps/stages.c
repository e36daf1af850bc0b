/* Running lists of stages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/stages.h"

#include <string.h>

typedef struct stage_task {
    const oct_stage *stage;
    oct_map_fn map;
    oct_reduce_fn reduce;
    oct_cast_fn cast;
} stage_task;

static void fill(const oct_tile *t)
{
    for (size_t i = 0; i < t->rows; i++)
        memset((uint8_t *)t->base[0] + (int64_t)i * t->pitch[0], 1, t->n);
}

static void run_tile(void *context, const oct_tile *tile)
{
    const stage_task *t = context;
    const oct_stage *s = t->stage;
    switch (s->kind) {
    case OCT_STAGE_MAP: t->map(&(oct_map_args){tile, s->alpha, s->beta}); break;
    case OCT_STAGE_REDUCE:
    case OCT_STAGE_SOFTMAX: t->reduce(&(oct_reduce_args){tile, &s->axes, s->op}); break;
    case OCT_STAGE_ORDER:
        oct_order_run(&(oct_order_args){tile, &s->axes, s->op, s->dtype, s->last_index, s->k, s->z_stride});
        break;
    case OCT_STAGE_CAST: t->cast(tile); break;
    default: fill(tile); break;
    }
}

static stage_task open_stage(const oct_stage *s, oct_cpu_level level)
{
    stage_task t = {.stage = s};
    if (s->kind == OCT_STAGE_MAP)
        t.map = oct_map_select(level, (oct_map_op)s->op, s->dtype);
    else if (s->kind == OCT_STAGE_SOFTMAX)
        t.reduce = oct_reduce_f32_select(level)->softmax;
    else if (s->kind == OCT_STAGE_REDUCE)
        t.reduce = s->dtype == OCTET_F32 ? oct_reduce_f32_select(level)->reduce : oct_reduce_typed_select(s->dtype);
    else if (s->kind == OCT_STAGE_CAST)
        t.cast = oct_cast_select(level, s->dtype, (octet_dtype)s->op);
    return t;
}

/* Rough work per element of the nest, for sharing it out. */
static int64_t cost_of(const oct_stage *s)
{
    if (s->kind == OCT_STAGE_MAP)
        return s->op >= OCT_MAP_SIGMOID && s->op <= OCT_MAP_CELU ? 4 : 1;
    return s->kind == OCT_STAGE_CAST || s->kind == OCT_STAGE_FILL ? 1 : 2 * oct_axes_elems(&s->axes);
}

static void run_stages(const oct_step_args *a)
{
    const oct_stages *list = a->params;
    for (int32_t i = 0; i < list->n; i++) {
        const oct_stage *s = &list->stages[i];
        stage_task task = open_stage(s, a->cpu);
        void *operands[OCT_NEST_OPERANDS];
        for (int32_t k = 0; k < s->nest.n_operands; k++)
            operands[k] = a->operands[s->operands[k]];
        oct_nest_run(&s->nest, operands, a->pool, cost_of(s), run_tile, &task);
    }
}

const oct_step_kind oct_step_stages = {.name = "stages", .run = run_stages};
