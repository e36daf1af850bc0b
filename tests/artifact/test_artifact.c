/* test_artifact MODEL...: what is saved and opened again is the same program, at every level, in a file and in memory; the same
 * model gives the same bytes; records and recipe come back; a session in the caller's memory allocates nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <unistd.h>

#include "artifact_file.h"
#include "base/cpu.h"
#include "base/mem.h"

/* Another program as the direct one. */
static void check_same(const octet_program *program, uint64_t expected, const char *what, const char *name)
{
    CHECK(artifact_hash(program, 1) == expected, "%s: %s gives other outputs", name, what);
}

/* Fills the stack with a pattern, so that what is not initialized differs. */
static void dirty_stack(int pattern)
{
    volatile unsigned char room[1 << 17];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = (unsigned char)pattern;
}

static void check_portable(const artifact_file *f, uint64_t expected, const char *name)
{
    const char *level;
    int available;
    for (int i = 0; (level = octet_cpu_level(i, &available)); i++) {
        octet_program *p;
        octet_error err = {.message = ""};
        if (!available)
            continue;
        const octet_status status = octet_program_load(&p, f->data, f->n, &(octet_open_opts){.cpu = level}, &err);
        CHECK(status == OCTET_OK, "%s at %s: %s", name, level, err.message);
        if (status != OCTET_OK)
            continue;
        octet_program_info info;
        octet_program_get_info(p, &info);
        CHECK(strcmp(info.cpu, level) == 0, "%s: level %s, not %s", name, info.cpu, level);
        check_same(p, expected, level, name);
        octet_program_free(p);
    }
}

/* Stored for a level: refused at another, and on a machine that does not have it. */
static void check_stored(const artifact_file *onnx, octet_placement placement, uint64_t expected, const char *name)
{
    const char *level;
    int available;
    for (int i = 1; (level = octet_cpu_level(i, &available)) && available; i++) {
        octet_program *direct = artifact_compile(onnx, placement, level), *p;
        octet_error err = {.message = ""};
        void *data;
        size_t n;
        const octet_status saved = octet_program_save_memory(&data, &n, direct, NULL, &err);
        octet_program_free(direct);
        CHECK(saved == OCTET_OK || (saved == OCTET_UNSUPPORTED && strstr(err.message, "kind conv_u16 ")), "%s: %s", name,
              err.message); /* whose packed form is not checked */
        if (saved != OCTET_OK)
            continue;
        artifact_file f = artifact_copy(data, n);
        octet_artifact_free(data);
        CHECK(octet_program_load(&p, f.data, f.n, NULL, &err) == OCTET_OK, "%s stored for %s: %s", name, level, err.message);
        if (p)
            check_same(p, expected, level, name);
        octet_program_free(p);
        octet_status status = octet_program_load(&p, f.data, f.n, &(octet_open_opts){.cpu = "ref"}, &err);
        CHECK(status == OCTET_UNSUPPORTED && strstr(err.message, "not 'ref'"), "%s: %s", name, err.message);
        oct_cpu_cap((oct_cpu_level)(i - 1));
        status = octet_program_load(&p, f.data, f.n, NULL, &err);
        CHECK(status == OCTET_UNSUPPORTED && strstr(err.message, level) && strstr(err.message, "highest"), "%s: %s", name, err.message);
        oct_cpu_cap(OCT_CPU_N_LEVELS);
        artifact_free(&f);
    }
}

/* The constants are copied if they do not lie at a multiple of 64. */
static void check_unaligned(const artifact_file *f, uint64_t expected, const char *name)
{
    uint8_t *shifted = malloc(f->n + 1);
    octet_program *p;
    octet_error err = {.message = ""};
    if (!shifted)
        abort();
    memcpy(shifted + 1, f->data, f->n);
    CHECK(octet_program_load(&p, shifted + 1, f->n, NULL, &err) == OCTET_OK, "%s: %s", name, err.message);
    if (p)
        check_same(p, expected, "an unaligned artifact", name);
    octet_program_free(p);
    free(shifted);
}

static void check_bound(const artifact_file *f, const octet_program *direct, const char *name)
{
    static const octet_recipe other = {.order = OCTET_BGR, .mean = {1, 2, 3}, .scale = {0.5f, 0.25f, 2}};
    octet_program *p, *a = NULL, *b = NULL;
    octet_recipe recipe = {0};
    octet_pixels pixels;
    octet_error err = {.message = ""};
    if (octet_program_load(&p, f->data, f->n, NULL, &err) != OCTET_OK)
        return;
    if (octet_program_binding(direct, 0, &recipe, &pixels)) {
        octet_recipe loaded = {0};
        CHECK(octet_program_binding(p, 0, &loaded, &pixels) && memcmp(&loaded, &recipe, sizeof recipe) == 0,
              "%s: another recipe", name);
        const octet_status status = octet_program_bind(&a, direct, 0, &other, NULL, &err);
        CHECK(octet_program_bind(&b, p, 0, &other, NULL, &err) == status, "%s: %s", name, err.message);
    }
    octet_program_free(p); /* before those made of it */
    if (a && b)
        check_same(b, artifact_hash(a, 1), "another binding", name);
    octet_program_free(a);
    octet_program_free(b);
}

static void check_file(const artifact_file *onnx, octet_placement placement, const char *name)
{
    dirty_stack(0x5a);
    octet_program *ref = artifact_compile(onnx, placement, "ref");
    dirty_stack(0xa5);
    octet_program *again = artifact_compile(onnx, placement, "ref");
    if (!ref || !again)
        return;
    artifact_file f = artifact_save(ref, NULL), g = artifact_save(again, NULL);
    const uint64_t expected = artifact_hash(ref, 1);
    CHECK(f.n == g.n && memcmp(f.data, g.data, f.n) == 0, "%s: the same model gives other bytes", name);
    check_portable(&f, expected, name);
    check_stored(onnx, placement, expected, name);
    check_unaligned(&f, expected, name);
    check_bound(&f, ref, name);
    artifact_free(&f);
    artifact_free(&g);
    octet_program_free(ref);
    octet_program_free(again);
}

