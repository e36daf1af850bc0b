/* Damaged and malicious messages: each must end in a status, with bounded memory and stack, whatever the bytes are.
 * Meant to run under AddressSanitizer and UndefinedBehaviorSanitizer too.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "check.h"
#include "message.h"
#include "onnx/read.h"

enum { F32 = 1, I64 = 7 };

static int n_outcomes[8]; /* by status */

/* Read a copy that ends where the heap block ends, so that reading past it is seen. */
static octet_status read_bytes(const uint8_t *data, size_t n, octet_error *err)
{
    oct_graph g;
    uint8_t *copy = malloc(n ? n : 1);
    if (n)
        memcpy(copy, data, n);
    err->message[0] = '\0';
    oct_graph_init(&g);
    octet_status status = oct_onnx_read_memory(&g, copy, n, err);
    if (status == OCTET_OK && oct_graph_verify(&g, err) != OCTET_OK)
        CHECK(0, "a graph that was read is wrong: %s", err->message);
    CHECK((status == OCTET_OK) == (err->message[0] == '\0'), "status %d with '%s'", (int)status, err->message);
    oct_graph_fini(&g);
    free(copy);
    n_outcomes[status]++;
    return status;
}

static void expect(msg *m, octet_status wanted, const char *part)
{
    octet_error err;
    octet_status status = read_bytes(m->data, m->n, &err);
    CHECK(status == wanted && strstr(err.message, part), "status %d, '%s' is not in: %s", (int)status, part, err.message);
    msg_free(m);
}

static void test_truncation(void)
{
    msg m = msg_small_model();
    octet_error err;
    for (size_t n = 0; n < m.n; n++)
        read_bytes(m.data, n, &err);
    CHECK(read_bytes(m.data, m.n, &err) == OCTET_OK, "%s", err.message);
    msg_free(&m);
}

/* xorshift32: the same damage in every run */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void test_bit_flips(void)
{
    msg m = msg_small_model();
    uint32_t state = 20240229;
    octet_error err;
    for (int round = 0; round < 20000; round++) {
        uint32_t at[4];
        int n_flips = 1 + (int)(next_random(&state) % 4);
        for (int i = 0; i < n_flips; i++) {
            at[i] = next_random(&state) % (uint32_t)(m.n * 8);
            m.data[at[i] / 8] ^= (uint8_t)(1u << at[i] % 8);
        }
        read_bytes(m.data, m.n, &err);
        for (int i = 0; i < n_flips; i++)
            m.data[at[i] / 8] ^= (uint8_t)(1u << at[i] % 8);
    }
    CHECK(read_bytes(m.data, m.n, &err) == OCTET_OK, "the flips were not undone: %s", err.message);
    msg_free(&m);
}

/* Every byte replaced by values at which varints and lengths change. */
static void test_byte_values(void)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    msg m = msg_small_model();
    octet_error err;
    for (size_t i = 0; i < m.n; i++) {
        uint8_t old = m.data[i];
        for (size_t j = 0; j < sizeof values; j++) {
            m.data[i] = values[j];
            read_bytes(m.data, m.n, &err);
        }
        m.data[i] = old;
    }
    msg_free(&m);
}

/* Subgraphs in subgraphs: unpacking must not follow them. */
static void test_deep_nesting(void)
{
    enum { DEPTH = 4000 };
    msg m = {0};
    size_t marks[4], graph = msg_model(&m, 8, 13), node = msg_node(&m, "If", "deep", "x", "y");
    size_t n_before = m.n;
    msg inner = {0};
    for (int i = 0; i < DEPTH; i++) { /* from the inside out: attribute { g { node { attribute { ... } } } } */
        msg outer = {0};
        marks[0] = msg_open(&outer, 5);
        msg_int(&outer, 20, 5);
        marks[1] = msg_open(&outer, 6);
        marks[2] = msg_open(&outer, 1);
        msg_raw(&outer, inner.data, inner.n);
        msg_close(&outer, marks[2]);
        msg_close(&outer, marks[1]);
        msg_close(&outer, marks[0]);
        msg_free(&inner);
        inner = outer;
    }
    msg_raw(&m, inner.data, inner.n);
    CHECK(m.n > n_before, "nothing nested");
    msg_free(&inner);
    msg_close(&m, node);
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_UNSUPPORTED, "If 'deep': control flow");
}

/* Bytes of the smallest elements, which are large in memory. */
static void test_many(uint32_t field, size_t count, octet_status wanted, const char *part)
{
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    for (size_t i = 0; i < count; i++)
        msg_bytes(&m, field, "", 0);
    msg_model_end(&m, graph);
    expect(&m, wanted, part);
}

