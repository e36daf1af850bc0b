/* Running copies by indices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/take.h"

#include <string.h>

#include "steps/proof.h"

#define MOST_EMPTY 65536 /* rounds of a gather that moves nothing */

static void run_item(void *context, size_t item, int worker)
{
    (void)worker;
    oct_take_run(context, item);
}

static void run_take(const oct_step_args *a)
{
    oct_take_args args = {a->params, a->operands[OCT_TAKE_TABLES], a->operands[OCT_TAKE_X], a->operands[OCT_TAKE_Y],
                          a->operands[OCT_TAKE_FILL]};
    oct_pool_run(a->pool, (size_t)args.take->n_items, run_item, &args);
}

static bool is_elem_size(int64_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

/* Elements of x up to the last one that the tables name; -1 if a table is no constant or an entry is too large. */
static int64_t tables_reach(const oct_step_proof *proof, const oct_take *t)
{
    int64_t last = 0;
    for (int32_t a = 0; a < t->rank; a++) {
        const int64_t n = t->table_at[a] < 0 || t->table_at[a] > OCT_PROOF_MOST ? -1 : t->table_at[a] + t->dims[a];
        const int64_t *tables = oct_proof_constant(proof, OCT_TAKE_TABLES, n, sizeof *tables);
        int64_t most = 0;
        for (int64_t i = 0; tables && i < t->dims[a]; i++)
            most = tables[t->table_at[a] + i] > most ? tables[t->table_at[a] + i] : most;
        if (!tables || most > OCT_PROOF_MOST)
            return -1;
        last += most;
    }
    return last + 1;
}

/* The parameters are as oct_take_init makes them of tables that exist. */
static bool is_ready(const oct_step_proof *proof, const oct_take *t)
{
    oct_take want = *t;
    oct_take_init(&want, proof->operands[OCT_TAKE_TABLES].data);
    return memcmp(&want, t, sizeof want) == 0;
}

static bool check_take(const oct_step_proof *proof)
{
    const oct_take *t = proof->params;
    if (!oct_proof_has(proof, sizeof *t, OCT_TAKE_N_OPERANDS) || t->rank < 1 || t->rank > OCT_TAKE_MAX_RANK ||
        !is_elem_size(t->elem_size))
        return false;
    const int64_t n = oct_proof_product(t->dims, t->rank), y = oct_proof_reach(t->dims, t->y_strides, t->rank);
    const int64_t x = y < 0 ? -1 : tables_reach(proof, t), size = t->elem_size;
    return n >= 0 && x >= 0 && is_ready(proof, t) && (n == 0 || t->y_strides[t->rank - 1] == 1 || t->dims[t->rank - 1] == 1) &&
           oct_proof_writes(proof, OCT_TAKE_Y, y, size) && oct_proof_writes(proof, OCT_TAKE_Y, n, size) &&
           oct_proof_reads(proof, OCT_TAKE_X, n == 0 ? 0 : x, size) &&
           oct_proof_may_read(proof, OCT_TAKE_FILL, 1, size) && oct_proof_apart(proof, OCT_TAKE_Y, y * size, OCT_TAKE_X, x * size);
}

const oct_step_kind oct_step_take = {.name = "take", .run = run_take, .check = check_take};

static void run_gather(const oct_step_args *a)
{
    oct_gather_run(a->params, a->operands[OCT_GATHER_Y], a->operands[OCT_GATHER_X], a->operands[OCT_GATHER_INDICES]);
}

static void run_gather_elements(const oct_step_args *a)
{
    oct_gather_elements_run(a->params, a->operands[OCT_GATHER_Y], a->operands[OCT_GATHER_X], a->operands[OCT_GATHER_INDICES]);
}

/* Indices of both gathers: any, they are clamped to an axis that is not empty. */
static bool check_indices(const oct_step_proof *proof, int64_t n, int32_t wide, int64_t dim)
{
    return (n == 0 || dim > 0) &&
           oct_proof_reads(proof, OCT_GATHER_INDICES, n, wide ? (int64_t)sizeof(int64_t) : (int64_t)sizeof(int32_t));
}

static bool check_gather(const oct_step_proof *proof)
{
    const oct_gather *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_GATHER_N_OPERANDS) || OCT_PRODUCT(p->n_outer, p->n_indices) < 0)
        return false;
    const int64_t y = OCT_PRODUCT(p->n_outer, p->n_indices, p->inner_bytes), x = OCT_PRODUCT(p->n_outer, p->dim, p->inner_bytes);
    return (y > 0 || (p->n_outer <= MOST_EMPTY && p->n_indices <= MOST_EMPTY)) &&
           check_indices(proof, p->n_indices, p->wide, p->dim) && oct_proof_writes(proof, OCT_GATHER_Y, y, 1) &&
           oct_proof_reads(proof, OCT_GATHER_X, x, 1) && oct_proof_apart(proof, OCT_GATHER_Y, y, OCT_GATHER_X, x);
}

static bool check_gather_elements(const oct_step_proof *proof)
{
    const oct_gather_elements *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_GATHER_N_OPERANDS) || p->rank < 1 || p->rank > OCT_TAKE_MAX_RANK ||
        p->axis < 0 || p->axis >= p->rank || p->x_dim < 0 || !is_elem_size(p->elem_size))
        return false;
    int64_t x_dims[OCT_TAKE_MAX_RANK];
    memcpy(x_dims, p->dims, sizeof x_dims);
    x_dims[p->axis] = p->x_dim;
    const int64_t n = oct_proof_product(p->dims, p->rank), x = oct_proof_reach(x_dims, p->x_strides, p->rank);
    const int64_t size = p->elem_size;
    return check_indices(proof, n, p->wide, p->x_dim) && oct_proof_writes(proof, OCT_GATHER_Y, n, size) &&
           oct_proof_reads(proof, OCT_GATHER_X, x, size) &&
           oct_proof_apart(proof, OCT_GATHER_Y, n * size, OCT_GATHER_X, x * size);
}

const oct_step_kind oct_step_gather = {.name = "gather", .run = run_gather, .check = check_gather};
const oct_step_kind oct_step_gather_elements = {.name = "gather_elements", .run = run_gather_elements,
                                                .check = check_gather_elements};
