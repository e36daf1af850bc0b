/* conv_u8s8_stream_avx512vnni.h: kernels of few quads. All weights of 32 or 16 channels stay in registers while the positions
 * pass, one unit of 64 results after the other. What turns the sums of a unit into bytes stands between the quads of the next
 * unit, step by step, so that neither waits for the other one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_STREAM_AVX512VNNI_H
#define OCT_CONV_U8S8_STREAM_AVX512VNNI_H

#include "kernels/avx512vnni/conv_u8s8_tile_avx512vnni.h"

#define MOST_STREAMED 10 /* quads: 20 registers of weights, 4 of sums, 4 of what is stored */

/* A unit on its way to memory, and where it goes. */
typedef struct unit {
    __m512i v[4], packed;
    __m512 scaled[4];
    uint8_t *y;
} unit;

enum { N_STEPS = 16 };

/* One step of N_STEPS. in_registers: whether the multipliers find a place there. */
OCT_INLINE void finish_step(const finisher *f, unit *u, const __m512 *mult, const float *from, bool in_registers, __mmask64 mask,
                            int step, int NV)
{
    const output *o = &f->o;
    __m512i *v = u->v;
    if (step < 4)
        u->scaled[step] = _mm512_cvtepi32_ps(v[step]);
    else if (step < 8)
        u->scaled[step - 4] = in_registers ? _mm512_mul_ps(u->scaled[step - 4], mult[(step - 4) % NV])
                                           : mul_from(u->scaled[step - 4], from + 16 * ((step - 4) % NV));
    else if (step < 12)
        v[step - 8] = _mm512_cvtps_epi32(u->scaled[step - 8]);
    else if (step < 14)
        v[2 * step - 24] = pack_words(v[2 * step - 24], v[2 * step - 23], o);
    else if (step == 14)
        u->packed = pack_bytes(v[0], v[2], o);
    else
        store_unit(f, (waiting){.y = u->y, .n = 4 / NV, .mask = mask}, u->packed, NV);
}

/* t->n_lines rows of n positions, at least one unit each, of NV vectors and ROWS runs of COLS quads. The last unit of a row
 * overlaps the one before it where n is not a number of whole units. */
OCT_INLINE void stream(const oct_conv_u8s8_tile *t, const finisher *f, const side *s, int64_t w_step, int64_t n, const int ROWS,
                       const int COLS, const int NV)
{
    const int P = 4 / NV, T = P * ROWS * COLS; /* positions and quads of a unit */
    const int64_t x_step = t->x_step, x_row = t->x_row, y_step = f->y_step;
    __m512i w[2 * MOST_STREAMED], bias[2];
    __m512 mult[2];
    const bool in_registers = ROWS * COLS * NV < 2 * MOST_STREAMED;
    UNROLL for (int i = 0; i < ROWS * COLS * NV; i++)
        w[i] = load(s->w + (i / NV + i / NV / COLS * t->w_row) * w_step + i % NV * 64);
    UNROLL for (int v = 0; v < NV; v++) {
        bias[v] = load(s->bias + 16 * v);
        mult[v] = _mm512_loadu_ps(s->mult + 16 * v);
    }
    const __mmask64 mask = s->mask;
    const uint8_t *line_x = t->x, *x = line_x;
    uint8_t *line_y = t->y + s->at, *y = line_y;
    int64_t n_lines = t->n_lines, left = n;
    unit last = {.y = y}; /* what is stored for it is stored again */
    for (;;) {
        __m512i sums[4];
        UNROLL for (int k = 0; k < T; k++) {
            const int p = k / (ROWS * COLS), at = k % (ROWS * COLS);
            const __m512i q = splat(x + p * x_step + at / COLS * x_row + at % COLS * 4);
            UNROLL for (int v = 0; v < NV; v++) {
                if (at == 0)
                    sums[p * NV + v] = bias[v];
                DOT(sums[p * NV + v], q, w[at * NV + v]);
            }
            UNROLL for (int step = 0; step < N_STEPS; step++)
                if (((step + 1) * T - 1) / N_STEPS == k) /* evenly among the quads */
                    finish_step(f, &last, mult, s->mult, in_registers, mask, step, NV);
        }
        UNROLL for (int v = 0; v < 4; v++)
            last.v[v] = sums[v];
        last.y = y;
        left -= P;
        if (left >= P) {
            x += P * x_step;
            y += P * y_step;
        } else if (left > 0) {
            x += left * x_step;
            y += left * y_step;
            left = P;
        } else if (--n_lines > 0) {
            x = line_x += t->x_line;
            y = line_y += t->y_line;
            left = n;
        } else {
            break;
        }
    }
    UNROLL for (int step = 0; step < N_STEPS; step++)
        finish_step(f, &last, mult, s->mult, in_registers, mask, step, NV);
}

