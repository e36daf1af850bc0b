/* Integer convolution: geometry, packing, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_int.h"

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_int_plan.h"

#define CHUNK_BYTES 65536 /* image bytes that the pixels of one item may read: half an L2 way set apart for weights */
#define PIECE_ELEMS 16384 /* of the image, that one item of widen writes */
#define MIN_ITEMS 16      /* below this many rows and chunks the channels are shared out too */
#define GROUP_BLOCKS 4    /* channel blocks in an item then */

oct_conv_int_plan oct_conv_int_get_plan(const oct_conv_int_shape *s, const void *packed)
{
    oct_conv_int_plan p = {.ICG = s->C / s->G, .OCG = s->OC / s->G};
    p.depthwise = p.ICG == 1 && p.OCG == 1 && s->G > 1;
    p.ICP = p.depthwise ? (int32_t)oct_round_up((uint64_t)s->C, 16) : (int32_t)oct_round_up((uint64_t)p.ICG, 2);
    p.OCP = (int32_t)oct_round_up((uint64_t)(p.depthwise ? s->OC : p.OCG), OCT_CONV_INT_BLOCK);
    p.HP = (int64_t)(s->OH - 1) * s->stride_h + (int64_t)(s->KH - 1) * s->dilation_h + 1;
    p.WP = (int64_t)(s->OW - 1) * s->stride_w + (int64_t)(s->KW - 1) * s->dilation_w + 1;
    p.pixel = p.depthwise ? p.ICP : (int64_t)p.ICP * s->G;
    p.row = p.pixel * p.WP;
    p.piece = oct_ceil_div(PIECE_ELEMS, p.pixel);
    p.taps = p.depthwise ? ((int64_t)s->KH * s->KW + 1) / 2 * 2 : (int64_t)s->KH * s->KW * p.ICP;
    p.channels = p.depthwise ? p.OCP : (int64_t)p.OCP * s->G;
    if (packed) {
        p.bias = packed;
        p.mult = (const float *)(const void *)(p.bias + p.channels);
        p.w = (const int16_t *)(const void *)(p.mult + p.channels);
    }
    return p;
}

size_t oct_conv_int_packed_size(const oct_conv_int_shape *s)
{
    oct_conv_int_plan p = oct_conv_int_get_plan(s, NULL);
    return (size_t)p.channels * (sizeof(int32_t) + sizeof(float) + (size_t)p.taps * sizeof(int16_t));
}

size_t oct_conv_int_image_size(const oct_conv_int_shape *s)
{
    oct_conv_int_plan p = oct_conv_int_get_plan(s, NULL);
    return (size_t)s->N * (size_t)(p.HP * p.row) * sizeof(int16_t);
}

/* ---- packing ---- */

static int32_t get_byte(const uint8_t *p, int64_t i, int32_t is_signed)
{
    return is_signed ? (int8_t)p[i] : p[i];
}

static float get_float(const void *p, int64_t i)
{
    float v;
    memcpy(&v, (const char *)p + i * (int64_t)sizeof v, sizeof v);
    return v;
}

int32_t oct_conv_int_bias(const oct_conv_int_weights *w, int64_t o)
{
    int32_t v = 0;
    if (w->bias)
        memcpy(&v, (const char *)w->bias + o * (int64_t)sizeof v, sizeof v);
    return v;
}

float oct_conv_int_mult(const oct_conv_int_shape *s, const oct_conv_int_weights *w, int64_t o)
{
    if (s->out == OCT_CONV_INT_I32)
        return 0;
    const float x_scale = get_float(w->x_scale, 0), w_scale = get_float(w->w_scale, w->scale_per_oc ? o : 0);
    const float y_scale = get_float(w->y_scale, 0);
    return w->double_mult ? (float)((double)x_scale * (double)w_scale / (double)y_scale) : x_scale * w_scale / y_scale;
}

int16_t oct_conv_int_weight(const oct_conv_int_shape *s, const oct_conv_int_weights *w, int64_t o, int64_t i, int64_t tap)
{
    int32_t zero = w->w_zero ? get_byte(w->w_zero, w->zero_per_oc ? o : 0, s->w_signed) : 0;
    return (int16_t)(get_byte(w->w, o * w->stride_o + i * w->stride_i + tap, s->w_signed) - zero);
}

/* One block of 16 output channels from `o` on, n of them real. */
static void pack_block(int16_t *dst, const oct_conv_int_shape *s, const oct_conv_int_plan *p,
                       const oct_conv_int_weights *w, int64_t o, int64_t n)
{
    for (int64_t tap = 0; tap < (int64_t)s->KH * s->KW; tap++)
        for (int64_t i = 0; i < p->ICP; i++, dst += i % 2 ? 0 : 2 * OCT_CONV_INT_BLOCK)
            for (int64_t c = 0; c < n && i < p->ICG; c++)
                dst[2 * c + i % 2] = oct_conv_int_weight(s, w, o + c, i, tap);
}

