/* The cut of a uint8 convolution into panels, items and strips, and the packing of its weights; see conv_u8s8_dense.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u8s8_dense.h"

#define SMALL_WEIGHTS 24576 /* bytes that stay in L1 beside the positions of an item */
#define MIN_ITEMS 16        /* so that some threads share them evenly */
#define MIN_ROWS 4          /* of an item, where rows at the border are others */
#define MIN_POSITIONS 14    /* of an item: whole tiles */
#define MIN_CHANNELS 32     /* of an item: its lines of y are no other thread's */
#define FEW_CHANNELS 32     /* with signs: a tap of them is not worth a loop */
#define FEW_POSITIONS 6     /* fewer need wide panels, or too few sums are in flight */
#define MOST_WIDTH (OCT_CONV_U8S8_MAX_NV * 16) /* channels of a panel */
#define ROWS_AHEAD 32       /* of a source, a line of each, are on their way while a panel is packed */
#define PAIR_REACH 8        /* quads ahead that are tried as partners */

typedef oct_conv_u8s8_dense_plan plan;
typedef oct_conv_u8s8_panel panel;

/* ---- the cut ---- */

/* The parts of a panel of nv vectors; its bytes. */
static int64_t set_parts(const plan *p, panel *q, int64_t nv)
{
    const int64_t n_taps = p->g.s.KH * p->tap_cols, n_classes = p->g.n_h * p->g.n_w;
    q->nv = nv;
    q->width = nv * p->tiles->vl;
    q->mult = n_classes * q->width * 4;
    q->shift = q->mult + q->width * 4;
    q->bounded = q->shift + (p->shifts ? q->width * 4 : 0);
    q->steps = q->bounded + 4;
    q->quad_bytes = p->tiles->signs && nv == 1 ? 8 : 4;
    q->w = (int64_t)oct_round_up((uint64_t)(q->steps + (p->tiles->signs ? n_taps * (1 + p->quads) * 4 : 0)), OCT_CACHE_LINE);
    return (int64_t)oct_round_up((uint64_t)(q->w + n_taps * p->quads * q->width * q->quad_bytes), OCT_CACHE_LINE);
}

static void choose_panels(plan *p)
{
    const oct_conv_u8s8_tiles *t = p->tiles;
    const int64_t n_positions = (int64_t)p->g.s.N * p->g.s.OH * p->g.s.OW, n_vec = oct_ceil_div(p->g.OCG, t->vl);
    panel q;
    p->nv = n_positions <= FEW_POSITIONS && t->max_p[4] >= n_positions ? 4 : t->nv;
    while (p->nv > n_vec && p->nv > 1)
        p->nv /= 2;
    if (p->tile)
        p->nv = p->tile & ~OCT_CONV_U8S8_TILE_ALL;
    const int64_t rest = n_vec % p->nv;
    p->n_panels = oct_ceil_div(n_vec, p->nv);
    p->last_nv = rest == 0 || rest == 3 ? p->nv : rest;
    p->panel_bytes = set_parts(p, &q, p->nv);
    p->group_bytes = (p->n_panels - 1) * p->panel_bytes + set_parts(p, &q, p->last_nv);
}

static void choose_items(plan *p)
{
    const oct_conv_int_shape *s = &p->g.s;
    const int64_t n_panels = p->n_panels * s->G;
    const int64_t n_bytes = p->group_bytes * s->G;
    const bool has_borders = s->KH > 1 && s->OW > 1;
    const bool all = p->tile ? p->tile & OCT_CONV_U8S8_TILE_ALL : n_bytes <= SMALL_WEIGHTS;
    p->in_l1 = all && n_bytes <= SMALL_WEIGHTS;
    p->panels = all ? n_panels : oct_min64(oct_ceil_div(MIN_CHANNELS, p->nv * p->tiles->vl), n_panels);
    p->rows = oct_max64(oct_ceil_div(s->OH, oct_ceil_div(MIN_ITEMS * p->panels, n_panels)), oct_ceil_div(MIN_POSITIONS, s->OW));
    p->rows = oct_min64(has_borders ? oct_max64(p->rows, MIN_ROWS) : p->rows, s->OH);
    p->n_row_blocks = oct_ceil_div(s->OH, p->rows);
    p->n_panel_blocks = oct_ceil_div(n_panels, p->panels);
}

