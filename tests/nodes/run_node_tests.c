/* The official ONNX backend node tests, run through the public API.
 *
 *     run_node_tests DATA_DIR SKIPS_FILE [--cpu LEVEL] [--only NAME] [--list]
 *
 * Each DATA_DIR/<test>/model.onnx is read, compiled and compared with its recorded outputs (rtol 1e-3, atol 1e-7, ONNX's
 * own; integers exactly). A test whose operators are all in graph/ops.def must pass or stand in SKIPS_FILE
 * ("<test><tab><reason>", "*" at the end matches any rest); any other must be refused with OCTET_UNSUPPORTED. A skipped test that passes is a failure too.
 * Inputs whose value must be known at compile time are bound as constants, as the error message asks.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <math.h>
#include <stdlib.h>

#include <octet/octet.h>

#include "base/cpu.h"
#include "graph/graph.h"
#include "onnx.pb-c.h"
#include "onnx/read.h"
#include "tests/check.h"

#define MAX_INPUTS 64
#define MAX_TESTS 8192
#define MAX_SKIPS 1024

typedef struct skip {
    char pattern[160], reason[240];
    int n_used;
} skip;

typedef enum outcome { PASSED, FAILED, REFUSED } outcome;

static skip skips[MAX_SKIPS];
static int n_skips;
static struct { int passed, skipped; } by_op[OCT_N_OPS];
static int n_passed, n_failed, n_skipped, n_refused_rightly;

/* ---- files ---- */

typedef struct bytes {
    uint8_t *data;
    size_t n;
} bytes;

static int read_file(bytes *b, const char *format, const char *dir, int i, int k)
{
    char path[4096];
    snprintf(path, sizeof path, format, dir, i, k);
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    fseek(f, 0, SEEK_END);
    b->n = (size_t)ftell(f);
    rewind(f);
    b->data = malloc(b->n + 1);
    size_t n = fread(b->data, 1, b->n, f);
    fclose(f);
    return n == b->n;
}

static void read_skips(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[512];
    while (f && n_skips < MAX_SKIPS && fgets(line, sizeof line, f)) {
        skip *s = &skips[n_skips];
        if (line[0] != '#' && sscanf(line, "%159[^\t\n]\t%239[^\n]", s->pattern, s->reason) == 2)
            n_skips++;
    }
    if (f)
        fclose(f);
}

static skip *find_skip(const char *test)
{
    for (int i = 0; i < n_skips; i++) {
        size_t n = strlen(skips[i].pattern);
        int wild = n > 0 && skips[i].pattern[n - 1] == '*';
        if (wild ? strncmp(test, skips[i].pattern, n - 1) == 0 : strcmp(test, skips[i].pattern) == 0)
            return &skips[i];
    }
    return NULL;
}

/* ---- comparing ---- */

static double as_double(const void *data, octet_dtype t, int64_t i)
{
    oct_value v = {.data = data, .dtype = t, .rank = 1, .dims = {i + 1}};
    return oct_const_float(&v, i);
}

static int is_float(octet_dtype t)
{
    return t == OCTET_F32 || t == OCTET_F64 || t == OCTET_F16 || t == OCTET_BF16;
}

static int close_enough(double got, double want)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got);
    if (isinf(want) || isinf(got))
        return want == got;
    return fabs(got - want) <= 1e-7 + 1e-3 * fabs(want);
}

static int same_tensor(const char *test, const octet_tensor_info *info, const void *got, const oct_value *want)
{
    int same = info->dtype == want->dtype && info->rank == want->rank &&
               (want->rank == 0 || memcmp(info->dims, want->dims, (size_t)want->rank * sizeof *want->dims) == 0);
    if (!same) {
        printf("  %s: output '%s' is %s rank %d, expected %s rank %d or another shape\n", test, info->name,
               octet_dtype_name(info->dtype), (int)info->rank, octet_dtype_name(want->dtype), (int)want->rank);
        return 0;
    }
    if (!is_float(info->dtype)) {
        same = memcmp(got, want->data, info->n_bytes) == 0;
        if (!same)
            printf("  %s: output '%s' differs\n", test, info->name);
        return same;
    }
    for (int64_t i = 0, n = oct_value_elems(want); i < n; i++) {
        double g = as_double(got, info->dtype, i), w = as_double(want->data, info->dtype, i);
        if (close_enough(g, w))
            continue;
        printf("  %s: output '%s'[%lld] is %.9g, expected %.9g\n", test, info->name, (long long)i, g, w);
        return 0;
    }
    return 1;
}

/* ---- one data set ---- */

typedef struct data_set {
    oct_graph tensors;
    oct_value_id inputs[MAX_INPUTS], outputs[MAX_INPUTS];
    int n_inputs, n_outputs;
    int bound[MAX_INPUTS]; /* input given as a constant */
} data_set;

static int read_tensors(data_set *d, const char *dir, int set, const char *format, oct_value_id *ids, int *n)
{
    for (*n = 0; *n < MAX_INPUTS; (*n)++) {
        bytes b = {0};
        if (!read_file(&b, format, dir, set, *n)) {
            free(b.data);
            return 1;
        }
        octet_error err;
        octet_status status = oct_onnx_read_tensor(&d->tensors, &ids[*n], b.data, b.n, &err);
        free(b.data);
        if (status != OCTET_OK)
            return 0;
    }
    return 1;
}

