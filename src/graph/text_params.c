/* One printer for each parameter struct; the import column of ops.def says which one an operator has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/text_params.h"

#include <inttypes.h>

#include "graph/op_params.h"

typedef struct printer {
    FILE *f;
    bool any; /* something was printed: the brace is open */
} printer;

/* "name " behind an opening brace or a comma */
static FILE *start(printer *t, const char *name)
{
    fprintf(t->f, "%s%s", t->any ? ", " : " {", name);
    t->any = true;
    return t->f;
}

static void put_int(printer *t, const char *name, int64_t x, int64_t plain)
{
    if (x != plain)
        fprintf(start(t, name), " %" PRId64, x);
}

static void put_float(printer *t, const char *name, float x, float plain)
{
    if (x != plain)
        fprintf(start(t, name), " %.9g", (double)x);
}

static void put_flag(printer *t, const char *name, bool x)
{
    if (x)
        start(t, name);
}

static void put_pair(printer *t, const char *name, const int32_t x[2], int32_t plain)
{
    if (x[0] != plain || x[1] != plain)
        fprintf(start(t, name), " %" PRId32 "x%" PRId32, x[0], x[1]);
}

static void put_list(printer *t, const char *name, const int32_t *x, int n)
{
    if (n == 0)
        return;
    start(t, name);
    for (int i = 0; i < n; i++)
        fprintf(t->f, "%s%" PRId32, i ? "," : " ", x[i]);
}

static void put_pads(printer *t, const int32_t begin[2], const int32_t end[2], int32_t auto_pad)
{
    const int32_t pads[4] = {begin[0], begin[1], end[0], end[1]};
    if (pads[0] || pads[1] || pads[2] || pads[3])
        put_list(t, "pads", pads, 4);
    put_int(t, "auto_pad", auto_pad, OCT_PAD_EXPLICIT);
}

static void put_act(printer *t, const oct_fused_act *act)
{
    if (act->kind == OCT_FUSED_CLAMP)
        fprintf(start(t, "clamp"), " %.9g..%.9g", (double)act->lo, (double)act->hi);
    else if (act->kind == OCT_FUSED_LEAKY)
        fprintf(start(t, "leaky"), " %.9g", (double)act->alpha);
}

static void put_dtype(printer *t, const char *name, octet_dtype dtype)
{
    if (dtype != OCTET_UNDEFINED)
        fprintf(start(t, name), " %s", octet_dtype_name(dtype));
}

/* ---- one for each import function of ops.def ---- */

static void print_none(printer *t, const void *params)
{
    (void)t;
    (void)params;
}

static void print_conv(printer *t, const void *params)
{
    const oct_conv_params *p = params;
    put_pair(t, "kernel", p->kernel, 1);
    put_pair(t, "stride", p->stride, 1);
    put_pair(t, "dilation", p->dilation, 1);
    put_pads(t, p->pad_begin, p->pad_end, p->auto_pad);
    put_pair(t, "output_pad", p->output_pad, 0);
    put_pair(t, "output_shape", p->output_shape, 0);
    put_int(t, "group", p->group, 1);
    put_flag(t, "raised_add", p->raised_add);
    put_flag(t, "double_mult", p->double_mult);
    put_act(t, &p->act);
}

static void print_pool(printer *t, const void *params)
{
    const oct_pool_params *p = params;
    put_flag(t, "global", p->global);
    put_pair(t, "kernel", p->kernel, 1);
    put_pair(t, "stride", p->stride, 1);
    put_pair(t, "dilation", p->dilation, 1);
    put_pads(t, p->pad_begin, p->pad_end, p->auto_pad);
    put_flag(t, "ceil_mode", p->ceil_mode);
    put_flag(t, "count_include_pad", p->count_include_pad);
    put_flag(t, "column_major", p->column_major);
    put_int(t, "p", p->p, 0);
}

static void print_gemm(printer *t, const void *params)
{
    const oct_gemm_params *p = params;
    put_float(t, "alpha", p->alpha, 1);
    put_float(t, "beta", p->beta, 1);
    put_flag(t, "trans_a", p->trans_a);
    put_flag(t, "trans_b", p->trans_b);
    put_flag(t, "double_mult", p->double_mult);
    put_act(t, &p->act);
}

static void print_norm(printer *t, const void *params)
{
    const oct_norm_params *p = params;
    put_float(t, "epsilon", p->epsilon, 0);
    put_int(t, "axis", p->axis, 0);
}

static void print_alpha(printer *t, const void *params)
{
    const oct_alpha_params *p = params;
    put_float(t, "alpha", p->alpha, 0);
    put_float(t, "beta", p->beta, 0);
}

static void print_gelu(printer *t, const void *params)
{
    const oct_gelu_params *p = params;
    put_flag(t, "tanh", p->tanh);
}

static void print_axis(printer *t, const void *params)
{
    const oct_axis_params *p = params;
    put_int(t, "axis", p->axis, INT64_MIN); /* always */
    put_flag(t, "keepdims", p->keepdims);
    put_flag(t, "last_index", p->last_index);
    put_flag(t, "largest", p->largest);
    put_flag(t, "sorted", p->sorted);
    put_flag(t, "coerce_2d", p->coerce_2d);
    put_int(t, "num_outputs", p->num_outputs, 0);
}

