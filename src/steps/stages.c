/* Running lists of stages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/stages.h"

#include <string.h>

#include "steps/proof.h"

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
    case OCT_STAGE_MAP: t->map(&(oct_map_args){tile, s->alpha, s->beta, (oct_map_op)s->op, s->dtype}); break;
    case OCT_STAGE_REDUCE:
    case OCT_STAGE_SOFTMAX: t->reduce(&(oct_reduce_args){tile, &s->axes, s->op}); break;
    case OCT_STAGE_ORDER:
        oct_order_run(&(oct_order_args){tile, &s->axes, s->op, s->dtype, s->last_index, s->k, s->z_stride});
        break;
    case OCT_STAGE_CAST: t->cast(tile, s->dtype, (octet_dtype)s->op); break;
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

/* ---- stored programs ---- */

/* What the kernel of a stage reads and writes, by operand of the nest: bytes of an element, and how many elements the
 * reduced axes reach from that of the nest on. */
typedef struct stage_use {
    int n_operands;
    int64_t size[OCT_NEST_OPERANDS], reach[OCT_NEST_OPERANDS];
    bool dense; /* rows of the output must be */
} stage_use;

static bool map_use(const oct_stage *s, stage_use *use)
{
    if (s->op < 0 || s->op >= OCT_MAP_N_OPS || !oct_map_select(OCT_CPU_REF, (oct_map_op)s->op, s->dtype))
        return false;
    const bool to_bool = oct_map_yields_bool((oct_map_op)s->op);
    const int64_t size = (int64_t)octet_dtype_size(s->dtype);
    use->n_operands = 1 + oct_map_n_inputs((oct_map_op)s->op);
    for (int k = 0; k < use->n_operands; k++)
        use->size[k] = (k == 0 && to_bool) || (k == 1 && s->op == OCT_MAP_WHERE) ? 1 : size;
    use->dense = true;
    return true;
}

static bool cast_use(const oct_stage *s, stage_use *use)
{
    use->n_operands = 2;
    use->size[0] = (int64_t)octet_dtype_size((octet_dtype)s->op);
    use->size[1] = (int64_t)octet_dtype_size(s->dtype);
    use->dense = true;
    return oct_cast_select(OCT_CPU_REF, s->dtype, (octet_dtype)s->op) != NULL;
}

/* The axes are some, and *x and *y elements lie between the first and the last one of a result. */
static bool axes_fit(const oct_axes *axes, int64_t *x, int64_t *y)
{
    if (axes->rank < 1 || axes->rank > OCT_NEST_RANK)
        return false;
    *x = oct_proof_reach(axes->dims, axes->x, axes->rank);
    *y = oct_proof_reach(axes->dims, axes->y, axes->rank);
    return *x >= 0 && *y >= 0;
}

static bool reduce_use(const oct_stage *s, stage_use *use)
{
    int64_t unused;
    const bool variance = s->op == OCT_REDUCE_VARIANCE, real = s->dtype == OCTET_F32;
    if (s->op < 0 || s->op >= OCT_REDUCE_N_OPS || !(real || (oct_reduce_typed_select(s->dtype) && !variance)))
        return false;
    use->n_operands = variance ? 3 : 2;
    for (int k = 0; k < use->n_operands; k++)
        use->size[k] = (int64_t)octet_dtype_size(s->dtype);
    return axes_fit(&s->axes, &use->reach[1], &unused);
}

static bool softmax_use(const oct_stage *s, stage_use *use)
{
    use->n_operands = 2;
    use->size[0] = use->size[1] = sizeof(float);
    return s->dtype == OCTET_F32 && (s->op == OCT_SOFTMAX || s->op == OCT_LOG_SOFTMAX) &&
           axes_fit(&s->axes, &use->reach[1], &use->reach[0]);
}

static bool topk_use(const oct_stage *s, stage_use *use)
{
    const bool one_axis = s->axes.rank == 1 && s->k >= 0 && s->k <= s->axes.dims[0];
    use->n_operands = 3;
    use->size[0] = use->size[1];
    use->size[2] = sizeof(int64_t);
    if (!one_axis)
        return false;
    use->reach[0] = oct_proof_reach(&s->k, s->axes.y, 1);
    use->reach[2] = oct_proof_reach(&s->k, &s->z_stride, 1);
    return use->reach[0] >= 0 && use->reach[2] >= 0;
}

