/* Requantization of int32 sums to 8 bits: the rule of docs/arithmetic.md in integer arithmetic alone, against
 * quant/requant.h and every level of the convolutions, whose biases bring any sum in front of it.
 *
 *     test_requant [--all] [--case I]     --all: all 2^32 sums, two minutes a case; else a sample
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "kernels/conv_u8s8.h"
#include "quant/requant.h"

/* A block of sums: channel o at position p of the image has base + 256 * o + p. */
#define CHANNELS 1024
#define POSITIONS 256
#define BLOCK ((int64_t)CHANNELS * POSITIONS)
#define N_BLOCKS ((INT64_C(1) << 32) / BLOCK)
#define SAMPLE 331 /* one block in so many */

typedef struct test_case {
    uint32_t mult; /* 24 bits, the highest one set */
    int exponent;  /* multiplier: mult * 2^exponent */
    int zero, is_signed;
} test_case;

static const test_case cases[] = {
    {0x800000, -24, 0, 0},   /* 1/2: every odd sum is a tie */
    {0x800000, -31, 128, 0}, /* 2^-8 */
    {0x800000, -23, -3, 1},  /* 1 */
    {0xbf2d3b, -30, 117, 0}, /* 0.0116: usual ones */
    {0xfffffd, -37, -128, 1},
    {0xd5a1c7, -46, 60, 0},  /* nothing saturates */
    {0x900001, -13, 255, 0}, /* nearly everything does */
};

/* ---- the rule, in integers ---- */

/* v / 2^shift, half to even; 0 <= v < 2^48, 0 <= shift */
static uint64_t shift_even(uint64_t v, int shift)
{
    if (shift > 62)
        return 0;
    const uint64_t down = v >> shift, rest = v - (down << shift), half = shift ? UINT64_C(1) << (shift - 1) : 0;
    return down + (shift && (rest > half || (rest == half && (down & 1))));
}

/* v rounded to 24 bits: the result times 2^*exponent. */
static uint64_t round_24(uint64_t v, int *exponent)
{
    *exponent = 0;
    for (int step = 16; step > 0; step /= 2)
        if (v >> *exponent >> (step - 1) >= UINT64_C(1) << 24)
            *exponent += step;
    return shift_even(v, *exponent);
}

/* float(|acc|) * mult, both rounded to 24 bits, then to an integer, half to even; symmetric in the sign of acc. */
static uint8_t expected_of(int64_t acc, const test_case *c)
{
    int e_acc, e_product;
    const uint64_t a = round_24((uint64_t)(acc < 0 ? -acc : acc), &e_acc), product = round_24(a * c->mult, &e_product);
    const int e = e_acc + e_product + c->exponent, lo = c->is_signed ? -128 : 0;
    const uint64_t magnitude = e >= 16 && product ? 100000 : e >= 0 ? product << e : shift_even(product, -e);
    int64_t q = magnitude > 100000 ? 100000 : (int64_t)magnitude;
    q = (acc < 0 ? -q : q) + c->zero;
    return (uint8_t)(q < lo ? lo : q > lo + 255 ? lo + 255 : q);
}

/* ---- what is tested ---- */

typedef struct buffers {
    int32_t *bias;                       /* [CHANNELS] */
    uint8_t *dense_x, *depthwise_x;      /* [POSITIONS][4], [POSITIONS][CHANNELS] */
    uint8_t *dense_w, *depthwise_w;      /* [CHANNELS][4], [CHANNELS] */
    uint8_t *expected, *y;               /* [POSITIONS][CHANNELS] */
    void *packed, *image, *scratch;
    size_t n_packed, n_image, n_scratch;
} buffers;

static oct_conv_int_shape get_shape(const test_case *c, int depthwise)
{
    return (oct_conv_int_shape){.N = 1, .H = 1, .W = POSITIONS, .C = depthwise ? CHANNELS : 4, .OH = 1, .OW = POSITIONS,
                                .OC = CHANNELS, .KH = 1, .KW = 1, .G = depthwise ? CHANNELS : 1, .stride_h = 1,
                                .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .w_signed = 1,
                                .out = c->is_signed ? OCT_CONV_INT_I8 : OCT_CONV_INT_U8};
}

static void *reserve(void *p, size_t *have, size_t n)
{
    if (n <= *have)
        return p;
    free(p);
    *have = n;
    return aligned_alloc(64, (n + 63) / 64 * 64);
}

static void report(const buffers *b, const test_case *c, int64_t base, const char *name)
{
    int64_t i = memcmp(b->y, b->expected, BLOCK) == 0 ? BLOCK : 0;
    while (i < BLOCK && b->y[i] == b->expected[i])
        i++;
    CHECK(i == BLOCK, "%s: sum %lld times %u * 2^%d, zero point %d: %d instead of %d", name,
          (long long)(base + i % CHANNELS * POSITIONS + i / CHANNELS), (unsigned)c->mult, c->exponent, c->zero, i < BLOCK ? b->y[i] : 0,
          i < BLOCK ? b->expected[i] : 0);
}

