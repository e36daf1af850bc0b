/* YUV kernels: the reference against the formula in double for all 2^24 triples and the affine form against it, each level
 * against the reference for all triples and arrangements, and on random rows of all lengths and alignments between guard
 * bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "yuv/kernels.h"

enum { GUARD = 64, GUARD_BYTE = 0xa5, N_ARRANGEMENTS = 4 };

static const char *const arrangements[N_ARRANGEMENTS] = {"planar", "u first", "v first", "packed"};

static uint64_t state = 20261124;

static uint8_t next_byte(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint32_t v = (uint32_t)(state >> 33);
    return (uint8_t)(v % 4 == 0 ? 255 : v % 4 == 1 ? 0 : v >> 8);
}

/* Rows of n pixels in all arrangements, of the same samples, in buffers of exactly their size behind `shift` bytes. */
typedef struct rows {
    uint8_t *memory[N_ARRANGEMENTS][3];
    oct_yuv_row row[N_ARRANGEMENTS];
} rows;

static uint8_t *buffer(uint8_t **memory, size_t n, size_t shift)
{
    *memory = malloc(n + shift + 1);
    if (!*memory)
        exit(1);
    return *memory + shift + 1;
}

static void rows_init(rows *r, const uint8_t *y, const uint8_t *u, const uint8_t *v, size_t n, size_t shift)
{
    size_t half = (n + 1) / 2;
    for (int a = 0; a < N_ARRANGEMENTS; a++) {
        int packed = a == 3, planar = a == 0;
        r->memory[a][1] = r->memory[a][2] = NULL;
        uint8_t *first = buffer(&r->memory[a][0], packed ? 4 * half : n, shift);
        uint8_t *second = packed ? first + 1 : buffer(&r->memory[a][1], planar ? half : 2 * half, shift);
        uint8_t *third = packed ? first + 3 : planar ? buffer(&r->memory[a][2], half, shift) : second + 1;
        size_t y_step = packed ? 2 : 1, uv_step = packed ? 4 : planar ? 1 : 2;
        uint8_t *to_u = a == 2 ? third : second, *to_v = a == 2 ? second : third;
        if (packed)
            memset(first, 0, 4 * half); /* the last Y of an odd row */
        for (size_t i = 0; i < n; i++)
            first[i * y_step] = y[i];
        for (size_t i = 0; i < half; i++) {
            to_u[i * uv_step] = u[i];
            to_v[i * uv_step] = v[i];
        }
        r->row[a] = (oct_yuv_row){first, to_u, to_v, y_step, uv_step};
    }
}

static void rows_fini(rows *r)
{
    for (int a = 0; a < N_ARRANGEMENTS; a++)
        for (int p = 0; p < 3; p++)
            free(r->memory[a][p]);
}

/* ---- reference --------------------------------------------------------------------------------------------------- */

/* Gains of Y, of V in red, U and V in green, U in blue: what the standards say, blue as libyuv has it. */
typedef struct coefficients {
    double y, v_r, u_g, v_g, u_b, black;
} coefficients;

static coefficients coefficients_of(int matrix, int range)
{
    if (range == OCTET_YUV_LIMITED)
        return matrix == OCTET_BT601 ? (coefficients){1.164, 1.596, 0.391, 0.813, 2, 16}
                                     : (coefficients){1.164, 1.793, 0.213, 0.533, 2, 16};
    return matrix == OCTET_BT601 ? (coefficients){1, 1.402, 0.34414, 0.71414, 1.772, 0}
                                 : (coefficients){1, 1.5748, 0.18732, 0.46812, 1.8556, 0};
}

static double sixty_fourths(double x)
{
    return floor(x * 64 + 0.5);
}

static void naive(double rgb[3], int y, int u, int v, const coefficients *k)
{
    double gain = floor(k->y * 64 * 65536 / 257 + 0.5);
    double t = floor(y * 257.0 * gain / 65536) - floor(k->y * 64 * k->black + 0.5) + 32;
    rgb[0] = floor((t + sixty_fourths(k->v_r) * (v - 128)) / 64);
    rgb[1] = floor((t - sixty_fourths(k->u_g) * (u - 128) - sixty_fourths(k->v_g) * (v - 128)) / 64);
    rgb[2] = floor((t + sixty_fourths(k->u_b) * (u - 128)) / 64);
}

static double clip(double x)
{
    return x < 0 ? 0 : x > 255 ? 255 : x;
}

/* One pair of chroma with all 256 lumas. */
typedef struct tally {
    long n_bad, n_bad_count;
    double largest; /* of |affine - exact| where nothing clips */
} tally;

