/* All that is refused is named, in one message; files that are wrong are told what is wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "message.h"
#include "onnx/read.h"

enum { F32 = 1, I64 = 7, STRING = 8, FLOAT8 = 17, INT4 = 22 };

/* Read m (which is freed), compare the outcome. */
static void expect(msg *m, octet_status wanted, const char *part)
{
    oct_graph g;
    octet_error err = {.message = ""};
    oct_graph_init(&g);
    octet_status status = oct_onnx_read_memory(&g, m->data, m->n, &err);
    CHECK(status == wanted, "status %d, not %d: %s", (int)status, (int)wanted, err.message);
    CHECK(strstr(err.message, part), "'%s' is not in: %s", part, err.message);
    oct_graph_fini(&g);
    oct_graph_init(&g);
    CHECK(oct_onnx_read_memory(&g, m->data, m->n, NULL) == wanted, "without an error object");
    oct_graph_fini(&g);
    msg_free(m);
}

static void put_subgraph(msg *m, const char *name)
{
    size_t attribute = msg_open(m, 5);
    msg_text(m, 1, name);
    msg_int(m, 20, 5); /* GRAPH */
    size_t graph = msg_open(m, 6);
    msg_close(m, msg_node(m, "Relu", "inner", "x", "z"));
    msg_close(m, graph);
    msg_close(m, attribute);
}

static void test_list(void)
{
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    size_t node = msg_node(&m, "If", "branch", "x", "a");
    put_subgraph(&m, "then_branch");
    msg_close(&m, node);
    msg_close(&m, msg_node(&m, "LSTM", "cell", "a", "b"));
    node = msg_node(&m, "Relu", "fine", "b", "c");
    msg_close(&m, node);
    node = msg_node(&m, "Relu", "odd", "c", "d");
    msg_attr_int(&m, "inplace", 1);
    msg_close(&m, node);
    msg_close(&m, msg_node(&m, "Frobnicate", "", "d", "y"));
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_UNSUPPORTED,
           "If 'branch': control flow\nLSTM 'cell': recurrent network\nRelu 'odd': attribute 'inplace' is not supported\n"
           "Frobnicate 'Frobnicate_y': operator is not supported");
}

/* More refusals than a message holds: as many as fit, then the number of those left out. */
static void test_long_list(void)
{
    enum { N = 1000 };
    oct_graph g;
    octet_error err;
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    for (int i = 0; i < N; i++) {
        char in[32], out[32];
        snprintf(in, sizeof in, i ? "v%d" : "x", i);
        snprintf(out, sizeof out, "v%d", i + 1);
        msg_close(&m, msg_node(&m, "GRU", "", in, out));
    }
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "v1000");
    msg_model_end(&m, graph);
    oct_graph_init(&g);
    CHECK(oct_onnx_read_memory(&g, m.data, m.n, &err) == OCTET_UNSUPPORTED, "%s", err.message);
    int n_lines = 0, n_more = 0;
    for (const char *p = err.message; (p = strstr(p, "GRU '")); p++)
        n_lines++;
    const char *more = strstr(err.message, "\n... and ");
    CHECK(more && sscanf(more, "\n... and %d more", &n_more) == 1, "%s", more ? more : "no rest");
    CHECK(n_lines + n_more == N && n_lines > 50, "%d lines and %d more", n_lines, n_more);
    oct_graph_fini(&g);
    msg_free(&m);
}

/* A refused node whose name alone overflows the message. */
static void test_long_name(void)
{
    static char name[6000];
    memset(name, 'n', sizeof name - 1);
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    msg_close(&m, msg_node(&m, "GRU", name, "x", "a"));
    msg_close(&m, msg_node(&m, "GRU", "second", "a", "y"));
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_UNSUPPORTED, "nnnn\n... and 1 more");
}

static void test_types(void)
{
    msg m = {0};
    size_t graph = msg_model(&m, 8, 21);
    msg_tensor(&m, "q", INT4, 1, (const int64_t[]){2}, "x", 1);
    msg_tensor(&m, "f8", FLOAT8, 1, (const int64_t[]){1}, "x", 1);
    msg_close(&m, msg_node(&m, "Concat", "cat", "s,q,f8", "y"));
    msg_value(&m, MSG_INPUT, "s", STRING, 1, (const int64_t[]){2});
    size_t input = msg_open(&m, MSG_INPUT); /* a sequence */
    msg_text(&m, 1, "list");
    size_t type = msg_open(&m, 2);
    msg_bytes(&m, 4, "", 0);
    msg_close(&m, type);
    msg_close(&m, input);
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "attribute 'axis' is missing");

    graph = msg_model(&m, 8, 21);
    msg_tensor(&m, "q", INT4, 1, (const int64_t[]){2}, "x", 1);
    msg_tensor(&m, "f8", FLOAT8, 1, (const int64_t[]){1}, "x", 1);
    msg_value(&m, MSG_INPUT, "s", STRING, 1, (const int64_t[]){2});
    msg_close(&m, msg_node(&m, "Sum", "sum", "s,q,f8", "y"));
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_UNSUPPORTED, "initializer 'q': element type int4\ninitializer 'f8': element type float8e4m3fn\n"
                                  "graph input 's': element type string");
}

