/* The calibration object on the sample model: what it refuses, and that its memory does not grow with the images.
 *
 *     test_calibration MODEL.onnx OTHER.onnx
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/calibrate.h>

#include "base/mem.h"
#include "tests/check.h"

static const octet_recipe recipe = {.layout = OCTET_NCHW, .mean = {120, 110, 100}, .scale = {0.02f, 0.02f, 0.02f}};

static octet_model *open_model(const char *path)
{
    octet_model *m = NULL;
    octet_error err = {.message = ""};
    CHECK(octet_model_open(&m, path, &err) == OCTET_OK, "%s", err.message);
    return m;
}

static octet_status compile(const char *path, const octet_compile_opts *opts, octet_error *err)
{
    octet_model *m = open_model(path);
    octet_program *p = NULL;
    octet_status status = octet_compile(&p, m, opts, err);
    CHECK(!p == (status != OCTET_OK), "a program and status %d", (int)status);
    octet_program_free(p);
    octet_model_free(m);
    return status;
}

static void refused(const char *path, const octet_compile_opts *opts, const char *part)
{
    octet_error err = {.message = ""};
    CHECK(compile(path, opts, &err) == OCTET_USAGE && strstr(err.message, part), "wanted '%s', not '%s'", part, err.message);
}

static void fill(octet_calibration *c, unsigned seed)
{
    uint8_t *pixels = octet_calibration_input(c, 0);
    for (size_t i = 0; i < octet_program_input(octet_calibration_program(c), 0)->n_bytes; i++)
        pixels[i] = (uint8_t)(128 + 60 * (int)((i / 90 + seed) % 3) - 60 + (int)(i % 7));
}

static void check_runs(octet_calibration *c)
{
    uint64_t before = 0;
    for (unsigned i = 0; i < 9; i++) {
        fill(c, i);
        CHECK(octet_calibration_add(c, NULL) == OCTET_OK, "image %u", i);
        if (i == 0)
            before = oct_alloc_count();
    }
    CHECK(oct_alloc_count() == before, "%d allocations by eight images", (int)(oct_alloc_count() - before));
    CHECK(octet_calibration_n_images(c) == 9, "%d images", octet_calibration_n_images(c));
    CHECK(!octet_calibration_range(c, -1) && !octet_calibration_range(c, 1 << 20), "ranges beyond the ends");
    CHECK(!octet_calibration_warning(c, -1) && !octet_calibration_input(c, 1), "beyond the ends");
}

int main(int argc, char **argv)
{
    octet_error err = {.message = ""};
    octet_calibration *c = NULL, *none = NULL;
    octet_compile_opts opts = {.placement = OCTET_PLACEMENT_FOLD, .recipe = &recipe};
    if (argc != 3)
        return 1;
    octet_model *m = open_model(argv[1]);
    CHECK(octet_calibration_new(&c, m, &opts, NULL, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_calibration_new(&none, m, &opts, NULL, &err) == OCTET_USAGE && !none, "a model twice: %s", err.message);
    octet_model_free(m);
    opts.calibration = c;
    refused(argv[1], &opts, "no image");
    check_runs(c);
    CHECK(compile(argv[1], &opts, &err) == OCTET_OK, "%s", err.message);
    refused(argv[2], &opts, "another model");
    opts.placement = OCTET_PLACEMENT_HOST;
    refused(argv[1], &opts, "other options");
    m = open_model(argv[1]);
    CHECK(octet_calibration_new(&none, m, &opts, NULL, &err) == OCTET_USAGE && strstr(err.message, "float"), "%s", err.message);
    octet_model_free(m);
    octet_calibration_free(c);
    octet_calibration_free(NULL);
    return check_done();
}