static void check_pair(tally *sum, int u, int v, int matrix, int range)
{
    const coefficients k = coefficients_of(matrix, range);
    uint8_t y[256], us[128], vs[128], rgb[768];
    double m[3][3], offset[3], want[3];
    for (int i = 0; i < 256; i++)
        y[i] = (uint8_t)i;
    memset(us, u, sizeof us);
    memset(vs, v, sizeof vs);
    const oct_yuv_row row = {y, us, vs, 1, 1};
    const oct_yuv_law *law = oct_yuv_law_get((octet_yuv_matrix)matrix, (octet_yuv_range)range);
    oct_yuv_ref.rgb(rgb, &row, 256, law);
    oct_yuv_affine((octet_yuv_matrix)matrix, (octet_yuv_range)range, m, offset);
    size_t n_clipped = 0;
    for (int i = 0; i < 256; i++) {
        naive(want, i, u, v, &k);
        int clips = 0;
        for (int c = 0; c < 3; c++) {
            clips |= want[c] < 0 || want[c] > 255;
            sum->n_bad += rgb[3 * i + c] != clip(want[c]);
            double off = fabs(m[c][0] * i + m[c][1] * u + m[c][2] * v + offset[c] - want[c]);
            sum->largest = off > sum->largest ? off : sum->largest;
        }
        n_clipped += (size_t)clips;
    }
    sum->n_bad_count += n_clipped != oct_yuv_ref.count_clipped(&row, 256, law);
}

static void check_reference(int matrix, int range)
{
    tally sum = {0};
    for (int u = 0; u < 256; u++)
        for (int v = 0; v < 256; v++)
            check_pair(&sum, u, v, matrix, range);
    CHECK(sum.n_bad == 0, "ref: %ld bytes differ, matrix %d range %d", sum.n_bad, matrix, range);
    CHECK(sum.n_bad_count == 0, "ref: %ld counts differ, matrix %d range %d", sum.n_bad_count, matrix, range);
    CHECK(sum.largest <= 0.5 && sum.largest > 0.4, "affine form: %g away, matrix %d range %d", sum.largest, matrix, range);
}

/* ---- levels ------------------------------------------------------------------------------------------------------ */

static void check_row(const oct_yuv_kernels *k, const oct_yuv_row *row, size_t n, const oct_yuv_law *law, const char *name)
{
    uint8_t *memory = malloc(6 * n + 2 * GUARD + 1), *want = memory, *got = memory + 3 * n + GUARD;
    if (!memory)
        exit(1);
    memset(memory, GUARD_BYTE, 6 * n + 2 * GUARD);
    oct_yuv_ref.rgb(want, row, n, law);
    k->rgb(got, row, n, law);
    CHECK(memcmp(want, got, 3 * n) == 0, "%s, %s: rows of %zu differ, u_b %d", k->name, name, n, law->u_b);
    int n_touched = 0;
    for (int i = 0; i < GUARD; i++)
        n_touched += got[i - GUARD] != GUARD_BYTE || got[3 * n + (size_t)i] != GUARD_BYTE;
    CHECK(n_touched == 0, "%s, %s: wrote outside %zu pixels", k->name, name, n);
    size_t a = oct_yuv_ref.count_clipped(row, n, law), b = k->count_clipped(row, n, law);
    CHECK(a == b, "%s, %s: %zu of %zu pixels clip, not %zu", k->name, name, a, n, b);
    free(memory);
}

/* Every u of the pairs of a row, for each v; every y at both places of a pair. */
static void check_all_triples(const oct_yuv_kernels *k, const oct_yuv_law *law)
{
    enum { N = 512 };
    uint8_t y[N], u[N / 2], v[N / 2];
    for (int i = 0; i < N / 2; i++)
        u[i] = (uint8_t)i;
    for (int of_v = 0; of_v < 256; of_v++)
        for (int of_y = 0; of_y < 256; of_y++) {
            memset(v, of_v, sizeof v);
            memset(y, of_y, sizeof y);
            rows r;
            rows_init(&r, y, u, v, N, (size_t)(of_y % 32));
            int a = (of_y + of_v) % N_ARRANGEMENTS; /* all of them share the arithmetic */
            check_row(k, &r.row[a], N, law, arrangements[a]);
            rows_fini(&r);
        }
}

static void check_random_rows(const oct_yuv_kernels *k, const oct_yuv_law *law)
{
    enum { MOST = 200 };
    uint8_t y[MOST], u[MOST], v[MOST];
    for (size_t n = 0; n <= MOST; n++) {
        for (size_t i = 0; i < MOST; i++) {
            y[i] = next_byte();
            u[i] = next_byte();
            v[i] = next_byte();
        }
        rows r;
        rows_init(&r, y, u, v, n, n * 7 % 32);
        for (int a = 0; a < N_ARRANGEMENTS; a++)
            check_row(k, &r.row[a], n, law, arrangements[a]);
        rows_fini(&r);
    }
}

int main(void)
{
    oct_cpu_level best = oct_cpu_detect();
    for (int matrix = 0; matrix < 2; matrix++)
        for (int range = 0; range < 2; range++) {
            const oct_yuv_law *law = oct_yuv_law_get((octet_yuv_matrix)matrix, (octet_yuv_range)range);
            check_reference(matrix, range);
            check_random_rows(&oct_yuv_ref, law);
            if (best < OCT_CPU_AVX2)
                continue;
            check_all_triples(oct_yuv_select(OCT_CPU_AVX2), law);
            check_random_rows(oct_yuv_select(best), law);
        }
    return check_done();
}