typedef void (*stream_fn)(const oct_conv_u8s8_tile *t, const finisher *f, const side *s, int64_t w_step, int64_t n);

#define STREAM(ROWS, COLS, NV)                                                                                \
    static void stream_##ROWS##x##COLS##x##NV(const oct_conv_u8s8_tile *t, const finisher *f, const side *s, int64_t w_step, \
                                              int64_t n)                                                      \
    {                                                                                                         \
        stream(t, f, s, w_step, n, ROWS, COLS, NV);                                                           \
    }
STREAM(1, 2, 2) STREAM(1, 4, 1) STREAM(1, 4, 2) STREAM(1, 6, 1) STREAM(1, 6, 2) STREAM(1, 8, 1) STREAM(1, 8, 2)
STREAM(1, 10, 2) STREAM(3, 1, 2) STREAM(3, 3, 1) STREAM(3, 3, 2)

/* By vectors: one, two. */
static const struct { int64_t n_rows, n_quads; stream_fn run[2]; } streams[] = {
    {1, 2, {NULL, stream_1x2x2}},          {1, 4, {stream_1x4x1, stream_1x4x2}}, {1, 6, {stream_1x6x1, stream_1x6x2}},
    {1, 8, {stream_1x8x1, stream_1x8x2}},  {1, 10, {NULL, stream_1x10x2}},       {3, 1, {NULL, stream_3x1x2}},
    {3, 3, {stream_3x3x1, stream_3x3x2}},
};

/* NULL: there is none. */
static stream_fn find_stream(const oct_conv_u8s8_tile *t, int64_t nv)
{
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        if (t->n_rows == streams[i].n_rows && t->n_bytes == 4 * streams[i].n_quads)
            return streams[i].run[nv > 1];
    return NULL;
}

/* The halves of a panel of 64 channels take turns, so that whole lines leave L1. */
#define TURN_POSITIONS 128

static void stream_halves(const oct_conv_u8s8_tile *t, const finisher *f, stream_fn run, int64_t nv, int64_t n)
{
    for (int64_t half = 0; half < (nv == 4 && t->n_oc > 32 ? 2 : 1); half++) {
        const side s = get_side(t, half, nv);
        run(t, f, &s, 64 * nv, n);
    }
}

/* All rows of n positions. */
OCT_NOINLINE void stream_lines(const oct_conv_u8s8_tile *t, const finisher *f, stream_fn run, int64_t nv, int64_t n)
{
    oct_conv_u8s8_tile now = *t;
    if (t->n_lines == 1) {
        for (int64_t m; n > 0; n -= m) {
            m = nv < 4 || n < 2 * TURN_POSITIONS ? n : TURN_POSITIONS;
            stream_halves(&now, f, run, nv, m);
            now.x += m * t->x_step;
            now.y += m * t->y_step;
        }
        return;
    }
    for (int64_t left = t->n_lines; left > 0; left -= now.n_lines) {
        now.n_lines = nv < 4 ? left : oct_min64(left, oct_ceil_div(TURN_POSITIONS, n));
        stream_halves(&now, f, run, nv, n);
        now.x += now.n_lines * t->x_line;
        now.y += now.n_lines * t->y_line;
    }
}

#endif
