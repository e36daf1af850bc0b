/* From lowered nodes to a program: buffers get lifetimes and places, constants their bytes, steps their operands.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "plan/builder_state.h"

#define PARAM_ALIGN 16u

/* Limits that no classifier comes near: a small hostile file must not cost gigabytes. */
#define MOST_ARENA_BYTES ((uint64_t)16 << 30)
#define MOST_TABLE_BYTES ((uint64_t)128 << 20) /* of tables and lists that lower functions make */
#define MOST_CONST_BYTES ((uint64_t)512 << 20) /* of packed constants, beside */
#define MOST_CONST_GROWTH 16u                  /* times the constants of the graph */

const oct_graph *oct_build_graph(const oct_builder *b)
{
    return b->request->graph;
}

oct_cpu_level oct_build_cpu(const oct_builder *b)
{
    return b->request->cpu;
}

const struct oct_tuning *oct_build_tuning(const oct_builder *b)
{
    return b->request->tuning;
}

/* n more bytes of tables are allowed; else the build ends. */
static bool has_room(oct_builder *b, uint64_t n_bytes)
{
    bool fits = n_bytes <= MOST_TABLE_BYTES && b->arena.n_bytes <= MOST_TABLE_BYTES - n_bytes;
    b->too_large |= !fits;
    b->out_of_memory |= !fits;
    return fits;
}

void *oct_build_alloc(oct_builder *b, size_t n_bytes)
{
    void *p = has_room(b, n_bytes) ? oct_arena_alloc(&b->arena, n_bytes) : NULL;
    b->out_of_memory |= p == NULL;
    return p;
}

/* `array` of *cap elements with room for n + more, possibly moved; NULL when out of memory (the array is still owned). */
static void *grow(oct_builder *b, void *array, uint32_t *cap, uint32_t n, uint32_t more, size_t size)
{
    uint64_t need = (uint64_t)n + more;
    if (array && need <= *cap)
        return array;
    uint64_t new_cap = need + need / 2 + 16;
    void *p = new_cap <= INT32_MAX && has_room(b, new_cap * size) ? oct_realloc(array, (size_t)new_cap * size) : NULL;
    if (p)
        *cap = (uint32_t)new_cap;
    else
        b->out_of_memory = true;
    return p;
}

static oct_ref add_buffer(oct_builder *b, oct_buffer value)
{
    oct_buffer *buffers = grow(b, b->buffers, &b->cap_buffers, (uint32_t)b->n_buffers, 1, sizeof *buffers);
    if (!buffers)
        return OCT_NO_REF;
    b->buffers = buffers;
    b->buffers[b->n_buffers] = value;
    return b->n_buffers++;
}

static oct_ref add_arena_buffer(oct_builder *b, uint64_t n_bytes, int32_t first, int32_t last)
{
    return add_buffer(b, (oct_buffer){.region = OCT_REGION_ARENA, .n_bytes = n_bytes, .first = first, .last = last,
                                      .same_as = OCT_NO_REF});
}

oct_ref oct_build_const(oct_builder *b, size_t n_bytes, oct_fill fill, void *context)
{
    return add_buffer(b, (oct_buffer){.region = OCT_REGION_CONST, .n_bytes = n_bytes, .fill = fill, .context = context,
                                      .same_as = OCT_NO_REF});
}

oct_ref oct_build_const_copy(oct_builder *b, const void *data, size_t n_bytes)
{
    void *copy = oct_build_alloc(b, n_bytes);
    if (copy && n_bytes)
        memcpy(copy, data, n_bytes);
    return add_buffer(b, (oct_buffer){.region = OCT_REGION_CONST, .n_bytes = n_bytes, .copy = copy,
                                      .same_as = OCT_NO_REF});
}

oct_ref oct_build_bound(oct_builder *b)
{
    return add_buffer(b, (oct_buffer){.region = OCT_REGION_BOUND, .same_as = OCT_NO_REF});
}

oct_ref oct_build_temp(oct_builder *b, size_t n_bytes)
{
    return add_arena_buffer(b, n_bytes, INT32_MAX, -1); /* its steps set the lifetime */
}

