/* Running integer convolutions and matrix products.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_int.h"

#include "base/compiler.h"
#include "steps/proof.h"

int64_t oct_conv_int_matrix(const oct_conv_int_shape *s)
{
    return (int64_t)s->OC * (s->C / s->G) * s->KH * s->KW;
}

size_t oct_conv_int_packed_matrix(const oct_conv_int_shape *s)
{
    return (size_t)oct_round_up(oct_conv_int_packed_size(s), OCT_CACHE_LINE);
}

typedef struct product_task {
    const oct_conv_int *record;
    oct_conv_int_args args;
} product_task;

static void run_widen(void *context, size_t item, int worker)
{
    const product_task *t = context;
    (void)worker;
    t->record->widen(&t->args, item);
}

static void run_item(void *context, size_t item, int worker)
{
    const product_task *t = context;
    (void)worker;
    t->record->run(&t->args, item);
}

/* Packed weights of the matrix that starts at element w_at. */
static const void *get_packed(const oct_step_args *a, int64_t w_at)
{
    const oct_conv_int_step *p = a->params;
    if (!p->dynamic) {
        const size_t matrix = (size_t)(w_at / oct_conv_int_matrix(&p->shape));
        return (const uint8_t *)a->operands[OCT_CONV_INT_PACKED] + matrix * oct_conv_int_packed_matrix(&p->shape);
    }
    oct_conv_int_weights w = {
        .w = (const uint8_t *)a->operands[OCT_CONV_INT_W] + w_at, .stride_o = p->stride_o, .stride_i = p->stride_i,
        .w_zero = a->operands[OCT_CONV_INT_W_ZERO], .bias = a->operands[OCT_CONV_INT_BIAS],
        .x_scale = a->operands[OCT_CONV_INT_X_SCALE], .w_scale = a->operands[OCT_CONV_INT_W_SCALE],
        .y_scale = a->operands[OCT_CONV_INT_Y_SCALE],
        .zero_per_oc = p->zero_per_oc, .scale_per_oc = p->scale_per_oc,
    };
    oct_conv_int_pack(a->operands[OCT_CONV_INT_PACKED], &p->shape, &w);
    return a->operands[OCT_CONV_INT_PACKED];
}

static void run_product(const oct_step_args *a)
{
    const oct_conv_int_step *p = a->params;
    size_t y_size = (size_t)oct_conv_int_y_size(&p->shape);
    int64_t n = oct_nd_count(&p->batch, p->batch.rank);
    oct_nd_walk at;
    oct_nd_walk_init(&at, &p->batch, p->batch.rank, 0);
    for (int64_t i = 0; i < n; i++, oct_nd_walk_next(&at)) {
        product_task task = {
            .record = oct_conv_int_select(a->cpu, &p->shape),
            .args = {.shape = &p->shape, .x = (const uint8_t *)a->operands[OCT_CONV_INT_X] + at.at[1],
                     .x_zero = a->operands[OCT_CONV_INT_X_ZERO], .image = a->operands[OCT_CONV_INT_IMAGE],
                     .packed = get_packed(a, at.at[2]), .y_zero = a->operands[OCT_CONV_INT_Y_ZERO],
                     .y = (uint8_t *)a->operands[OCT_CONV_INT_Y] + (size_t)at.at[0] * y_size},
        };
        oct_pool_run(a->pool, oct_conv_int_n_pieces(&p->shape), run_widen, &task);
        oct_pool_run(a->pool, oct_conv_int_n_items(&p->shape), run_item, &task);
    }
}

static void need_product(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_conv_int_step *p = params;
    *need = (oct_step_need){.kernel = oct_conv_int_select(cpu, &p->shape)->name};
}

/* ---- stored programs ---- */

/* Bytes from pixel to pixel: `own` where the shape says 0. */
static int64_t pitch_of(int32_t pitch, int32_t own)
{
    return pitch ? pitch : own;
}

bool oct_conv_int_fits(const oct_conv_int_shape *s)
{
    const int64_t x_pitch = pitch_of(s->x_pitch, s->C), y_pitch = pitch_of(s->y_pitch, s->OC);
    const int64_t r_pitch = pitch_of(s->r_pitch, s->OC);
    const oct_proof_axis h = {s->H, s->OH, s->KH, s->stride_h, s->dilation_h, s->pad_top};
    const oct_proof_axis w = {s->W, s->OW, s->KW, s->stride_w, s->dilation_w, s->pad_left};
    return s->N > 0 && s->C > 0 && s->OC > 0 && s->G > 0 && s->C % s->G == 0 && s->OC % s->G == 0 &&
           oct_proof_window(&h) && oct_proof_window(&w) && OCT_PRODUCT(s->KH, s->KW) < INT32_MAX &&
           x_pitch >= s->C && y_pitch >= s->OC && r_pitch >= s->OC &&
           OCT_PRODUCT(s->OC, s->C / s->G, s->KH, s->KW) > 0 && OCT_PRODUCT(s->N, s->H, s->W, x_pitch) > 0 &&
           OCT_PRODUCT(s->N, s->OH, s->OW, y_pitch) > 0 && OCT_PRODUCT(s->N, s->OH, s->OW, r_pitch) > 0 &&
           OCT_PRODUCT(s->stride_h, s->W, x_pitch) > 0 && OCT_PRODUCT(s->dilation_h, s->W, x_pitch) > 0 &&
           OCT_PRODUCT(s->dilation_w, x_pitch) > 0 &&
           OCT_PRODUCT(s->H, s->W + (int64_t)(s->OW - 1) * s->stride_w + s->KW, x_pitch) > 0 && /* rows with their padding */
           OCT_PRODUCT(s->C / s->G, s->KH, s->KW) <= INT32_MAX;
}

