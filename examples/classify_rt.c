/* Classify raw pixels with the run-time library alone: classify_rt MODEL.octet PIXELS, where PIXELS holds the bytes that the
 * artifact's input wants, e.g. 224 x 224 x 3. The session lives in memory of this program; a run allocates nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <octet/rt.h>

static _Alignas(64) unsigned char memory[16 << 20];

static int fail(const octet_error *err)
{
    fprintf(stderr, "classify_rt: %s\n", err->message);
    return err->status;
}

/* The file's bytes into the session's input: exactly as many as it takes. */
static int read_pixels(octet_session *s, const octet_program *p, const char *path)
{
    const size_t n = octet_program_input(p, 0)->n_bytes;
    FILE *f = fopen(path, "rb");
    const int done = f && fread(octet_session_input(s, 0), 1, n, f) == n && fgetc(f) == EOF;
    if (f)
        fclose(f);
    if (!done)
        fprintf(stderr, "classify_rt: '%s' cannot be read or does not have %zu bytes\n", path, n);
    return done;
}

static void print_best(const octet_session *s, const octet_program *p)
{
    const float *y = octet_session_output(s, 0);
    size_t n = octet_program_output(p, 0)->n_bytes / sizeof *y, best = 0;
    for (size_t i = 1; i < n; i++)
        if (y[i] > y[best])
            best = i;
    printf("class %zu, %g\n", best, (double)y[best]);
}

int main(int argc, char **argv)
{
    octet_error err;
    octet_program *program;
    octet_session *session;
    if (argc != 3) {
        fprintf(stderr, "usage: classify_rt MODEL.octet PIXELS\n");
        return OCTET_USAGE;
    }
    if (octet_program_open(&program, argv[1], NULL, &err) != OCTET_OK)
        return fail(&err);
    octet_status status = octet_session_init(&session, memory, sizeof memory, program, &err);
    if (status == OCTET_OK && !read_pixels(session, program, argv[2])) {
        octet_program_free(program);
        return OCTET_BAD_INPUT;
    }
    if (status == OCTET_OK)
        status = octet_session_run(session, &err);
    if (status == OCTET_OK)
        print_best(session, program);
    octet_program_free(program);
    return status == OCTET_OK ? 0 : fail(&err);
}