static void test_opsets(void)
{
    msg m = msg_one_node(22, "Relu", "x", "y");
    expect(&m, OCTET_UNSUPPORTED, "opset 22 of ONNX's operators; 7 to 21 are read");
    m = msg_one_node(-1, "Relu", "x", "y");
    expect(&m, OCTET_UNSUPPORTED, "opset -1");
    m = msg_one_node(5, "Relu", "x", "y");
    expect(&m, OCTET_UNSUPPORTED, "Relu 'n': form of opset 5; 7 to 21 are read");
    m = msg_one_node(6, "PRelu", "x,x", "y");
    expect(&m, OCTET_UNSUPPORTED, "PRelu 'n': form of opset 6");
    m = msg_one_node(1, "Softplus", "x", "y"); /* unchanged since */
    expect(&m, OCTET_OK, "");
    m = (msg){0};
    size_t graph = msg_open(&m, 7);
    msg_close(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "no operator set");
    graph = msg_model(&m, 8, 13);
    size_t node = msg_node(&m, "Gelu", "act", "x", "y");
    msg_node_domain(&m, "com.microsoft");
    msg_close(&m, node);
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "com.microsoft.Gelu 'act': the model does not import the domain 'com.microsoft'");
}

static void test_local_function(void)
{
    msg m = msg_one_node(13, "Relu", "x", "y");
    size_t function = msg_open(&m, 25);
    msg_text(&m, 1, "Relu");
    msg_close(&m, msg_node(&m, "Neg", "", "x", "y")); /* field 1 again: FunctionProto.name as bytes of a node */
    msg_close(&m, function);
    expect(&m, OCTET_OK, "");
    m = msg_one_node(13, "Relu", "x", "y");
    function = msg_open(&m, 25);
    msg_text(&m, 1, "Relu");
    msg_close(&m, function);
    expect(&m, OCTET_UNSUPPORTED, "Relu 'n': function defined in the model");
}

/* ---- sizes and data that do not fit together ---- */

static void expect_initializer(int dtype, int rank, const int64_t *dims, size_t n_raw, octet_status wanted, const char *part)
{
    static const uint8_t bytes[4096];
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    msg_tensor(&m, "w", dtype, rank, dims, bytes, n_raw);
    msg_close(&m, msg_node(&m, "Relu", "n", "w", "y"));
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, wanted, part);
}

static void test_sizes(void)
{
    const int64_t tera[] = {1 << 20, 1 << 20}, huge[] = {INT32_MAX, INT32_MAX, INT32_MAX}, negative[] = {-1};
    const int64_t deep[] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, small[] = {3, 5}, endless[] = {INT64_MAX, 0};
    expect_initializer(F32, 2, tera, 64, OCTET_BAD_INPUT,
                       "initializer 'w': shape [1048576,1048576] needs 4398046511104 bytes, the file holds 64");
    expect_initializer(F32, 2, small, 2048, OCTET_BAD_INPUT, "shape [3,5] needs 60 bytes, the file holds 2048");
    expect_initializer(F32, 2, small, 64, OCTET_BAD_INPUT, "shape [3,5] needs 60 bytes, the file holds 64");
    expect_initializer(F32, 3, huge, 64, OCTET_BAD_INPUT, "is too large");
    expect_initializer(F32, 1, negative, 64, OCTET_BAD_INPUT, "impossible shape [-1]");
    expect_initializer(F32, 2, endless, 0, OCTET_BAD_INPUT, "impossible shape");
    expect_initializer(F32, 9, deep, 4, OCTET_UNSUPPORTED, "9 dimensions, at most 8");
    expect_initializer(0, 2, small, 60, OCTET_BAD_INPUT, "no element type");
    expect_initializer(99, 2, small, 60, OCTET_UNSUPPORTED, "unknown element type 99");
    expect_initializer(-5, 2, small, 60, OCTET_UNSUPPORTED, "unknown element type -5");
}

