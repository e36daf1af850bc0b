/* Steps of matrix products whose right-hand side is packed while they run, and of the small matrices that Gemm needs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_MATMUL_F32_H
#define OCT_STEPS_MATMUL_F32_H

#include "kernels/conv_f32.h"
#include "runtime/step.h"

/* y[i,j] = x[i*row_step + j*column_step] * factor: transposes or broadcasts a matrix */
enum { OCT_MATRIX_F32_Y, OCT_MATRIX_F32_X, OCT_MATRIX_F32_N_OPERANDS };

typedef struct oct_matrix_f32_step {
    int64_t rows, columns;         /* of the result */
    int64_t row_step, column_step; /* elements of the source from row to row, column to column; 0: repeated */
    float factor;
    int32_t unused;
} oct_matrix_f32_step;

extern const oct_step_kind oct_step_matrix_f32;

/* A matrix product for each index of a batch. `packed` is working memory of oct_conv_f32_most_packed bytes; bias may be omitted. */
enum { OCT_MATMUL_F32_Y, OCT_MATMUL_F32_X, OCT_MATMUL_F32_W, OCT_MATMUL_F32_BIAS, OCT_MATMUL_F32_PACKED, OCT_MATMUL_F32_N_OPERANDS };

#define OCT_MATMUL_F32_BATCH_RANK (OCTET_MAX_RANK - 2)

typedef struct oct_matmul_f32_step {
    oct_conv_f32_shape shape;
    int32_t rank;                                  /* of the batch */
    int64_t dims[OCT_MATMUL_F32_BATCH_RANK];       /* of the result's batch */
    int64_t a_step[OCT_MATMUL_F32_BATCH_RANK], b_step[OCT_MATMUL_F32_BATCH_RANK]; /* elements; 0 where broadcast */
} oct_matmul_f32_step;

extern const oct_step_kind oct_step_matmul_f32;

#endif
