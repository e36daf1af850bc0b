/* Lowering of elementwise operators: one input, several with broadcasting, Clip, Where, Cast, Dropout.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "providers/float/lower.h"
#include "providers/float/stages.h"

static const oct_alpha_params no_alpha;

static octet_status no_memory(octet_error *err)
{
    return oct_fail_memory(err, "an elementwise step", sizeof(oct_stage));
}

/* Input i may be overwritten by the output if nobody needs it later: the first one that the layouts allow, but a value
 * with a single use before one with several. `operands` are the step's, inputs from 1 on. */
static int choose_in_place(oct_builder *b, const oct_node *n, const oct_stage *stage)
{
    int best = 0;
    for (int i = 0; i < n->n_in; i++) {
        if (n->in[i] == OCT_NONE || !oct_stage_in_place(stage, i + 1))
            continue;
        if (oct_build_n_uses(b, n->in[i]) == 1)
            return i + 1;
        best = best ? best : i + 1;
    }
    return best;
}

/* One map over all inputs of the node, in their order. */
static octet_status build_map(oct_builder *b, const oct_node *n, oct_map_op op, octet_dtype dtype,
                              const oct_alpha_params *p, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    if (!oct_map_select(oct_build_cpu(b), op, dtype))
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(dtype));
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, op, dtype);
    stage->alpha = p->alpha;
    stage->beta = p->beta;
    oct_ref operands[OCT_NEST_OPERANDS] = {oct_build_value(b, n->out[0])};
    oct_stage_output(stage, oct_node_out(g, n, 0), 0);
    for (int i = 0; i < n->n_in; i++) {
        operands[i + 1] = oct_build_value(b, n->in[i]);
        oct_stage_input(stage, oct_node_in(g, n, i), i + 1);
    }
    int in_place = choose_in_place(b, n, stage);
    oct_stages_build(b, s, "elementwise", (oct_stages_io){operands, n->n_in + 1, 1, in_place});
    return OCTET_OK;
}

/* ---- one input ---- */

static oct_map_op unary_op(const oct_node *n)
{
    switch (n->op) {
    case OCT_OP_RELU: return OCT_MAP_RELU;
    case OCT_OP_LEAKY_RELU: return OCT_MAP_LEAKY_RELU;
    case OCT_OP_ELU: return OCT_MAP_ELU;
    case OCT_OP_SELU: return OCT_MAP_SELU;
    case OCT_OP_CELU: return OCT_MAP_CELU;
    case OCT_OP_HARD_SIGMOID: return OCT_MAP_HARD_SIGMOID;
    case OCT_OP_HARD_SWISH: return OCT_MAP_HARD_SWISH;
    case OCT_OP_SIGMOID: return OCT_MAP_SIGMOID;
    case OCT_OP_SOFTPLUS: return OCT_MAP_SOFTPLUS;
    case OCT_OP_SOFTSIGN: return OCT_MAP_SOFTSIGN;
    case OCT_OP_MISH: return OCT_MAP_MISH;
    case OCT_OP_TANH: return OCT_MAP_TANH;
    case OCT_OP_GELU: return ((const oct_gelu_params *)n->params)->tanh ? OCT_MAP_GELU_TANH : OCT_MAP_GELU;
    case OCT_OP_GELU_MS: return OCT_MAP_GELU;
    case OCT_OP_THRESHOLDED_RELU: return OCT_MAP_THRESHOLDED_RELU;
    case OCT_OP_ERF: return OCT_MAP_ERF;
    case OCT_OP_EXP: return OCT_MAP_EXP;
    case OCT_OP_LOG: return OCT_MAP_LOG;
    case OCT_OP_SQRT: return OCT_MAP_SQRT;
    case OCT_OP_ABS: return OCT_MAP_ABS;
    case OCT_OP_NEG: return OCT_MAP_NEG;
    case OCT_OP_RECIPROCAL: return OCT_MAP_RECIPROCAL;
    case OCT_OP_FLOOR: return OCT_MAP_FLOOR;
    case OCT_OP_CEIL: return OCT_MAP_CEIL;
    case OCT_OP_ROUND: return OCT_MAP_ROUND;
    case OCT_OP_SIGN: return OCT_MAP_SIGN;
    case OCT_OP_NOT: return OCT_MAP_NOT;
    case OCT_OP_IS_NAN: return OCT_MAP_IS_NAN;
    default: return OCT_MAP_N_OPS;
    }
}