static void choose_strip(plan *p)
{
    const oct_conv_int_shape *s = &p->g.s;
    p->skip_h = s->KH == 1 && s->pad_top == 0 ? s->stride_h : 1;
    p->skip_w = s->KW == 1 && s->pad_left == 0 ? s->stride_w : 1;
    p->strip_rows = oct_min64((p->rows - 1) * s->stride_h + (int64_t)(s->KH - 1) * s->dilation_h + 1, s->H);
    p->strip_rows = oct_ceil_div(p->strip_rows, p->skip_h);
    p->strip_left = p->runs ? s->pad_left : 0;
    p->strip_cols = p->runs ? (int64_t)(s->OW - 1) * s->stride_w + s->KW : oct_ceil_div(s->W, p->skip_w);
    p->strip_bytes = (int64_t)oct_round_up((uint64_t)(p->strip_rows * p->strip_cols * s->C + 32), OCT_CACHE_LINE);
}

/* Whether the level has such tiles, not of one position where there are many, and the group the channels of a whole panel. */
static bool serves(const plan *p, int32_t tile)
{
    const int32_t nv = tile & ~OCT_CONV_U8S8_TILE_ALL;
    const int64_t n_positions = (int64_t)p->g.s.N * p->g.s.OH * p->g.s.OW;
    return oct_conv_u8s8_tile_name(tile) && p->tiles->max_p[nv] >= oct_min64(n_positions, 2) &&
           nv <= oct_ceil_div(p->g.OCG, p->tiles->vl);
}

plan oct_conv_u8s8_dense_get_plan(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *shape)
{
    plan p = {.g = oct_conv_u8s8_get_geometry(shape), .tiles = tiles, .shifts = shape->wide_weights};
    const oct_conv_int_shape *s = &p.g.s;
    p.runs = s->G == 1 && s->dilation_w == 1 && s->KW > 1 && (tiles->signs ? s->C <= FEW_CHANNELS : s->C % 4 != 0);
    p.strips = (s->x_signed && !tiles->signs) || p.runs || p.g.ICG < 4;
    p.tap_cols = p.runs ? 1 : s->KW;
    p.tap_bytes = p.runs ? s->KW * p.g.ICG : p.g.ICG;
    if (p.strips && !p.shifts)
        p.tap_bytes = oct_ceil_div(p.tap_bytes, 4) * 4;
    p.quads = oct_ceil_div(p.tap_bytes, 4);
    p.tile = serves(&p, shape->tile) ? shape->tile : 0;
    choose_panels(&p);
    choose_items(&p);
    if (p.strips)
        choose_strip(&p);
    return p;
}

static bool same_cut(const plan *a, const plan *b)
{
    return a->nv == b->nv && a->panels == b->panels && a->rows == b->rows;
}

int oct_conv_u8s8_dense_tilings(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s,
                                int32_t list[OCT_CONV_U8S8_MOST_TILINGS])
{
    plan known[1 + OCT_CONV_U8S8_MOST_TILINGS];
    oct_conv_int_shape cut = *s;
    int n = 0;
    cut.tile = 0;
    known[0] = oct_conv_u8s8_dense_get_plan(tiles, &cut);
    for (cut.tile = 1; cut.tile < 2 * OCT_CONV_U8S8_TILE_ALL; cut.tile++) {
        const plan p = oct_conv_u8s8_dense_get_plan(tiles, &cut);
        bool is_new = p.tile != 0;
        for (int i = 0; i <= n; i++)
            is_new = is_new && !same_cut(&p, &known[i]);
        if (is_new) {
            list[n++] = cut.tile;
            known[n] = p;
        }
    }
    return n;
}

