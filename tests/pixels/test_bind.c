/* Rebinding: a program bound to other pixels and another recipe gives the bits of one compiled for them, whatever it was bound
 * to before and whoever is freed first; and what does not fit is refused by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "pixel_case.h"

#define N_CASES 400
#define N_BINDINGS 4

static octet_program *compile(const pixel_case *t, octet_placement placement)
{
    octet_model *model;
    octet_error err = {0};
    octet_program *program = NULL;
    msg m = pixel_case_model(t);
    octet_recipe recipe = t->recipe;
    recipe.layout = pixel_case_layout(t);
    octet_compile_opts opts = {.placement = placement, .recipe = &recipe, .pixels = &t->pixels};
    if (octet_model_load(&model, m.data, m.n, &err) == OCTET_OK) {
        octet_compile(&program, model, &opts, &err);
        octet_model_free(model);
    }
    CHECK(program, "%s", err.message);
    msg_free(&m);
    return program;
}

/* The outputs, malloc'd; *n bytes. */
static void *run(const pixel_case *t, const octet_program *program, size_t *n)
{
    octet_session *session;
    if (octet_session_new(&session, program, NULL, NULL) != OCTET_OK)
        abort();
    *n = octet_program_output(program, 0)->n_bytes;
    void *y = malloc(*n);
    if (!y)
        abort();
    CHECK(octet_program_input(program, 0)->n_bytes == t->n_image, "the input has %zu bytes, the image %zu",
          octet_program_input(program, 0)->n_bytes, t->n_image);
    memcpy(octet_session_input(session, 0), t->image, t->n_image);
    octet_session_run(session, NULL);
    memcpy(y, octet_session_output(session, 0), *n);
    octet_session_free(session);
    return y;
}

/* Linear YUV has no table. */
static void refused_by_table(const octet_program *program, const pixel_case *t)
{
    octet_program *out;
    octet_error err = {0};
    octet_status status = octet_program_bind(&out, program, 0, &t->recipe, &t->pixels, &err);
    CHECK(status == OCTET_UNSUPPORTED && !out && strstr(err.message, "linear YUV"), "status %d: %s", status, err.message);
}

static void compare(const pixel_case *t, const octet_program *bound, octet_placement placement)
{
    size_t n, n_bound;
    octet_program *fresh = compile(t, placement);
    if (!fresh)
        return;
    void *want = run(t, fresh, &n), *got = run(t, bound, &n_bound);
    char text[512];
    pixel_case_describe(t, text);
    CHECK(n == n_bound && memcmp(want, got, n) == 0, "bound and compiled differ: %s", text);
    free(want);
    free(got);
    octet_program_free(fresh);
}

/* Each program is bound from the one before, which is freed then. */
static void check_case(pixel_case *t)
{
    const octet_placement placement = pixel_int(0, 2) || pixel_case_is_raw(t) ? OCTET_PLACEMENT_FOLD : OCTET_PLACEMENT_LAYER;
    while (placement == OCTET_PLACEMENT_LAYER && t->pixels.linear)
        pixel_case_pixels(t);
    octet_program *program = compile(t, placement);
    octet_error err = {0};
    for (int i = 0; i < N_BINDINGS && program; i++) {
        octet_program *next;
        pixel_case_pixels(t);
        if (placement == OCTET_PLACEMENT_LAYER && t->pixels.linear) {
            refused_by_table(program, t);
            continue;
        }
        octet_program_bind(&next, program, 0, &t->recipe, &t->pixels, &err);
        CHECK(next, "%s", err.message);
        octet_program_free(program);
        program = next;
        if (program)
            compare(t, program, placement);
    }
    octet_program_free(program);
}

static void refused(const octet_program *p, int i, const octet_recipe *r, const octet_pixels *x, const char *words)
{
    octet_program *out;
    octet_error err = {0};
    octet_status status = octet_program_bind(&out, p, i, r, x, &err);
    CHECK(status == OCTET_USAGE && !out, "status %d where %s was expected", status, words);
    CHECK(strstr(err.message, words), "'%s' does not say '%s'", err.message, words);
}

static void check_refusals(void)
{
    pixel_case t;
    do {
        pixel_case_random(&t);
        if (t.C != 3 || t.form != FORM_PLAIN)
            pixel_case_free(&t);
    } while (t.C != 3 || t.form != FORM_PLAIN);
    octet_program *p = compile(&t, OCTET_PLACEMENT_FOLD), *host = compile(&t, OCTET_PLACEMENT_HOST);
    octet_recipe gray = {.order = OCTET_GRAY}, endless = {.mean = {1e38f * 10}};
    refused(p, 1, &t.recipe, &t.pixels, "input 1");
    refused(p, -1, &t.recipe, &t.pixels, "input -1");
    refused(p, 0, &gray, &t.pixels, "order gray contradicts");
    refused(p, 0, &endless, &t.pixels, "finite");
    refused(host, 0, &t.recipe, &t.pixels, "takes no pixels");
    octet_program_free(p);
    octet_program_free(host);
    pixel_case_free(&t);
}

int main(void)
{
    pixel_seed(7);
    for (int i = 0; i < N_CASES && check_n_failed < 20; i++) {
        pixel_case t;
        pixel_case_random(&t);
        check_case(&t);
        pixel_case_free(&t);
    }
    check_refusals();
    return check_done();
}