int64_t oct_conv_int_x_bytes(const oct_conv_int_shape *s)
{
    return ((int64_t)s->N * s->H * s->W - 1) * pitch_of(s->x_pitch, s->C) + s->C;
}

int64_t oct_conv_int_y_elems(const oct_conv_int_shape *s)
{
    return ((int64_t)s->N * s->OH * s->OW - 1) * pitch_of(s->y_pitch, s->OC) + s->OC;
}

/* The widened image and the packed weights, whose channels are rounded up to 16, are small enough to be sized. */
static bool image_fits(const oct_conv_int_shape *s)
{
    const int64_t HP = (int64_t)(s->OH - 1) * s->stride_h + (int64_t)(s->KH - 1) * s->dilation_h + 1;
    const int64_t WP = (int64_t)(s->OW - 1) * s->stride_w + (int64_t)(s->KW - 1) * s->dilation_w + 1;
    const int64_t channels = (int64_t)s->C + 16 * (int64_t)s->G;
    return OCT_PRODUCT(s->N, HP, WP, channels) > 0 && channels < INT32_MAX && OCT_PRODUCT(channels, s->stride_w, s->KH) > 0 &&
           OCT_PRODUCT(s->OC + 16 * (int64_t)s->G, s->C / s->G + 16, s->KH, s->KW + 1) > 0;
}

/* Reach of the batch, and one more product from there. */
static bool check_batch(const oct_step_proof *proof, const oct_conv_int_step *p)
{
    const oct_conv_int_shape *s = &p->shape;
    const int64_t y_size = oct_conv_int_y_size(s);
    const int64_t n = oct_nd_count(&p->batch, p->batch.rank), y = OCT_PRODUCT(s->N, s->OH, s->OW, s->OC);
    return n > 0 && oct_proof_writes(proof, OCT_CONV_INT_Y, OCT_PRODUCT(n, y), y_size) &&
           oct_proof_writes(proof, OCT_CONV_INT_Y, oct_proof_nd_reach(&p->batch, 0) - 1 + y, y_size) &&
           oct_proof_reads(proof, OCT_CONV_INT_X,
                           oct_proof_nd_reach(&p->batch, 1) - 1 + OCT_PRODUCT(s->N, s->H, s->W, s->C), 1) &&
           oct_proof_may_read(proof, OCT_CONV_INT_X_ZERO, s->x_zero_per_column ? s->W : 1, 1) &&
           oct_proof_may_read(proof, OCT_CONV_INT_Y_ZERO, 1, 1) &&
           oct_proof_writes(proof, OCT_CONV_INT_IMAGE, (int64_t)oct_conv_int_image_size(s), 1) &&
           oct_proof_writes(proof, OCT_CONV_INT_IMAGE, 0, OCT_CACHE_LINE);
}

/* Weights that the step packs, and where to. */
static bool check_dynamic(const oct_step_proof *proof, const oct_conv_int_step *p)
{
    const oct_conv_int_shape *s = &p->shape;
    const int64_t dims[] = {s->OC, s->C / s->G, (int64_t)s->KH * s->KW}, strides[] = {p->stride_o, p->stride_i, 1};
    const int64_t matrix = oct_proof_reach(dims, strides, 3);
    const bool scales = s->out == OCT_CONV_INT_I32 ||
                        (oct_proof_reads(proof, OCT_CONV_INT_X_SCALE, 1, sizeof(float)) &&
                         oct_proof_reads(proof, OCT_CONV_INT_W_SCALE, p->scale_per_oc ? s->OC : 1, sizeof(float)) &&
                         oct_proof_reads(proof, OCT_CONV_INT_Y_SCALE, 1, sizeof(float)));
    return scales && matrix > 0 &&
           oct_proof_reads(proof, OCT_CONV_INT_W, oct_proof_nd_reach(&p->batch, 2) - 1 + matrix, 1) &&
           oct_proof_may_read(proof, OCT_CONV_INT_W_ZERO, p->zero_per_oc ? s->OC : 1, 1) &&
           oct_proof_may_read(proof, OCT_CONV_INT_BIAS, s->OC, sizeof(int32_t)) &&
           oct_proof_writes(proof, OCT_CONV_INT_PACKED, (int64_t)oct_conv_int_packed_matrix(s), 1);
}

static bool check_product(const oct_step_proof *proof)
{
    const oct_conv_int_step *p = proof->params;
    if (!oct_proof_has(proof, sizeof *p, OCT_CONV_INT_N_OPERANDS) || !oct_conv_int_fits(&p->shape) ||
        p->shape.out < OCT_CONV_INT_I32 || p->shape.out > OCT_CONV_INT_I8 || !image_fits(&p->shape) || !oct_proof_nd(&p->batch, 0, 3) || !check_batch(proof, p) ||
        !oct_proof_reads(proof, OCT_CONV_INT_PACKED, 0, OCT_CACHE_LINE))
        return false;
    const int64_t n_matrices = (oct_proof_nd_reach(&p->batch, 2) - 1) / oct_conv_int_matrix(&p->shape) + 1;
    return p->dynamic ? check_dynamic(proof, p)
                      : oct_proof_reads(proof, OCT_CONV_INT_PACKED,
                                        OCT_PRODUCT(n_matrices, (int64_t)oct_conv_int_packed_matrix(&p->shape)), 1);
}

const oct_step_kind oct_step_conv_int = {.name = "conv_int", .run = run_product, .check = check_product,
                                         .need = need_product};