const char *oct_conv_u8s8_dense_describe(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    return tiles->names[oct_conv_u8s8_dense_get_plan(tiles, s).nv];
}

size_t oct_conv_u8s8_dense_packed_size(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    return (size_t)(oct_conv_u8s8_dense_get_plan(tiles, s).group_bytes * s->G);
}

size_t oct_conv_u8s8_dense_n_items(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    const plan p = oct_conv_u8s8_dense_get_plan(tiles, s);
    return (size_t)p.g.s.N * (size_t)(p.n_row_blocks * p.n_panel_blocks);
}

size_t oct_conv_u8s8_dense_scratch_size(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    const plan p = oct_conv_u8s8_dense_get_plan(tiles, s);
    return p.strips ? (size_t)p.strip_bytes : 0;
}

panel oct_conv_u8s8_get_panel(const plan *p, int64_t index)
{
    const int64_t group = index / p->n_panels, i = index % p->n_panels, first = i * p->nv * p->tiles->vl;
    panel q = {.group = group, .oc = group * p->g.OCG + first, .at = group * p->group_bytes + i * p->panel_bytes};
    q.bytes = set_parts(p, &q, i == p->n_panels - 1 ? p->last_nv : p->nv);
    q.n_oc = oct_min64(p->g.OCG - first, q.width);
    return q;
}

/* ---- weights ---- */

typedef struct packer {
    const plan *p;
    const oct_conv_u8s8_weights *w;
    panel q;
    char *dst;
    const int8_t *rows; /* weights of a source, if they are bytes there */
} packer;

/* Where quad `quad` of a tap starts. */
static int64_t quad_at(const plan *p, int64_t quad)
{
    return quad < p->quads - 1 ? 4 * quad : oct_max64(0, p->tap_bytes - 4);
}

/* What is subtracted from the weights of a channel so that they fit int8. */
static int16_t get_shift(const plan *p, const oct_conv_u8s8_weights *w, int64_t oc)
{
    int16_t least = 0, most = 0;
    for (int64_t tap = 0; tap < (int64_t)p->g.s.KH * p->g.s.KW; tap++)
        for (int64_t i = 0; i < p->g.ICG; i++) {
            const int16_t v = oct_conv_u8s8_weight(&p->g, w, oc, i, tap);
            least = v < least ? v : least;
            most = v > most ? v : most;
        }
    return (int16_t)(most > 127 ? most - 127 : least < -128 ? least + 128 : 0);
}

/* The source's row, all channels of the group side by side, of byte i of a quad; NULL where the byte is none or belongs to the
 * quad before. tap_row: of the taps that the panel has. */
static const int8_t *find_row(const packer *k, int64_t tap_row, int64_t quad, int64_t i)
{
    const plan *p = k->p;
    const int64_t at = quad_at(p, quad) + i, area = (int64_t)p->g.s.KH * p->g.s.KW;
    const int64_t tap = p->runs ? tap_row * p->g.s.KW + at / p->g.ICG : tap_row, ic = p->runs ? at % p->g.ICG : at;
    if (at / 4 != quad || at >= (p->runs ? p->g.s.KW : 1) * p->g.ICG)
        return NULL;
    return k->rows + ((k->q.group * area + tap) * p->g.ICG + ic) * p->g.OCG + k->q.oc - k->q.group * p->g.OCG;
}

/* Quads of n channels, byte i from rows[i]. */
static void make_quads(int8_t *restrict quads, const int8_t *const rows[4], int64_t n)
{
    const int8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    for (int64_t i = 0; i < n; i++) {
        quads[4 * i] = a[i];
        quads[4 * i + 1] = b[i];
        quads[4 * i + 2] = c[i];
        quads[4 * i + 3] = d[i];
    }
}

