/* Integer convolution, level ref: one block of 16 channels of one pixel after the other, in int32 or int64.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_int_plan.h"
#include "kernels/conv_int_widen.h"

/* Write n results of one block. `y_at` counts elements. */
static void store(const oct_conv_int_args *a, const int64_t *acc, const float *mult, int64_t y_at, int64_t n)
{
    oct_qrange range = oct_conv_int_range(a);
    for (int64_t c = 0; c < n; c++)
        if (a->shape->out == OCT_CONV_INT_I32)
            ((int32_t *)a->y)[y_at + c] = (int32_t)(uint32_t)(uint64_t)acc[c];
        else
            ((uint8_t *)a->y)[y_at + c] = (uint8_t)oct_requant((float)acc[c] * mult[c], range);
}

/* One tap of one pixel: x[0..n) times weights [n/2][16][2], modulo 2^n. */
#define SUM_TAP(T)                                                                                     \
    static void sum_tap_##T(T acc[restrict OCT_CONV_INT_BLOCK], const int16_t *restrict x,             \
                            const int16_t *restrict w, int64_t n)                                      \
    {                                                                                                  \
        for (int64_t i = 0; i < n; i += 2, w += 2 * OCT_CONV_INT_BLOCK)                                \
            for (int c = 0; c < OCT_CONV_INT_BLOCK; c++)                                               \
                acc[c] = (T)((u##T)acc[c] + (u##T)(x[i] * w[2 * c]) + (u##T)(x[i + 1] * w[2 * c + 1])); \
    }
SUM_TAP(int32_t)
SUM_TAP(int64_t)

/* x: first tap of the pixel's group */
static void sum_pixel(const oct_conv_int_shape *s, const oct_conv_int_plan *p, const int16_t *x, const int16_t *w,
                      const int32_t *bias, int64_t result[OCT_CONV_INT_BLOCK])
{
    int32_t narrow[OCT_CONV_INT_BLOCK];
    for (int c = 0; c < OCT_CONV_INT_BLOCK; c++)
        result[c] = narrow[c] = bias[c];
    for (int32_t kh = 0; kh < s->KH; kh++)
        for (int32_t kw = 0; kw < s->KW; kw++, w += (int64_t)p->ICP * OCT_CONV_INT_BLOCK) {
            const int16_t *tap = x + (int64_t)kh * s->dilation_h * p->row + (int64_t)kw * s->dilation_w * p->pixel;
            if (s->wide)
                sum_tap_int64_t(result, tap, w, p->ICP);
            else
                sum_tap_int32_t(narrow, tap, w, p->ICP);
        }
    for (int c = 0; !s->wide && c < OCT_CONV_INT_BLOCK; c++)
        result[c] = narrow[c];
}

static void run_dense(const oct_conv_int_args *a, const oct_conv_int_plan *p, const oct_conv_int_item *it,
                      const int16_t *x)
{
    const oct_conv_int_shape *s = a->shape;
    int64_t n_blocks = p->OCP / OCT_CONV_INT_BLOCK, y_row = ((int64_t)it->n * s->OH + it->oh) * s->OW;
    for (int64_t g = 0; g < s->G; g++)
        for (int64_t b = it->b0; b < it->b1; b++) {
            int64_t first = b * OCT_CONV_INT_BLOCK, channel = g * p->OCP + first, left = p->OCG - first;
            for (int64_t ow = it->ow0; ow < it->ow1; ow++) {
                int64_t acc[OCT_CONV_INT_BLOCK];
                sum_pixel(s, p, x + ow * s->stride_w * p->pixel + g * p->ICP,
                          p->w + (g * n_blocks + b) * p->taps * OCT_CONV_INT_BLOCK, p->bias + channel, acc);
                store(a, acc, p->mult + channel, (y_row + ow) * s->OC + g * p->OCG + first,
                      left < OCT_CONV_INT_BLOCK ? left : OCT_CONV_INT_BLOCK);
            }
        }
}

/* 16 channels of one pixel */
static void sum_depthwise(const oct_conv_int_shape *s, const oct_conv_int_plan *p, const int16_t *restrict x,
                          const int16_t *restrict w, int64_t acc[restrict OCT_CONV_INT_BLOCK])
{
    for (int32_t k = 0; k < s->KH * s->KW; k++) {
        int64_t kh = k / s->KW, kw = k % s->KW;
        const int16_t *tap = x + kh * s->dilation_h * p->row + kw * s->dilation_w * p->pixel;
        const int16_t *pair = w + k / 2 * 2 * p->OCP;
        for (int c = 0; c < OCT_CONV_INT_BLOCK; c++)
            acc[c] += (int32_t)tap[c] * pair[oct_conv_int_depthwise_index(c, k % 2)];
    }
}

static void run_depthwise(const oct_conv_int_args *a, const oct_conv_int_plan *p, const oct_conv_int_item *it,
                          const int16_t *x)
{
    const oct_conv_int_shape *s = a->shape;
    int64_t y_row = ((int64_t)it->n * s->OH + it->oh) * s->OW;
    for (int64_t ow = it->ow0; ow < it->ow1; ow++)
        for (int64_t c = (int64_t)it->b0 * OCT_CONV_INT_BLOCK; c < (int64_t)it->b1 * OCT_CONV_INT_BLOCK;
             c += OCT_CONV_INT_BLOCK) {
            int64_t acc[OCT_CONV_INT_BLOCK];
            for (int i = 0; i < OCT_CONV_INT_BLOCK; i++)
                acc[i] = p->bias[c + i];
            sum_depthwise(s, p, x + ow * s->stride_w * p->pixel + c, p->w + 2 * c, acc);
            store(a, acc, p->mult + c, (y_row + ow) * s->OC + c,
                  s->OC - c < OCT_CONV_INT_BLOCK ? s->OC - c : OCT_CONV_INT_BLOCK);
        }
}

static void run(const oct_conv_int_args *a, size_t item)
{
    const oct_conv_int_shape *s = a->shape;
    oct_conv_int_plan p = oct_conv_int_get_plan(s, a->packed);
    oct_conv_int_item it = oct_conv_int_get_item(s, item);
    const int16_t *x = a->image + ((int64_t)it.n * p.HP + (int64_t)it.oh * s->stride_h) * p.row;
    if (p.depthwise)
        run_depthwise(a, &p, &it, x);
    else
        run_dense(a, &p, &it, x);
}

const oct_conv_int oct_conv_int_ref = {widen_piece, run, "ref int16"};