static void pack_depthwise(int16_t *dst, const oct_conv_int_shape *s, const oct_conv_int_plan *p,
                           const oct_conv_int_weights *w)
{
    for (int64_t tap = 0; tap < (int64_t)s->KH * s->KW; tap++)
        for (int64_t o = 0; o < s->OC; o++) {
            int16_t *block = dst + (tap / 2 * p->OCP + o / OCT_CONV_INT_BLOCK * OCT_CONV_INT_BLOCK) * 2;
            int at = oct_conv_int_depthwise_index((int)(o % OCT_CONV_INT_BLOCK), (int)(tap % 2));
            block[at] = oct_conv_int_weight(s, w, o, 0, tap);
        }
}

static void pack_dense(int16_t *dst, const oct_conv_int_shape *s, const oct_conv_int_plan *p,
                       const oct_conv_int_weights *w)
{
    for (int64_t g = 0; g < s->G; g++)
        for (int64_t c = 0; c < p->OCG; c += OCT_CONV_INT_BLOCK, dst += p->taps * OCT_CONV_INT_BLOCK) {
            int64_t n = p->OCG - c < OCT_CONV_INT_BLOCK ? p->OCG - c : OCT_CONV_INT_BLOCK;
            pack_block(dst, s, p, w, g * p->OCG + c, n);
        }
}

void oct_conv_int_pack(void *dst, const oct_conv_int_shape *s, const oct_conv_int_weights *w)
{
    memset(dst, 0, oct_conv_int_packed_size(s));
    oct_conv_int_plan p = oct_conv_int_get_plan(s, NULL);
    int32_t *bias = dst;
    float *mult = (float *)(void *)(bias + p.channels);
    int16_t *weights = (int16_t *)(void *)(mult + p.channels);
    for (int64_t o = 0; o < s->OC; o++) {
        int64_t at = p.depthwise ? o : o / p.OCG * p.OCP + o % p.OCG;
        bias[at] = oct_conv_int_bias(w, o);
        mult[at] = oct_conv_int_mult(s, w, o);
    }
    if (p.depthwise)
        pack_depthwise(weights, s, &p, w);
    else
        pack_dense(weights, s, &p, w);
}

/* ---- items ---- */

size_t oct_conv_int_n_pieces(const oct_conv_int_shape *s)
{
    oct_conv_int_plan p = oct_conv_int_get_plan(s, NULL);
    return (size_t)s->N * (size_t)(p.HP * oct_ceil_div(p.WP, p.piece));
}

/* How rows are cut: pixels in a chunk, chunks in a row, channel blocks in an item, groups of blocks. */
typedef struct cut {
    int64_t pixels, chunks, blocks, groups;
} cut;

static cut get_cut(const oct_conv_int_shape *s)
{
    oct_conv_int_plan p = oct_conv_int_get_plan(s, NULL);
    int64_t per_pixel = p.pixel * s->stride_w * s->KH * (int64_t)sizeof(int16_t), n_blocks = p.OCP / OCT_CONV_INT_BLOCK;
    cut c = {.pixels = CHUNK_BYTES / per_pixel / 4 * 4, .blocks = n_blocks, .groups = 1};
    c.pixels = c.pixels < 16 ? 16 : c.pixels;
    c.chunks = oct_ceil_div(s->OW, c.pixels);
    if ((int64_t)s->N * s->OH * c.chunks < MIN_ITEMS && n_blocks > GROUP_BLOCKS) {
        c.blocks = GROUP_BLOCKS;
        c.groups = oct_ceil_div(n_blocks, GROUP_BLOCKS);
    }
    return c;
}

size_t oct_conv_int_n_items(const oct_conv_int_shape *s)
{
    cut c = get_cut(s);
    return (size_t)s->N * (size_t)s->OH * (size_t)(c.chunks * c.groups);
}

oct_conv_int_item oct_conv_int_get_item(const oct_conv_int_shape *s, size_t item)
{
    cut c = get_cut(s);
    int64_t i = (int64_t)item, group = i % c.groups, chunk = i / c.groups % c.chunks, row = i / c.groups / c.chunks;
    int64_t end = (chunk + 1) * c.pixels, last = (group + 1) * c.blocks;
    int64_t n_blocks = oct_conv_int_get_plan(s, NULL).OCP / OCT_CONV_INT_BLOCK;
    return (oct_conv_int_item){
        .n = (int32_t)(row / s->OH), .oh = (int32_t)(row % s->OH),
        .ow0 = (int32_t)(chunk * c.pixels), .ow1 = (int32_t)(end < s->OW ? end : s->OW),
        .b0 = (int32_t)(group * c.blocks), .b1 = (int32_t)(last < n_blocks ? last : n_blocks),
    };
}

const oct_conv_int *oct_conv_int_select(oct_cpu_level level, const oct_conv_int_shape *s)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2 && !s->wide)
        return &oct_conv_int_avx2;
#endif
    (void)level, (void)s;
    return &oct_conv_int_ref;
}