static oct_ref add_view(oct_builder *b, const oct_value *v)
{
    return add_buffer(b, (oct_buffer){.region = OCT_REGION_ARENA, .n_bytes = oct_value_bytes(v),
                                      .same_as = oct_build_value(b, v->view_of),
                                  .offset = (uint64_t)v->view_channel * octet_dtype_size(v->dtype)});
}

oct_ref oct_build_value(oct_builder *b, oct_value_id id)
{
    if (id == OCT_NONE)
        return OCT_NO_REF;
    oct_ref *ref = &b->ref_of[id];
    if (*ref != OCT_NO_REF)
        return *ref;
    const oct_value *v = oct_graph_value(b->request->graph, id);
    if (v->data)
        *ref = add_buffer(b, (oct_buffer){.region = OCT_REGION_CONST, .n_bytes = oct_value_bytes(v), .copy = v->data,
                                          .same_as = OCT_NO_REF});
    else if (v->pixel_pitch)
        *ref = add_view(b, v);
    else
        *ref = add_arena_buffer(b, oct_value_bytes(v), INT32_MAX, -1);
    return *ref;
}

void oct_build_alias(oct_builder *b, oct_value_id out, oct_value_id in)
{
    if (out != OCT_NONE)
        b->ref_of[out] = oct_build_value(b, in);
}

int oct_build_n_uses(oct_builder *b, oct_value_id v)
{
    const oct_graph *g = b->request->graph;
    if (b->request->n_nodes == 1)
        return 1;
    if (!b->uses) {
        b->uses = oct_malloc(((size_t)g->n_values + 1) * sizeof *b->uses);
        if (b->uses)
            oct_graph_uses(g, b->uses);
        b->out_of_memory |= !b->uses;
    }
    return b->uses ? b->uses[v] : 1;
}

void oct_build_drop(const oct_graph *g, const void *p, size_t n_bytes)
{
    oct_file_drop(&g->file, p, n_bytes);
    for (int i = 0; i < g->n_external; i++)
        oct_file_drop(&g->external[i], p, n_bytes);
}

/* ---- steps ---- */

/* The buffer that really has the memory. */
static oct_ref resolve(const oct_builder *b, oct_ref ref)
{
    while (ref != OCT_NO_REF && b->buffers[ref].same_as != OCT_NO_REF)
        ref = b->buffers[ref].same_as;
    return ref;
}

static void touch(oct_builder *b, oct_ref ref)
{
    if (ref == OCT_NO_REF || b->buffers[ref].region != OCT_REGION_ARENA)
        return;
    oct_buffer *buf = &b->buffers[resolve(b, ref)];
    if (b->n_steps < buf->first)
        buf->first = b->n_steps;
    if (b->n_steps > buf->last)
        buf->last = b->n_steps;
}

static uint64_t count_parameters(const oct_graph *g, const oct_node *n)
{
    uint64_t total = 0;
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *v = oct_node_in(g, n, i);
        if (v && v->data)
            total += (uint64_t)oct_value_elems(v);
    }
    return total;
}

static int32_t conversion(oct_op op)
{
    switch (op) {
    case OCT_OP_QUANTIZE_LINEAR:
    case OCT_OP_QUANTIZE_LINEAR_MS:
    case OCT_OP_DYNAMIC_QUANTIZE_LINEAR: return 1;
    case OCT_OP_DEQUANTIZE_LINEAR:
    case OCT_OP_DEQUANTIZE_LINEAR_MS: return -1;
    default: return 0;
    }
}

static octet_step_info describe_step(oct_builder *b, const oct_step_desc *d, const oct_step_need *need)
{
    const oct_graph *g = b->request->graph;
    const oct_value *out = oct_node_out(g, b->node, 0);
    const char *kernel = d->kernel ? d->kernel : need->kernel;
    bool first_of_node = b->n_steps == 0 || b->steps[b->n_steps - 1].info.name != b->node->name;
    octet_step_info info = {
        .name = b->node->name,
        .op = b->node->onnx_op,
        .provider = b->provider->name,
        .conversion = conversion(b->node->op),
        .kernel = kernel ? kernel : d->kind->name,
        .macs = d->macs,
        .n_parameters = first_of_node ? count_parameters(g, b->node) : 0,
        .reason = out && out->dtype == OCTET_F32 ? b->node->why_float : NULL,
    };
    if (out) {
        info.rank = out->rank;
        info.dtype = out->dtype;
        memcpy(info.dims, out->dims, sizeof info.dims);
    }
    return info;
}