static bool has_alpha(oct_op op)
{
    return op == OCT_OP_LEAKY_RELU || op == OCT_OP_ELU || op == OCT_OP_SELU || op == OCT_OP_CELU ||
           op == OCT_OP_HARD_SIGMOID || op == OCT_OP_THRESHOLDED_RELU;
}

octet_status oct_lower_unary(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_alpha_params *p = has_alpha(n->op) ? n->params : &no_alpha;
    return build_map(b, n, unary_op(n), oct_node_in(oct_build_graph(b), n, 0)->dtype, p, err);
}

/* ---- two inputs ---- */

static oct_map_op binary_op(const oct_node *n)
{
    switch (n->op) {
    case OCT_OP_ADD: return OCT_MAP_ADD;
    case OCT_OP_SUB: return OCT_MAP_SUB;
    case OCT_OP_MUL: return OCT_MAP_MUL;
    case OCT_OP_DIV: return OCT_MAP_DIV;
    case OCT_OP_POW: return OCT_MAP_POW;
    case OCT_OP_MOD: return ((const oct_mod_params *)n->params)->fmod ? OCT_MAP_FMOD : OCT_MAP_MOD;
    case OCT_OP_PRELU: return OCT_MAP_PRELU;
    case OCT_OP_EQUAL: return OCT_MAP_EQUAL;
    case OCT_OP_GREATER: return OCT_MAP_GREATER;
    case OCT_OP_GREATER_EQUAL: return OCT_MAP_GREATER_EQUAL;
    case OCT_OP_LESS: return OCT_MAP_LESS;
    case OCT_OP_LESS_EQUAL: return OCT_MAP_LESS_EQUAL;
    case OCT_OP_AND: return OCT_MAP_AND;
    case OCT_OP_OR: return OCT_MAP_OR;
    case OCT_OP_XOR: return OCT_MAP_XOR;
    default: return OCT_MAP_N_OPS;
    }
}

/* Stage: y = x as y's type. */
static void add_cast(oct_stages *s, const oct_value *y, int y_at, const oct_value *x, int x_at)
{
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_CAST, (int)y->dtype, x->dtype);
    oct_stage_output(stage, y, y_at);
    oct_stage_input(stage, x, x_at);
}

/* A temporary like v, of another type. */
static oct_ref add_temp(oct_builder *b, oct_value *temp, const oct_value *v, octet_dtype dtype)
{
    *temp = *v;
    temp->dtype = dtype;
    temp->pixel_pitch = 0;
    return oct_build_temp(b, oct_value_bytes(temp));
}

/* Pow of two types: computed in the base's type, but an integer base with a float exponent in float32. */
static octet_status build_mixed_pow(oct_builder *b, const oct_node *n, octet_error *err)
{
    enum { Y, X, E, POWER, BASE, EXPONENT, N_OPERANDS };
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *e = oct_node_in(g, n, 1), *y = oct_node_out(g, n, 0);
    octet_dtype dtype = e->dtype == OCTET_F32 ? OCTET_F32 : x->dtype;
    if (!oct_map_select(OCT_CPU_REF, OCT_MAP_POW, dtype) || !oct_cast_select(OCT_CPU_REF, x->dtype, dtype) ||
        !oct_cast_select(OCT_CPU_REF, e->dtype, dtype))
        return oct_lower_refuse(n, err, "%s to the power of %s", octet_dtype_name(x->dtype),
                                octet_dtype_name(e->dtype));
    oct_stages *s = oct_stages_new(b, 4);
    if (!s)
        return no_memory(err);
    oct_value power, base, exponent;
    oct_ref operands[N_OPERANDS] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0]),
                                    oct_build_value(b, n->in[1])};
    operands[POWER] = add_temp(b, &power, y, dtype);
    operands[BASE] = add_temp(b, &base, x, dtype);
    operands[EXPONENT] = add_temp(b, &exponent, e, dtype);
    add_cast(s, &base, BASE, x, X);
    add_cast(s, &exponent, EXPONENT, e, E);
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_POW, dtype);
    oct_stage_output(stage, &power, POWER);
    oct_stage_input(stage, &base, BASE);
    oct_stage_input(stage, &exponent, EXPONENT);
    add_cast(s, y, Y, &power, POWER);
    oct_stages_build(b, s, "elementwise", (oct_stages_io){operands, N_OPERANDS, 1, 0});
    return OCTET_OK;
}

