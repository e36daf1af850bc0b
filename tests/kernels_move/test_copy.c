/* Strided copies: random index spaces against a naive loop over them, at every level and in random order of items.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/copy.h"

#define FILL 0xA5

typedef struct space {
    oct_nd nd;
    size_t n_dst, n_src; /* elements */
    char text[256];
} space;

/* A random permutation of the axes gives the dst order, another the src order; dst may leave gaps. */
static void dense_strides(int rank, const int64_t *dims, int64_t *strides, int64_t *n, int gap)
{
    size_t *order = dice_order((size_t)rank);
    *n = 1;
    for (int i = 0; i < rank; i++) {
        strides[order[i]] = *n;
        *n *= dims[order[i]] + (gap && dice_int(0, 3) == 0);
    }
    free(order);
}

static int64_t random_dim(int rank)
{
    static const int64_t dims[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 64};
    int64_t dim = dims[dice_u32() % 13];
    return rank > 3 && dim > 9 ? 5 : rank == 1 && dice_int(0, 4) == 0 ? 100000 + dice_int(0, 9) : dim;
}

static space random_space(void)
{
    space s = {.nd = {.n_arrays = 2}};
    int rank = dice_int(0, 5);
    int64_t dims[8], ds[8], ss[8], n_dst, n_src;
    for (int i = 0; i < rank; i++)
        dims[i] = random_dim(rank);
    dense_strides(rank, dims, ds, &n_dst, dice_int(0, 1));
    dense_strides(rank, dims, ss, &n_src, dice_int(0, 1));
    for (int i = 0; i < rank; i++) {
        int how = dice_int(0, 9);
        if (how == 0) { /* backwards */
            s.nd.offset[1] += (dims[i] - 1) * ss[i];
            ss[i] = -ss[i];
        }
        oct_nd_push(&s.nd, dims[i], ds[i], how == 1 ? 0 : ss[i], 0);
        snprintf(s.text + strlen(s.text), sizeof s.text - strlen(s.text), " %d:%d/%d", (int)dims[i],
                 (int)s.nd.strides[0][i], (int)s.nd.strides[1][i]);
    }
    s.n_dst = (size_t)n_dst;
    s.n_src = (size_t)n_src;
    return s;
}

/* The definition, axis by axis, on the space as it was pushed. */
static void naive(const oct_nd *nd, int axis, uint8_t *dst, const uint8_t *src, int size)
{
    if (axis == nd->rank) {
        memcpy(dst, src, (size_t)size);
        return;
    }
    for (int64_t i = 0; i < nd->dims[axis]; i++)
        naive(nd, axis + 1, dst + i * nd->strides[0][axis] * size, src + i * nd->strides[1][axis] * size, size);
}

static void check_level(const space *s, int size, oct_cpu_level level, const uint8_t *expected, const uint8_t *src)
{
    oct_copy c = {.nd = s->nd};
    oct_copy_init(&c, size);
    guarded dst = guarded_new(s->n_dst * (size_t)size, dice_int(0, 1), FILL);
    size_t *order = dice_order((size_t)c.cut.n_items);
    for (int64_t i = 0; i < c.cut.n_items; i++)
        oct_copy_select(level)(&c, dst.p, src, order[i]);
    CHECK(memcmp(dst.p, expected, s->n_dst * (size_t)size) == 0 && guarded_intact(&dst, FILL), "%s %s, %d bytes:%s",
          oct_cpu_name(level), oct_copy_describe(&c), size, s->text);
    free(order);
    guarded_free(&dst);
}

static void check_space(const space *s, int size)
{
    guarded src = guarded_new(s->n_src * (size_t)size, dice_int(0, 1), FILL);
    dice_bytes(src.p, src.n);
    uint8_t *expected = malloc(s->n_dst * (size_t)size);
    memset(expected, FILL, s->n_dst * (size_t)size);
    naive(&s->nd, 0, expected, src.p + s->nd.offset[1] * size, size);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++)
        check_level(s, size, (oct_cpu_level)level, expected, src.p);
    free(expected);
    guarded_free(&src);
}

/* N, C, H, W between row-major and channels-last. */
static void check_relayout(int C, int H, int W, int to_nhwc, int size)
{
    space s = {.nd = {.n_arrays = 2}, .n_dst = (size_t)(2 * C * H * W), .n_src = (size_t)(2 * C * H * W)};
    int64_t dims[4] = {2, C, H, W}, nchw[4] = {C * H * W, H * W, W, 1}, nhwc[4] = {C * H * W, 1, W * C, C};
    for (int i = 0; i < 4; i++)
        oct_nd_push(&s.nd, dims[i], to_nhwc ? nhwc[i] : nchw[i], to_nhwc ? nchw[i] : nhwc[i], 0);
    snprintf(s.text, sizeof s.text, " relayout C=%d H=%d W=%d to_nhwc=%d", C, H, W, to_nhwc);
    check_space(&s, size);
}

static void check_relayouts(void)
{
    static const int channels[] = {1, 2, 3, 4, 5, 8, 16, 33, 64};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        for (int to = 0; to < 2; to++)
            for (int size = 1; size <= 8; size *= 2) {
                check_relayout(channels[i], 5, 7, to, size);
                check_relayout(channels[i], 61, 67, to, size);
            }
    check_relayout(3, 224, 224, 1, 4);
    check_relayout(3, 224, 224, 0, 4);
}

static void check_empty(void)
{
    space s = {.nd = {.n_arrays = 2}, .text = " empty"};
    oct_nd_push(&s.nd, 3, 0, 1, 0);
    oct_nd_push(&s.nd, 0, 1, 3, 0);
    check_space(&s, 4);
}

int main(void)
{
    check_empty();
    check_relayouts();
    for (int i = 0; i < 1500; i++) {
        space s = random_space();
        check_space(&s, 1 << dice_int(0, 3));
    }
    return check_done();
}