/* Room for one more step with n_operands, and for parameters up to `params_end`. */
static bool make_room(oct_builder *b, uint32_t params_end, uint32_t n_operands)
{
    oct_pending_step *steps = grow(b, b->steps, &b->cap_steps, (uint32_t)b->n_steps, 1, sizeof *steps);
    if (steps)
        b->steps = steps;
    oct_ref *operands = grow(b, b->operands, &b->cap_operands, b->n_operands, n_operands, sizeof *operands);
    if (operands)
        b->operands = operands;
    uint8_t *params = grow(b, b->params, &b->cap_params, params_end, 0, 1);
    if (params)
        b->params = params;
    return steps && operands && params;
}

void oct_build_step(oct_builder *b, const oct_step_desc *d)
{
    uint32_t params = (uint32_t)oct_round_up(b->n_params, PARAM_ALIGN);
    uint32_t n_params = (uint32_t)oct_round_up(d->n_params, PARAM_ALIGN);
    if (!make_room(b, params + n_params, (uint32_t)d->n_operands))
        return;
    memset(b->params + b->n_params, 0, params + n_params - b->n_params);
    if (d->n_params)
        memcpy(b->params + params, d->params, d->n_params);
    b->n_params = params + n_params;
    oct_pending_step *s = &b->steps[b->n_steps];
    s->step = (oct_step){.kind = d->kind, .params = params, .first_operand = b->n_operands,
                         .n_operands = (uint32_t)d->n_operands,
                         .n_params = (uint32_t)d->n_params};
    oct_step_need need = {0};
    if (d->kind->need)
        d->kind->need(d->params, b->request->cpu, &need);
    s->info = describe_step(b, d, &need);
    s->n_out = d->n_out;
    s->inplace_input = d->inplace_input;
    for (int i = 0; i < d->n_operands; i++) {
        b->operands[b->n_operands++] = d->operands[i];
        touch(b, d->operands[i]);
    }
    if (need.scratch > b->scratch)
        b->scratch = need.scratch;
    b->n_steps++;
}

/* ---- lowering ---- */

static void append_refusal(octet_error *all, int *n_refused, const octet_error *one)
{
    (*n_refused)++;
    size_t used = strlen(all->message), room = sizeof all->message - used, need = strlen(one->message) + 2;
    if (need + 32 < room) {
        if (used)
            all->message[used++] = '\n';
        memcpy(all->message + used, one->message, need - 1);
    }
}

/* Offer the node to the providers that claim it, in order; the first refusal's reason is left in *err. */
static octet_status lower_node(oct_builder *b, const oct_node *n, octet_error *err)
{
    octet_error other;
    octet_status status = OCTET_UNSUPPORTED;
    bool refused = false;
    b->node = n;
    for (int i = 0; i < b->request->n_providers && status == OCTET_UNSUPPORTED; i++) {
        b->provider = b->request->providers[i];
        if (!b->provider->claims(b->request->graph, n))
            continue;
        status = b->provider->lower(b, n, refused ? &other : err);
        if (status != OCTET_UNSUPPORTED && status != OCTET_OK && refused)
            *err = other;
        refused = true;
    }
    return refused ? status : oct_fail(err, OCTET_UNSUPPORTED, "%s '%s': none of the providers in the list computes in %s",
                                       n->onnx_op, n->name, oct_op_is_integer(n->op) ? "integers; int8 does" : "float");
}

static octet_status lower_all(oct_builder *b, octet_error *err)
{
    octet_error all = {.status = OCTET_UNSUPPORTED}, one;
    int n_refused = 0;
    for (int i = 0; i < b->request->n_nodes; i++) {
        const oct_node *n = b->request->nodes[i];
        octet_status status = lower_node(b, n, &one);
        if (b->too_large)
            return oct_fail(err, OCTET_UNSUPPORTED, "%s '%s': the model's index tables and lists pass %llu bytes",
                            n->onnx_op, n->name, (unsigned long long)MOST_TABLE_BYTES);
        if (status == OCTET_UNSUPPORTED)
            append_refusal(&all, &n_refused, &one);
        else if (status != OCTET_OK)
            return oct_fail(err, status, "%s", one.message);
    }
    return n_refused ? oct_fail(err, OCTET_UNSUPPORTED, "%s", all.message) : OCTET_OK;
}

