/* Lowering of normalizations: BatchNormalization (where nothing took it over), InstanceNormalization,
 * LayerNormalization, LpNormalization. Each is statistics by reductions, then one elementwise map.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "providers/float/lower.h"
#include "providers/float/stages.h"

static octet_status no_memory(octet_error *err)
{
    return oct_fail_memory(err, "a normalization", sizeof(oct_stage));
}

static octet_status check_f32(const oct_graph *g, const oct_node *n, octet_error *err)
{
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *v = oct_node_in(g, n, i);
        if (v && v->dtype != OCTET_F32)
            return oct_lower_refuse(n, err, "input '%s' of type %s", v->name, octet_dtype_name(v->dtype));
    }
    return OCTET_OK;
}

/* A vector of channels as an operand of a stage over [N, C, ...]. */
static void add_channels(oct_stage *stage, int at)
{
    int64_t strides[OCTET_MAX_RANK] = {0};
    strides[1] = 1;
    oct_stage_operand(stage, sizeof(float), strides, at);
}

/* Stage: y = 1 / sqrt(x + epsilon), n dense numbers. */
static void add_inverse_deviation(oct_stages *s, int64_t n, float epsilon, int y_at, int x_at)
{
    static const int64_t dense[] = {1};
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_INVERSE_DEVIATION, OCTET_F32);
    stage->alpha = epsilon;
    stage->nest.rank = 1;
    stage->nest.dims[0] = n;
    oct_stage_operand(stage, sizeof(float), dense, y_at);
    oct_stage_operand(stage, sizeof(float), dense, x_at);
}

octet_status oct_lower_batch_norm(oct_builder *b, const oct_node *n, octet_error *err)
{
    enum { Y, X, SCALE, BIAS, MEAN, VAR, INVERSE };
    const oct_graph *g = oct_build_graph(b);
    const oct_norm_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    OCT_TRY(check_f32(g, n, err));
    oct_stages *s = oct_stages_new(b, 2);
    if (!s)
        return no_memory(err);
    int64_t n_channels = x->dims[1];
    oct_ref operands[INVERSE + 1] = {oct_build_value(b, n->out[0])};
    for (int i = 0; i < 5; i++)
        operands[X + i] = oct_build_value(b, n->in[i]);
    operands[INVERSE] = oct_build_temp(b, (size_t)n_channels * sizeof(float));
    add_inverse_deviation(s, n_channels, p->epsilon, INVERSE, VAR);
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_NORMALIZE, OCTET_F32);
    oct_stage_output(stage, y, Y);
    oct_stage_input(stage, x, X);
    add_channels(stage, MEAN);
    add_channels(stage, INVERSE);
    add_channels(stage, SCALE);
    add_channels(stage, BIAS);
    oct_stages_build(b, s, "normalize", (oct_stages_io){operands, INVERSE + 1, 1, oct_stage_in_place(stage, X)});
    return OCTET_OK;
}

/* ---- statistics of the input itself ---- */

/* Stages: mean over `axes` into operand mean_at, 1/deviation into inverse_at; both have the strides given. */
static void add_statistics(oct_stages *s, const oct_value *x, uint32_t axes, float epsilon,
                           const int64_t *strides, const int at[3])
{
    enum { X, MEAN, INVERSE };
    oct_stage *mean = oct_stages_add(s, OCT_STAGE_REDUCE, OCT_REDUCE_MEAN, OCTET_F32);
    oct_stage_split(mean, x, at[X], axes, (oct_place){sizeof(float), strides, at[MEAN]});
    oct_stage *variance = oct_stages_add(s, OCT_STAGE_REDUCE, OCT_REDUCE_VARIANCE, OCTET_F32);
    oct_stage_split(variance, x, at[X], axes, (oct_place){sizeof(float), strides, at[INVERSE]});
    oct_stage_operand(variance, sizeof(float), variance->nest.strides[0], at[MEAN]);
    add_inverse_deviation(s, oct_nest_elems(&variance->nest), epsilon, at[INVERSE], at[INVERSE]);
}

