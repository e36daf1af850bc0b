/* Packing of convolution weights into panels, in the order in which the tiles read them. See conv_f32_plan.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_f32_plan.h"

#define BLOCK 16 /* taps transposed at once: one cache line of each source row, read once */
#define MAX_WIDTH (OCT_CONV_F32_MAX_NV * OCT_CONV_F32_MAX_VL)

size_t oct_conv_f32_dense_packed_size(const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s)
{
    oct_conv_f32_plan plan;
    oct_conv_f32_plan_init(&plan, tiles, s);
    return (size_t)(plan.group_size * s->G) * sizeof(float);
}

/* Source taps j = (ic, kh, kw) of n_oc rows become packed taps (kh, kw, ic), columns of `width` floats. */
static void pack_panel(float *dst, const oct_conv_f32_plan *plan, const oct_conv_f32_weights *w, int64_t oc,
                       int64_t n_oc, int64_t width)
{
    const int64_t area = (int64_t)plan->s.KH * plan->s.KW;
    int64_t ic = 0, t = 0;
    const int64_t n_biases = plan->n_h_classes * plan->n_w_classes;
    for (int64_t i = 0; i < n_biases; i++, dst += width)
        for (int64_t o = 0; o < width; o++)
            dst[o] = o < n_oc && w->bias ? w->bias[i * plan->s.OC + oc + o] : 0.0f;
    for (int64_t j = 0; j < plan->K; j += BLOCK) {
        float block[BLOCK][MAX_WIDTH];
        int64_t from[BLOCK], to[BLOCK];
        const int64_t n = plan->K - j < BLOCK ? plan->K - j : BLOCK;
        for (int64_t b = 0; b < n; b++) {
            from[b] = ic * w->stride_i + t * w->stride_t;
            to[b] = (t * plan->ICG + ic) * width;
            if (++t == area) {
                t = 0;
                ic++;
            }
            memset(&block[b][n_oc], 0, (size_t)(width - n_oc) * sizeof(float));
        }
        for (int64_t o = 0; o < n_oc; o++) {
            const int64_t row = (oc + o) * w->stride_o;
            const float scale = w->oc_scale ? w->oc_scale[oc + o] : 1.0f;
            for (int64_t b = 0; b < n; b++)
                block[b][o] = oct_conv_f32_weight(w, row + from[b]) * scale;
        }
        for (int64_t b = 0; b < n; b++)
            memcpy(dst + to[b], block[b], (size_t)width * sizeof(float));
    }
    dst += plan->K * width;
    for (int64_t rest = (plan->K + n_biases) * width; rest % (OCT_CACHE_LINE / (int64_t)sizeof(float)) != 0; rest++)
        *dst++ = 0.0f; /* packed weights are saved: no undefined bytes */
}

void oct_conv_f32_dense_pack(const oct_conv_f32_tiles *tiles, void *dst, const oct_conv_f32_shape *s,
                             const oct_conv_f32_weights *w)
{
    oct_conv_f32_plan plan;
    oct_conv_f32_plan_init(&plan, tiles, s);
    const int64_t area = (int64_t)s->KH * s->KW;
    const bool by_panel = w->done && w->stride_o == plan.K && w->stride_i == area && w->stride_t == 1;
    for (int64_t g = 0; g < s->G; g++)
        for (int64_t i = 0; i < plan.n_panels; i++) {
            const bool last = i == plan.n_panels - 1;
            const int64_t oc = g * plan.OCG + i * plan.width, n_oc = last ? plan.OCG - i * plan.width : plan.width;
            pack_panel((float *)dst + g * plan.group_size + i * plan.panel_size, &plan, w, oc, n_oc,
                       (last ? plan.last_nv : plan.nv) * tiles->vl);
            if (by_panel)
                oct_conv_f32_weights_done(w, oc * w->stride_o, n_oc * plan.K);
        }
    if (!by_panel)
        oct_conv_f32_weights_done(w, 0, (s->OC - 1) * w->stride_o + (plan.ICG - 1) * w->stride_i + (area - 1) * w->stride_t + 1);
}
