/* graph/resolve.h: the numbers behind Slice, Pad, Resize, Reduce and Split, against NumPy's and ONNX's own examples.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "graph/op_params.h"
#include "graph/resolve.h"
#include "net.h"

static oct_graph g;
static octet_error err;

/* One node over the inputs of `in`; the graph lives until the next call. */
static const oct_node *node(oct_op op, void *params, const char *in, int n_out)
{
    oct_value_id ids[NET_MAX], out[NET_MAX];
    oct_node_id id;
    oct_graph_fini(&g);
    oct_graph_init(&g);
    int n_in = net_values(&g, in, ids);
    for (int i = 0; i < n_out; i++)
        oct_graph_add_value(&g, &out[i], NULL, NULL);
    oct_graph_add_node(&g, &id, op, "n", NULL, ids, n_in, out, n_out, params, NULL);
    return &g.nodes[id];
}

static void check_slice(const char *in, int axis, int64_t begin, int64_t step, int64_t size)
{
    oct_slice s;
    CHECK(oct_resolve_slice(&g, node(OCT_OP_SLICE, NULL, in, 1), &s, &err) == OCTET_OK, "%s: %s", in, err.message);
    CHECK(s.begin[axis] == begin && s.step[axis] == step && s.size[axis] == size,
          "%s: begin %" PRId64 ", step %" PRId64 ", size %" PRId64, in, s.begin[axis], s.step[axis], s.size[axis]);
}

static void test_slice(void)
{
    check_slice("float32[5,9]; int64{2}; int64{4}; int64{1}", 0, 0, 1, 5); /* an axis that is not named */
    check_slice("float32[5,9]; int64{2}; int64{4}; int64{1}", 1, 2, 1, 2);
    check_slice("float32[9]; int64{1}; int64{8}; -; int64{3}", 0, 1, 3, 3);
    check_slice("float32[9]; int64{-3}; int64{1000}", 0, 6, 1, 3);
    check_slice("float32[9]; int64{-1}; int64{-9.2e18}; -; int64{-1}", 0, 8, -1, 9); /* x[::-1] */
    check_slice("float32[9]; int64{7}; int64{1}; -; int64{-4}", 0, 7, -4, 2);
    check_slice("float32[9]; int64{20}; int64{-20}; -; int64{-8}", 0, 8, -8, 2);
    check_slice("float32[9]; int64{5}; int64{2}", 0, 0, 1, 0);
}

static void test_pad(void)
{
    oct_pad_params params = {0};
    oct_padding p;
    const oct_node *n = node(OCT_OP_PAD, &params, "float32[2,3]; int64{1,-1,4,2}; -; int64{-1,0}", 1);
    CHECK(oct_resolve_pad(&g, n, &p, &err) == OCTET_OK, "%s", err.message);
    CHECK(p.begin[0] == -1 && p.end[0] == 2 && p.size[0] == 3, "axis 0: %" PRId64, p.size[0]);
    CHECK(p.begin[1] == 1 && p.end[1] == 4 && p.size[1] == 8, "axis 1: %" PRId64, p.size[1]);
}

static void test_resize(void)
{
    oct_resize r;
    oct_resize_params p = {.policy = OCT_NOT_LARGER, .n_axes = 2, .axes = {1, 0}};
    const oct_node *n = node(OCT_OP_RESIZE, &p, "float32[4,6]; -; -; int64{3,3}", 1);
    CHECK(oct_resolve_resize(&g, n, &r, &err) == OCTET_OK, "%s", err.message);
    CHECK(r.scale[0] == 0.5 && r.scale[1] == 0.5 && r.size[0] == 2 && r.size[1] == 3, "%" PRId64 "x%" PRId64,
          r.size[0], r.size[1]);
    CHECK(r.roi_begin[0] == 0 && r.roi_end[0] == 1, "roi %g..%g", r.roi_begin[0], r.roi_end[0]);
    p = (oct_resize_params){.n_axes = 1, .axes = {-1}};
    n = node(OCT_OP_RESIZE, &p, "float32[4,10]; -; float32{0.7}", 1);
    CHECK(oct_resolve_resize(&g, n, &r, &err) == OCTET_OK, "%s", err.message);
    CHECK(r.scale[0] == 1 && r.scale[1] == (double)0.7f && r.size[0] == 4 && r.size[1] == 7, "%" PRId64, r.size[1]);
    p = (oct_resize_params){.coord = OCT_COORD_TF_CROP_AND_RESIZE, .n_axes = 1, .axes = {1}};
    n = node(OCT_OP_RESIZE, &p, "float32[4,10]; float32{0.25,0.75}; -; int64{20}", 1);
    CHECK(oct_resolve_resize(&g, n, &r, &err) == OCTET_OK, "%s", err.message);
    CHECK(r.roi_begin[1] == 0.25 && r.roi_end[1] == 0.75 && r.roi_begin[0] == 0 && r.roi_end[0] == 1, "roi");
}

static void check_reduce(bool noop, const char *in, uint32_t want)
{
    oct_reduce_params p = {.noop_with_empty_axes = noop};
    uint32_t axes;
    CHECK(oct_resolve_reduce_axes(&g, node(OCT_OP_REDUCE_SUM, &p, in, 1), &axes, &err) == OCTET_OK, "%s", err.message);
    CHECK(axes == want, "%s: axes %x", in, (unsigned)axes);
}

static void test_reduce(void)
{
    check_reduce(false, "float32[1,2,3]; int64{-1,0}", 5);
    check_reduce(false, "float32[1,2,3]", 7);
    check_reduce(false, "float32[1,2,3]; int64{}", 7);
    check_reduce(true, "float32[1,2,3]; int64{}", 0);
    check_reduce(true, "float32[1,2,3]; -", 0);
    check_reduce(false, "float32[]", 0);
}

static void test_split(void)
{
    oct_axis_params p = {.axis = -1, .num_outputs = 3};
    int64_t sizes[3];
    CHECK(oct_resolve_split(&g, node(OCT_OP_SPLIT, &p, "float32[2,7]", 3), sizes, &err) == OCTET_OK, "%s", err.message);
    CHECK(sizes[0] == 3 && sizes[1] == 3 && sizes[2] == 1, "last %" PRId64, sizes[2]);
    p.num_outputs = 0;
    CHECK(oct_resolve_split(&g, node(OCT_OP_SPLIT, &p, "float32[2,7]; int64{0,6,1}", 3), sizes, &err) == OCTET_OK, "%s",
          err.message);
    CHECK(sizes[0] == 0 && sizes[1] == 6 && sizes[2] == 1, "last %" PRId64, sizes[2]);
}

int main(void)
{
    test_slice();
    test_pad();
    test_resize();
    test_reduce();
    test_split();
    oct_graph_fini(&g);
    return check_done();
}
