/* model -> program: wires passes, providers and planner together.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/calibration.h"
#include "api/compile.h"
#include "base/mem.h"
#include "plan/plan.h"
#include "providers/float/float.h"
#include "providers/int8/int8.h"
#include "tuning/table.h"

/* What folding may make and compute altogether, beside a multiple of the model's own constants; the rest is left to the run
 * or refused. Real models stay far below; a file that claims more is hostile. */
#define MOST_FOLDED_BYTES ((uint64_t)128 << 20)
#define MOST_FOLDED_GROWTH 8u
#define MOST_FOLDED_MACS ((uint64_t)1 << 28)

static const oct_provider *const all_providers[] = {&oct_provider_int8, &oct_provider_float}; /* the default order */

const char *octet_provider(int i, const char **alias)
{
    if (i < 0 || i >= (int)OCT_COUNT(all_providers))
        return NULL;
    if (alias)
        *alias = all_providers[i]->alias;
    return all_providers[i]->name;
}

/* ---- provider list ---- */

static bool spelled(const char *s, size_t n, const char *name)
{
    return name && strlen(name) == n && memcmp(s, name, n) == 0;
}

static octet_status add_provider(oct_compiler *c, const char *name, size_t n, octet_error *err)
{
    for (size_t i = 0; i < OCT_COUNT(all_providers); i++) {
        if (!spelled(name, n, all_providers[i]->name) && !spelled(name, n, all_providers[i]->alias))
            continue;
        if (c->n_providers == OCT_MAX_PROVIDERS)
            return oct_fail(err, OCTET_USAGE, "more than %d providers", OCT_MAX_PROVIDERS);
        c->providers[c->n_providers++] = all_providers[i];
        return OCTET_OK;
    }
    return oct_fail(err, OCTET_USAGE, "provider '%.*s' is unknown; there are: int8, float", (int)n, name);
}

static octet_status choose_providers(oct_compiler *c, const char *list, octet_error *err)
{
    if (!list)
        list = "int8,float";
    for (;;) {
        size_t n = strcspn(list, ",");
        OCT_TRY(add_provider(c, list, n, err));
        if (list[n] == '\0')
            return OCTET_OK;
        list += n + 1;
    }
}

/* ---- constant folding: the node alone as a program ---- */

static octet_status adopt_outputs(oct_graph *g, const oct_node *n, const octet_session *s, octet_error *err)
{
    for (int i = 0, k = 0; i < n->n_out; i++) {
        if (n->out[i] == OCT_NONE)
            continue;
        oct_value *v = &g->values[n->out[i]];
        size_t n_bytes = oct_value_bytes(v);
        void *copy = oct_arena_alloc(&g->arena, n_bytes);
        if (!copy)
            return oct_fail_memory(err, "a folded constant", n_bytes);
        if (n_bytes)
            memcpy(copy, octet_session_output(s, k), n_bytes);
        k++;
        v->data = copy;
    }
    return OCTET_OK;
}

/* Takes the program's costs off what is still allowed; false if they are not. */
static bool pay(oct_compiler *c, const octet_program *p)
{
    octet_program_info info;
    octet_program_get_info(p, &info);
    uint64_t n_bytes = (uint64_t)info.arena_bytes + info.scratch_bytes;
    if (n_bytes > c->fold_bytes || info.macs > c->fold_macs)
        return false;
    c->fold_bytes -= n_bytes;
    c->fold_macs -= info.macs;
    return true;
}

static octet_status run_alone(oct_graph *g, const oct_node *n, const octet_program *p, octet_error *err)
{
    octet_session *s;
    OCT_TRY(octet_session_new(&s, p, NULL, err));
    octet_status status = octet_session_run(s, err);
    if (status == OCTET_OK)
        status = adopt_outputs(g, n, s, err);
    octet_session_free(s);
    return status;
}

static octet_status evaluate(void *context, oct_graph *g, oct_node *n, octet_error *err)
{
    oct_compiler *c = context;
    oct_value_id outputs[64];
    int n_outputs = 0;
    for (int i = 0; i < n->n_out; i++) {
        if (n->out[i] == OCT_NONE)
            continue;
        if (n_outputs == (int)OCT_COUNT(outputs))
            return OCTET_UNSUPPORTED;
        outputs[n_outputs++] = n->out[i];
    }
    const oct_node *nodes[] = {n};
    oct_plan_request request = {.graph = g, .nodes = nodes, .n_nodes = 1, .outputs = outputs, .n_outputs = n_outputs,
                                .cpu = c->cpu, .providers = c->providers, .n_providers = c->n_providers};
    octet_program *p;
    OCT_TRY(oct_plan_build(&p, &request, err));
    octet_status status = pay(c, p) ? run_alone(g, n, p, err) : OCTET_UNSUPPORTED;
    oct_program_free(p);
    return status;
}

/* ---- the whole thing ---- */

static octet_status plan_graph(octet_program **out, const oct_compiler *c, const oct_value_id *outputs, int n_outputs,
                               octet_error *err)
{
    const oct_graph *g = c->graph;
    const oct_node **nodes = oct_calloc((size_t)g->n_nodes + 1, sizeof *nodes);
    if (!nodes)
        return oct_fail_memory(err, "the node list", (unsigned long long)g->n_nodes * sizeof *nodes);
    int n_nodes = 0;
    for (int32_t i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead)
            nodes[n_nodes++] = &g->nodes[i];
    oct_plan_request request = {.graph = g, .nodes = nodes, .n_nodes = n_nodes, .inputs = g->inputs,
                                .n_inputs = g->n_inputs, .outputs = outputs, .n_outputs = n_outputs,
                                .cpu = c->cpu, .providers = c->providers, .n_providers = c->n_providers,
                                .tuning = c->tuning};
    octet_status status = oct_plan_build(out, &request, err);
    oct_free(nodes);
    return status;
}

