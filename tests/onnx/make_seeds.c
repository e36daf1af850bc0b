/* make_seeds FOLDER: writes the seeds of tests/fuzz/corpus/onnx, small models that use every part of the reader.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum { F32 = 1, U8 = 2, I8 = 3, I32 = 6, I64 = 7, BOOL = 9, F16 = 10, F64 = 11, U64 = 13 };

static const char *folder;

static void save(const char *name, msg *m)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.onnx", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(m->data, 1, m->n, f) != m->n || fclose(f) != 0) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    msg_free(m);
}

/* Between open_model and save_model: initializers and nodes from x to y. */
static size_t open_model(msg *m, int opset)
{
    *m = (msg){0};
    size_t graph = msg_model(m, 8, opset);
    msg_image(m, MSG_INPUT, "x");
    msg_image(m, MSG_OUTPUT, "y");
    return graph;
}

static void save_model(msg *m, size_t graph, const char *name)
{
    msg_model_end(m, graph);
    msg_opset(m, "com.microsoft", 1);
    save(name, m);
}

/* Tensors in every encoding, one of them longer than what stays in the file. */
static void seed_tensors(void)
{
    static float long_data[17000];
    msg m;
    size_t graph = open_model(&m, 17);
    msg_tensor(&m, "long", F32, 2, (const int64_t[]){10, 40}, long_data, 1600);
    msg_tensor(&m, "half", F16, 1, (const int64_t[]){2}, "\x00\x3e\x00\x3c", 4);
    msg_tensor(&m, "double", F64, 0, NULL, (const double[]){1.5}, 8);
    msg_tensor(&m, "empty", F32, 2, (const int64_t[]){0, 4}, NULL, 0);
    static const struct {
        int dtype;
        uint32_t field;
    } typed[] = {{U8, 5}, {I8, 5}, {BOOL, 5}, {F16, 5}, {I32, 5}, {I64, 7}, {U64, 11}};
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        size_t tensor = msg_open(&m, 5);
        msg_int(&m, 1, 2);
        msg_int(&m, 2, typed[i].dtype);
        msg_bytes(&m, typed[i].field, "\x01\x00", 2); /* packed */
        msg_bytes(&m, 8, &"abcdefg"[i], 1);
        msg_close(&m, tensor);
    }
    size_t tensor = msg_open(&m, 5); /* packed floats that stay in the file */
    msg_int(&m, 1, 300);
    msg_int(&m, 2, F32);
    msg_bytes(&m, 4, long_data, 1200);
    msg_text(&m, 8, "floats");
    msg_close(&m, tensor);
    msg_close(&m, msg_node(&m, "Sum", "", "x,long,floats", "y"));
    save_model(&m, graph, "tensors");
}

static void seed_quantized(void)
{
    msg m;
    size_t graph = open_model(&m, 21);
    msg_tensor(&m, "s", F32, 0, NULL, (const float[]){0.5f}, 4);
    msg_tensor(&m, "z", U8, 0, NULL, "\x80", 1);
    msg_tensor(&m, "w", I8, 4, (const int64_t[]){2, 3, 1, 1}, "abcdef", 6);
    msg_close(&m, msg_node(&m, "QuantizeLinear", "", "x,s,z", "q"));
    size_t node = msg_node(&m, "DequantizeLinear", "", "w,s", "wd");
    msg_attr_int(&m, "axis", 0);
    msg_close(&m, node);
    msg_close(&m, msg_node(&m, "DequantizeLinear", "", "q,s,z", "d"));
    msg_close(&m, msg_node(&m, "Conv", "c", "d,wd", "cd"));
    node = msg_node(&m, "QLinearAdd", "", "q,s,z,q,s,z,s,z", "qa");
    msg_node_domain(&m, "com.microsoft");
    msg_close(&m, node);
    msg_close(&m, msg_node(&m, "Concat", "", "cd,cd", "y"));
    save_model(&m, graph, "quantized_bad"); /* Concat without axis */
    graph = open_model(&m, 13);
    msg_tensor(&m, "s", F32, 0, NULL, (const float[]){0.5f}, 4);
    msg_tensor(&m, "z", U8, 0, NULL, "\x80", 1);
    msg_close(&m, msg_node(&m, "QuantizeLinear", "", "x,s,z", "q"));
    msg_close(&m, msg_node(&m, "DequantizeLinear", "", "q,s,z", "y"));
    save_model(&m, graph, "qdq");
}