static void check_u8s8(buffers *b, const test_case *c, int64_t base, const oct_conv_int_weights *w, int depthwise)
{
    const oct_conv_int_shape s = get_shape(c, depthwise);
    const oct_conv_u8s8 *last = NULL;
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        const oct_conv_u8s8 *record = oct_conv_u8s8_select((oct_cpu_level)level);
        if (record == last)
            continue;
        last = record;
        b->packed = reserve(b->packed, &b->n_packed, record->packed_size(&s));
        b->scratch = reserve(b->scratch, &b->n_scratch, record->scratch_size(&s));
        record->pack(b->packed, &s, &(oct_conv_u8s8_weights){.file = w});
        const oct_conv_u8s8_args a = {.shape = &s, .x = depthwise ? b->depthwise_x : b->dense_x, .packed = b->packed,
                                      .y_zero = c->zero, .y = b->y, .scratch = b->scratch};
        record->run(&a, 0, record->n_items(&s));
        report(b, c, base, record->describe(&s));
    }
}

static void check_int(buffers *b, const test_case *c, int64_t base, const oct_conv_int_weights *w, int depthwise)
{
    const oct_conv_int_shape s = get_shape(c, depthwise);
    const uint8_t zero = (uint8_t)c->zero;
    const oct_conv_int *last = NULL;
    b->packed = reserve(b->packed, &b->n_packed, oct_conv_int_packed_size(&s));
    b->image = reserve(b->image, &b->n_image, oct_conv_int_image_size(&s));
    oct_conv_int_pack(b->packed, &s, w);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        const oct_conv_int *record = oct_conv_int_select((oct_cpu_level)level, &s);
        if (record == last)
            continue;
        last = record;
        const oct_conv_int_args a = {.shape = &s, .x = depthwise ? b->depthwise_x : b->dense_x, .image = b->image,
                                     .packed = b->packed, .y_zero = &zero, .y = b->y};
        for (size_t i = 0; i < oct_conv_int_n_pieces(&s); i++)
            record->widen(&a, i);
        for (size_t i = 0; i < oct_conv_int_n_items(&s); i++)
            record->run(&a, i);
        report(b, c, base, record->name);
    }
}

static void check_block(buffers *b, const test_case *c, int64_t block)
{
    const int64_t base = INT32_MIN + block * BLOCK;
    const float mult = ldexpf((float)c->mult, c->exponent), one = 1;
    const oct_qrange range = oct_qrange_make(c->is_signed ? -128 : 0, c->is_signed ? 127 : 255, c->zero);
    for (int o = 0; o < CHANNELS; o++)
        b->bias[o] = (int32_t)(base + o * POSITIONS);
    for (int64_t i = 0; i < BLOCK; i++) {
        const int64_t acc = base + i % CHANNELS * POSITIONS + i / CHANNELS;
        b->expected[i] = expected_of(acc, c);
        b->y[i] = (uint8_t)oct_requant((float)(int32_t)acc * mult, range);
    }
    report(b, c, base, "oct_requant");
    for (int depthwise = 0; depthwise < 2; depthwise++) {
        const oct_conv_int_weights w = {.w = depthwise ? b->depthwise_w : b->dense_w, .stride_o = depthwise ? 1 : 4,
                                        .stride_i = 1, .bias = b->bias, .x_scale = &one, .y_scale = &one, .w_scale = &mult};
        check_u8s8(b, c, base, &w, depthwise);
        check_int(b, c, base, &w, depthwise);
    }
}

static buffers make_buffers(void)
{
    buffers b = {.bias = malloc(CHANNELS * sizeof(int32_t)), .dense_x = calloc(POSITIONS, 4), .depthwise_x = malloc(BLOCK),
                 .dense_w = calloc(CHANNELS, 4), .depthwise_w = malloc(CHANNELS), .expected = malloc(BLOCK),
                 .y = malloc(BLOCK)};
    for (int p = 0; p < POSITIONS; p++) {
        b.dense_x[4 * p] = (uint8_t)p;
        memset(b.depthwise_x + p * CHANNELS, p, CHANNELS);
    }
    for (int o = 0; o < CHANNELS; o++)
        b.dense_w[4 * o] = b.depthwise_w[o] = 1;
    return b;
}

static void free_buffers(buffers *b)
{
    void *all[] = {b->bias, b->dense_x, b->depthwise_x, b->dense_w, b->depthwise_w, b->expected, b->y, b->packed, b->image,
                   b->scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

int main(int argc, char **argv)
{
    int all = 0, only = -1;
    for (int i = 1; i < argc; i++) {
        all |= strcmp(argv[i], "--all") == 0;
        if (strcmp(argv[i], "--case") == 0 && i + 1 < argc)
            only = atoi(argv[i + 1]);
    }
    buffers b = make_buffers();
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        for (int64_t block = 0; (only < 0 || only == i) && block < N_BLOCKS; block++) {
            const int edge = block == 0 || block == N_BLOCKS - 1 || block == N_BLOCKS / 2 || block == N_BLOCKS / 2 - 1;
            if (all || edge || block % SAMPLE == 0)
                check_block(&b, &cases[i], block);
        }
    }
    free_buffers(&b);
    return check_done();
}
