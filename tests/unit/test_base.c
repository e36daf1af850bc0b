/* base/: arena, errors, counted heap, files, CPU levels, thread pool.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* mkdtemp, symlink */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cpu.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "check.h"

/* ---- arena ---- */

static int all_zero(const unsigned char *p, size_t n)
{
    size_t i = 0;
    while (i < n && p[i] == 0)
        i++;
    return i == n;
}

static void test_arena_blocks(void)
{
    oct_arena arena = {0};
    unsigned char *p[200];
    size_t n[200];
    for (int i = 0; i < 200; i++) {
        n[i] = i % 7 == 0 ? 0 : (size_t)(i * 37 % 5000);
        if (i == 100)
            n[i] = 3u << 20; /* a block of its own */
        p[i] = oct_arena_alloc(&arena, n[i]);
        CHECK(p[i] && (uintptr_t)p[i] % 64 == 0, "allocation %d of %zu bytes at %p", i, n[i], (void *)p[i]);
        CHECK(all_zero(p[i], n[i]), "allocation %d is not zeroed", i);
        memset(p[i], i, n[i]);
    }
    for (int i = 0; i < 200; i++) /* nobody overwrote another */
        for (size_t k = 0; k < n[i]; k++)
            if (p[i][k] != (unsigned char)i)
                CHECK(0, "allocation %d changed at byte %zu", i, k);
    oct_arena_fini(&arena);
    CHECK(!arena.blocks && arena.n_bytes == 0, "not empty after fini");
}

static void test_arena_strings(void)
{
    oct_arena arena = {0};
    CHECK(strcmp(oct_arena_strdup(&arena, "conv"), "conv") == 0, "strdup");
    CHECK(strcmp(oct_arena_strndup(&arena, "convolution", 4), "conv") == 0, "strndup");
    CHECK(strcmp(oct_arena_strndup(&arena, NULL, 0), "") == 0, "strndup of nothing");
    CHECK(strcmp(oct_arena_printf(&arena, "%s#%d", "x", 7), "x#7") == 0, "printf");
    oct_arena_fini(&arena);
}

static void test_arena_limits(void)
{
    oct_arena arena = {0};
    CHECK(!oct_arena_alloc(&arena, SIZE_MAX), "SIZE_MAX");
    CHECK(!oct_arena_alloc(&arena, SIZE_MAX / 2 + 1), "SIZE_MAX / 2 + 1");
    CHECK(!oct_arena_array(&arena, SIZE_MAX / 4, 8), "overflow of count * size");
    CHECK(oct_arena_array(&arena, 0, 8) != NULL, "an empty array is a valid pointer");
    oct_alloc_fail_after(1);
    CHECK(!oct_arena_alloc(&arena, 1 << 20), "injected failure");
    oct_alloc_fail_after(0);
    oct_arena_fini(&arena);
}

/* ---- errors ---- */

static void test_err(void)
{
    octet_error err = {0};
    CHECK(oct_fail(&err, OCTET_UNSUPPORTED, "Conv '%s': group %d", "c1", 3) == OCTET_UNSUPPORTED, "status");
    CHECK(err.status == OCTET_UNSUPPORTED && strcmp(err.message, "Conv 'c1': group 3") == 0, "got '%s'", err.message);
    oct_err_prefix(&err, "%s", "net.onnx");
    CHECK(strcmp(err.message, "net.onnx: Conv 'c1': group 3") == 0, "got '%s'", err.message);
    CHECK(oct_fail(NULL, OCTET_USAGE, "x") == OCTET_USAGE, "NULL error");
    oct_err_prefix(NULL, "x");
    CHECK(oct_fail_memory(&err, "a net", 5) == OCTET_NO_MEMORY, "memory");
    CHECK(strcmp(err.message, "out of memory: a net needs 5 bytes") == 0, "got '%s'", err.message);
    for (int s = OCTET_OK; s <= OCTET_NO_MEMORY + 1; s++)
        CHECK(octet_status_name((octet_status)s)[0] != '\0', "no name of status %d", s);
}

static void test_err_long(void)
{
    static char text[2 * sizeof(((octet_error *)0)->message)];
    octet_error err = {0};
    memset(text, 'a', sizeof text - 1);
    oct_fail(&err, OCTET_USAGE, "%s", text);
    CHECK(strlen(err.message) == sizeof err.message - 1, "length %zu", strlen(err.message));
    oct_err_prefix(&err, "bb");
    CHECK(strncmp(err.message, "bb: aaa", 7) == 0, "got '%.10s'", err.message);
    CHECK(strlen(err.message) < sizeof err.message, "length %zu", strlen(err.message));
    oct_err_prefix(&err, "%s", text);
    CHECK(strlen(err.message) == sizeof err.message - 1, "length %zu", strlen(err.message));
}

