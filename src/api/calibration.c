/* The calibration object: float programs of one model whose outputs are the tensors that will be quantized, run over images.
 * Watched tensors live to the end of a run, so each program watches only as many as fit a limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/calibration.h"

#include <string.h>

#include "api/compile.h"
#include "base/mem.h"
#include "calibrate/images.h"
#include "calibrate/min_max.h"
#include "runtime/program.h"

#define MOST_WATCHED_BYTES ((uint64_t)256 << 20) /* by one program, or a single larger tensor */

/* A program whose outputs are the tensors of ranges first.. */
typedef struct watcher {
    octet_program *program;
    octet_session *session;
    int32_t first;
} watcher;

struct octet_calibration {
    oct_ranges ranges;
    watcher *watchers; /* the first one's inputs are the caller's */
    int n_watchers;
    int image_input;   /* the input that is looked at */
    octet_recipe recipe;
    bool has_recipe;   /* float inputs are what it makes of pixels */
    int n_images;
    oct_images_seen seen;
    char warnings[OCT_IMAGE_WARNINGS][OCT_IMAGE_WARNING_SIZE];
};

const oct_ranges *oct_calibration_ranges(const octet_calibration *c)
{
    return c ? &c->ranges : NULL;
}

/* ---- opening ---- */

/* How many of the n tensors from `ids` on one program watches, at least one. */
static int n_that_fit(const oct_graph *g, const oct_value_id *ids, int n)
{
    uint64_t total = 0;
    for (int i = 0; i < n; i++) {
        total += oct_value_bytes(oct_graph_value(g, ids[i]));
        if (i > 0 && total > MOST_WATCHED_BYTES)
            return i;
    }
    return n;
}

static octet_status add_watcher(octet_calibration *c, const oct_compiler *compiler, const oct_value_id *ids, int first, int n,
                                const octet_session_opts *session, octet_error *err)
{
    watcher *grown = oct_realloc(c->watchers, (size_t)(c->n_watchers + 1) * sizeof *grown);
    if (!grown)
        return oct_fail_memory(err, "a calibration", sizeof *grown);
    c->watchers = grown;
    watcher *w = &c->watchers[c->n_watchers++];
    *w = (watcher){.first = first};
    OCT_TRY(oct_compiler_build(&w->program, compiler, ids, n, err));
    return octet_session_new(&w->session, w->program, session, err);
}

static octet_status open_watchers(octet_calibration *c, octet_model *m, const octet_compile_opts *opts,
                                  const octet_session_opts *session, octet_error *err)
{
    oct_compiler compiler;
    const int n_own = m->graph.n_outputs;
    OCT_TRY(oct_compiler_open(&compiler, m, opts, &(oct_quantize_request){.watched = &c->ranges}, err));
    const int n = m->graph.n_outputs - n_own;
    if (n == 0)
        return oct_fail(err, OCTET_UNSUPPORTED, "there is nothing to quantize: no convolution or matrix product in float32 with "
                        "known weights");
    for (int first = 0; first < n;) {
        const oct_value_id *ids = m->graph.outputs + n_own + first;
        const int n_fit = n_that_fit(&m->graph, ids, n - first);
        OCT_TRY(add_watcher(c, &compiler, ids, first, n_fit, session, err));
        first += n_fit;
    }
    return OCTET_OK;
}

octet_status octet_calibration_new(octet_calibration **out, octet_model *m, const octet_compile_opts *opts,
                                   const octet_session_opts *session, octet_error *err)
{
    *out = NULL;
    if (opts && opts->calibration)
        return oct_fail(err, OCTET_USAGE, "a calibration runs the float model: options with a calibration are for octet_compile");
    octet_calibration *c = oct_calloc(1, sizeof *c);
    if (!c)
        return oct_fail_memory(err, "a calibration", sizeof *c);
    c->has_recipe = opts && opts->recipe;
    if (c->has_recipe)
        c->recipe = *opts->recipe;
    c->image_input = opts ? opts->pixel_input : 0;
    octet_status status = open_watchers(c, m, opts, session, err);
    if (status != OCTET_OK)
        octet_calibration_free(c);
    else
        *out = c;
    return status;
}

void octet_calibration_free(octet_calibration *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->n_watchers; i++) {
        octet_session_free(c->watchers[i].session);
        octet_program_free(c->watchers[i].program);
    }
    oct_free(c->watchers);
    oct_ranges_free(&c->ranges);
    oct_free(c);
}

/* ---- running ---- */

const octet_program *octet_calibration_program(const octet_calibration *c)
{
    return c->watchers[0].program;
}

void *octet_calibration_input(octet_calibration *c, int i)
{
    return octet_session_input(c->watchers[0].session, i);
}

static octet_status run_watcher(octet_calibration *c, watcher *w, octet_error *err)
{
    for (int i = 0; w != c->watchers && i < w->program->n_inputs; i++)
        memcpy(octet_session_input(w->session, i), octet_calibration_input(c, i), w->program->inputs[i].n_bytes);
    OCT_TRY(octet_session_run(w->session, err));
    for (int i = 0; i < w->program->n_outputs; i++)
        oct_range_widen(&c->ranges.at[w->first + i], octet_session_output(w->session, i),
                        w->program->outputs[i].n_bytes / sizeof(float));
    return OCTET_OK;
}

octet_status octet_calibration_add(octet_calibration *c, octet_error *err)
{
    const octet_tensor_info *info = octet_program_input(octet_calibration_program(c), c->image_input);
    if (info)
        OCT_TRY(oct_images_look(&c->seen, info, octet_calibration_input(c, c->image_input), err));
    for (int i = 0; i < c->n_watchers; i++)
        OCT_TRY(run_watcher(c, &c->watchers[i], err));
    c->n_images++;
    return OCTET_OK;
}

/* ---- asking ---- */

int octet_calibration_n_images(const octet_calibration *c)
{
    return c->n_images;
}

const octet_range *octet_calibration_range(const octet_calibration *c, int i)
{
    return i >= 0 && i < c->ranges.n ? &c->ranges.at[i] : NULL;
}

const char *octet_calibration_warning(octet_calibration *c, int i)
{
    const octet_tensor_info *info = octet_program_input(octet_calibration_program(c), c->image_input);
    const int n = info ? oct_images_judge(c->warnings, &c->seen, info, c->has_recipe ? &c->recipe : NULL) : 0;
    return i >= 0 && i < n ? c->warnings[i] : NULL;
}
