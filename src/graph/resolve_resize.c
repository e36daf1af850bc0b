/* Resize: output sizes and scales, after the ONNX text and its reference shape inference (defs/tensor/utils.cc).
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>

#include "graph/resolve.h"
#include "graph/shape_check.h"

enum { X, ROI, SCALES, SIZES };

typedef struct resizer {
    oct_infer ctx;
    const oct_value *x;
    const oct_resize_params *p;
    oct_resize *out;
    int n, axes[OCTET_MAX_RANK]; /* the axes that roi, scales and sizes talk about */
} resizer;

static octet_status fail_axis(resizer *r, int axis, const char *what, double value)
{
    return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "%s %g of axis %d is out of range", what, value, axis);
}

static octet_status find_axes(resizer *r)
{
    uint32_t seen = 0;
    bool all = r->p->n_axes == 0;
    if (r->p->n_axes < 0 || r->p->n_axes > r->x->rank)
        return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "%" PRId32 " axes for %d dimensions", r->p->n_axes, r->x->rank);
    r->n = all ? r->x->rank : r->p->n_axes;
    for (int k = 0; k < r->n; k++) {
        OCT_TRY(oct_infer_axis(&r->ctx, all ? k : r->p->axes[k], r->x->rank, &r->axes[k]));
        if (seen >> r->axes[k] & 1)
            return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "axis %d is given twice", r->axes[k]);
        seen |= 1u << r->axes[k];
    }
    return OCTET_OK;
}

/* Count of elements of an input that has one for each axis (or two: roi). */
static octet_status check_count(resizer *r, int i, int n, int each)
{
    if (n == r->n * each)
        return OCTET_OK;
    return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "input '%s' has %d elements, but needs %d",
                          oct_infer_in(&r->ctx, i)->name, n, r->n * each);
}

static octet_status read_roi(resizer *r)
{
    double roi[2 * OCTET_MAX_RANK];
    int n;
    if (r->p->coord != OCT_COORD_TF_CROP_AND_RESIZE) /* ignored then */
        return OCTET_OK;
    OCT_TRY(oct_infer_floats(&r->ctx, ROI, roi, 2 * OCTET_MAX_RANK, &n));
    if (n < 0)
        return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "tf_crop_and_resize needs an roi");
    OCT_TRY(check_count(r, ROI, n, 2));
    for (int k = 0; k < r->n; k++) {
        double begin = roi[k], end = roi[r->n + k];
        if (!isfinite(begin) || !isfinite(end))
            return fail_axis(r, r->axes[k], "roi", isfinite(begin) ? end : begin);
        r->out->roi_begin[r->axes[k]] = begin;
        r->out->roi_end[r->axes[k]] = end;
    }
    return OCTET_OK;
}

/* size = floor(dim * scale), in float32 like ONNX's own inference and ONNX Runtime: 10 * 0.7f is 7 */
static octet_status apply_scales(resizer *r, const double *scales)
{
    for (int k = 0; k < r->n; k++) {
        int a = r->axes[k];
        float scale = (float)scales[k], size = (float)r->x->dims[a] * scale;
        if (!isfinite(scale) || scale <= 0)
            return fail_axis(r, a, "scale", scales[k]);
        if (r->p->coord == OCT_COORD_TF_CROP_AND_RESIZE)
            size = (float)r->x->dims[a] * (float)(r->out->roi_end[a] - r->out->roi_begin[a]) * scale;
        if (!(size >= 0 && size < (float)OCT_MAX_DIM))
            return fail_axis(r, a, "output size", size);
        r->out->scale[a] = scale;
        r->out->size[a] = (int64_t)floorf(size);
    }
    return OCTET_OK;
}

/* The one scale of keep_aspect_ratio_policy: the smallest or largest of size / dim. */
static double common_scale(const resizer *r, const int64_t *sizes)
{
    double chosen = 0;
    for (int k = 0; k < r->n; k++) {
        double scale = (double)sizes[k] / (double)r->x->dims[r->axes[k]];
        bool better = r->p->policy == OCT_NOT_LARGER ? scale < chosen : scale > chosen;
        if (k == 0 || better)
            chosen = scale;
    }
    return chosen;
}

static octet_status apply_sizes(resizer *r, const int64_t *sizes)
{
    for (int k = 0; k < r->n; k++)
        if (sizes[k] < 1 || sizes[k] > OCT_MAX_DIM)
            return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "size %" PRId64 " of axis %d is out of range", sizes[k],
                                  r->axes[k]);
    for (int k = 0; k < r->n; k++) {
        int a = r->axes[k];
        double dim = (double)r->x->dims[a];
        r->out->size[a] = sizes[k];
        r->out->scale[a] = (double)sizes[k] / dim;
        if (r->p->policy == OCT_STRETCH)
            continue;
        double scale = common_scale(r, sizes), size = floor(scale * dim + 0.5);
        if (!(size >= 1 && size <= (double)OCT_MAX_DIM))
            return fail_axis(r, a, "output size", size);
        r->out->size[a] = (int64_t)size;
        r->out->scale[a] = scale;
    }
    return OCTET_OK;
}

static octet_status read_targets(resizer *r)
{
    double scales[OCTET_MAX_RANK];
    int64_t sizes[OCTET_MAX_RANK];
    int n_scales, n_sizes;
    OCT_TRY(oct_infer_floats(&r->ctx, SCALES, scales, OCTET_MAX_RANK, &n_scales));
    OCT_TRY(oct_infer_ints(&r->ctx, SIZES, sizes, OCTET_MAX_RANK, &n_sizes));
    bool by_scales = n_scales > 0, by_sizes = n_sizes > 0; /* an empty tensor counts as omitted */
    if (by_scales == by_sizes)
        return oct_infer_fail(&r->ctx, OCTET_BAD_INPUT, "needs either scales or sizes, has %s",
                              by_scales ? "both" : "neither");
    if (by_scales) {
        OCT_TRY(check_count(r, SCALES, n_scales, 1));
        return apply_scales(r, scales);
    }
    OCT_TRY(check_count(r, SIZES, n_sizes, 1));
    return apply_sizes(r, sizes);
}

octet_status oct_resolve_resize(const oct_graph *g, const oct_node *n, oct_resize *out, octet_error *err)
{
    resizer r = {.out = out, .p = n->params};
    r.ctx = (oct_infer){.graph = (oct_graph *)(uintptr_t)g, .node = (oct_node *)(uintptr_t)n, .err = err};
    r.x = oct_infer_in(&r.ctx, X);
    OCT_TRY(oct_infer_not_empty(&r.ctx, X));
    for (int k = 0; k < r.x->rank; k++) {
        out->size[k] = r.x->dims[k];
        out->scale[k] = out->roi_end[k] = 1;
        out->roi_begin[k] = 0;
    }
    OCT_TRY(find_axes(&r));
    OCT_TRY(read_roi(&r));
    return read_targets(&r);
}
