/* Running the quantizers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/quantize.h"

#include <string.h>

#include "steps/proof.h"

typedef struct quant_task {
    oct_quant_fn run;
    oct_quant_args args;
} quant_task;

static void run_item(void *context, size_t item, int worker)
{
    const quant_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_boxes(const oct_step_args *a, oct_quant_fn run)
{
    const oct_quantize_step *p = a->params;
    for (int32_t i = 0; i < p->n_boxes; i++) {
        quant_task task = {run, {&p->boxes[i], a->operands[OCT_QUANTIZE_X], a->operands[OCT_QUANTIZE_Y],
                                 a->operands[OCT_QUANTIZE_SCALE], a->operands[OCT_QUANTIZE_ZERO]}};
        oct_pool_run(a->pool, (size_t)p->boxes[i].cut.n_items, run_item, &task);
    }
}

static void run_quantize(const oct_step_args *a)
{
    run_boxes(a, oct_quantize_select(a->cpu));
}

static void run_dequantize(const oct_step_args *a)
{
    run_boxes(a, oct_dequantize_select(a->cpu));
}

static void run_dynamic(const oct_step_args *a)
{
    const oct_quantize_step *p = a->params;
    const oct_nd *nd = &p->boxes[0].nd;
    float min, max, *scale = a->operands[OCT_DYNAMIC_SCALE];
    uint8_t *zero = a->operands[OCT_DYNAMIC_ZERO];
    oct_range_f32(a->operands[OCT_DYNAMIC_X], (size_t)oct_nd_count(nd, nd->rank), &min, &max);
    oct_dynamic_scale(min, max, scale, zero);
    quant_task task = {oct_quantize_select(a->cpu),
                       {&p->boxes[0], a->operands[OCT_DYNAMIC_X], a->operands[OCT_DYNAMIC_Y], scale, zero}};
    oct_pool_run(a->pool, (size_t)p->boxes[0].cut.n_items, run_item, &task);
}

/* ---- stored programs ---- */

/* The box is as oct_quant_init makes them. */
static bool box_fits(const oct_quant *box)
{
    if (!oct_proof_nd(&box->nd, 1, 3))
        return false;
    oct_quant want = *box;
    oct_quant_init(&want, (octet_dtype)box->integer);
    return memcmp(&want.nd, &box->nd, sizeof want.nd) == 0 && memcmp(&want.cut, &box->cut, sizeof want.cut) == 0;
}

/* Operands in the order y, x, scale, zero; sizes of elements of y, x and zero. */
static bool check_box(const oct_step_proof *proof, const oct_quant *box, const int at[4], const int64_t size[3])
{
    if (!box_fits(box))
        return false;
    const int64_t s = oct_proof_nd_reach(&box->nd, 2);
    return oct_proof_writes(proof, at[0], oct_proof_nd_reach(&box->nd, 0), size[0]) &&
           oct_proof_writes(proof, at[0], oct_nd_count(&box->nd, box->nd.rank), size[0]) &&
           oct_proof_reads(proof, at[1], oct_proof_nd_reach(&box->nd, 1), size[1]) &&
           oct_proof_reads(proof, at[2], s, sizeof(float)) && oct_proof_reads(proof, at[3], s, size[2]);
}

/* Whether integers of the type are quantized, or as `wide` dequantized. */
static bool takes(int32_t integer, bool wide)
{
    return integer == OCTET_U8 || integer == OCTET_I8 || integer == OCTET_U16 || integer == OCTET_I16 ||
           (wide && integer == OCTET_I32);
}

static bool check_boxes(const oct_step_proof *proof, bool to_real)
{
    static const int at[] = {OCT_QUANTIZE_Y, OCT_QUANTIZE_X, OCT_QUANTIZE_SCALE, OCT_QUANTIZE_ZERO};
    const oct_quantize_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_QUANTIZE_N_OPERANDS) || p->n_boxes < 1 || p->n_boxes > 2)
        return false;
    for (int32_t i = 0; i < p->n_boxes; i++) {
        const oct_quant *box = &p->boxes[i];
        const int64_t size = (int64_t)octet_dtype_size((octet_dtype)box->integer), real = sizeof(float);
        if (!takes(box->integer, to_real) ||
            !check_box(proof, box, at, (const int64_t[]){to_real ? real : size, to_real ? size : real, size}))
            return false;
    }
    return true;
}

static bool check_quantize(const oct_step_proof *proof)
{
    return check_boxes(proof, false);
}

static bool check_dequantize(const oct_step_proof *proof)
{
    return check_boxes(proof, true);
}

static bool check_dynamic(const oct_step_proof *proof)
{
    static const int at[] = {OCT_DYNAMIC_Y, OCT_DYNAMIC_X, OCT_DYNAMIC_SCALE, OCT_DYNAMIC_ZERO};
    const oct_quantize_step *p = proof->params;
    return oct_proof_has(proof, sizeof *p, OCT_DYNAMIC_N_OPERANDS) && p->boxes[0].integer == OCTET_U8 &&
           check_box(proof, &p->boxes[0], at, (const int64_t[]){1, sizeof(float), 1}) &&
           oct_proof_reads(proof, OCT_DYNAMIC_X, oct_nd_count(&p->boxes[0].nd, p->boxes[0].nd.rank), sizeof(float)) &&
           oct_proof_writes(proof, OCT_DYNAMIC_SCALE, 1, sizeof(float)) && oct_proof_writes(proof, OCT_DYNAMIC_ZERO, 1, 1);
}

const oct_step_kind oct_step_quantize = {.name = "quantize", .run = run_quantize, .check = check_quantize};
const oct_step_kind oct_step_dequantize = {.name = "dequantize", .run = run_dequantize, .check = check_dequantize};
const oct_step_kind oct_step_dynamic_quantize = {.name = "dynamic_quantize", .run = run_dynamic, .check = check_dynamic};
