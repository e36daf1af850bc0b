/* test_alloc FILE...: every allocation on the way from a model to its outputs, as it is and quantized, from its program to an
 * artifact and from that to outputs, from the first model to what octet fold makes of it, or from an image to its tensor, fails
 * once, alone and with all that follow. Each time: OCTET_NO_MEMORY with a message, nothing left over (the address sanitizer looks),
 * or the same outputs as ever.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <octet/calibrate.h>
#include <octet/image.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/write.h"
#include "tests/check.h"

enum { MOST_FAILURES = 400 }; /* a file; where there are more allocations, evenly spread ones */

typedef struct work { /* from the bytes of a file to a fingerprint of what it yields */
    const void *data;
    size_t n_bytes;
    octet_status (*run)(const struct work *w, uint64_t *hash, octet_error *err);
} work;

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 1099511628211u; /* FNV-1a */
    return h;
}

static octet_status run_program(const octet_program *p, uint64_t *hash, octet_error *err)
{
    octet_session *s;
    octet_status status = octet_session_new(&s, p, NULL, err);
    if (status != OCTET_OK)
        return s ? OCTET_CHECK_FAILED : status;
    octet_session_run(s, err);
    for (int i = 0; i < octet_program_n_outputs(p); i++)
        *hash = mix(*hash, octet_session_output(s, i), octet_program_output(p, i)->n_bytes);
    octet_session_free(s);
    return OCTET_OK;
}

static octet_status compile_and_run(const work *w, const octet_compile_opts *opts, uint64_t *hash, octet_error *err)
{
    octet_model *m;
    octet_program *p = NULL;
    octet_status status = octet_model_load(&m, w->data, w->n_bytes, err);
    if (status == OCTET_OK)
        status = octet_compile(&p, m, opts, err);
    else if (m)
        return OCTET_CHECK_FAILED;
    octet_model_free(m);
    if (status != OCTET_OK)
        return p ? OCTET_CHECK_FAILED : status;
    octet_program *bound = NULL;
    status = run_program(p, hash, err);
    if (status == OCTET_OK && octet_program_placement(p, 0, NULL) != OCTET_PLACEMENT_HOST) {
        status = octet_program_bind(&bound, p, 0, opts->recipe, NULL, err);
        if (status == OCTET_OK)
            status = run_program(bound, hash, err);
    }
    octet_program_free(p);
    octet_program_free(bound);
    return status;
}

static octet_status calibrate(octet_calibration **out, const work *w, octet_error *err)
{
    octet_model *m;
    octet_status status = octet_model_load(&m, w->data, w->n_bytes, err);
    if (status == OCTET_OK)
        status = octet_calibration_new(out, m, NULL, NULL, err);
    octet_model_free(m);
    if (status != OCTET_OK)
        return *out ? OCTET_CHECK_FAILED : status;
    const octet_tensor_info *info = octet_program_input(octet_calibration_program(*out), 0);
    for (size_t i = 0; info && info->dtype == OCTET_F32 && i < info->n_bytes / sizeof(float); i++)
        ((float *)octet_calibration_input(*out, 0))[i] = (float)(i % 17) - 8;
    return octet_calibration_add(*out, err);
}

static octet_status run_quantized(const work *w, uint64_t *hash, octet_error *err)
{
    octet_calibration *c = NULL;
    octet_status status = calibrate(&c, w, err);
    if (status == OCTET_OK)
        status = compile_and_run(w, &(octet_compile_opts){.calibration = c}, hash, err);
    octet_calibration_free(c);
    return status;
}

/* As the model states its input, and, if the model has one for images, with the normalization folded. */
static octet_status run_model(const work *w, uint64_t *hash, octet_error *err)
{
    static const octet_recipe recipe = {.layout = OCTET_NCHW, .mean = {120, 110, 100}, .scale = {0.02f, 0.03f, 0.01f}};
    octet_status status = compile_and_run(w, &(octet_compile_opts){0}, hash, err);
    if (status != OCTET_OK)
        return status;
    status = compile_and_run(w, &(octet_compile_opts){.placement = OCTET_PLACEMENT_FOLD, .recipe = &recipe}, hash, err);
    return status == OCTET_NO_MEMORY ? status : OCTET_OK; /* the recipe may not fit the model */
}

static octet_status add_piece(void *context, const uint8_t *data, size_t n, octet_error *err)
{
    (void)err;
    uint64_t *hash = context;
    *hash = mix(*hash, data, n);
    return OCTET_OK;
}

static octet_status run_fold(const work *w, uint64_t *hash, octet_error *err)
{
    static const octet_fold_opts opts[] = {
        {.recipe = {.layout = OCTET_NCHW, .mean = {1, 2, 3}}, .pixels = {.format = OCTET_PIXELS_BGR}},
        {.placement = OCTET_FOLD_RGBX, .recipe = {.layout = OCTET_NCHW}, .tail = OCTET_FOLD_ARGMAX, .argmax_type = OCTET_U8},
        {.recipe = {.layout = OCTET_NCHW}, .pixels = {.format = OCTET_PIXELS_NV12}, .tail = OCTET_FOLD_SOFTMAX},
    };
    OCT_TRY(oct_onnx_fold_check((oct_slice){w->data, w->n_bytes}, err));
    for (size_t i = 0; i < sizeof opts / sizeof *opts; i++) {
        oct_onnx_fold fold;
        OCT_TRY(oct_onnx_fold_plan(&fold, (oct_slice){w->data, w->n_bytes}, NULL, &opts[i], err));
        octet_status status = oct_edits_emit(&fold.edits, add_piece, hash, err);
        oct_onnx_fold_fini(&fold);
        OCT_TRY(status);
    }
    return OCTET_OK;
}