static octet_status try_twice(int *n_calls, octet_status first)
{
    OCT_TRY(((*n_calls)++, first));
    OCT_TRY(((*n_calls)++, OCTET_OK));
    return OCTET_OK;
}

static void test_try(void)
{
    int n_calls = 0;
    CHECK(try_twice(&n_calls, OCTET_OK) == OCTET_OK && n_calls == 2, "%d calls", n_calls);
    CHECK(try_twice(&n_calls, OCTET_USAGE) == OCTET_USAGE && n_calls == 3, "%d calls", n_calls);
}

/* ---- heap ---- */

static void test_mem(void)
{
    uint64_t before = oct_alloc_count();
    void *a = oct_malloc(0), *b = oct_calloc(3, 5), *c = oct_alloc_aligned(65), *d = oct_realloc(NULL, 10);
    CHECK(oct_alloc_count() == before + 4, "%" PRIu64 " counted", oct_alloc_count() - before);
    CHECK(a && b && c && d && (uintptr_t)c % 64 == 0, "allocations");
    CHECK(all_zero(b, 15), "calloc");
    oct_free(a);
    oct_free(b);
    oct_free(d);
    oct_free_aligned(c);
    oct_free(NULL);
    oct_free_aligned(NULL);
    CHECK(!oct_calloc(SIZE_MAX / 2, 4) && !oct_malloc(SIZE_MAX) && !oct_alloc_aligned(SIZE_MAX), "impossible sizes");
}

static void test_mem_failure(void)
{
    oct_alloc_fail_after(2);
    void *a = oct_malloc(1), *b = oct_malloc(1), *c = oct_malloc(1);
    oct_alloc_fail_after(0);
    CHECK(a && !b && !c, "the second and all later ones fail");
    oct_free(a);
}

/* ---- files ---- */

static char folder[] = "/tmp/octet_unit_XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void test_file_round_trip(void)
{
    octet_error err;
    oct_file file;
    unsigned char data[5000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 31);
    mode_t old_mask = umask(0027);
    CHECK(oct_file_write(in_folder("a"), data, sizeof data, &err) == OCTET_OK, "%s", err.message);
    umask(old_mask);
    struct stat st;
    CHECK(stat(in_folder("a"), &st) == 0 && (st.st_mode & 0777) == 0640, "mode %o", (unsigned)st.st_mode);
    CHECK(oct_file_write(in_folder("a"), data, 4999, &err) == OCTET_OK, "overwrite: %s", err.message);
    CHECK(oct_file_map(&file, in_folder("a"), 4999, &err) == OCTET_OK, "%s", err.message);
    CHECK(file.n_bytes == 4999 && memcmp(file.data, data, 4999) == 0, "contents");
    oct_file_drop(&file, file.data, file.n_bytes);
    CHECK(memcmp(file.data, data, 4999) == 0, "contents after drop");
    oct_file_drop(&file, data, sizeof data); /* not in the file: no effect */
    oct_file_unmap(&file);
    CHECK(!file.data && file.n_bytes == 0, "closed");
    oct_file_unmap(&file);
}

static void test_file_empty(void)
{
    octet_error err;
    oct_file file;
    CHECK(oct_file_write(in_folder("empty"), NULL, 0, &err) == OCTET_OK, "%s", err.message);
    CHECK(oct_file_map(&file, in_folder("empty"), 0, &err) == OCTET_OK, "%s", err.message);
    CHECK(!file.data && file.n_bytes == 0, "empty");
    oct_file_unmap(&file);
}

static void check_refused(const char *path, uint64_t limit, const char *reason)
{
    octet_error err;
    oct_file file;
    CHECK(oct_file_map(&file, path, limit, &err) == OCTET_BAD_INPUT, "'%s' was mapped", path);
    CHECK(strstr(err.message, path) && strstr(err.message, reason), "got '%s'", err.message);
    CHECK(!file.data, "something stays mapped");
}

static void test_file_refusals(void)
{
    octet_error err;
    CHECK(oct_file_write(in_folder("b"), "12345", 5, &err) == OCTET_OK, "%s", err.message);
    check_refused(in_folder("b"), 4, "limit of 4");
    check_refused(in_folder("missing"), 4, "No such file");
    check_refused(folder, 4, "not a regular file");
    check_refused("/dev/zero", 4, "not a regular file");
    CHECK(oct_file_write(in_folder("no/such/folder"), "1", 1, &err) == OCTET_BAD_INPUT, "written");
    CHECK(strstr(err.message, "no/such/folder") != NULL, "got '%s'", err.message);
    /* a target that cannot be replaced: nothing of the temporary file stays */
    CHECK(mkdir(in_folder("dir"), 0777) == 0, "mkdir");
    CHECK(oct_file_write(in_folder("dir"), "1", 1, &err) == OCTET_BAD_INPUT, "a folder was replaced");
    CHECK(rmdir(in_folder("dir")) == 0, "rmdir");
}