/* All weights of the panel, four rows of a source at a time. Four channels in a row are neighbours in any slot order. */
static void pack_rows(const packer *k)
{
    static const int8_t zeros[MOST_WIDTH];
    const plan *p = k->p;
    int8_t quads[MOST_WIDTH * 4] = {0}, *to = (int8_t *)k->dst + k->q.w;
    int64_t fours[MOST_WIDTH / 4];
    for (int64_t c = 0; c < k->q.n_oc; c += 4)
        fours[c / 4] = p->tiles->slot(k->q.nv, c) * 4;
    for (int64_t n = 0; n < p->g.s.KH * p->tap_cols * p->quads; n++, to += k->q.width * 4) {
        const int8_t *rows[4];
        for (int64_t i = 0; i < 4; i++) {
            const int8_t *row = find_row(k, n / p->quads, n % p->quads, i);
            rows[i] = row ? row : zeros;
            OCT_PREFETCH(rows[i] + ROWS_AHEAD * p->g.OCG);
        }
        make_quads(quads, rows, k->q.n_oc);
        for (int64_t c = 0; c < k->q.n_oc; c += 4)
            memcpy(to + fours[c / 4], quads + 4 * c, 16);
    }
}

/* Sum of |w|, which is looked at only where the largest one possible is too much. */
static int64_t sum_sizes(const packer *k, int64_t oc)
{
    const plan *p = k->p;
    int64_t sum = 0;
    for (int64_t tap = 0; tap < (int64_t)p->g.s.KH * p->g.s.KW; tap++)
        for (int64_t i = 0; i < p->g.ICG; i++)
            sum += oct_conv_u8s8_abs(oct_conv_u8s8_weight(&p->g, k->w, oc, i, tap));
    return sum;
}

/* The weights of channel c of the panel, its quads in their natural order. */
static void pack_weights(const packer *k, int64_t c, int16_t sub)
{
    const plan *p = k->p;
    int8_t *bytes = (int8_t *)k->dst + k->q.w + p->tiles->slot(k->q.nv, c) * 4;
    for (int64_t tap = 0; tap < (int64_t)p->g.s.KH * p->g.s.KW; tap++)
        for (int64_t i = 0; i < p->g.ICG; i++) {
            const int64_t first = p->runs ? tap / p->g.s.KW : tap, at = p->runs ? tap % p->g.s.KW * p->g.ICG + i : i;
            const int64_t quad = at / 4;
            bytes[(first * p->quads + quad) * k->q.width * 4 + at - quad_at(p, quad)] =
                (int8_t)(oct_conv_u8s8_weight(&p->g, k->w, k->q.oc + c, i, tap) - sub);
        }
}

/* Channel c of the panel; of a source with rows all but its weights. Whether its multiplier is bounded. */
static bool pack_channel(const packer *k, int64_t c)
{
    const plan *p = k->p;
    const panel *q = &k->q;
    const int64_t slot = p->tiles->slot(q->nv, c), oc = q->oc + c, K = (int64_t)p->g.s.KH * p->g.s.KW * p->g.ICG;
    const int16_t sub = p->shifts ? get_shift(p, k->w, oc) : 0;
    int32_t *bias = (int32_t *)(void *)k->dst + slot;
    const float mult = ((float *)(void *)(k->dst + q->mult))[slot] = oct_conv_u8s8_mult(&p->g, k->w, oc);
    int64_t bias_bound = 0;
    oct_conv_u8s8_class_biases(bias, q->width, &p->g, k->w, oc);
    for (int64_t class = 0; class < p->g.n_h * p->g.n_w; class++)
        bias_bound = oct_max64(bias_bound, oct_conv_u8s8_abs(bias[class * q->width]));
    if (p->shifts)
        ((int32_t *)(void *)(k->dst + q->shift))[slot] = sub;
    if (!k->rows)
        pack_weights(k, c, sub);
    return oct_conv_u8s8_is_bounded(bias_bound, K * (p->shifts ? -INT16_MIN : -INT8_MIN), mult) ||
           oct_conv_u8s8_is_bounded(bias_bound, sum_sizes(k, oc), mult);
}

