/* Weights packed from the form of level ref are, for every level, the bytes that packing the model's weights gives.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdlib.h>

#include "base/mem.h"
#include "dice.h"
#include "steps/conv_f32.h"
#include "steps/kinds.h"

static float *random_floats(size_t n)
{
    float *p = malloc(n * sizeof *p);
    if (!p)
        exit(1);
    for (size_t i = 0; i < n; i++)
        p[i] = dice_float();
    return p;
}

static uint8_t *new_packed(size_t n)
{
    uint8_t *p = oct_alloc_aligned(n);
    if (!p)
        exit(1);
    memset(p, 0, n);
    return p;
}

static size_t packed_bytes(const oct_conv_f32_step *p, oct_cpu_level cpu)
{
    oct_step_need need;
    oct_step_conv_f32.need(p, cpu, &need);
    return need.packed;
}

static void check_conv(const oct_conv_f32_shape *s)
{
    const oct_conv_f32_step p = {.shape = *s};
    const size_t area = (size_t)(s->KH * s->KW), ICG = (size_t)(s->C / s->G), n = (size_t)s->OC * ICG * area;
    float *w = random_floats(n), *bias = random_floats((size_t)s->OC), *scale = random_floats((size_t)s->OC);
    const oct_conv_f32_weights weights = {.w = w, .stride_o = (int64_t)(ICG * area), .stride_i = (int64_t)area, .stride_t = 1,
                                          .bias = bias, .oc_scale = scale};
    uint8_t *source = new_packed(packed_bytes(&p, OCT_CPU_REF));
    oct_conv_f32_ref.pack(source, s, &weights);
    for (int level = OCT_CPU_REF; level <= (int)oct_cpu_detect(); level++) {
        const size_t n_packed = packed_bytes(&p, (oct_cpu_level)level);
        uint8_t *want = new_packed(n_packed), *got = new_packed(n_packed);
        oct_conv_f32_select((oct_cpu_level)level)->pack(want, s, &weights);
        oct_step_conv_f32.packer->pack(got, &p, (oct_cpu_level)level, source);
        CHECK(memcmp(want, got, n_packed) == 0, "conv_f32 %dx%dx%d to %d channels in %d groups, level %s", s->KH, s->KW,
              s->C, s->OC, s->G, oct_cpu_name((oct_cpu_level)level));
        CHECK(n_packed <= oct_conv_f32_most_packed(s), "%zu bytes are more than there is room", n_packed);
        oct_free_aligned(want);
        oct_free_aligned(got);
    }
    oct_free_aligned(source);
    free(w);
    free(bias);
    free(scale);
}

static oct_conv_f32_shape shape_of(int32_t c, int32_t oc, int32_t groups, int32_t kernel)
{
    return (oct_conv_f32_shape){.N = 1, .H = 7, .W = 7, .C = c, .OH = 7, .OW = 7, .OC = oc, .KH = kernel, .KW = kernel,
                                .G = groups, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1,
                                .pad_top = kernel / 2, .pad_left = kernel / 2, .x_pitch = c, .y_pitch = oc, .r_pitch = oc};
}

static void test_names(void)
{
    int n;
    const oct_step_kind *const *kinds = oct_step_kinds(&n);
    for (int i = 0; i < n; i++)
        CHECK(oct_step_kind_find(kinds[i]->name) == kinds[i], "'%s' is not unique", kinds[i]->name);
    CHECK(!oct_step_kind_find("conv"), "a kind that is not there");
}

int main(void)
{
    const oct_conv_f32_shape shapes[] = {shape_of(3, 8, 1, 3),   shape_of(16, 33, 1, 1), shape_of(24, 24, 24, 3),
                                         shape_of(12, 18, 3, 5), shape_of(65, 100, 1, 3)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_conv(&shapes[i]);
    test_names();
    return check_done();
}