/* Shapes for all inputs, constants for those marked as bound. */
static octet_status bind(octet_model *m, const data_set *d, octet_error *err)
{
    for (int i = 0, at = 0; i < d->n_inputs; i++) {
        const oct_value *v = oct_graph_value(&d->tensors, d->inputs[i]);
        if (d->bound[i]) {
            OCT_TRY(octet_model_bind_input(m, at, v->dtype, v->dims, v->rank, v->data, err));
        } else {
            OCT_TRY(octet_model_bind_shape(m, at, v->dims, v->rank, err));
            at++;
        }
    }
    return OCTET_OK;
}

/* "... input 'NAME' must be a constant": mark that graph input. Returns 0 if the message is another one. */
static int bind_what_is_asked(const octet_error *err, data_set *d, const octet_tensor_info *infos, int n)
{
    int marked = 0;
    for (int i = 0; i < n; i++) {
        char wanted[300];
        snprintf(wanted, sizeof wanted, "input '%s' must be a constant", infos[i].name);
        if (!d->bound[i] && strstr(err->message, wanted))
            marked = d->bound[i] = 1;
    }
    /* it may be a value computed from inputs: then all integer inputs (shapes, axes) become constants */
    for (int i = 0; !marked && strstr(err->message, "must be a constant") && i < n; i++) {
        octet_dtype t = infos[i].dtype;
        marked |= !d->bound[i] && (t == OCTET_I64 || t == OCTET_I32);
        d->bound[i] |= t == OCTET_I64 || t == OCTET_I32;
    }
    return marked;
}

static octet_status compile_bound(octet_program **p, const char *path, data_set *d, const char *cpu, octet_error *err)
{
    for (;;) {
        octet_model *m;
        OCT_TRY(octet_model_open(&m, path, err));
        octet_tensor_info infos[MAX_INPUTS];
        char names[MAX_INPUTS][128];
        int n = octet_model_n_inputs(m);
        for (int i = 0; i < n && i < MAX_INPUTS; i++) {
            octet_model_input(m, i, &infos[i]);
            snprintf(names[i], sizeof names[i], "%s", infos[i].name);
            infos[i].name = names[i];
        }
        if (d->n_inputs > n)
            d->n_inputs = n;
        octet_status status = bind(m, d, err);
        if (status == OCTET_OK)
            status = octet_compile(p, m, &(octet_compile_opts){.cpu = cpu}, err);
        octet_model_free(m);
        if (status == OCTET_UNSUPPORTED && bind_what_is_asked(err, d, infos, d->n_inputs))
            continue;
        return status;
    }
}

static int run_and_compare(const char *test, const octet_program *p, const data_set *d)
{
    octet_session *s;
    if (octet_session_new(&s, p, NULL, NULL) != OCTET_OK)
        return 0;
    for (int i = 0, at = 0; i < d->n_inputs; i++) {
        const oct_value *v = oct_graph_value(&d->tensors, d->inputs[i]);
        if (d->bound[i])
            continue;
        const octet_tensor_info *info = octet_program_input(p, at);
        if (info && info->n_bytes == oct_value_bytes(v) && info->n_bytes)
            memcpy(octet_session_input(s, at), v->data, info->n_bytes);
        at++;
    }
    int good = octet_session_run(s, NULL) == OCTET_OK && octet_program_n_outputs(p) >= d->n_outputs;
    for (int i = 0; i < d->n_outputs && good; i++)
        good = same_tensor(test, octet_program_output(p, i), octet_session_output(s, i),
                           oct_graph_value(&d->tensors, d->outputs[i]));
    octet_session_free(s);
    return good;
}

static outcome run_set(const char *test, const char *dir, const char *path, int set, const char *cpu, octet_error *err)
{
    data_set d = {0};
    oct_graph_init(&d.tensors);
    octet_program *p = NULL;
    outcome result = REFUSED;
    snprintf(err->message, sizeof err->message, "test data is not a tensor");
    if (read_tensors(&d, dir, set, "%s/test_data_set_%d/input_%d.pb", d.inputs, &d.n_inputs) &&
        read_tensors(&d, dir, set, "%s/test_data_set_%d/output_%d.pb", d.outputs, &d.n_outputs)) {
        octet_status status = compile_bound(&p, path, &d, cpu, err);
        result = status == OCTET_UNSUPPORTED ? REFUSED : FAILED;
        if (status == OCTET_OK)
            result = run_and_compare(test, p, &d) ? PASSED : FAILED;
        else if (status != OCTET_UNSUPPORTED)
            printf("  %s: %s\n", test, err->message);
    }
    octet_program_free(p);
    oct_graph_fini(&d.tensors);
    return result;
}

/* ---- one test ---- */

