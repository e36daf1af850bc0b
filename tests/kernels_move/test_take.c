/* Copies by table and gathers against naive loops.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/take.h"

#define FILL 0xA5

/* Row-major y of random order of axes; each table entry is -1 or an index times the stride in x. */
typedef struct take_case {
    oct_take t;
    int64_t x_dims[4], *tables;
    size_t n_x, n_y;
} take_case;

static int64_t random_entry(int64_t dim, int64_t i, int how)
{
    return how == 0 && i < dim ? i : how == 1 && dice_int(0, 3) == 0 ? -1 : dice_int(0, (int)dim - 1);
}

static take_case random_case(void)
{
    take_case c = {.t = {.rank = dice_int(1, 4), .elem_size = 1 << dice_int(0, 3)}, .n_x = 1, .n_y = 1};
    int64_t total = 0, stride = 1;
    size_t *order = dice_order((size_t)c.t.rank);
    for (int i = 0; i < c.t.rank; i++) {
        c.t.dims[i] = dice_int(1, i == 0 ? 200 : 6);
        c.x_dims[i] = dice_int(1, 9);
        c.t.table_at[i] = total;
        total += c.t.dims[i];
    }
    for (int i = 0; i < c.t.rank; i++) {
        c.t.y_strides[order[i]] = (int64_t)c.n_y;
        c.n_y *= (size_t)c.t.dims[order[i]];
    }
    c.tables = malloc((size_t)total * sizeof *c.tables);
    for (int i = 0; i < c.t.rank; stride *= c.x_dims[i++])
        for (int64_t k = 0, how = dice_int(0, 2); k < c.t.dims[i]; k++) {
            int64_t entry = random_entry(c.x_dims[i], k, (int)how);
            c.tables[c.t.table_at[i] + k] = entry < 0 ? -1 : entry * stride;
        }
    c.n_x = (size_t)stride;
    free(order);
    return c;
}

static void naive(const oct_take_args *a, int axis, int64_t y_at, int64_t x_at)
{
    static const uint64_t zero = 0;
    const oct_take *t = a->take;
    size_t size = (size_t)t->elem_size;
    const void *fill = a->fill ? a->fill : &zero;
    if (axis == t->rank) {
        const void *from = x_at < 0 ? fill : (const uint8_t *)a->x + (size_t)x_at * size;
        memcpy((uint8_t *)a->y + (size_t)y_at * size, from, size);
        return;
    }
    for (int64_t i = 0; i < t->dims[axis]; i++) {
        int64_t entry = a->tables[t->table_at[axis] + i];
        naive(a, axis + 1, y_at + i * t->y_strides[axis], x_at < 0 || entry < 0 ? -1 : x_at + entry);
    }
}

static void check_take(void)
{
    take_case c = random_case();
    size_t size = (size_t)c.t.elem_size;
    guarded x = guarded_new(c.n_x * size, 1, FILL), y = guarded_new(c.n_y * size, 1, FILL);
    uint64_t fill = 0x0123456789abcdef;
    uint8_t *expected = malloc(c.n_y * size);
    dice_bytes(x.p, x.n);
    oct_take_args a = {&c.t, c.tables, x.p, expected, dice_int(0, 1) ? &fill : NULL};
    naive(&a, 0, 0, 0);
    oct_take_init(&c.t, c.tables);
    a.y = y.p;
    size_t *order = dice_order((size_t)c.t.n_items);
    for (int64_t i = 0; i < c.t.n_items; i++)
        oct_take_run(&a, order[i]);
    CHECK(memcmp(y.p, expected, y.n) == 0 && guarded_intact(&y, FILL), "take rank %d, %d bytes", c.t.rank,
          c.t.elem_size);
    free(order);
    free(expected);
    free(c.tables);
    guarded_free(&x);
    guarded_free(&y);
}

static void check_gather(void)
{
    static const int64_t wide[] = {2, -1, 0, 7, -9};
    static const int32_t narrow[] = {2, -1, 0, 7, -9};
    uint16_t x[2][4][3], y[2][5][3];
    static const int at[] = {2, 3, 0, 3, 0};
    dice_bytes(x, sizeof x);
    for (int w = 0; w < 2; w++) {
        oct_gather p = {.n_outer = 2, .dim = 4, .n_indices = 5, .inner_bytes = 6, .wide = w};
        oct_gather_run(&p, y, x, w ? (const void *)wide : narrow);
        for (int o = 0; o < 2; o++)
            for (int i = 0; i < 5; i++)
                CHECK(memcmp(y[o][i], x[o][at[i]], 6) == 0, "gather %d %d", o, i);
    }
}

static void check_gather_elements(void)
{
    static const int64_t index[2][2] = {{1, -1}, {0, 2}};
    static const int32_t x[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    int32_t y[2][2];
    oct_gather_elements p = {
        .rank = 2, .axis = 0, .elem_size = 4, .wide = 1, .dims = {2, 2}, .x_strides = {3, 1}, .x_dim = 3};
    oct_gather_elements_run(&p, y, x, index);
    CHECK(y[0][0] == 4 && y[0][1] == 8 && y[1][0] == 1 && y[1][1] == 8, "axis 0");
    p.axis = 1;
    oct_gather_elements_run(&p, y, x, index);
    CHECK(y[0][0] == 2 && y[0][1] == 3 && y[1][0] == 4 && y[1][1] == 6, "axis 1");
}

int main(void)
{
    for (int i = 0; i < 2000; i++)
        check_take();
    check_gather();
    check_gather_elements();
    return check_done();
}