/* ---- signs: order of the quads, biases ---- */

/* Whether the sums of quads a and b, two bytes of each in a lane, stay in int16 for all x, in all lanes: a term is in
 * -128*|w|..127*|w|. */
static bool may_pair(const int8_t *a, const int8_t *b, int64_t width)
{
    bool fits = true;
    for (int64_t lane = 0; lane < width * 4; lane += 2)
        fits &= abs(a[lane]) + abs(a[lane + 1]) + abs(b[lane]) + abs(b[lane + 1]) <= 256;
    return fits;
}

static void swap_quads(int8_t *w, int32_t *at, int64_t a, int64_t b, int64_t width)
{
    for (int64_t i = 0; i < width * 4; i++) {
        const int8_t one = w[a * width * 4 + i];
        w[a * width * 4 + i] = w[b * width * 4 + i];
        w[b * width * 4 + i] = one;
    }
    const int32_t one = at[a];
    at[a] = at[b];
    at[b] = one;
}

/* Brings the quads of a tap into order: each one takes the first partner within reach, or goes to the end. steps[0] = number
 * of pairs, steps[1 + i] = place of the quad that is now number i. */
static void pair_quads(int32_t *steps, int8_t *w, const plan *p, int64_t width)
{
    int32_t *at = steps + 1;
    int64_t n = 0, end = p->quads;
    for (int64_t i = 0; i < p->quads; i++)
        at[i] = (int32_t)quad_at(p, i);
    while (n + 1 < end) {
        int64_t partner = n + 1;
        const int64_t last = oct_min64(n + PAIR_REACH, end - 1);
        while (partner <= last && !may_pair(w + n * width * 4, w + partner * width * 4, width))
            partner++;
        if (partner <= last) {
            swap_quads(w, at, n + 1, partner, width);
            n += 2;
        } else {
            swap_quads(w, at, n, --end, width);
        }
    }
    steps[0] = (int32_t)(n / 2);
}

/* What the products of a tap lack: 128 * w, since x = x' + 128, and |w| where w < 0. */
static uint32_t sum_tap(const int8_t *w, int64_t slot, int64_t quads, int64_t width)
{
    uint32_t sum = 0;
    for (int64_t quad = 0; quad < quads; quad++)
        for (int64_t i = 0; i < 4; i++) {
            const int32_t v = w[(quad * width + slot) * 4 + i];
            sum += (uint32_t)(v < 0 ? 127 * v : 128 * v);
        }
    return sum;
}

/* The biases of classes that compute the tap get what it lacks. */
static void add_middle(const packer *k, int64_t tap, int64_t slot)
{
    const plan *p = k->p;
    const oct_conv_u8s8_geometry *g = &p->g;
    const int64_t kh = tap / p->tap_cols, kw = tap % p->tap_cols;
    const int8_t *w = (const int8_t *)k->dst + k->q.w + tap * p->quads * k->q.width * 4;
    const uint32_t sum = sum_tap(w, slot, p->quads, k->q.width);
    uint32_t *bias = (uint32_t *)(void *)k->dst + slot;
    for (int64_t oh = 0; oh < g->s.OH; oh = oct_conv_axis_run(&g->h, oh, g->s.OH))
        for (int64_t ow = 0; ow < g->s.OW; ow = oct_conv_axis_run(&g->w, ow, g->s.OW), bias += k->q.width) {
            const oct_conv_span rows = oct_conv_axis_taps(&g->h, oh), cols = oct_conv_axis_taps(&g->w, ow);
            const bool none = rows.begin == rows.end || cols.begin == cols.end;
            if (!none && kh >= rows.begin && kh < rows.end && (p->runs || (kw >= cols.begin && kw < cols.end)))
                *bias += sum;
        }
}