static void test_files(void)
{
    CHECK(mkdtemp(folder) != NULL, "no temporary folder");
    test_file_round_trip();
    test_file_empty();
    test_file_refusals();
    CHECK(unlink(in_folder("a")) == 0 && unlink(in_folder("b")) == 0 && unlink(in_folder("empty")) == 0, "unlink");
    CHECK(rmdir(folder) == 0, "the folder holds something that was left behind");
}

/* ---- CPU levels ---- */

static void test_cpu(void)
{
    octet_error err = {0};
    oct_cpu_level level, best = oct_cpu_detect();
    CHECK(oct_cpu_parse(&level, NULL, &err) == OCTET_OK && level == best, "NULL");
    CHECK(oct_cpu_parse(&level, "auto", &err) == OCTET_OK && level == best, "auto");
    for (int i = 0; i < OCT_CPU_N_LEVELS; i++) {
        octet_status status = oct_cpu_parse(&level, oct_cpu_name((oct_cpu_level)i), &err);
        if (i <= (int)best)
            CHECK(status == OCTET_OK && (int)level == i, "level %d", i);
        else
            CHECK(status == OCTET_UNSUPPORTED && strstr(err.message, oct_cpu_name(best)), "got '%s'", err.message);
    }
    CHECK(oct_cpu_parse(&level, "avx1024", &err) == OCTET_USAGE && strstr(err.message, "avx1024"), "got '%s'",
          err.message);
}

/* ---- thread pool ---- */

enum { N_ITEMS = 1000, MAX_WORKERS = 4 };

typedef struct crew {
    unsigned char n_done[N_ITEMS];   /* each item belongs to one thread */
    uint64_t sum[MAX_WORKERS];       /* scratch by worker index: races here are what a broken index would show */
    int bad_worker;
} crew;

static void add_item(void *context, size_t item, int worker)
{
    crew *c = context;
    c->n_done[item]++;
    if (worker < 0 || worker >= MAX_WORKERS)
        c->bad_worker = 1;
    else
        c->sum[worker] += item;
}

static void run_crew(int n_threads)
{
    octet_error err;
    oct_pool *pool;
    crew c = {0};
    CHECK(oct_pool_new(&pool, n_threads, &err) == OCTET_OK, "%s", err.message);
    CHECK(oct_pool_n_threads(pool) == n_threads, "%d threads", oct_pool_n_threads(pool));
    CHECK((pool == NULL) == (n_threads == 1), "one thread needs no pool");
    uint64_t allocs = oct_alloc_count(), sum = 0;
    for (int round = 0; round < 20; round++)
        oct_pool_run(pool, N_ITEMS, add_item, &c);
    oct_pool_run(pool, 0, add_item, &c);
    CHECK(oct_alloc_count() == allocs, "a run allocates");
    for (int i = 0; i < N_ITEMS; i++)
        CHECK(c.n_done[i] == 20, "item %d done %d times with %d threads", i, c.n_done[i], n_threads);
    for (int i = 0; i < MAX_WORKERS; i++)
        sum += c.sum[i];
    CHECK(sum == 20u * N_ITEMS * (N_ITEMS - 1) / 2 && !c.bad_worker, "sum %" PRIu64, sum);
    oct_pool_free(pool);
}

static void test_pool(void)
{
    octet_error err;
    oct_pool *pool;
    for (int n = 1; n <= MAX_WORKERS; n++)
        run_crew(n);
    CHECK(oct_pool_new(&pool, 0, &err) == OCTET_USAGE && !pool, "0 threads");
    CHECK(oct_pool_new(&pool, 1025, &err) == OCTET_USAGE && strstr(err.message, "1025"), "got '%s'", err.message);
    oct_alloc_fail_after(1);
    CHECK(oct_pool_new(&pool, 2, &err) == OCTET_NO_MEMORY && !pool, "injected failure");
    oct_alloc_fail_after(0);
    oct_pool_free(NULL);
}

int main(void)
{
    test_arena_blocks();
    test_arena_strings();
    test_arena_limits();
    test_err();
    test_err_long();
    test_try();
    test_mem();
    test_mem_failure();
    test_files();
    test_cpu();
    test_pool();
    return check_done();
}