static void set_limits(oct_compiler *c, const oct_graph *g)
{
    uint64_t n_bytes = 0;
    for (int32_t i = 0; i < g->n_values; i++)
        n_bytes += g->values[i].data ? oct_value_bytes(&g->values[i]) : 0;
    c->fold_bytes = MOST_FOLDED_BYTES + MOST_FOLDED_GROWTH * n_bytes;
    c->fold_macs = MOST_FOLDED_MACS;
}

/* What the caller wants of an input, checked. */
static octet_status request_pixels(oct_pixel_request *request, const octet_compile_opts *opts, const oct_graph *g,
                                   octet_error *err)
{
    *request = (oct_pixel_request){.input = OCT_NONE};
    if (!opts || opts->placement == OCTET_PLACEMENT_HOST)
        return OCTET_OK;
    if (!opts->recipe)
        return oct_fail(err, OCTET_USAGE, "placement %s needs a recipe", octet_placement_name(opts->placement));
    if (opts->pixel_input < 0 || opts->pixel_input >= g->n_inputs)
        return oct_fail(err, OCTET_USAGE, "pixel input %d: the model has %d inputs", opts->pixel_input, (int)g->n_inputs);
    const oct_value *v = oct_graph_value(g, g->inputs[opts->pixel_input]);
    if (v->rank != 4 || (v->dtype != OCTET_F32 && v->dtype != OCTET_U8))
        return oct_fail(err, OCTET_UNSUPPORTED, "input '%s' is %s of rank %d; pixels go into float32 or uint8 of rank 4",
                        v->name, octet_dtype_name(v->dtype), (int)v->rank);
    *request = (oct_pixel_request){.placement = opts->placement, .input = g->inputs[opts->pixel_input],
                                   .layout = opts->recipe->layout};
    return OCTET_OK;
}

static octet_status bind(octet_program *p, const octet_compile_opts *opts, octet_error *err)
{
    if (opts && opts->placement != OCTET_PLACEMENT_HOST && p->placement[opts->pixel_input] != OCTET_PLACEMENT_HOST)
        p->bindings[opts->pixel_input] = oct_binding_of(opts->recipe, opts->pixels);
    return oct_program_bind_steps(p, err);
}

static bool has_provider(const oct_compiler *c, const oct_provider *provider)
{
    for (int i = 0; i < c->n_providers; i++)
        if (c->providers[i] == provider)
            return true;
    return false;
}

octet_status oct_compiler_open(oct_compiler *c, octet_model *m, const octet_compile_opts *opts,
                               const oct_quantize_request *quantize, octet_error *err)
{
    *c = (oct_compiler){.opts = opts, .graph = &m->graph};
    OCT_TRY(oct_cpu_parse(&c->cpu, opts ? opts->cpu : NULL, err));
    OCT_TRY(choose_providers(c, opts ? opts->providers : NULL, err));
    if (m->compiled)
        return oct_fail(err, OCTET_USAGE, "this model was compiled before; read it again");
    m->compiled = true;
    oct_pass_env env = {.evaluate = evaluate, .context = c, .integers = has_provider(c, &oct_provider_int8),
                        .quantize = *quantize};
    set_limits(c, &m->graph);
    OCT_TRY(request_pixels(&env.pixels, opts, &m->graph, err));
    return oct_passes_run(&m->graph, &env, err);
}

octet_status oct_compiler_build(octet_program **out, const oct_compiler *c, const oct_value_id *outputs, int n,
                                octet_error *err)
{
    octet_program *p;
    *out = NULL;
    OCT_TRY(plan_graph(&p, c, outputs, n, err));
    octet_status status = bind(p, c->opts, err);
    if (status != OCTET_OK)
        oct_program_free(p);
    else
        *out = p;
    return status;
}

static octet_status compile(octet_program **out, octet_model *m, const octet_compile_opts *opts, const oct_tuning *tuning,
                            octet_error *err)
{
    oct_compiler c;
    const octet_calibration *calibration = opts ? opts->calibration : NULL;
    if (calibration && octet_calibration_n_images(calibration) == 0)
        return oct_fail(err, OCTET_USAGE, "the calibration has seen no image");
    const oct_quantize_request quantize = {.ranges = oct_calibration_ranges(calibration)};
    OCT_TRY(oct_compiler_open(&c, m, opts, &quantize, err));
    c.tuning = tuning;
    return oct_compiler_build(out, &c, m->graph.outputs, m->graph.n_outputs, err);
}

octet_status octet_compile(octet_program **out, octet_model *m, const octet_compile_opts *opts, octet_error *err)
{
    *out = NULL;
    oct_tuning tuning = {0};
    if (opts && opts->tuning)
        OCT_TRY(oct_tuning_read(&tuning, opts->tuning, err));
    octet_status status = compile(out, m, opts, &tuning, err);
    oct_tuning_free(&tuning);
    return status;
}