/* ---- records ---- */

static void check_records(const artifact_file *onnx)
{
    static const octet_record records[] = {{"octet.recipe", "resize=none"}, {"ranges", ""}, {"a.b-c_9", "x\ny"}};
    static const octet_record bad[] = {{"", "v"}, {"Key", "v"}, {"a b", "v"}};
    octet_model *model;
    octet_program *program, *p;
    octet_error err = {.message = ""};
    octet_artifact_info info;
    octet_model_load(&model, onnx->data, onnx->n, &err);
    octet_compile(&program, model, &(octet_compile_opts){.cpu = "ref"}, &err);
    artifact_file f = artifact_save(program, &(octet_save_opts){.source = model, .records = records, .n_records = 3});
    CHECK(!octet_program_artifact(program, &info) && !octet_program_record(program, 0), "a compiled program is no artifact");
    CHECK(octet_program_load(&p, f.data, f.n, NULL, &err) == OCTET_OK, "%s", err.message);
    CHECK(octet_program_artifact(p, &info) && strcmp(info.cpu, "portable") == 0 &&
          strcmp(info.octet_version, octet_version()) == 0 && info.source_hash == oct_checksum(onnx->data, onnx->n),
          "%s, %s", info.cpu, info.octet_version);
    for (int i = 0; i < 3; i++) {
        const octet_record *r = octet_program_record(p, i);
        CHECK(r && strcmp(r->key, records[i].key) == 0 && strcmp(r->value, records[i].value) == 0, "record %d", i);
    }
    CHECK(!octet_program_record(p, 3) && !octet_program_record(p, -1), "no more records");
    void *data;
    size_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(octet_program_save_memory(&data, &n, program, &(octet_save_opts){.records = &bad[i], .n_records = 1}, &err) ==
              OCTET_USAGE && !data, "record '%s'", bad[i].key);
    CHECK(octet_program_save_memory(&data, &n, p, NULL, &err) == OCTET_UNSUPPORTED && !data, "an opened artifact is not saved");
    artifact_free(&f);
    octet_program_free(p);
    octet_program_free(program);
    octet_model_free(model);
}

/* ---- the caller's memory ---- */

static void check_session_init(const artifact_file *onnx)
{
    octet_program *program = artifact_compile(onnx, OCTET_PLACEMENT_FOLD, NULL);
    const size_t n = octet_session_size(program, NULL);
    uint8_t *memory = aligned_alloc(64, (n + 63) / 64 * 64);
    octet_session *s;
    octet_error err = {.message = ""};
    if (!memory)
        abort();
    memset(memory, 0xa5, n);
    CHECK(octet_session_init(&s, memory, n - 1, program, &err) == OCTET_USAGE && !s && strstr(err.message, "are needed"), "%s",
          err.message);
    CHECK(octet_session_init(&s, memory + 4, n, program, &err) == OCTET_USAGE && !s && strstr(err.message, "aligned"), "%s",
          err.message);
    const uint64_t before = oct_alloc_count();
    CHECK(octet_session_init(&s, memory, n, program, &err) == OCTET_OK, "%s", err.message);
    const uint64_t hash = artifact_run(program, s);
    CHECK(oct_alloc_count() == before, "%d allocations", (int)(oct_alloc_count() - before));
    CHECK(hash == artifact_hash(program, 1), "another output");
    free(memory);
    octet_program_free(program);
}

/* ---- files ---- */

static void check_on_disk(const artifact_file *onnx)
{
    char path[] = "/tmp/test_artifact.XXXXXX";
    octet_program *program = artifact_compile(onnx, OCTET_PLACEMENT_FOLD, "ref"), *p;
    octet_error err = {.message = ""};
    const int fd = mkstemp(path);
    CHECK(fd >= 0 && close(fd) == 0, "no temporary file");
    CHECK(octet_program_save(program, path, NULL, &err) == OCTET_OK, "%s", err.message);
    artifact_file f = artifact_read_file(path), g = artifact_save(program, NULL);
    CHECK(f.n == g.n && memcmp(f.data, g.data, f.n) == 0, "file and memory differ");
    CHECK(octet_program_open(&p, path, NULL, &err) == OCTET_OK, "%s", err.message);
    unlink(path);
    if (p)
        check_same(p, artifact_hash(program, 1), "a file", path);
    octet_program_free(p);
    CHECK(octet_program_open(&p, path, NULL, &err) == OCTET_BAD_INPUT && strstr(err.message, path), "%s", err.message);
    CHECK(octet_program_save(program, "/no/such/folder/m.octet", NULL, &err) == OCTET_BAD_INPUT, "%s", err.message);
    artifact_free(&f);
    artifact_free(&g);
    octet_program_free(program);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        artifact_file onnx = artifact_read_file(argv[i]);
        CHECK(onnx.n > 0, "cannot read %s", argv[i]);
        check_file(&onnx, OCTET_PLACEMENT_HOST, argv[i]);
        check_file(&onnx, OCTET_PLACEMENT_LAYER, argv[i]);
        check_file(&onnx, OCTET_PLACEMENT_FOLD, argv[i]);
        if (i == 1) { /* a classifier */
            check_records(&onnx);
            check_session_init(&onnx);
            check_on_disk(&onnx);
        }
        artifact_free(&onnx);
    }
    return check_done();
}