/* Into memory and into a file. */
static octet_status run_save(const work *w, uint64_t *hash, octet_error *err)
{
    static const octet_record record = {"key", "value"};
    const octet_save_opts opts = {.records = &record, .n_records = 1};
    char path[] = "/tmp/test_alloc.octet.XXXXXX";
    void *data;
    size_t n;
    octet_status status = octet_program_save_memory(&data, &n, w->data, &opts, err);
    if (status != OCTET_OK)
        return data ? OCTET_CHECK_FAILED : status;
    *hash = mix(*hash, data, n);
    octet_artifact_free(data);
    const int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return OCTET_CHECK_FAILED;
    status = octet_program_save(w->data, path, &opts, err);
    unlink(path);
    return status;
}

static octet_status run_artifact(const work *w, uint64_t *hash, octet_error *err)
{
    octet_program *p;
    octet_status status = octet_program_load(&p, w->data, w->n_bytes, NULL, err);
    if (status != OCTET_OK)
        return p ? OCTET_CHECK_FAILED : status;
    status = run_program(p, hash, err);
    octet_program_free(p);
    return status;
}

static octet_status run_image(const work *w, uint64_t *hash, octet_error *err)
{
    static const octet_recipe recipe = {.resize = OCTET_RESIZE_SHORTER, .resize_width = 40, .crop_width = 32,
                                            .crop_height = 32};
    octet_image image = {0}, ready = {0};
    float tensor[3 * 32 * 32];
    octet_status status = octet_image_load_memory(&image, w->data, w->n_bytes, NULL, err);
    if (status == OCTET_OK)
        status = octet_image_geometry(&ready, &image, &recipe, err);
    if (status == OCTET_OK)
        status = octet_image_to_float(tensor, sizeof tensor / sizeof *tensor, &ready, &recipe, err);
    if (status == OCTET_OK)
        *hash = mix(*hash, tensor, sizeof tensor);
    octet_image_free(&image);
    octet_image_free(&ready);
    return status;
}

static void fail_at(const work *w, const char *name, uint64_t n, uint64_t expected, void (*fail)(uint64_t))
{
    octet_error err = {.message = ""};
    uint64_t hash = 0;
    fail(n);
    octet_status status = w->run(w, &hash, &err);
    oct_alloc_fail_after(0);
    if (status == OCTET_OK)
        CHECK(hash == expected, "%s: allocation %d failed and changed the result", name, (int)n);
    else
        CHECK(status == OCTET_NO_MEMORY && err.status == status && err.message[0], "%s: allocation %d failed: %s, '%s'", name,
              (int)n, octet_status_name(status), err.message);
}

static void check_file(const work *w, const char *name)
{
    octet_error err = {.message = ""};
    uint64_t expected = 0, before = oct_alloc_count();
    octet_status status = w->run(w, &expected, &err);
    /* some seeds of the fuzzer are refused for their size, by design */
    CHECK(status == OCTET_OK || status == OCTET_UNSUPPORTED || status == OCTET_NO_MEMORY, "%s: %s", name, err.message);
    uint64_t n = oct_alloc_count() - before, step = n / MOST_FAILURES + 1;
    for (uint64_t i = 1; status == OCTET_OK && i <= n; i += step) {
        fail_at(w, name, i, expected, oct_alloc_fail_after);
        fail_at(w, name, i, expected, oct_alloc_fail_once);
    }
}

/* The program's way to a file and back, if the model has one. */
static void check_artifact(const work *model, const char *name)
{
    static const octet_recipe recipe = {.layout = OCTET_NCHW};
    const octet_compile_opts opts = {.cpu = "ref", .placement = OCTET_PLACEMENT_FOLD, .recipe = &recipe};
    octet_model *m;
    octet_program *p = NULL;
    octet_error err;
    void *data = NULL;
    work w = {.run = run_save};
    if (octet_model_load(&m, model->data, model->n_bytes, &err) == OCTET_OK)
        octet_compile(&p, m, &opts, &err);
    octet_model_free(m);
    if (!p)
        return;
    w.data = p;
    check_file(&w, name);
    if (octet_program_save_memory(&data, &w.n_bytes, p, NULL, &err) == OCTET_OK) {
        w.data = data;
        w.run = run_artifact;
        check_file(&w, name);
    }
    octet_artifact_free(data);
    octet_program_free(p);
}

static void *read_file(const char *path, size_t *n_bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    *n_bytes = (size_t)ftell(f);
    rewind(f);
    void *data = malloc(*n_bytes + 1);
    if (data && fread(data, 1, *n_bytes, f) != *n_bytes)
        *n_bytes = 0;
    fclose(f);
    return data;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *dot = strrchr(argv[i], '.');
        work w = {.run = dot && strcmp(dot, ".onnx") == 0 ? run_model : run_image};
        void *data = read_file(argv[i], &w.n_bytes);
        CHECK(data && w.n_bytes > 0, "cannot read %s", argv[i]);
        w.data = data;
        if (data)
            check_file(&w, argv[i]);
        if (data && w.run == run_model) {
            check_artifact(&w, argv[i]);
            w.run = run_quantized;
            check_file(&w, argv[i]);
        }
        w.run = run_fold;
        if (data && i == 1) /* a classifier */
            check_file(&w, argv[i]);
        free(data);
    }
    return check_done();
}