/* Attributes that become inputs. */
static void seed_old(void)
{
    const int64_t axes[] = {2, 3}, pads[] = {0, 0, 1, 1, 0, 0, 1, 1}, zero[] = {0, 0}, two[] = {2, 2};
    msg m;
    size_t graph = open_model(&m, 9), node;
    node = msg_node(&m, "Pad", "pad", "x", "p");
    msg_attr_ints(&m, "pads", 8, pads);
    msg_attr_text(&m, "mode", "edge");
    msg_close(&m, node);
    node = msg_node(&m, "Slice", "slice", "p", "s");
    msg_attr_ints(&m, "axes", 2, axes);
    msg_attr_ints(&m, "starts", 2, zero);
    msg_attr_ints(&m, "ends", 2, two);
    msg_close(&m, node);
    node = msg_node(&m, "ReduceMean", "mean", "s", "r");
    msg_attr_ints(&m, "axes", 2, axes);
    msg_close(&m, node);
    node = msg_node(&m, "TopK", "top", "r", "v,i");
    msg_attr_int(&m, "k", 1);
    msg_close(&m, node);
    node = msg_node(&m, "Clip", "clip", "v", "c");
    msg_attr_float(&m, "max", 6);
    msg_close(&m, node);
    node = msg_node(&m, "ConstantOfShape", "fill", "i", "k");
    msg_attr_tensor(&m, "value", F32, 1, (const int64_t[]){1}, (const float[]){2}, 4);
    msg_close(&m, node);
    msg_close(&m, msg_node(&m, "Add", "", "c,k", "y"));
    save_model(&m, graph, "old_forms");
    graph = open_model(&m, 7);
    node = msg_node(&m, "Upsample", "up", "x", "u");
    msg_attr_floats(&m, "scales", 4, (const float[]){1, 1, 2, 2});
    msg_close(&m, node);
    node = msg_node(&m, "MaxPool", "pool", "u", "y");
    msg_attr_ints(&m, "kernel_shape", 2, two);
    msg_attr_ints(&m, "strides", 2, two);
    msg_attr_text(&m, "auto_pad", "SAME_UPPER");
    msg_close(&m, node);
    save_model(&m, graph, "upsample");
}

/* External data, a subgraph, a sparse initializer, a function, a sequence: all refused. */
static void seed_refused(void)
{
    msg m;
    size_t graph = open_model(&m, 13), tensor = msg_open(&m, 5), node, attribute;
    msg_int(&m, 1, 4);
    msg_int(&m, 2, F32);
    msg_text(&m, 8, "far");
    msg_int(&m, 14, 1);
    size_t entry = msg_open(&m, 13);
    msg_text(&m, 1, "location");
    msg_text(&m, 2, "w.bin");
    msg_close(&m, entry);
    msg_close(&m, tensor);
    size_t sparse = msg_open(&m, 15);
    tensor = msg_open(&m, 1);
    msg_text(&m, 8, "sparse");
    msg_close(&m, tensor);
    msg_close(&m, sparse);
    node = msg_node(&m, "If", "branch", "x", "b");
    attribute = msg_open(&m, 5);
    msg_text(&m, 1, "then_branch");
    msg_int(&m, 20, 5);
    msg_bytes(&m, 6, "\x12\x01g", 3);
    msg_close(&m, attribute);
    msg_close(&m, node);
    node = msg_node(&m, "Mine", "f", "b,far", "y");
    msg_node_domain(&m, "local");
    msg_close(&m, node);
    msg_model_end(&m, graph);
    size_t function = msg_open(&m, 25);
    msg_text(&m, 1, "Mine");
    msg_text(&m, 10, "local");
    msg_close(&m, function);
    save("refused", &m);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    msg m = msg_small_model();
    save("small", &m);
    seed_tensors();
    seed_quantized();
    seed_old();
    seed_refused();
    return 0;
}