static void test_counts(void)
{
    static const struct {
        uint32_t field;
        const char *part;
    } fields[] = {{1, "without operator"}, {5, "no name"}, {11, "no name"}, {12, "nothing produces it"}, {15, "no name"}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        test_many(fields[i].field, 3000, OCTET_BAD_INPUT, fields[i].part);
        test_many(fields[i].field, 300000, OCTET_BAD_INPUT, "times its size in memory");
    }
    msg m = {0}; /* one node with 300,000 attributes */
    size_t graph = msg_model(&m, 8, 13), node = msg_node(&m, "Relu", "n", "x", "y");
    for (int i = 0; i < 300000; i++)
        msg_attr_int(&m, "axis", 1);
    msg_close(&m, node);
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "Relu 'n': 300000 attributes");
    graph = msg_model(&m, 8, 13); /* one with 300,000 inputs of the same name */
    node = msg_node(&m, "Sum", "sum", "x", "y");
    for (int i = 0; i < 300000; i++)
        msg_text(&m, 1, "x");
    msg_close(&m, node);
    msg_image(&m, MSG_INPUT, "x");
    msg_image(&m, MSG_OUTPUT, "y");
    msg_model_end(&m, graph);
    expect(&m, OCTET_OK, "");
}

/* A chain of nodes in reverse order: sorting it must not recurse. */
static void test_long_chain(void)
{
    enum { N = 50000 };
    msg m = {0};
    size_t graph = msg_model(&m, 8, 13);
    for (int i = N; i > 0; i--) {
        char in[16], out[16];
        snprintf(in, sizeof in, "v%d", i - 1);
        snprintf(out, sizeof out, "v%d", i);
        msg_close(&m, msg_node(&m, "Relu", "", in, out));
    }
    msg_image(&m, MSG_INPUT, "v0");
    msg_image(&m, MSG_OUTPUT, "v50000");
    msg_model_end(&m, graph);
    expect(&m, OCTET_OK, "");
}

/* Lengths near the limits of their varints, in every nested message of the model. */
static void test_lengths(void)
{
    static const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - 5, (uint64_t)1 << 63, (uint64_t)1 << 32, UINT32_MAX,
                                       INT32_MAX, (uint64_t)INT32_MAX + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        msg m = {0};
        size_t graph = msg_model(&m, 8, 13);
        uint8_t tag = 5 << 3 | 2; /* an initializer of that length */
        msg_raw(&m, &tag, 1);
        for (uint64_t v = lengths[i]; v; v >>= 7) {
            uint8_t byte = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
            msg_raw(&m, &byte, 1);
        }
        msg_model_end(&m, graph);
        expect(&m, OCTET_BAD_INPUT, "not an ONNX model, or damaged");
    }
}

/* A field that protobuf would merge, given twice; a wrong wire type; groups. */
static void test_structure(void)
{
    msg m = msg_small_model();
    size_t graph = msg_open(&m, 7);
    msg_close(&m, graph);
    expect(&m, OCTET_BAD_INPUT, "occurs again");
    m = (msg){0};
    msg_int(&m, 7, 1); /* the graph as an integer */
    expect(&m, OCTET_BAD_INPUT, "");
    m = (msg){0};
    msg_raw(&m, "\x3b\x3c", 2); /* a group */
    expect(&m, OCTET_BAD_INPUT, "not an ONNX model, or damaged");
    m = (msg){0};
    msg_raw(&m, "\x02\x00", 2); /* field number 0 */
    expect(&m, OCTET_BAD_INPUT, "bad field tag");
}

/* Memory runs out at every allocation in turn: no crash, no leak. */
static void test_out_of_memory(void)
{
    msg m = msg_small_model();
    octet_error err;
    int n = 0;
    octet_status status;
    do {
        oct_graph g;
        oct_graph_init(&g);
        oct_alloc_fail_after((uint64_t)++n);
        status = oct_onnx_read_memory(&g, m.data, m.n, &err);
        oct_alloc_fail_after(0);
        oct_graph_fini(&g);
        CHECK(status == OCTET_OK || status == OCTET_NO_MEMORY, "allocation %d: status %d: %s", n, (int)status, err.message);
    } while (status != OCTET_OK && n < 10000);
    CHECK(n > 10 && n < 10000, "%d allocations", n);
    msg_free(&m);
}

int main(void)
{
    struct rlimit stack = {256 << 10, 256 << 10};
    setrlimit(RLIMIT_STACK, &stack); /* has effect on what grows from now on */
    test_truncation();
    test_bit_flips();
    test_byte_values();
    test_deep_nesting();
    test_counts();
    test_long_chain();
    test_lengths();
    test_structure();
    test_out_of_memory();
    printf("%d read, %d bad, %d unsupported\n", n_outcomes[OCTET_OK], n_outcomes[OCTET_BAD_INPUT],
           n_outcomes[OCTET_UNSUPPORTED]);
    return check_done();
}