/* ---- placing ---- */

/* Output 0 of a step takes over the buffer of an input that dies there. */
static void merge_inplace(oct_builder *b)
{
    for (int32_t i = 0; i < b->n_steps; i++) {
        const oct_pending_step *s = &b->steps[i];
        if (s->inplace_input <= 0)
            continue;
        const oct_ref *operands = b->operands + s->step.first_operand;
        oct_ref out = operands[0], in = resolve(b, operands[s->inplace_input]);
        if (out == OCT_NO_REF || in == OCT_NO_REF || in == out || b->buffers[out].same_as != OCT_NO_REF || in != operands[s->inplace_input])
            continue;
        oct_buffer *from = &b->buffers[in], *to = &b->buffers[out];
        int n_uses = 0;
        for (uint32_t k = 0; k < s->step.n_operands; k++)
            n_uses += resolve(b, operands[k]) == in;
        if (from->region != OCT_REGION_ARENA || to->region != OCT_REGION_ARENA || from->last != i || to->first != i ||
            from->n_bytes != to->n_bytes || n_uses != 1)
            continue;
        to->same_as = in;
        from->last = to->last;
    }
}

/* Who makes a buffer, for messages. */
static const char *maker_of(const oct_builder *b, const oct_buffer *buf)
{
    if (buf->first < 0 || buf->first >= b->n_steps)
        return "the caller";
    return b->steps[buf->first].info.name;
}

static octet_status check_arena(const oct_builder *b, uint64_t arena_bytes, octet_error *err)
{
    const oct_buffer *largest = NULL;
    if (arena_bytes <= MOST_ARENA_BYTES && b->scratch <= MOST_ARENA_BYTES)
        return OCTET_OK;
    for (int32_t i = 0; i < b->n_buffers; i++)
        if (b->buffers[i].region == OCT_REGION_ARENA && (!largest || b->buffers[i].n_bytes > largest->n_bytes))
            largest = &b->buffers[i];
    return oct_fail(err, OCTET_UNSUPPORTED,
                    "a run needs %llu bytes for activations and %zu a thread, more than %llu; the largest value, of %llu "
                    "bytes, comes from '%s'", (unsigned long long)arena_bytes, b->scratch,
                    (unsigned long long)MOST_ARENA_BYTES, largest ? (unsigned long long)largest->n_bytes : 0,
                    largest ? maker_of(b, largest) : "");
}

static octet_status place_arena(oct_builder *b, octet_error *err)
{
    oct_lifetime *lifetimes = oct_calloc((size_t)b->n_buffers + 1, sizeof *lifetimes);
    if (!lifetimes)
        return oct_fail_memory(err, "the memory plan", (unsigned long long)b->n_buffers * sizeof *lifetimes);
    int n = 0;
    for (int32_t i = 0; i < b->n_buffers; i++) {
        const oct_buffer *buf = &b->buffers[i];
        if (buf->region == OCT_REGION_ARENA && buf->same_as == OCT_NO_REF)
            lifetimes[n++] = (oct_lifetime){.n_bytes = buf->n_bytes, .first = buf->first, .last = buf->last};
    }
    uint64_t arena_bytes;
    octet_status status = oct_plan_memory(lifetimes, n, &arena_bytes, err);
    n = 0;
    for (int32_t i = 0; status == OCTET_OK && i < b->n_buffers; i++) {
        oct_buffer *buf = &b->buffers[i];
        if (buf->region == OCT_REGION_ARENA && buf->same_as == OCT_NO_REF)
            buf->offset = lifetimes[n++].offset;
    }
    oct_free(lifetimes);
    OCT_TRY(status);
    b->program->fixed_arena = b->program->arena_bytes = (size_t)arena_bytes;
    return check_arena(b, arena_bytes, err);
}