octet_status oct_lower_binary(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0);
    if (n->op == OCT_OP_POW && x->dtype != oct_node_in(g, n, 1)->dtype)
        return build_mixed_pow(b, n, err);
    return build_map(b, n, binary_op(n), x->dtype, &no_alpha, err);
}

octet_status oct_lower_where(oct_builder *b, const oct_node *n, octet_error *err)
{
    return build_map(b, n, OCT_MAP_WHERE, oct_node_in(oct_build_graph(b), n, 1)->dtype, &no_alpha, err);
}

/* ---- any number of inputs ---- */

#define MOST_INPUTS 4096 /* each costs the step a loop nest */

static oct_map_op variadic_op(oct_op op)
{
    switch (op) {
    case OCT_OP_MIN: return OCT_MAP_MIN;
    case OCT_OP_MAX: return OCT_MAP_MAX;
    default: return OCT_MAP_ADD; /* Sum, Mean */
    }
}

/* Stage: y = op(y or the first input, input i). */
static void add_next(oct_builder *b, oct_stages *s, const oct_node *n, int i)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *y = oct_node_out(g, n, 0);
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, variadic_op(n->op), y->dtype);
    oct_stage_output(stage, y, 0);
    if (i == 1)
        oct_stage_input(stage, oct_node_in(g, n, 0), 1);
    else
        oct_stage_input(stage, y, 0);
    oct_stage_input(stage, oct_node_in(g, n, i), i + 1);
}

/* Stage: y = y / the one number in operand `at`. */
static void add_division(oct_stages *s, const oct_value *y, int at)
{
    static const int64_t one_number[OCTET_MAX_RANK] = {0};
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_DIV, OCTET_F32);
    oct_stage_output(stage, y, 0);
    oct_stage_input(stage, y, 0);
    oct_stage_operand(stage, sizeof(float), one_number, at);
}

octet_status oct_lower_variadic(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_value *y = oct_node_out(oct_build_graph(b), n, 0);
    if (n->n_in == 1)
        return oct_lower_alias(b, n, err);
    if (n->n_in > MOST_INPUTS)
        return oct_lower_refuse(n, err, "%d inputs; at most %d are taken", (int)n->n_in, MOST_INPUTS);
    if (!oct_map_select(oct_build_cpu(b), variadic_op(n->op), y->dtype))
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(y->dtype));
    oct_stages *s = oct_stages_new(b, n->n_in);
    oct_ref *operands = oct_build_alloc(b, ((size_t)n->n_in + 2) * sizeof *operands);
    if (!s || !operands)
        return no_memory(err);
    int n_operands = n->n_in + 1;
    operands[0] = oct_build_value(b, n->out[0]);
    for (int i = 0; i < n->n_in; i++)
        operands[i + 1] = oct_build_value(b, n->in[i]);
    for (int i = 1; i < n->n_in; i++)
        add_next(b, s, n, i);
    /* with more inputs, y is written before the later ones are read */
    int in_place = n->n_in == 2 ? choose_in_place(b, n, &s->stages[0]) : 0;
    if (n->op == OCT_OP_MEAN) {
        const float count = (float)n->n_in;
        operands[n_operands] = oct_build_const_copy(b, &count, sizeof count);
        add_division(s, y, n_operands++);
    }
    oct_stages_build(b, s, "elementwise", (oct_stages_io){operands, n_operands, 1, in_place});
    return OCTET_OK;
}

