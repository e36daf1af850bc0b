/* Attributes of convolutions, poolings and matrix products.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "onnx/import.h"

#define MOST_EXTENT (1 << 24) /* of kernel, stride, dilation, padding: far above use, and products fit in int64 */

/* One list attribute with an entry (pads: two) for each spatial axis. */
typedef struct spatial_rule {
    const char *name;
    int32_t parts;     /* entries for each axis: pads has two */
    int32_t otherwise; /* when there is none */
    int32_t neutral;   /* for the missing H of a 1-D operator */
    int32_t lo;
} spatial_rule;

static const spatial_rule kernel_shape = {"kernel_shape", 1, 0, 1, 1}, strides = {"strides", 1, 1, 1, 1},
                          dilations = {"dilations", 1, 1, 1, 1}, pads = {"pads", 2, 0, 0, 0},
                          output_padding = {"output_padding", 1, 0, 0, 0}, output_shape = {"output_shape", 1, 0, 1, 1};

/* The number of spatial axes, from the first list that is there; 0 if there is none. */
static octet_status count_spatial(oct_import *ctx, int32_t *n_spatial)
{
    const spatial_rule *const rules[] = {&kernel_shape, &strides, &dilations, &pads, &output_padding, &output_shape};
    uint64_t read = ctx->read;
    *n_spatial = 0;
    for (size_t i = 0; *n_spatial == 0 && i < OCT_COUNT(rules); i++) {
        const int64_t *list;
        int n;
        OCT_TRY(oct_attr_ints(ctx, rules[i]->name, &list, &n));
        if (n > 0)
            *n_spatial = n / rules[i]->parts;
    }
    ctx->read = read; /* a glance: those that the operator does not have must be left over */
    if (*n_spatial > 2)
        return oct_import_fail(ctx, OCTET_UNSUPPORTED, "%d spatial axes, at most 2", *n_spatial);
    return OCTET_OK;
}

/* The n_spatial entries of a list into to[H, W]. */
static octet_status spread(oct_import *ctx, const spatial_rule *rule, int32_t n_spatial, const int64_t *list, int32_t to[2])
{
    to[0] = rule->neutral;
    for (int i = 0; i < n_spatial; i++) {
        if (list[i] < rule->lo || list[i] > MOST_EXTENT)
            return oct_import_fail(ctx, OCTET_UNSUPPORTED, "attribute '%s' has the value %" PRId64 ", not in %d..%d",
                                   rule->name, list[i], rule->lo, MOST_EXTENT);
        to[2 - n_spatial + i] = (int32_t)list[i];
    }
    return OCTET_OK;
}

/* The list of a rule: its first part into first[H, W], the other (if it has two) into second. Some exporters write an
 * empty list for the default. */
static octet_status read_spatial(oct_import *ctx, const spatial_rule *rule, int32_t n_spatial, int32_t first[2],
                                 int32_t second[2])
{
    const int64_t *list;
    int n;
    OCT_TRY(oct_attr_ints(ctx, rule->name, &list, &n));
    first[0] = first[1] = rule->otherwise;
    if (second)
        second[0] = second[1] = rule->otherwise;
    if (n <= 0)
        return OCTET_OK;
    if (n != rule->parts * n_spatial)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "attribute '%s' has %d values, not %d", rule->name, n,
                               rule->parts * n_spatial);
    OCT_TRY(spread(ctx, rule, n_spatial, list, first));
    return second ? spread(ctx, rule, n_spatial, list + n_spatial, second) : OCTET_OK;
}

static octet_status read_auto_pad(oct_import *ctx, int32_t *auto_pad)
{
    static const char *const choices[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL}; /* as oct_auto_pad */
    return oct_attr_choice(ctx, "auto_pad", choices, OCT_PAD_EXPLICIT, auto_pad);
}

/* ---- convolution ---- */

