/* Running Resize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/resize.h"

#include "base/compiler.h"
#include "steps/proof.h"

typedef struct resize_task {
    oct_resize_fn run;
    oct_resize_args args;
} resize_task;

static void run_item(void *context, size_t item, int worker)
{
    const resize_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_resize(const oct_step_args *a)
{
    const oct_resize_step *p = a->params;
    const int32_t *tables = a->operands[OCT_RESIZE_TABLES];
    const float *x = a->operands[OCT_RESIZE_X];
    for (int32_t i = 0; i < p->n_passes; i++) {
        const oct_resize_pass *s = &p->passes[i];
        float *y = a->operands[i == p->n_passes - 1 ? OCT_RESIZE_Y : OCT_RESIZE_TEMP + i % 2];
        resize_task task = {oct_resize_select(a->cpu),
                            {&s->axis, tables + s->n_at, tables + s->index_at,
                             (const float *)(const void *)(tables + s->coef_at), x, y}};
        oct_pool_run(a->pool, oct_resize_n_items(&s->axis), run_item, &task);
        x = y;
    }
}

/* ---- stored programs ---- */

/* `words` of the tables from `at` on. */
static const int32_t *get_table(const oct_step_proof *proof, int64_t at, int64_t words)
{
    const bool fits = at >= 0 && at <= OCT_PROOF_MOST && words >= 0;
    const int32_t *tables = oct_proof_constant(proof, OCT_RESIZE_TABLES, fits ? at + words : -1, sizeof *tables);
    return tables ? tables + at : NULL;
}

/* Every tap is inside the axis. */
static bool taps_fit(const oct_step_proof *proof, const oct_resize_pass *s)
{
    const int64_t n_taps = OCT_PRODUCT(s->axis.O, s->axis.pitch);
    const int32_t *n = get_table(proof, s->n_at, s->axis.O), *index = get_table(proof, s->index_at, n_taps);
    if (!n || !index || !get_table(proof, s->coef_at, n_taps))
        return false;
    for (int64_t o = 0; o < s->axis.O; o++) {
        if (n[o] < 0 || n[o] > s->axis.pitch)
            return false;
        for (int32_t t = 0; t < n[o]; t++)
            if (index[o * s->axis.pitch + t] < 0 || index[o * s->axis.pitch + t] >= s->axis.L)
                return false;
    }
    return true;
}

static bool check_pass(const oct_step_proof *proof, const oct_resize_pass *s, int from, int to)
{
    const int64_t x = OCT_PRODUCT(s->axis.outer, s->axis.L, s->axis.inner);
    const int64_t y = OCT_PRODUCT(s->axis.outer, s->axis.O, s->axis.inner), size = sizeof(float);
    return x > 0 && y > 0 && taps_fit(proof, s) && oct_proof_reads(proof, from, x, size) &&
           oct_proof_writes(proof, to, y, size) && oct_proof_apart(proof, to, y * size, from, x * size);
}

static bool check_resize(const oct_step_proof *proof)
{
    const oct_resize_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_RESIZE_N_OPERANDS) || p->n_passes < 1 ||
        p->n_passes > (int32_t)OCT_COUNT(p->passes))
        return false;
    int from = OCT_RESIZE_X;
    for (int32_t i = 0; i < p->n_passes; i++) {
        const int to = i == p->n_passes - 1 ? OCT_RESIZE_Y : OCT_RESIZE_TEMP + i % 2;
        if (!check_pass(proof, &p->passes[i], from, to))
            return false;
        from = to;
    }
    return true;
}

const oct_step_kind oct_step_resize = {.name = "resize_f32", .run = run_resize, .check = check_resize};
