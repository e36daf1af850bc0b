/* Running matrix products over batches.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/matmul_f32.h"

#include "base/compiler.h"
#include "steps/conv_f32.h"
#include "steps/proof.h"

static void run_matrix(const oct_step_args *a)
{
    const oct_matrix_f32_step *p = a->params;
    float *y = a->operands[OCT_MATRIX_F32_Y];
    const float *x = a->operands[OCT_MATRIX_F32_X];
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->columns; j++)
            y[i * p->columns + j] = x[i * p->row_step + j * p->column_step] * p->factor;
}

static bool check_matrix(const oct_step_proof *proof)
{
    const oct_matrix_f32_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_MATRIX_F32_N_OPERANDS))
        return false;
    const int64_t dims[] = {p->rows, p->columns}, steps[] = {p->row_step, p->column_step};
    return OCT_PRODUCT(p->rows, p->columns) > 0 &&
           oct_proof_writes(proof, OCT_MATRIX_F32_Y, OCT_PRODUCT(p->rows, p->columns), sizeof(float)) &&
           oct_proof_reads(proof, OCT_MATRIX_F32_X, oct_proof_reach(dims, steps, 2), sizeof(float));
}

const oct_step_kind oct_step_matrix_f32 = {.name = "matrix_f32", .run = run_matrix, .check = check_matrix};

static void run_one(const oct_step_args *a, const oct_matmul_f32_step *p, const float *x, const float *w, float *y)
{
    oct_conv_f32_weights weights = {.w = w, .stride_o = 1, .stride_i = p->shape.OC, .stride_t = 1,
                                    .bias = a->operands[OCT_MATMUL_F32_BIAS]};
    oct_conv_f32_select(a->cpu)->pack(a->operands[OCT_MATMUL_F32_PACKED], &p->shape, &weights);
    oct_conv_f32_args args = {.shape = &p->shape, .packed = a->operands[OCT_MATMUL_F32_PACKED], .x = x, .y = y};
    oct_conv_f32_run(a, &args);
}

static void run_batch(const oct_step_args *a)
{
    const oct_matmul_f32_step *p = a->params;
    int64_t index[OCT_MATMUL_F32_BATCH_RANK] = {0};
    const float *x = a->operands[OCT_MATMUL_F32_X], *w = a->operands[OCT_MATMUL_F32_W];
    float *y = a->operands[OCT_MATMUL_F32_Y];
    int64_t n_batches = 1;
    for (int d = 0; d < p->rank; d++)
        n_batches *= p->dims[d];
    for (int64_t i = 0; i < n_batches; i++) {
        int64_t x_at = 0, w_at = 0;
        for (int d = 0; d < p->rank; d++) {
            x_at += index[d] * p->a_step[d];
            w_at += index[d] * p->b_step[d];
        }
        run_one(a, p, x + x_at, w + w_at, y + i * p->shape.OW * p->shape.OC);
        for (int d = p->rank - 1; d >= 0 && ++index[d] == p->dims[d]; d--)
            index[d] = 0;
    }
}

static void need_batch(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_matmul_f32_step *p = params;
    const oct_conv_f32 *kernel = oct_conv_f32_select(cpu);
    *need = (oct_step_need){0, kernel->scratch_size(&p->shape), kernel->describe(&p->shape)};
}

/* The operands of all products, of which the last one starts at the given reach - 1. */
static bool check_operands(const oct_step_proof *proof, int64_t n, int64_t x_reach, int64_t w_reach)
{
    const oct_matmul_f32_step *p = proof->params;
    const oct_conv_f32_shape *s = &p->shape;
    const int64_t w_floats = OCT_PRODUCT(s->C / s->G, s->KH, s->KW, s->OC), y_floats = OCT_PRODUCT(n, s->OW, s->OC);
    return n > 0 && x_reach > 0 && w_reach > 0 && y_floats > 0 &&
           oct_proof_reads(proof, OCT_MATMUL_F32_X, x_reach - 1 + oct_conv_f32_x_floats(s), sizeof(float)) &&
           oct_proof_reads(proof, OCT_MATMUL_F32_W, w_reach - 1 + w_floats, sizeof(float)) &&
           oct_proof_writes(proof, OCT_MATMUL_F32_Y,
                            y_floats - (int64_t)s->OW * s->OC + oct_conv_f32_y_floats(s), sizeof(float));
}

static bool check_batch(const oct_step_proof *proof)
{
    const oct_matmul_f32_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_MATMUL_F32_N_OPERANDS) || !oct_conv_f32_fits(&p->shape) ||
        p->shape.class_bias || p->shape.has_residual || p->shape.KH * p->shape.KW != 1 || p->rank < 0 ||
        p->rank > OCT_MATMUL_F32_BATCH_RANK)
        return false;
    return check_operands(proof, oct_proof_product(p->dims, p->rank), oct_proof_reach(p->dims, p->a_step, p->rank),
                          oct_proof_reach(p->dims, p->b_step, p->rank)) &&
           oct_proof_may_read(proof, OCT_MATMUL_F32_BIAS, p->shape.OC, sizeof(float)) &&
           oct_proof_writes(proof, OCT_MATMUL_F32_PACKED, (int64_t)oct_conv_f32_most_packed(&p->shape), 1) &&
           oct_proof_writes(proof, OCT_MATMUL_F32_PACKED, 0, OCT_CACHE_LINE);
}

const oct_step_kind oct_step_matmul_f32 = {.name = "matmul_f32", .run = run_batch, .check = check_batch,
                                           .need = need_batch};
