/* The int8 convolutions and products of one network by oneDNN, one behind the other with blocked layouts of its own choice:
 * no additions, pools or reorders in between. A lower bound for what builds on it.
 *
 *   onednn_int8 NET            NET: 1 (ResNet-18), 5 (ResNet-50), m (MobileNetV2), s (SqueezeNet 1.1)
 *
 * Prints "ready MACS" and then, for each number N on stdin, the nanoseconds of N runs on one line, as time_model does.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <inttypes.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../tests/kernels/conv_f32_layers.h"

#define MOST_STEPS 256

typedef struct step {
    dnnl_primitive_t run;
    dnnl_exec_arg_t args[4];
} step;

static dnnl_engine_t engine;
static step steps[MOST_STEPS];
static int n_steps;

static void must(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "onednn_int8: %s: status %d\n", what, (int)status);
    exit(1);
}

static dnnl_memory_t make_memory(const_dnnl_primitive_desc_t pd, dnnl_query_t what, int fill)
{
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, 0);
    dnnl_memory_t memory;
    void *data;
    must(dnnl_memory_create(&memory, md, engine, DNNL_MEMORY_ALLOCATE), "memory");
    must(dnnl_memory_get_data_handle(memory, &data), "handle");
    memset(data, fill, dnnl_memory_desc_get_size(md));
    return memory;
}

static void describe(dnnl_memory_desc_t *md, int n, const dnnl_dims_t dims, dnnl_data_type_t type)
{
    must(dnnl_memory_desc_init_by_tag(md, n, dims, type, dnnl_format_tag_any), "memory descriptor");
}

static void add_layer(const conv_layer *l)
{
    const dnnl_dim_t O = (l->H + 2 * l->pad - l->K) / l->stride + 1, G = l->groups;
    const dnnl_dims_t x = {1, l->C, l->H, l->H}, y = {1, l->OC, O, O}, b = {l->OC};
    const dnnl_dims_t w4 = {l->OC, l->C, l->K, l->K}, w5 = {G, l->OC / G, l->C / G, l->K, l->K};
    const dnnl_dims_t strides = {l->stride, l->stride}, pads = {l->pad, l->pad};
    dnnl_memory_desc_t mx, mw, mb, my;
    describe(&mx, 4, x, dnnl_u8);
    describe(&mw, G > 1 ? 5 : 4, G > 1 ? w5 : w4, dnnl_s8);
    describe(&mb, 1, b, dnnl_s32);
    describe(&my, 4, y, dnnl_u8);
    if (l->C == 3) /* the image as it lies */
        must(dnnl_memory_desc_init_by_tag(&mx, 4, x, dnnl_u8, dnnl_nhwc), "image");
    float *scales = malloc((size_t)l->OC * sizeof *scales);
    for (int i = 0; i < l->OC; i++)
        scales[i] = 0.001f;
    dnnl_primitive_attr_t attr;
    must(dnnl_primitive_attr_create(&attr), "attributes");
    must(dnnl_primitive_attr_set_output_scales(attr, l->OC, 1 << 1, scales), "scales");
    dnnl_convolution_desc_t desc;
    must(dnnl_convolution_forward_desc_init(&desc, dnnl_forward_inference, dnnl_convolution_direct, &mx, &mw, &mb, &my, strides,
                                            pads, pads), "convolution");
    dnnl_primitive_desc_t pd;
    must(dnnl_primitive_desc_create(&pd, &desc, attr, engine, NULL), "primitive");
    for (int i = 0; i < l->count; i++) {
        step *s = &steps[n_steps++];
        must(dnnl_primitive_create(&s->run, pd), "primitive");
        s->args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, make_memory(pd, dnnl_query_src_md, 7)};
        s->args[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, make_memory(pd, dnnl_query_weights_md, 3)};
        s->args[2] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, make_memory(pd, dnnl_query_weights_md, 0)};
        s->args[3] = (dnnl_exec_arg_t){DNNL_ARG_DST, make_memory(pd, dnnl_query_dst_md, 0)};
    }
    dnnl_primitive_attr_destroy(attr);
    dnnl_primitive_desc_destroy(pd);
    free(scales);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
    dnnl_stream_t stream;
    uint64_t macs = 0;
    char line[64];
    if (argc != 2 || strlen(argv[1]) != 1) {
        fprintf(stderr, "usage: onednn_int8 1|5|m|s\n");
        return 2;
    }
    must(dnnl_engine_create(&engine, dnnl_cpu, 0), "engine");
    must(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags), "stream");
    for (size_t i = 0; i < sizeof conv_layers / sizeof *conv_layers; i++) {
        const conv_layer *l = &conv_layers[i];
        const int O = (l->H + 2 * l->pad - l->K) / l->stride + 1;
        if (l->net != *argv[1])
            continue;
        add_layer(l);
        macs += (uint64_t)l->count * (uint64_t)O * (uint64_t)O * (uint64_t)l->OC * (uint64_t)(l->C / l->groups * l->K * l->K);
    }
    printf("ready %" PRIu64 "\n", macs);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        for (long n = atol(line); n > 0; n--) {
            const uint64_t start = now_ns();
            for (int i = 0; i < n_steps; i++)
                dnnl_primitive_execute(steps[i].run, stream, 4, steps[i].args);
            dnnl_stream_wait(stream);
            printf("%" PRIu64 "%c", now_ns() - start, n > 1 ? ' ' : '\n');
        }
        fflush(stdout);
    }
    return 0;
}
