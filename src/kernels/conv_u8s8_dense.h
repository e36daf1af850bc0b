/* conv_u8s8_dense.h: how a SIMD level computes a dense or grouped convolution of uint8 with int8.
 *
 * Output channels are cut into panels of NV vectors, output positions into rectangles that see the same taps, those into
 * tiles of P positions x NV vectors whose sums stay in registers. Four bytes of one tap make a quad: the tile repeats the
 * quad of a position in all lanes and multiplies it with the quads of the panel's channels.
 *
 *   packed   panels, each: bias int32 [classes][width], mult float [width], shift int32 [width] if there are shifts,
 *            int32 whether all multipliers are bounded, steps int32 [KH][TW][1 + quads] with signs,
 *            weights int8 [KH][TW][quads][width][4], with signs and NV = 1 [KH][TW][quads][|w|, mask][width][4]
 *   width    NV * vl; channels beyond the group's are zeros
 *   taps     TW = KW taps of ICG bytes each; or, with runs, TW = 1 tap of KW*C bytes: the pixels under a row of the kernel
 *            lie side by side, so that three channels waste no byte of a quad (with signs: for few channels, one loop
 *            instead of many)
 *   quads    of a tap, at bytes 0, 4, ..; the last one at max(0, bytes - 4) with zero weights for what the one before has
 *            or, in a strip without shifts, with zero weights for what follows the tap
 *
 * Weights that do not fit int8 have a shift per channel: w = packed + shift, acc += shift * (sum of the x under the taps).
 *
 * Strip: a copy of the rows of the image that an item reads, in scratch, as uint8 (with signs: as they are). It has the
 * columns outside the image as zeros if there are runs, since a run that begins in the middle of the kernel's row would need
 * other quads, and space behind it, since a quad of fewer than four channels reads what follows.
 *
 * Signs (levels without an instruction that adds four products of bytes): for x' = x - 128 and m = (w < 0 ? -1 : 0)
 *
 *   |w| * (x' ^ m) = x' * w - (w < 0 ? |w| : 0)      since x' ^ -1 = -x' - 1
 *
 * whose sum of two lies in -32768..32512 for all x and w: vpmaddubsw does not saturate. So the weights have two planes, |w|
 * and what a byte of the image is xored with to become x' ^ m; biases hold 128*w, and |w| where w < 0. Two quads whose four
 * |w| of a lane are 256 at most are added before they are widened: `steps` has for each tap the number of such pairs, then
 * where each quad is in the tap, pairs first; the weights follow this order. Panels of several vectors, which are for one
 * position, have one plane, w.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DENSE_H
#define OCT_CONV_U8S8_DENSE_H

#include "kernels/conv_u8s8_plan.h"

#define OCT_CONV_U8S8_MAX_P 12
#define OCT_CONV_U8S8_MAX_NV 4

/* With signs: taps in the order of their weights, and the quads of each. */
typedef struct oct_conv_u8s8_tap {
    int64_t x;         /* bytes from the first tap */
    const uint8_t *w;
    const int32_t *steps, *pairs_end, *end; /* where a quad is in the tap; pairs first */
} oct_conv_u8s8_tap;

#define OCT_CONV_U8S8_MOST_TAPS 32

typedef struct oct_conv_u8s8_taps {
    oct_conv_u8s8_tap list[OCT_CONV_U8S8_MOST_TAPS];
    int64_t n;
} oct_conv_u8s8_taps;

typedef struct oct_conv_u8s8_tile {
    const uint8_t *x;      /* first quad of the first position */
    int64_t x_step;        /* from position to position */
    uint8_t *y;            /* first output of the first position */
    int64_t y_step;
    bool bounded;          /* float(acc) * mult is, for all sums */
    const uint8_t *r;      /* residual, if there is one, else y, not used */
    int64_t r_step;
    int64_t n_tiles;       /* tiles side by side */
    int64_t n_lines, x_line, y_line; /* for run_lines: rows of positions, from one to the next */
    const void *w;
    int64_t w_next, n_ahead; /* bytes to the weights that are wanted next, 0: none are; how many turns have asked for them */
    int64_t n_rows, n_cols, x_row, x_col; /* taps and the distances between them; joined ones are one */
    int64_t n_bytes;       /* of a tap: at least 1 */
    int64_t w_row, w_quad; /* quads of weights to skip after a row of taps; bytes of one */
    const int32_t *steps;  /* with signs: of the first tap */
    int64_t step_row, step_col; /* int32 from tap to tap */
    const oct_conv_u8s8_taps *taps; /* with signs: the first ones */
    const int32_t *bias;
    const float *mult;
    const int32_t *shift;  /* NULL: none */
    const int32_t *sums;   /* with shifts: of each position */
    int64_t n_oc;          /* channels to store */
    oct_conv_u8s8_out out;
    int32_t x_signed;      /* with signs */
} oct_conv_u8s8_tile;