/* Constants that several nodes pack are counted once, so sharing cannot multiply a small file. */
static octet_status check_consts(const oct_builder *b, uint64_t n_bytes, octet_error *err)
{
    const oct_graph *g = b->request->graph;
    if (n_bytes <= MOST_CONST_BYTES)
        return OCTET_OK;
    uint64_t in_graph = 0;
    for (int32_t i = 0; i < g->n_values; i++)
        in_graph += g->values[i].data ? oct_value_bytes(&g->values[i]) : 0;
    if (n_bytes - MOST_CONST_BYTES <= MOST_CONST_GROWTH * in_graph)
        return OCTET_OK;
    return oct_fail(err, OCTET_UNSUPPORTED, "packed, the constants need %llu bytes, more than %llu and %u times the %llu "
                    "bytes that the model has", (unsigned long long)n_bytes, (unsigned long long)MOST_CONST_BYTES,
                    MOST_CONST_GROWTH, (unsigned long long)in_graph);
}

static octet_status place_consts(oct_builder *b, octet_error *err)
{
    uint64_t total = 0;
    for (int32_t i = 0; i < b->n_buffers; i++) {
        oct_buffer *buf = &b->buffers[i];
        if (buf->region != OCT_REGION_CONST)
            continue;
        buf->offset = total;
        if (OCT_ADD_OVERFLOWS(total, oct_round_up(buf->n_bytes, OCT_CACHE_LINE), &total))
            total = UINT64_MAX;
    }
    OCT_TRY(check_consts(b, total, err));
    octet_program *p = b->program;
    p->n_consts = (size_t)total;
    p->consts = p->shared->consts = oct_alloc_aligned((size_t)total);
    if (!p->consts)
        return oct_fail_memory(err, "the packed weights", total);
    for (int32_t i = 0; i < b->n_buffers; i++) {
        const oct_buffer *buf = &b->buffers[i];
        if (buf->region != OCT_REGION_CONST)
            continue;
        uint8_t *dst = p->shared->consts + buf->offset;
        size_t room = (size_t)oct_round_up(buf->n_bytes, OCT_CACHE_LINE);
        if (buf->copy) {
            memcpy(dst, buf->copy, buf->n_bytes);
            memset(dst + buf->n_bytes, 0, room - buf->n_bytes);
            oct_build_drop(b->request->graph, buf->copy, buf->n_bytes);
        } else {
            memset(dst, 0, room);
            buf->fill(dst, buf->context);
        }
    }
    return OCTET_OK;
}

/* Inputs keep their place for the whole run, outputs from where they are made to the end. */
static void pin_io(oct_builder *b, bool inputs)
{
    const oct_plan_request *r = b->request;
    for (int i = 0; i < (inputs ? r->n_inputs : r->n_outputs); i++) {
        oct_ref ref = oct_build_value(b, inputs ? r->inputs[i] : r->outputs[i]);
        if (ref == OCT_NO_REF || b->buffers[ref].region != OCT_REGION_ARENA)
            continue;
        if (inputs)
            b->buffers[ref].first = -1;
        b->buffers[ref].last = INT32_MAX;
    }
}

static octet_status build(oct_builder *b, octet_error *err)
{
    const oct_plan_request *r = b->request;
    b->ref_of = oct_malloc((size_t)r->graph->n_values * sizeof *b->ref_of);
    b->program = oct_program_new();
    if (!b->ref_of || !b->program)
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory for a graph of %d values", (int)r->graph->n_values);
    for (int32_t i = 0; i < r->graph->n_values; i++)
        b->ref_of[i] = OCT_NO_REF;
    pin_io(b, true);
    OCT_TRY(lower_all(b, err));
    pin_io(b, false);
    if (b->out_of_memory)
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory while lowering a graph of %d nodes", r->n_nodes);
    merge_inplace(b);
    OCT_TRY(place_arena(b, err));
    OCT_TRY(place_consts(b, err));
    return oct_builder_write(b, err);
}

octet_status oct_plan_build(octet_program **out, const oct_plan_request *request, octet_error *err)
{
    oct_builder b = {.request = request};
    octet_status status = build(&b, err);
    oct_free(b.ref_of);
    oct_free(b.uses);
    oct_free(b.buffers);
    oct_free(b.steps);
    oct_free(b.operands);
    oct_free(b.params);
    oct_arena_fini(&b.arena);
    *out = status == OCTET_OK ? b.program : NULL;
    if (status != OCTET_OK)
        oct_program_free(b.program);
    return status;
}