/* One TensorProto with the given fields. */
static void expect_tensor(msg *m, octet_status wanted, const char *part)
{
    oct_graph g;
    octet_error err = {.message = ""};
    oct_value_id id;
    oct_graph_init(&g);
    octet_status status = oct_onnx_read_tensor(&g, &id, m->data, m->n, &err);
    CHECK(status == wanted && strstr(err.message, part), "status %d, '%s' is not in: %s", (int)status, part, err.message);
    oct_graph_fini(&g);
    msg_free(m);
}

static void test_places(void)
{
    msg m = {0};
    msg_int(&m, 1, 1);
    msg_int(&m, 2, F32);
    msg_bytes(&m, 9, "abcd", 4);
    msg_float(&m, 4, 1);
    expect_tensor(&m, OCTET_BAD_INPUT, "data is given more than once");
    msg_int(&m, 2, F32);
    msg_int(&m, 5, 1);
    expect_tensor(&m, OCTET_BAD_INPUT, "data of another type than float32");
    msg_int(&m, 1, 600);
    msg_int(&m, 2, I64);
    msg_bytes(&m, 4, (const float[600]){0}, 2400);
    expect_tensor(&m, OCTET_BAD_INPUT, "data of another type than int64");
    msg_int(&m, 2, 2); /* uint8 */
    msg_int(&m, 5, 256);
    expect_tensor(&m, OCTET_BAD_INPUT, "element 0 is 256, no uint8");
    msg_int(&m, 2, 12); /* uint32 */
    msg_int(&m, 11, (int64_t)1 << 32);
    expect_tensor(&m, OCTET_BAD_INPUT, "no uint32");
    msg_int(&m, 1, 2);
    msg_int(&m, 2, I64);
    msg_int(&m, 7, 1);
    expect_tensor(&m, OCTET_BAD_INPUT, "shape [2] needs 2 elements, the file holds 1");
    msg_int(&m, 2, F32); /* our private fields in a file have no effect */
    msg_int(&m, 536870001, 0);
    msg_int(&m, 536870002, 4);
    msg_int(&m, 536870003, 9);
    expect_tensor(&m, OCTET_BAD_INPUT, "needs 1 elements, the file holds 0");
    msg_int(&m, 2, F32);
    msg_bytes(&m, 3, "", 0);
    expect_tensor(&m, OCTET_UNSUPPORTED, "segments");
}

/* ---- names ---- */

static void test_names(void)
{
    const float one = 1;
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    msg_tensor_f32(&m, "w", 1, &one);
    msg_tensor_f32(&m, "w", 1, &one);
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "initializer 'w': 'w' is defined more than once");
    graph = msg_model(&m, 8, 13);
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_INPUT, "x");
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "graph input 'x': 'x' is defined more than once");
    m = msg_one_node(13, "Relu", "x", "x");
    expect(&m, OCTET_BAD_INPUT, "Relu 'n': 'x' is defined more than once");
    m = msg_one_node(13, "Relu", "y", "y");
    expect(&m, OCTET_BAD_INPUT, "cycle");
    m = msg_one_node(13, "Relu", "x", "z");
    expect(&m, OCTET_BAD_INPUT, "graph output 'y': nothing produces it");
    m = msg_one_node(13, "", "x", "y");
    expect(&m, OCTET_BAD_INPUT, "a node without operator");
    graph = msg_model(&m, 8, 13);
    msg_close(&m, msg_node(&m, "Add", "one", "x,b", "a"));
    msg_close(&m, msg_node(&m, "Relu", "two", "a", "b"));
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "b");
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "part of a cycle");
    graph = msg_model(&m, 8, 13);
    msg_image(&m, MSG_INPUT, "x");
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "the graph has no output");
}

/* ---- files ---- */

static void expect_file(const char *path, octet_status wanted, const char *part)
{
    oct_graph g;
    octet_error err = {.message = ""};
    oct_graph_init(&g);
    octet_status status = oct_onnx_read(&g, path, &err);
    CHECK(status == wanted && strstr(err.message, part), "status %d, '%s' is not in: %s", (int)status, part, err.message);
    CHECK(status == OCTET_OK || strstr(err.message, path), "no path in: %s", err.message);
    oct_graph_fini(&g);
}

static void write_file(const char *path, const void *data, size_t n)
{
    octet_error err = {.message = ""};
    CHECK(oct_file_write(path, data, n, &err) == OCTET_OK, "%s", err.message);
}