static octet_status read_conv(oct_import *ctx, oct_conv_params *p)
{
    OCT_TRY(count_spatial(ctx, &p->n_spatial));
    OCT_TRY(read_spatial(ctx, &kernel_shape, p->n_spatial, p->kernel, NULL));
    OCT_TRY(read_spatial(ctx, &strides, p->n_spatial, p->stride, NULL));
    OCT_TRY(read_spatial(ctx, &dilations, p->n_spatial, p->dilation, NULL));
    OCT_TRY(read_spatial(ctx, &pads, p->n_spatial, p->pad_begin, p->pad_end));
    if (p->n_spatial == 1)
        p->kernel[0] = 1;
    OCT_TRY(oct_attr_int32(ctx, "group", 1, 1, MOST_EXTENT, &p->group));
    return read_auto_pad(ctx, &p->auto_pad);
}

/* Conv, ConvInteger, QLinearConv */
octet_status oct_import_conv(oct_import *ctx)
{
    oct_conv_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    if (ctx->op == OCT_OP_CONV)
        OCT_TRY(oct_import_most_inputs(ctx, 3)); /* further ones are made by fusion */
    if (ctx->op == OCT_OP_QLINEAR_CONV)
        OCT_TRY(oct_import_most_inputs(ctx, 9));
    return read_conv(ctx, p);
}

octet_status oct_import_conv_transpose(oct_import *ctx)
{
    oct_conv_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_import_most_inputs(ctx, 3));
    OCT_TRY(read_conv(ctx, p));
    OCT_TRY(read_spatial(ctx, &output_padding, p->n_spatial, p->output_pad, NULL));
    return read_spatial(ctx, &output_shape, p->n_spatial, p->output_shape, NULL);
}

/* ---- pooling ---- */

/* MaxPool, AveragePool, LpPool. Strides are 1 where not given, unlike in most frameworks. */
octet_status oct_import_pool(oct_import *ctx)
{
    oct_pool_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_require(ctx, "kernel_shape"));
    OCT_TRY(count_spatial(ctx, &p->n_spatial));
    OCT_TRY(read_spatial(ctx, &kernel_shape, p->n_spatial, p->kernel, NULL));
    OCT_TRY(read_spatial(ctx, &strides, p->n_spatial, p->stride, NULL));
    OCT_TRY(read_spatial(ctx, &dilations, p->n_spatial, p->dilation, NULL));
    OCT_TRY(read_spatial(ctx, &pads, p->n_spatial, p->pad_begin, p->pad_end));
    OCT_TRY(read_auto_pad(ctx, &p->auto_pad));
    OCT_TRY(oct_attr_bool(ctx, "ceil_mode", false, &p->ceil_mode));
    if (ctx->op == OCT_OP_AVERAGE_POOL)
        return oct_attr_bool(ctx, "count_include_pad", false, &p->count_include_pad);
    if (ctx->op == OCT_OP_MAX_POOL)
        return oct_attr_bool(ctx, "storage_order", false, &p->column_major);
    return oct_attr_int32(ctx, "p", 2, 1, INT32_MAX, &p->p);
}

octet_status oct_import_global_pool(oct_import *ctx)
{
    oct_pool_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    p->global = true;
    for (int i = 0; i < 2; i++)
        p->stride[i] = p->dilation[i] = 1;
    return ctx->op == OCT_OP_GLOBAL_LP_POOL ? oct_attr_int32(ctx, "p", 2, 1, INT32_MAX, &p->p) : OCTET_OK;
}

/* ---- matrix product ---- */

octet_status oct_import_gemm(oct_import *ctx)
{
    oct_gemm_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_float(ctx, "alpha", 1, &p->alpha));
    OCT_TRY(oct_attr_float(ctx, "beta", 1, &p->beta));
    OCT_TRY(oct_attr_bool(ctx, "transA", false, &p->trans_a));
    return oct_attr_bool(ctx, "transB", false, &p->trans_b);
}

octet_status oct_import_matmul(oct_import *ctx)
{
    oct_gemm_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    p->alpha = p->beta = 1;
    return oct_import_most_inputs(ctx, 2); /* the third is made by fusion */
}