/* Weights become |w| and masks, n bytes of each in turn; from the last on, since they take the place of others. */
static void split_signs(int8_t *w, int64_t n_quads, int64_t n, uint8_t x_flip)
{
    int8_t quad[MOST_WIDTH * 4];
    for (int64_t i = n_quads - 1; i >= 0; i--) {
        memcpy(quad, w + i * n, (size_t)n);
        for (int64_t k = 0; k < n; k++) {
            w[2 * i * n + k] = (int8_t)abs(quad[k]);
            w[2 * i * n + n + k] = (int8_t)((quad[k] < 0 ? 127 : 128) ^ x_flip);
        }
    }
}

static void pack_signs(const packer *k)
{
    const plan *p = k->p;
    const int64_t n_taps = p->g.s.KH * p->tap_cols;
    int8_t *w = (int8_t *)k->dst + k->q.w;
    for (int64_t tap = 0; tap < n_taps; tap++) {
        for (int64_t slot = 0; slot < k->q.width; slot++)
            add_middle(k, tap, slot);
        pair_quads((int32_t *)(void *)(k->dst + k->q.steps) + tap * (1 + p->quads), w + tap * p->quads * k->q.width * 4, p,
                   k->q.width);
    }
    if (k->q.nv == 1)
        split_signs(w, n_taps * p->quads, k->q.width * 4, oct_conv_u8s8_x_flip(&p->g.s));
}

void oct_conv_u8s8_dense_pack(const oct_conv_u8s8_tiles *tiles, void *dst, const oct_conv_int_shape *s,
                              const oct_conv_u8s8_weights *w)
{
    const plan p = oct_conv_u8s8_dense_get_plan(tiles, s);
    const int8_t *rows = w->source && !s->wide_weights ? oct_conv_u8s8_source_at((void *)(uintptr_t)w->source, s).w : NULL;
    for (int64_t i = 0; i < p.n_panels * s->G; i++) {
        packer k = {.p = &p, .w = w, .q = oct_conv_u8s8_get_panel(&p, i), .dst = dst, .rows = rows};
        k.dst += k.q.at;
        memset(k.dst, 0, (size_t)k.q.bytes);
        int32_t bounded = 1;
        if (k.rows)
            pack_rows(&k);
        for (int64_t c = 0; c < k.q.n_oc; c++)
            bounded &= pack_channel(&k, c);
        *(int32_t *)(void *)(k.dst + k.q.bounded) = bounded;
        if (tiles->signs)
            pack_signs(&k);
    }
}

/* ---- checking ---- */

/* The steps of a tap: so many pairs as there are quads for, and quads within the tap. */
static bool check_steps(const int32_t *steps, const plan *p)
{
    if (steps[0] < 0 || steps[0] > p->quads / 2)
        return false;
    for (int64_t i = 0; i < p->quads; i++)
        if (steps[1 + i] < 0 || steps[1 + i] > oct_max64(0, p->tap_bytes - 4))
            return false;
    return true;
}

bool oct_conv_u8s8_dense_check(const oct_conv_u8s8_tiles *tiles, const void *packed, const oct_conv_int_shape *s)
{
    const plan p = oct_conv_u8s8_dense_get_plan(tiles, s);
    for (int64_t i = 0; tiles->signs && i < p.n_panels * s->G; i++) {
        const panel q = oct_conv_u8s8_get_panel(&p, i);
        const int32_t *steps = (const int32_t *)(const void *)((const char *)packed + q.at + q.steps);
        for (int64_t tap = 0; tap < s->KH * p.tap_cols; tap++, steps += 1 + p.quads)
            if (!check_steps(steps, &p))
                return false;
    }
    return true;
}