/* Operators of the model; *known = 0 if one is not in ops.def. Returns how many there are, -1 if it cannot be read. */
static int operators(const char *path, oct_op *ops, int max, int *known)
{
    bytes b = {0};
    int n = -1;
    *known = 1;
    if (read_file(&b, "%s", path, 0, 0)) {
        OctPb__ModelProto *m = oct_pb__model_proto__unpack(NULL, b.n, b.data);
        if (m && m->graph) {
            n = 0;
            for (size_t i = 0; i < m->graph->n_node; i++) {
                const OctPb__NodeProto *node = m->graph->node[i];
                const char *domain = node->domain && strcmp(node->domain, "ai.onnx") != 0 ? node->domain : "";
                oct_op op = oct_op_find(node->op_type, domain);
                if (strcmp(node->op_type, "Constant") == 0)
                    continue;
                if (strcmp(node->op_type, "Upsample") == 0) /* read as the Resize it became */
                    op = OCT_OP_RESIZE;
                if (op == OCT_N_OPS)
                    *known = 0;
                else if (n < max)
                    ops[n++] = op;
            }
            oct_pb__model_proto__free_unpacked(m, NULL);
        }
    }
    free(b.data);
    return n;
}

static void run_test(const char *root, const char *test, const char *cpu)
{
    char dir[2048], path[2100];
    snprintf(dir, sizeof dir, "%s/%s", root, test);
    snprintf(path, sizeof path, "%s/model.onnx", dir);
    oct_op ops[256];
    int known, n_ops = operators(path, ops, 256, &known);
    if (n_ops < 0)
        return;
    octet_error err = {.message = ""};
    outcome result = PASSED;
    for (int set = 0; set < 100 && result == PASSED; set++) {
        char set_dir[2200];
        snprintf(set_dir, sizeof set_dir, "%s/test_data_set_%d", dir, set);
        DIR *there = opendir(set_dir);
        if (!there)
            break;
        closedir(there);
        result = run_set(test, dir, path, set, cpu, &err);
    }
    skip *s = find_skip(test);
    if (s)
        s->n_used++;
    if (!known) { /* out of scope */
        n_refused_rightly += result == REFUSED;
        n_failed += result != REFUSED;
        if (result != REFUSED)
            printf("FAILED %s: has an unknown operator but was not refused\n", test);
        return;
    }
    for (int i = 0; i < n_ops; i++) {
        int again = 0; /* count a test once per operator */
        for (int k = 0; k < i; k++)
            again |= ops[k] == ops[i];
        by_op[ops[i]].passed += !again && result == PASSED && !s;
        by_op[ops[i]].skipped += !again && s != NULL;
    }
    if (s && result != PASSED) {
        n_skipped++;
    } else if (s) {
        n_failed++;
        printf("FAILED %s: passes, but the list of skips says: %s\n", test, s->reason);
    } else if (result == PASSED) {
        n_passed++;
    } else {
        n_failed++;
        printf("FAILED %s: %s\n", test, result == REFUSED ? err.message : "wrong result or bad input");
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_table(void)
{
    printf("\n%-28s %7s %7s\n", "operator", "passed", "skipped");
    for (int op = 0; op < OCT_N_OPS; op++) {
        const oct_op_info *info = oct_op_get_info((oct_op)op);
        if (strcmp(info->domain, "octet") != 0)
            printf("%-28s %7d %7d\n", info->onnx_name, by_op[op].passed, by_op[op].skipped);
    }
}

int main(int argc, char **argv)
{
    const char *cpu = NULL, *only = NULL;
    if (argc < 3)
        return 2;
    for (int i = 3; i + 1 < argc; i += 2) {
        cpu = strcmp(argv[i], "--cpu") == 0 ? argv[i + 1] : cpu;
        only = strcmp(argv[i], "--only") == 0 ? argv[i + 1] : only;
    }
    oct_cpu_level level;
    octet_error err;
    octet_status has_level = oct_cpu_parse(&level, cpu, &err);
    if (has_level != OCTET_OK) {
        printf("skipped: %s\n", err.message);
        return has_level == OCTET_UNSUPPORTED ? CHECK_SKIP : 2;
    }
    static char *names[MAX_TESTS];
    int n = 0;
    DIR *dir = opendir(argv[1]);
    if (!dir) {
        printf("skipped: no ONNX test data at %s (Debian: libonnx-testdata)\n", argv[1]);
        return CHECK_SKIP;
    }
    for (struct dirent *e; (e = readdir(dir)) && n < MAX_TESTS;)
        if (strncmp(e->d_name, "test_", 5) == 0)
            names[n++] = strdup(e->d_name);
    closedir(dir);
    qsort(names, (size_t)n, sizeof *names, by_name);
    read_skips(argv[2]);
    for (int i = 0; i < n; i++) {
        if (!only || strcmp(only, names[i]) == 0)
            run_test(argv[1], names[i], cpu);
        free(names[i]);
    }
    if (!only)
        print_table();
    printf("\nlevel %s: %d tests of operators outside the table refused cleanly\n", cpu ? cpu : "auto", n_refused_rightly);
    printf("%d passed, %d failed, %d skipped\n", n_passed, n_failed, n_skipped);
    return n_failed != 0;
}