octet_status oct_lower_instance_norm(oct_builder *b, const oct_node *n, octet_error *err)
{
    enum { Y, X, SCALE, BIAS, MEAN, INVERSE };
    const oct_graph *g = oct_build_graph(b);
    const oct_norm_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    OCT_TRY(check_f32(g, n, err));
    oct_stages *s = oct_stages_new(b, 4);
    if (!s)
        return no_memory(err);
    uint32_t axes = ((1u << x->rank) - 1) & ~3u;
    int64_t strides[OCTET_MAX_RANK];
    size_t n_bytes = (size_t)oct_reduced_dense(x, axes, strides) * sizeof(float);
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0]),
                                oct_build_value(b, n->in[1]),  oct_build_value(b, n->in[2]),
                                oct_build_temp(b, n_bytes),    oct_build_temp(b, n_bytes)};
    add_statistics(s, x, axes, p->epsilon, strides, (const int[]){X, MEAN, INVERSE});
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_NORMALIZE, OCTET_F32);
    oct_stage_output(stage, y, Y);
    oct_stage_input(stage, x, X);
    oct_stage_operand(stage, sizeof(float), strides, MEAN);
    oct_stage_operand(stage, sizeof(float), strides, INVERSE);
    add_channels(stage, SCALE);
    add_channels(stage, BIAS);
    oct_stages_build(b, s, "normalize", (oct_stages_io){operands, INVERSE + 1, 1, oct_stage_in_place(stage, X)});
    return OCTET_OK;
}

/* Mean and 1/deviation are outputs if the node has them, else temporaries; all row-major. */
octet_status oct_lower_layer_norm(oct_builder *b, const oct_node *n, octet_error *err)
{
    enum { Y, MEAN, INVERSE, X, SCALE, BIAS, N_OPERANDS };
    const oct_graph *g = oct_build_graph(b);
    const oct_norm_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0), *bias = oct_node_in(g, n, 2);
    OCT_TRY(check_f32(g, n, err));
    oct_stages *s = oct_stages_new(b, 4);
    if (!s)
        return no_memory(err);
    static const float zero = 0;
    static const int64_t one_number[OCTET_MAX_RANK] = {0};
    uint32_t axes = ((1u << x->rank) - 1) & ~((1u << p->axis) - 1);
    int64_t strides[OCTET_MAX_RANK];
    size_t n_bytes = (size_t)oct_reduced_dense(x, axes, strides) * sizeof(float);
    oct_ref operands[N_OPERANDS] = {oct_build_value(b, n->out[0])};
    operands[MEAN] = oct_node_out(g, n, 1) ? oct_build_value(b, n->out[1]) : oct_build_temp(b, n_bytes);
    operands[INVERSE] = oct_node_out(g, n, 2) ? oct_build_value(b, n->out[2]) : oct_build_temp(b, n_bytes);
    operands[X] = oct_build_value(b, n->in[0]);
    operands[SCALE] = oct_build_value(b, n->in[1]);
    operands[BIAS] = bias ? oct_build_value(b, n->in[2]) : oct_build_const_copy(b, &zero, sizeof zero);
    add_statistics(s, x, axes, p->epsilon, strides, (const int[]){X, MEAN, INVERSE});
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_NORMALIZE, OCTET_F32);
    oct_stage_output(stage, y, Y);
    oct_stage_input(stage, x, X);
    oct_stage_operand(stage, sizeof(float), strides, MEAN);
    oct_stage_operand(stage, sizeof(float), strides, INVERSE);
    oct_stage_input(stage, oct_node_in(g, n, 1), SCALE);
    if (bias)
        oct_stage_input(stage, bias, BIAS);
    else
        oct_stage_operand(stage, sizeof(float), one_number, BIAS);
    oct_stages_build(b, s, "normalize", (oct_stages_io){operands, N_OPERANDS, 3, oct_stage_in_place(stage, X)});
    return OCTET_OK;
}

/* y = x / norm, 0 where the norm is 0 */
octet_status oct_lower_lp_norm(oct_builder *b, const oct_node *n, octet_error *err)
{
    enum { Y, X, NORM };
    const oct_graph *g = oct_build_graph(b);
    const oct_lp_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    OCT_TRY(check_f32(g, n, err));
    oct_stages *s = oct_stages_new(b, 2);
    if (!s)
        return no_memory(err);
    int64_t strides[OCTET_MAX_RANK];
    size_t n_bytes = (size_t)oct_reduced_dense(x, 1u << p->axis, strides) * sizeof(float);
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0]),
                                oct_build_temp(b, n_bytes)};
    oct_stage *norm = oct_stages_add(s, OCT_STAGE_REDUCE, p->p == 1 ? OCT_REDUCE_L1 : OCT_REDUCE_L2, OCTET_F32);
    oct_stage_split(norm, x, X, 1u << p->axis, (oct_place){sizeof(float), strides, NORM});
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_DIV_OR_ZERO, OCTET_F32);
    oct_stage_output(stage, y, Y);
    oct_stage_input(stage, x, X);
    oct_stage_operand(stage, sizeof(float), strides, NORM);
    oct_stages_build(b, s, "normalize", (oct_stages_io){operands, 3, 1, oct_stage_in_place(stage, X)});
    return OCTET_OK;
}
