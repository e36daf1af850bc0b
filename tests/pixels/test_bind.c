/* Rebinding: a program bound to other pixels and another recipe gives the bits of one compiled for them, whatever it was bound
 * to before and whoever is freed first; and what does not fit is refused by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "pixel_run.h"

#define N_CASES 400
#define N_BINDINGS 4

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
    octet_program *fresh = pixel_case_compile(t, placement, NULL);
    if (!fresh)
        return;
    size_t n = octet_program_output(fresh, 0)->n_bytes, n_bound = octet_program_output(bound, 0)->n_bytes;
    float *want = pixel_case_run(t, fresh, 1), *got = pixel_case_run(t, bound, 1);
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
    octet_program *program = pixel_case_compile(t, placement, NULL);
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
    octet_program *p = pixel_case_compile(&t, OCTET_PLACEMENT_FOLD, NULL), *host = pixel_case_compile(&t, OCTET_PLACEMENT_HOST, NULL);
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