/* ---- Clip ---- */

/* The end of a type's range, as Clip's default bound. */
static void range_end(octet_dtype dtype, bool high, void *out)
{
    switch (dtype) {
    case OCTET_F32: *(float *)out = high ? INFINITY : -INFINITY; break;
    case OCTET_U8: *(uint8_t *)out = high ? UINT8_MAX : 0; break;
    case OCTET_I8: *(int8_t *)out = high ? INT8_MAX : INT8_MIN; break;
    case OCTET_U16: *(uint16_t *)out = high ? UINT16_MAX : 0; break;
    case OCTET_I16: *(int16_t *)out = high ? INT16_MAX : INT16_MIN; break;
    case OCTET_U32: *(uint32_t *)out = high ? UINT32_MAX : 0; break;
    case OCTET_I32: *(int32_t *)out = high ? INT32_MAX : INT32_MIN; break;
    case OCTET_U64: *(uint64_t *)out = high ? UINT64_MAX : 0; break;
    default: *(int64_t *)out = high ? INT64_MAX : INT64_MIN; break;
    }
}

octet_status oct_lower_clip(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *y = oct_node_out(g, n, 0);
    if (!oct_map_select(oct_build_cpu(b), OCT_MAP_CLIP, y->dtype))
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(y->dtype));
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    static const int64_t one_number[OCTET_MAX_RANK] = {0};
    size_t size = octet_dtype_size(y->dtype);
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_MAP, OCT_MAP_CLIP, y->dtype);
    oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0]), OCT_NO_REF, OCT_NO_REF};
    oct_stage_output(stage, y, 0);
    oct_stage_input(stage, oct_node_in(g, n, 0), 1);
    for (int i = 1; i < 3; i++) {
        int64_t end;
        range_end(y->dtype, i == 2, &end);
        operands[i + 1] = oct_node_in(g, n, i) ? oct_build_value(b, n->in[i]) : oct_build_const_copy(b, &end, size);
        oct_stage_operand(stage, size, one_number, i + 1);
    }
    int in_place = oct_stage_in_place(stage, 1);
    oct_stages_build(b, s, "elementwise", (oct_stages_io){operands, 4, 1, in_place});
    return OCTET_OK;
}

/* ---- Cast, Dropout ---- */

octet_status oct_lower_cast(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (x->dtype == y->dtype)
        return oct_lower_alias(b, n, err);
    if (!oct_cast_select(OCT_CPU_REF, x->dtype, y->dtype))
        return oct_lower_refuse(n, err, "from %s to %s", octet_dtype_name(x->dtype), octet_dtype_name(y->dtype));
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0])};
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_CAST, (int)y->dtype, x->dtype);
    oct_stage_output(stage, y, 0);
    oct_stage_input(stage, x, 1);
    int in_place = oct_stage_in_place(stage, 1);
    oct_stages_build(b, s, "cast", (oct_stages_io){operands, 2, 1, in_place});
    return OCTET_OK;
}

/* Inference only: y = x, and the mask is true everywhere. */
octet_status oct_lower_dropout(oct_builder *b, const oct_node *n, octet_error *err)
{
    OCT_TRY(oct_lower_alias(b, n, err));
    if (n->n_out < 2 || n->out[1] == OCT_NONE)
        return OCTET_OK;
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    const oct_ref operands[] = {oct_build_value(b, n->out[1])};
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_FILL, 0, OCTET_BOOL);
    oct_stage_output(stage, oct_node_out(oct_build_graph(b), n, 1), 0);
    oct_stages_build(b, s, "fill", (oct_stages_io){operands, 1, 1, 0});
    return OCTET_OK;
}
