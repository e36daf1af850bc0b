/* Compiling and running a case; here, because each test program has CHECK counters of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PIXEL_RUN_H
#define PIXEL_RUN_H

#include <stdlib.h>

#include "pixel_case.h"

/* The model taking the case's pixels; NULL after a failed CHECK. cpu NULL: the best level. */
static inline octet_program *pixel_case_compile(const pixel_case *t, octet_placement placement, const char *cpu)
{
    octet_error err = {0};
    octet_model *model;
    octet_program *program = NULL;
    msg m = pixel_case_model(t);
    octet_recipe recipe = t->recipe;
    recipe.layout = pixel_case_layout(t);
    octet_compile_opts opts = {.cpu = cpu, .placement = placement, .recipe = &recipe, .pixels = &t->pixels};
    if (octet_model_load(&model, m.data, m.n, &err) == OCTET_OK) {
        octet_compile(&program, model, &opts, &err);
        octet_model_free(model);
    }
    char text[512];
    pixel_case_describe(t, text);
    CHECK(program, "%s: %s", err.message, text);
    msg_free(&m);
    return program;
}

/* The outputs for the image, malloc'd. */
static inline float *pixel_case_run(const pixel_case *t, const octet_program *program, int n_threads)
{
    octet_session *session;
    octet_session_opts opts = {.n_threads = n_threads};
    if (octet_session_new(&session, program, &opts, NULL) != OCTET_OK)
        abort();
    size_t n = octet_program_output(program, 0)->n_bytes;
    float *y = malloc(n);
    if (!y)
        abort();
    CHECK(octet_program_input(program, 0)->n_bytes == t->n_image, "the input has %zu bytes, the image %zu",
          octet_program_input(program, 0)->n_bytes, t->n_image);
    memcpy(octet_session_input(session, 0), t->image, t->n_image);
    octet_session_run(session, NULL);
    memcpy(y, octet_session_output(session, 0), n);
    octet_session_free(session);
    return y;
}

#endif
