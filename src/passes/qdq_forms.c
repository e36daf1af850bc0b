/* The operators that have an integer form, one line each. Tables (qdq_table.c) take elementwise operators of one tensor;
 * sink_dequantize.c lets those that only move numbers work on the integers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/qdq.h"

static const oct_qdq_form forms[] = {
    {OCT_OP_CONV, oct_qdq_conv},
    {OCT_OP_GEMM, oct_qdq_gemm},
    {OCT_OP_MATMUL, oct_qdq_matmul},
    {OCT_OP_ADD, oct_qdq_binary},
    {OCT_OP_SUB, oct_qdq_binary},
    {OCT_OP_MUL, oct_qdq_binary},
    {OCT_OP_CONCAT, oct_qdq_concat},
    {OCT_OP_AVERAGE_POOL, oct_qdq_average},
    {OCT_OP_GLOBAL_AVERAGE_POOL, oct_qdq_average},
    {OCT_OP_REDUCE_MEAN, oct_qdq_reduce_mean},
};

const oct_qdq_form *oct_qdq_find_form(oct_op op)
{
    for (size_t i = 0; i < OCT_COUNT(forms); i++)
        if (forms[i].from == op)
            return &forms[i];
    return NULL;
}