static bool order_use(const oct_stage *s, stage_use *use)
{
    int64_t y;
    use->n_operands = 2;
    use->size[1] = (int64_t)octet_dtype_size(s->dtype);
    if (!oct_order_takes(s->dtype) || !axes_fit(&s->axes, &use->reach[1], &y))
        return false;
    switch (s->op) {
    case OCT_ORDER_ARG_MAX:
    case OCT_ORDER_ARG_MIN: use->size[0] = sizeof(int64_t); return true;
    case OCT_ORDER_HARDMAX:
        use->size[0] = sizeof(float);
        use->reach[0] = y;
        return true;
    case OCT_ORDER_TOPK_LARGEST:
    case OCT_ORDER_TOPK_SMALLEST: return topk_use(s, use);
    default: return false;
    }
}

static bool stage_uses(const oct_stage *s, stage_use *use)
{
    switch (s->kind) {
    case OCT_STAGE_MAP: return map_use(s, use);
    case OCT_STAGE_REDUCE: return reduce_use(s, use);
    case OCT_STAGE_SOFTMAX: return softmax_use(s, use);
    case OCT_STAGE_ORDER: return order_use(s, use);
    case OCT_STAGE_CAST: return cast_use(s, use);
    case OCT_STAGE_FILL:
        use->n_operands = 1;
        use->size[0] = 1;
        use->dense = true;
        return true;
    default: return false;
    }
}

/* Operand k of the nest has all its elements; outputs can be written, and as many elements as the nest has are theirs. */
static bool check_operand(const oct_step_proof *proof, const oct_stage *s, const stage_use *use, int k)
{
    const oct_nest *nest = &s->nest;
    const int at = s->operands[k];
    const int64_t n = oct_proof_product(nest->dims, nest->rank), reach = oct_proof_reach(nest->dims, nest->strides[k], nest->rank);
    const int64_t n_elems = n > 0 && use->reach[k] > 0 ? reach - 1 + use->reach[k] : 0;
    const bool written = k == 0 || (s->kind == OCT_STAGE_ORDER && k == 2);
    if (at < 0 || at >= proof->n_operands || n < 0 || reach < 0 || nest->elem_size[k] != use->size[k])
        return false;
    if (!written)
        return oct_proof_reads(proof, at, n_elems, use->size[k]);
    return oct_proof_writes(proof, at, n_elems, use->size[k]) && oct_proof_writes(proof, at, n, use->size[k]);
}

/* Reduced axes belong to an input that has an element for each of the steps. */
static bool check_work(const oct_step_proof *proof, const oct_stage *s, int64_t size)
{
    const int64_t n[] = {oct_proof_product(s->nest.dims, s->nest.rank), oct_proof_product(s->axes.dims, s->axes.rank)};
    return oct_proof_reads(proof, s->operands[1], oct_proof_product(n, 2), size);
}

static bool check_stage(const oct_step_proof *proof, const oct_stage *s)
{
    const oct_nest *nest = &s->nest;
    stage_use use = {.reach = {1, 1, 1, 1, 1, 1}};
    if (nest->rank < 1 || nest->rank > OCT_NEST_RANK || !stage_uses(s, &use) || nest->n_operands != use.n_operands)
        return false;
    for (int k = 0; k < use.n_operands; k++)
        if (!check_operand(proof, s, &use, k))
            return false;
    const int last = nest->rank - 1;
    if (use.dense)
        return nest->strides[0][last] == 1 || nest->dims[last] <= 1;
    return check_work(proof, s, use.size[1]);
}

static bool check_stages(const oct_step_proof *proof)
{
    const oct_stages *list = proof->params;
    if (!oct_proof_has(proof, sizeof *list, 0) || list->n < 0 ||
        !oct_proof_has(proof, sizeof *list + (size_t)list->n * sizeof list->stages[0], 0))
        return false;
    for (int32_t i = 0; i < list->n; i++)
        if (!check_stage(proof, &list->stages[i]))
            return false;
    return true;
}

const oct_step_kind oct_step_stages = {.name = "stages", .run = run_stages, .check = check_stages};