/* A model of one external initializer float32 [4]; offset and length may be NULL. */
static void write_external(const char *path, const char *location, const char *offset, const char *length)
{
    const char *entries[][2] = {{"location", location}, {"offset", offset}, {"length", length}};
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13), tensor = msg_open(&m, 5);
    msg_int(&m, 1, 4);
    msg_int(&m, 2, F32);
    msg_text(&m, 8, "w");
    msg_int(&m, 14, 1);
    for (int i = 0; i < 3; i++)
        if (entries[i][1]) {
            size_t entry = msg_open(&m, 13);
            msg_text(&m, 1, entries[i][0]);
            msg_text(&m, 2, entries[i][1]);
            msg_close(&m, entry);
        }
    msg_close(&m, tensor);
    msg_close(&m, msg_node(&m, "Relu", "n", "w", "y"));
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    if (path)
        write_file(path, m.data, m.n);
    else
        expect(&m, OCTET_UNSUPPORTED, "external data 'w.bin' of a model that is not in a file");
    msg_free(&m);
}

static void test_external(void)
{
    static const struct {
        const char *location, *offset, *length;
        octet_status wanted;
        const char *part;
    } cases[] = {{"w.bin", "4", "16", OCTET_OK, ""},
                 {"w.bin", "4", NULL, OCTET_OK, ""},
                 {"./sub/../w.bin", NULL, NULL, OCTET_BAD_INPUT, "outside the model's folder"},
                 {"w.bin", "8", "16", OCTET_BAD_INPUT, "needs 16 bytes at offset 8, 'w.bin' has 20"},
                 {"w.bin", "18446744073709551615", "16", OCTET_BAD_INPUT, "at offset 18446744073709551615"},
                 {"w.bin", "18446744073709551616", "16", OCTET_BAD_INPUT, "is no number"},
                 {"w.bin", "-4", "16", OCTET_BAD_INPUT, "offset '-4' is no number"},
                 {"w.bin", "4", "12", OCTET_BAD_INPUT, "needs 16 bytes, its external data has 12"},
                 {"none.bin", NULL, NULL, OCTET_BAD_INPUT, "no external data file"},
                 {"../w.bin", NULL, NULL, OCTET_BAD_INPUT, "outside the model's folder"},
                 {"/etc/passwd", NULL, NULL, OCTET_BAD_INPUT, "outside the model's folder"},
                 {"link.bin", NULL, NULL, OCTET_BAD_INPUT, "a link to outside the model's folder"},
                 {"sub", NULL, NULL, OCTET_BAD_INPUT, "not a regular file"},
                 {"", NULL, NULL, OCTET_BAD_INPUT, "without a location"}};
    const float values[5] = {0, 1, 2, 3, 4};
    CHECK(mkdir("sub", 0777) == 0, "mkdir");
    write_file("w.bin", values, sizeof values);
    CHECK(symlink("/etc/hostname", "link.bin") == 0, "symlink");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_external("model.onnx", cases[i].location, cases[i].offset, cases[i].length);
        expect_file("model.onnx", cases[i].wanted, cases[i].part);
    }
    write_external(NULL, "w.bin", NULL, NULL);
}

static void test_files(void)
{
    char folder[] = "/tmp/octet_read_XXXXXX";
    if (!mkdtemp(folder) || chdir(folder) != 0) {
        CHECK(0, "no temporary folder");
        return;
    }
    expect_file("absent.onnx", OCTET_BAD_INPUT, "cannot open");
    expect_file(".", OCTET_BAD_INPUT, "not a regular file");
    write_file("empty.onnx", "", 0);
    expect_file("empty.onnx", OCTET_BAD_INPUT, "empty");
    write_file("text.onnx", "<html>not found</html>", 22);
    expect_file("text.onnx", OCTET_BAD_INPUT, "not an ONNX model, or damaged");
    msg m = msg_small_model();
    write_file("small.onnx", m.data, m.n);
    expect_file("small.onnx", OCTET_OK, "");
    msg_free(&m);
    test_external();
    static const char *const made[] = {"empty.onnx", "text.onnx", "small.onnx", "model.onnx", "w.bin", "link.bin"};
    for (int i = 0; i < 6; i++)
        unlink(made[i]);
    rmdir("sub");
    CHECK(chdir("/") == 0 && rmdir(folder) == 0, "the temporary folder is not empty");
}

int main(void)
{
    test_list();
    test_long_list();
    test_long_name();
    test_types();
    test_opsets();
    test_local_function();
    test_sizes();
    test_places();
    test_names();
    test_files();
    return check_done();
}