static void print_reduce(printer *t, const void *params)
{
    const oct_reduce_params *p = params;
    put_flag(t, "keepdims", p->keepdims);
    put_flag(t, "noop_with_empty_axes", p->noop_with_empty_axes);
}

static void print_cast(printer *t, const void *params)
{
    const oct_cast_params *p = params;
    put_dtype(t, "to", p->to);
}

static void print_transpose(printer *t, const void *params)
{
    const oct_transpose_params *p = params;
    put_list(t, "perm", p->perm, p->n_perm);
}

static void print_pad(printer *t, const void *params)
{
    const oct_pad_params *p = params;
    put_int(t, "mode", p->mode, OCT_PAD_CONSTANT);
}

static void print_resize(printer *t, const void *params)
{
    const oct_resize_params *p = params;
    put_int(t, "mode", p->mode, INT64_MIN); /* always */
    put_int(t, "coord", p->coord, OCT_COORD_HALF_PIXEL);
    put_int(t, "nearest", p->nearest, OCT_NEAREST_ROUND_PREFER_FLOOR);
    put_int(t, "policy", p->policy, OCT_STRETCH);
    put_float(t, "cubic_a", p->cubic_a, -0.75f); /* ONNX's default */
    put_float(t, "extrapolation", p->extrapolation, 0);
    put_flag(t, "exclude_outside", p->exclude_outside);
    put_flag(t, "antialias", p->antialias);
    put_list(t, "axes", p->axes, p->n_axes);
}

static void print_depth(printer *t, const void *params)
{
    const oct_depth_params *p = params;
    put_int(t, "block", p->block, 0);
    put_flag(t, "crd", p->crd);
}

static void print_lrn(printer *t, const void *params)
{
    const oct_lrn_params *p = params;
    put_int(t, "size", p->size, 0);
    put_float(t, "alpha", p->alpha, 0);
    put_float(t, "beta", p->beta, 0);
    put_float(t, "bias", p->bias, 0);
}

static void print_quantize(printer *t, const void *params)
{
    const oct_quant_params *p = params;
    put_int(t, "axis", p->axis, INT64_MIN); /* always */
    put_int(t, "block_size", p->block_size, 0);
    put_dtype(t, "to", p->output_dtype);
}

static void print_mod(printer *t, const void *params)
{
    const oct_mod_params *p = params;
    put_flag(t, "fmod", p->fmod);
}

static void print_shape(printer *t, const void *params)
{
    const oct_shape_params *p = params;
    put_int(t, "start", p->start, 0);
    put_int(t, "end", p->end, INT32_MAX);
}

static void print_constant_of_shape(printer *t, const void *params)
{
    const oct_fill_params *p = params;
    put_dtype(t, "of", p->dtype);
    fprintf(start(t, "bits"), " 0x%" PRIx64, p->bits);
}

static void print_reshape(printer *t, const void *params)
{
    const oct_reshape_params *p = params;
    put_flag(t, "allow_zero", p->allow_zero);
}

static void print_lp_norm(printer *t, const void *params)
{
    const oct_lp_params *p = params;
    put_int(t, "axis", p->axis, INT64_MIN); /* always */
    put_int(t, "p", p->p, 0);
}

static void print_qlinear_concat(printer *t, const void *params)
{
    const oct_qconcat_params *p = params;
    put_int(t, "axis", p->axis, 0);
    put_flag(t, "channels_last", p->channels_last);
}

/* operators that share a struct, or have none */
#define print_conv_transpose print_conv
#define print_global_pool print_pool
#define print_matmul print_gemm
#define print_batch_norm print_norm
#define print_instance_norm print_norm
#define print_layer_norm print_norm
#define print_leaky_relu print_alpha
#define print_elu print_alpha
#define print_selu print_alpha
#define print_celu print_alpha
#define print_hard_sigmoid print_alpha
#define print_softmax print_axis
#define print_arg_max print_axis
#define print_topk print_axis
#define print_concat print_axis
#define print_split print_axis
#define print_gather print_axis
#define print_flatten print_axis
#define print_dequantize print_quantize
#define print_qlinear_global_average_pool print_qlinear_concat
#define print_clip print_none
#define print_dropout print_none
#define print_slice print_none
#define print_squeeze print_none
#define print_unsqueeze print_none

void oct_text_params(FILE *f, const oct_node *n)
{
    static void (*const printers[OCT_N_OPS])(printer *, const void *) = {
#define OCT_OP(NAME, ONNX, DOMAIN, MIN_IN, MAX_IN, MIN_OUT, MAX_OUT, LAYOUT, INFER, IMPORT, LOWER) \
    [OCT_OP_##NAME] = print_##IMPORT,
#include "graph/ops.def"
#undef OCT_OP
    };
    printer t = {.f = f};
    if (n->params)
        printers[n->op](&t, n->params);
    if (t.any)
        fputc('}', f);
}
