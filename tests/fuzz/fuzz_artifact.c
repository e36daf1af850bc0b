/* Fuzzes the reader of artifacts and everything behind it: metadata and constants get a header with right checksums, and what is
 * opened is run, at the lowest and the highest CPU level, as stored and bound anew. The input is artifact_input.h's.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <octet/rt.h>

#include "artifact/checksum.h"
#include "artifact/header.h"
#include "tests/fuzz/artifact_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#define MOST_BYTES ((uint64_t)96 << 10) /* of activations and constants: what a step may cost grows with their product */
#define MOST_STEPS 64

static uint8_t *make_artifact(size_t *n, const uint8_t *data, size_t n_bytes)
{
    const size_t n_metadata = artifact_input_metadata(data, n_bytes);
    const size_t rest = n_bytes < ARTIFACT_INPUT_HEAD ? 0 : n_bytes - ARTIFACT_INPUT_HEAD - n_metadata;
    oct_artifact_header h = {.n_metadata = n_metadata, .n_consts = rest / 64 * 64};
    h.consts = oct_artifact_consts_at(n_metadata);
    uint8_t *f = calloc((size_t)(h.consts + h.n_consts), 1);
    if (!f)
        abort();
    *n = (size_t)(h.consts + h.n_consts);
    if (n_metadata)
        memcpy(f + OCT_ARTIFACT_HEADER, data + ARTIFACT_INPUT_HEAD, n_metadata);
    if (h.n_consts)
        memcpy(f + h.consts, data + ARTIFACT_INPUT_HEAD + n_metadata, (size_t)h.n_consts);
    h.metadata_checksum = oct_checksum(f + OCT_ARTIFACT_HEADER, (size_t)h.consts - OCT_ARTIFACT_HEADER);
    h.consts_checksum = oct_checksum(f + h.consts, (size_t)h.n_consts);
    oct_artifact_header_write(f, &h);
    return f;
}

/* Inputs of which every byte matters, outputs of which every byte is read. */
static void run(const octet_program *p)
{
    static volatile uint8_t sink = 0;
    (void)sink; /* read it: clang warns of what is only written */
    octet_program_info info;
    octet_session *s;
    octet_program_get_info(p, &info);
    if ((uint64_t)info.arena_bytes + info.scratch_bytes + info.weight_bytes > MOST_BYTES || info.n_steps > MOST_STEPS ||
        octet_session_new(&s, p, NULL, NULL) != OCTET_OK)
        return;
    for (int i = 0; i < octet_program_n_inputs(p); i++) {
        uint8_t *x = octet_session_input(s, i);
        for (size_t k = 0; k < octet_program_input(p, i)->n_bytes; k++)
            x[k] = (uint8_t)(k * 37 + 11);
    }
    octet_session_run(s, NULL);
    for (int i = 0; i < octet_program_n_outputs(p); i++) {
        const uint8_t *y = octet_session_output(s, i);
        for (size_t k = 0; k < octet_program_output(p, i)->n_bytes; k++)
            sink ^= y[k];
    }
    octet_session_free(s);
}

static void run_bound(const octet_program *p, octet_pixel_format format)
{
    const octet_recipe recipe = {.order = OCTET_BGR, .mean = {1, 2, 3}, .scale = {2, 3, 4}};
    const octet_pixels pixels = {.format = format};
    for (int i = 0; i < octet_program_n_inputs(p) && i < 2; i++) {
        octet_program *bound;
        if (octet_program_bind(&bound, p, i, &recipe, &pixels, NULL) != OCTET_OK)
            continue;
        run(bound);
        octet_program_free(bound);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static const char *const levels[] = {"ref", NULL};
    size_t n;
    uint8_t *artifact = make_artifact(&n, data, n_bytes);
    for (int i = 0; i < 2; i++) {
        octet_program *p;
        octet_error err = {.message = ""};
        if (octet_program_load(&p, artifact, n, &(octet_open_opts){.cpu = levels[i]}, &err) != OCTET_OK) {
            if (p || !err.message[0])
                abort(); /* a failure has a message and no program */
            continue;
        }
        run(p);
        run_bound(p, OCTET_PIXELS_RGBX);
        run_bound(p, OCTET_PIXELS_NV12);
        octet_program_free(p);
    }
    free(artifact);
    return 0;
}