/* To the position n further; turns: how many have asked for the next weights meanwhile. */
static inline void oct_conv_u8s8_advance(oct_conv_u8s8_tile *t, int64_t n, int64_t turns)
{
    t->n_ahead += t->w_next ? turns : 0;
    t->x += n * t->x_step;
    t->y += n * t->y_step;
    t->r += n * t->r_step;
    t->sums = t->shift ? t->sums + n : NULL;
}

typedef void (*oct_conv_u8s8_tile_fn)(const oct_conv_u8s8_tile *t);
/* sums[i] = sum of the x under the taps of position i */
typedef void (*oct_conv_u8s8_sum_fn)(int32_t *sums, const oct_conv_u8s8_tile *t, int64_t n);

typedef struct oct_conv_u8s8_tiles {
    int32_t vl;    /* int32 in a vector */
    int32_t nv;    /* vectors of a panel where there are many positions */
    int32_t max_p[OCT_CONV_U8S8_MAX_NV + 1]; /* 0: no tiles of this width */
    bool signs;    /* see above */
    int64_t (*slot)(int64_t nv, int64_t c); /* where channel c of a panel lies, so that packing the results brings them
                                               into order */
    oct_conv_u8s8_tile_fn run[OCT_CONV_U8S8_MAX_NV + 1][OCT_CONV_U8S8_MAX_P + 1]; /* by NV and P; NULL: none */
    /* Where the level knows a faster way than `run`, NULL: it never does. run_lines does all rows of n positions, or returns
     * false; run_many does the first of n positions, moves t on, and returns how many they were. */
    bool (*run_lines)(const oct_conv_u8s8_tile *t, int64_t nv, int64_t n);
    int64_t (*run_many)(oct_conv_u8s8_tile *t, int64_t nv, int64_t n);
    oct_conv_u8s8_sum_fn sum;
    const char *names[OCT_CONV_U8S8_MAX_NV + 1];
} oct_conv_u8s8_tiles;

const char *oct_conv_u8s8_dense_describe(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
size_t oct_conv_u8s8_dense_packed_size(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
void oct_conv_u8s8_dense_pack(const oct_conv_u8s8_tiles *tiles, void *dst, const oct_conv_int_shape *s,
                              const oct_conv_u8s8_weights *w);
bool oct_conv_u8s8_dense_check(const oct_conv_u8s8_tiles *tiles, const void *packed, const oct_conv_int_shape *s);
size_t oct_conv_u8s8_dense_scratch_size(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
size_t oct_conv_u8s8_dense_n_items(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
int oct_conv_u8s8_dense_tilings(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s,
                                int32_t list[OCT_CONV_U8S8_MOST_TILINGS]);
void oct_conv_u8s8_dense_run(const oct_conv_u8s8_tiles *tiles, const oct_conv_u8s8_args *a, size_t first, size_t n);

/* ---- shared by packing and running ---- */

typedef struct oct_conv_u8s8_dense_plan {
    oct_conv_u8s8_geometry g;
    const oct_conv_u8s8_tiles *tiles;
    bool shifts, strips, runs, in_l1; /* in_l1: an item has all panels, whose weights stay in the L1 cache */
    int32_t tile; /* the shape's where it serves, else 0 */
    int64_t tap_cols, tap_bytes, quads; /* TW; of one tap */
    int64_t nv, last_nv, n_panels;      /* of one group */
    int64_t panel_bytes, group_bytes;
    int64_t rows, n_row_blocks;         /* output rows of an item; blocks of one image */
    int64_t panels, n_panel_blocks;     /* panels of an item, counted through all groups */
    int64_t strip_rows, strip_cols, strip_left, strip_bytes; /* most rows; pixels of a row, those left of the image */
    int64_t skip_h, skip_w; /* a strip has every skip-th row and column of the image: those that a stride reaches */
} oct_conv_u8s8_dense_plan;

oct_conv_u8s8_dense_plan oct_conv_u8s8_dense_get_plan(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);

typedef struct oct_conv_u8s8_panel {
    int64_t group, oc, n_oc, nv, width; /* oc: first channel */
    int64_t quad_bytes;                 /* of a channel's weights: 8 in two planes, else 4 */
    int64_t at, bytes;                  /* bytes from `packed`; bytes of all */
    int64_t mult, shift, bounded, steps, w; /* bytes from the start of the panel, which the biases are at */
} oct_conv_u8s8_panel;

/* The taps of t from number `first` on, as many as fit. */
void oct_conv_u8s8_list_taps(oct_conv_u8s8_taps *taps, const oct_conv_u8s8_tile *t, int64_t first);

oct_conv_u8s8_panel oct_conv_u8s8_get_panel(const oct_conv_u8s8_dense_plan *p, int64_t index);

#endif
