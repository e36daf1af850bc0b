/* Fuzzes everything behind the reader: a graph that was read is compiled and, if it is small, run on noise and on raw bits
 * (NaN, infinities, indices out of range) at the lowest and the highest CPU level, which must agree bit for bit. Then the same
 * of the graph quantized with ranges from such inputs: what runs in float runs in integers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <octet/calibrate.h>

#include "base/half.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#define MOST_BYTES ((uint64_t)64 << 20)
#define MOST_MACS 50000000u
#define MOST_TRAFFIC ((uint64_t)1 << 30) /* bytes that the steps may touch */

static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void fill_input(void *dst, const octet_tensor_info *info, bool raw, uint32_t *state)
{
    if (raw || info->dtype != OCTET_F32) {
        for (size_t i = 0; i < info->n_bytes; i++)
            ((uint8_t *)dst)[i] = (uint8_t)(next(state) >> 16 & (raw && info->dtype != OCTET_BOOL ? 0xff : 1));
        return;
    }
    for (size_t i = 0; i < info->n_bytes / sizeof(float); i++)
        ((float *)dst)[i] = (float)(int32_t)next(state) * 0x1p-30f;
}

static bool is_nan(octet_dtype dtype, const uint8_t *p)
{
    float f;
    double d;
    uint16_t h;
    memcpy(&h, p, sizeof h);
    switch (dtype) {
    case OCTET_F32: memcpy(&f, p, sizeof f); return isnan(f);
    case OCTET_F64: memcpy(&d, p, sizeof d); return isnan(d);
    case OCTET_F16: return isnan(oct_f32_from_f16(h));
    case OCTET_BF16: return isnan(oct_f32_from_bf16(h));
    default: return false;
    }
}

/* The same bits, but for the payloads of NaNs. */
static void compare_output(const octet_tensor_info *info, const uint8_t *a, const uint8_t *b)
{
    size_t size = octet_dtype_size(info->dtype);
    for (size_t at = 0; at < info->n_bytes; at += size) {
        if (memcmp(a + at, b + at, size) == 0)
            continue;
        if (size > 1 && is_nan(info->dtype, a + at) && is_nan(info->dtype, b + at))
            continue;
        fprintf(stderr, "output '%s' differs between CPU levels at element %zu\n", info->name, at / size);
        abort();
    }
}

/* How a graph is compiled. */
typedef struct way {
    octet_placement placement;
    const octet_calibration *calibration;
} way;

static octet_recipe make_recipe(size_t n_bytes)
{
    return (octet_recipe){.order = n_bytes & 1 ? OCTET_BGR : OCTET_RGB, .layout = n_bytes & 2 ? OCTET_NHWC : OCTET_NCHW,
                          .mean = {120, 110, 100}, .scale = {0.02f, 0.03f, -0.01f}};
}

/* NULL where it does not compile. */
static octet_program *compile(const uint8_t *data, size_t n_bytes, way how, const char *cpu)
{
    const octet_recipe recipe = make_recipe(n_bytes);
    const octet_compile_opts opts = {.cpu = cpu, .placement = how.placement, .recipe = &recipe, .calibration = how.calibration};
    octet_model *model;
    octet_program *program = NULL;
    octet_error err = {.message = ""};
    if (octet_model_load(&model, data, n_bytes, &err) == OCTET_OK)
        octet_compile(&program, model, &opts, &err);
    octet_model_free(model);
    if (!program && !err.message[0])
        abort(); /* a failure has a message */
    return program;
}

static bool is_small(const octet_program *p)
{
    octet_program_info info;
    octet_program_get_info(p, &info);
    uint64_t n_bytes = (uint64_t)info.arena_bytes + info.weight_bytes + info.scratch_bytes;
    return n_bytes <= MOST_BYTES && info.macs <= MOST_MACS && n_bytes * (unsigned)info.n_steps <= MOST_TRAFFIC;
}

static void run_and_compare(const octet_program *ref, const octet_program *best, uint32_t seed)
{
    octet_session *a, *b = NULL;
    octet_error err;
    if (octet_session_new(&a, ref, NULL, &err) == OCTET_OK)
        octet_session_new(&b, best, &(octet_session_opts){.n_threads = 1}, &err);
    for (int raw = 0; b && raw < 2; raw++) {
        for (int i = 0; i < octet_program_n_inputs(ref); i++) {
            const octet_tensor_info *info = octet_program_input(ref, i);
            fill_input(octet_session_input(a, i), info, raw, &seed);
            if (info->n_bytes)
                memcpy(octet_session_input(b, i), octet_session_input(a, i), info->n_bytes);
        }
        octet_session_run(a, NULL);
        octet_session_run(b, NULL);
        for (int i = 0; i < octet_program_n_outputs(ref); i++)
            compare_output(octet_program_output(ref, i), octet_session_output(a, i), octet_session_output(b, i));
    }
    octet_session_free(a);
    octet_session_free(b);
}

/* True if it runs. */
static bool check_way(const uint8_t *data, size_t n_bytes, way how)
{
    octet_program *ref = compile(data, n_bytes, how, "ref");
    const bool small = ref && is_small(ref);
    octet_program *best = small ? compile(data, n_bytes, how, NULL) : NULL;
    if (small && !best)
        abort(); /* what one level runs, all do */
    if (best)
        run_and_compare(ref, best, (uint32_t)n_bytes * 2654435761u | 1);
    octet_program_free(best);
    octet_program_free(ref);
    return small;
}

/* Ranges from a few inputs; NULL where there is nothing to quantize, or the inputs are refused. */
static octet_calibration *calibrate(const uint8_t *data, size_t n_bytes, octet_placement placement)
{
    const octet_recipe recipe = make_recipe(n_bytes);
    const octet_compile_opts opts = {.placement = placement, .recipe = &recipe};
    octet_model *model;
    octet_calibration *c = NULL;
    uint32_t seed = (uint32_t)n_bytes | 1;
    if (octet_model_load(&model, data, n_bytes, NULL) == OCTET_OK)
        octet_calibration_new(&c, model, &opts, NULL, NULL);
    octet_model_free(model);
    for (int which = 0; c && which < 2 && is_small(octet_calibration_program(c)); which++) {
        const octet_program *p = octet_calibration_program(c);
        for (int i = 0; i < octet_program_n_inputs(p); i++)
            fill_input(octet_calibration_input(c, i), octet_program_input(p, i), false, &seed);
        octet_calibration_add(c, NULL);
        octet_calibration_warning(c, 0);
    }
    if (c && octet_calibration_n_images(c) > 0)
        return c;
    octet_calibration_free(c);
    return NULL;
}

static void check_placement(const uint8_t *data, size_t n_bytes, octet_placement placement)
{
    if (!check_way(data, n_bytes, (way){placement, NULL}))
        return;
    octet_calibration *c = calibrate(data, n_bytes, placement);
    octet_program *p = c ? compile(data, n_bytes, (way){placement, c}, NULL) : NULL;
    if (c && !p)
        abort(); /* what runs in float runs quantized */
    octet_program_free(p);
    if (c)
        check_way(data, n_bytes, (way){placement, c});
    octet_calibration_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    check_placement(data, n_bytes, OCTET_PLACEMENT_HOST);
    check_placement(data, n_bytes, n_bytes & 4 ? OCTET_PLACEMENT_LAYER : OCTET_PLACEMENT_FOLD);
    return 0;
}
