/* ArgMax, ArgMin, Hardmax and TopK against sorting by hand.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "dice.h"
#include "kernels/order.h"

#define MAX_N 70

/* NaN above everything; the lower index first. Is element i in front of element j where the greatest comes first? */
static int in_front(const float *x, int i, int j, int largest)
{
    float a = x[i], b = x[j];
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? i < j : largest ? isnan(a) : isnan(b);
    if (a != b)
        return largest ? a > b : a < b;
    return i < j;
}

static void check_topk(void)
{
    float x[MAX_N * 3], y[MAX_N * 3];
    int64_t z[MAX_N * 3];
    int n = dice_int(1, MAX_N), k = dice_int(0, n), stride = dice_int(1, 3), largest = dice_int(0, 1);
    for (int i = 0; i < n * stride; i++)
        x[i] = dice_int(0, 1) ? dice_spiced(3) : (float)dice_int(-3, 3);
    const oct_axes axes = {.rank = 1, .dims = {n}, .x = {stride}, .y = {2}};
    const oct_tile tile = {.rows = 1, .n = 1, .base = {y, x, z}};
    oct_order_run(&(oct_order_args){.tile = &tile, .axes = &axes, .dtype = OCTET_F32, .k = k, .z_stride = 3,
                                    .op = largest ? OCT_ORDER_TOPK_LARGEST : OCT_ORDER_TOPK_SMALLEST});
    float dense[MAX_N];
    for (int i = 0; i < n; i++)
        dense[i] = x[i * stride];
    for (int i = 0; i < n; i++) {
        int rank = 0;
        for (int j = 0; j < n; j++)
            rank += in_front(dense, j, i, largest);
        if (rank < k)
            CHECK(z[rank * 3] == i && memcmp(&y[rank * 2], &dense[i], sizeof(float)) == 0,
                  "place %d of %d: %a at %d, not %a at %d", rank, n, y[rank * 2], (int)z[rank * 3], dense[i], i);
    }
}

static void check_arg(void)
{
    float x[MAX_N];
    int64_t y;
    int n = dice_int(1, MAX_N), largest = dice_int(0, 1), last = dice_int(0, 1), best = 0;
    for (int i = 0; i < n; i++)
        x[i] = dice_int(0, 3) ? (float)dice_int(-2, 2) : dice_spiced(3);
    for (int i = 1; i < n; i++) {
        int nan_wins = isnan(x[i]) && !isnan(x[best]), beaten = isnan(x[best]) && !isnan(x[i]);
        int better = largest ? x[i] > x[best] : x[i] < x[best];
        int equal = x[i] == x[best] || (isnan(x[i]) && isnan(x[best]));
        if (nan_wins || (!beaten && (better || (equal && last))))
            best = i;
    }
    const oct_axes axes = {.rank = 1, .dims = {n}, .x = {1}};
    const oct_tile tile = {.rows = 1, .n = 1, .base = {&y, x}};
    oct_order_run(&(oct_order_args){.tile = &tile, .axes = &axes, .dtype = OCTET_F32, .last_index = last,
                                    .op = largest ? OCT_ORDER_ARG_MAX : OCT_ORDER_ARG_MIN});
    CHECK(y == best, "%s of %d is %d, not %d", largest ? "ArgMax" : "ArgMin", n, (int)y, best);
}

/* Two reduced axes in a transposed array; three positions beside them. */
static void check_hardmax(void)
{
    float x[3 * 4 * 5], y[3 * 4 * 5];
    for (int i = 0; i < 60; i++)
        x[i] = (float)dice_int(0, 9);
    const oct_axes axes = {.rank = 2, .dims = {4, 5}, .x = {3, 12}, .y = {15, 3}};
    const oct_tile tile = {.rows = 1, .n = 3, .base = {y, x}, .stride = {1, 1}};
    oct_order_run(&(oct_order_args){.tile = &tile, .axes = &axes, .dtype = OCTET_F32, .op = OCT_ORDER_HARDMAX});
    for (int j = 0; j < 3; j++) {
        int best = 0;
        for (int k = 1; k < 20; k++)
            if (x[j + k / 5 * 3 + k % 5 * 12] > x[j + best / 5 * 3 + best % 5 * 12])
                best = k;
        for (int k = 0; k < 20; k++)
            CHECK(y[j + k / 5 * 15 + k % 5 * 3] == (float)(k == best), "Hardmax");
    }
}

#define EXTREMES(DTYPE, T, ...)                                                                               \
    do {                                                                                                      \
        T x[] = {__VA_ARGS__};                                                                                \
        int64_t most, least;                                                                                  \
        const oct_axes axes = {.rank = 1, .dims = {4}, .x = {1}};                                             \
        const oct_tile greatest = {.rows = 1, .n = 1, .base = {&most, x}};                                    \
        const oct_tile smallest = {.rows = 1, .n = 1, .base = {&least, x}};                                   \
        oct_order_run(&(oct_order_args){.tile = &greatest, .axes = &axes, .dtype = DTYPE, .op = OCT_ORDER_ARG_MAX}); \
        oct_order_run(&(oct_order_args){.tile = &smallest, .axes = &axes, .dtype = DTYPE, .op = OCT_ORDER_ARG_MIN}); \
        CHECK(most == 2 && least == 1, "%s: %d %d", octet_dtype_name(DTYPE), (int)most, (int)least);          \
    } while (0)

int main(void)
{
    for (int i = 0; i < 3000; i++) {
        check_topk();
        check_arg();
        check_hardmax();
    }
    EXTREMES(OCTET_U8, uint8_t, 1, 0, 255, 128);
    EXTREMES(OCTET_I8, int8_t, 1, -128, 127, -1);
    EXTREMES(OCTET_U16, uint16_t, 1, 0, 65535, 32768);
    EXTREMES(OCTET_I16, int16_t, 1, INT16_MIN, INT16_MAX, -1);
    EXTREMES(OCTET_U32, uint32_t, 1, 0, UINT32_MAX, 1u << 31);
    EXTREMES(OCTET_I32, int32_t, 1, INT32_MIN, INT32_MAX, -1);
    EXTREMES(OCTET_U64, uint64_t, 1, 0, UINT64_MAX, UINT64_C(1) << 63);
    EXTREMES(OCTET_I64, int64_t, 1, INT64_MIN, INT64_MAX, -1);
    EXTREMES(OCTET_F32, float, 1, -INFINITY, INFINITY, -1);
    CHECK(!oct_order_takes(OCTET_F16) && oct_order_takes(OCTET_BOOL), "types");
    return check_done();
}
