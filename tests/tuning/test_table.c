/* The tuning table: what is written is read again, bad lines are named, one machine's lines leave the others alone, and every
 * allocation may fail.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tuning/table.h"

#define TITLE "octet tuning 1\n"
#define SHAPE "1x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide0"
#define LINE "Some CPU\tavx2\t" SHAPE "\t1-all\n"

static const oct_conv_int_shape shape = {.N = 1, .H = 8, .W = 8, .C = 16, .OH = 8, .OW = 8, .OC = 32, .KH = 3, .KW = 3, .G = 1,
                                         .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .pad_top = 1,
                                         .pad_left = 1};

static octet_status parse(oct_tuning *t, const char *text, octet_error *err)
{
    return oct_tuning_parse(t, text, strlen(text), err);
}

static void check_bad(const char *text, const char *message)
{
    oct_tuning t;
    octet_error err = {.status = OCTET_OK};
    CHECK(parse(&t, text, &err) == OCTET_BAD_INPUT && strstr(err.message, message) && t.n == 0 && !t.lines,
          "'%s' instead of '%s'", err.message, message);
}

static void check_refused(void)
{
    check_bad("", "line 1 is not");
    check_bad("octet tuning 2\n", "line 1 is not");
    check_bad("octet tuning 1", "line 1 has no end");
    check_bad(TITLE "Some CPU", "line 2 has no end");
    check_bad(TITLE "\n", "line 2 does not begin with the name of a CPU");
    check_bad(TITLE "\tavx2\t" SHAPE "\t1-all\n", "line 2 does not begin");
    check_bad(TITLE "S\xc3\xb6me CPU\tavx2\t" SHAPE "\t1-all\n", "line 2 does not begin");
    check_bad(TITLE "0123456789012345678901234567890123456789012345678901234567890123\tavx2\t" SHAPE "\t1-all\n", "line 2 does not");
    check_bad(TITLE LINE "Some CPU\tavx3\t" SHAPE "\t1-all\n", "line 3: 'avx3' is no CPU level");
    check_bad(TITLE "Some CPU\n", "line 2: '' is no CPU level");
    check_bad(TITLE "Some CPU\tavx2\t" SHAPE "\t3-all\n", "line 2: '3-all' is no tiling");
    check_bad(TITLE "Some CPU\tavx2\t" SHAPE "\t1-all\tmore\n", "line 2: '1-all' is no tiling");
    check_bad(TITLE "Some CPU\tavx2\t" SHAPE "\n", "line 2: '' is no tiling");
    check_bad(TITLE LINE LINE, "lines 2 and 3 are of the same");
    static const char *const shapes[] = {
        "", "1", SHAPE " ", "x", "1x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide2", "0x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide0",
        "01x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide0", "1x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x-1 g1 wide0",
        "2147483648x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide0",
        "99999999999999999999x8x8x16 to 8x8x32 k3x3 s1x1 d1x1 p1x1 g1 wide0"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char text[512];
        snprintf(text, sizeof text, TITLE "Some CPU\tavx2\t%s\t1-all\n", shapes[i]);
        check_bad(text, "line 2: '");
        check_bad(text, "is no shape");
    }
    oct_tuning t;
    static const char nul[] = TITLE "Some\0CPU\tavx2\t" SHAPE "\t1-all\n";
    CHECK(oct_tuning_parse(&t, nul, sizeof nul - 1, NULL) == OCTET_BAD_INPUT, "a NUL");
}

/* Every prefix and every changed byte of a good table: refused or understood, never more. */
static void check_changed(void)
{
    char text[] = TITLE LINE "Some CPU\tref\t" SHAPE "\t2-one\n";
    const size_t n = strlen(text);
    oct_tuning t;
    for (size_t i = 0; i < n; i++) {
        const octet_status status = oct_tuning_parse(&t, text, i, NULL);
        CHECK(status == (i == strlen(TITLE) || i == strlen(TITLE LINE) ? OCTET_OK : OCTET_BAD_INPUT), "%zu bytes", i);
        oct_tuning_free(&t);
    }
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 256; c++) {
            const char old = text[i];
            text[i] = (char)c;
            if (oct_tuning_parse(&t, text, n, NULL) == OCTET_OK)
                CHECK(t.n == 2 && (i >= strlen(TITLE) || text[i] == old), "byte %zu as %d", i, c);
            oct_tuning_free(&t);
            text[i] = old;
        }
}

static void check_choice(void)
{
    oct_tuning t;
    oct_conv_int_shape other = shape;
    other.C = 17;
    CHECK(oct_tuning_find(NULL, OCT_CPU_AVX2, &shape) == 0, "no table");
    CHECK(parse(&t, TITLE LINE, NULL) == OCTET_OK && t.n == 1, "a table");
    CHECK(oct_tuning_find(&t, OCT_CPU_AVX2, &shape) == 0, "a line of another CPU");
    for (int i = 0; i < 200; i++) { /* so that it grows; out of order */
        other.H = i * 37 % 200 + 1;
        CHECK(oct_tuning_set(&t, OCT_CPU_AVX2, &other, i % 2 ? 1 : 10, NULL) == OCTET_OK, "line %d", i);
    }
    CHECK(t.n == 201, "%d lines", (int)t.n);
    for (int i = 0; i < 200; i++) {
        other.H = i * 37 % 200 + 1;
        CHECK(oct_tuning_find(&t, OCT_CPU_AVX2, &other) == (i % 2 ? 1 : 10), "line %d", i);
        CHECK(oct_tuning_find(&t, OCT_CPU_AVX512, &other) == 0, "a line of another level");
    }
    oct_tuning_set(&t, OCT_CPU_AVX2, &other, 4, NULL);
    CHECK(t.n == 201 && oct_tuning_find(&t, OCT_CPU_AVX2, &other) == 4, "replaced");
    oct_tuning_set(&t, OCT_CPU_AVX2, &other, 0, NULL);
    CHECK(t.n == 200 && oct_tuning_find(&t, OCT_CPU_AVX2, &other) == 0, "removed");
    oct_tuning_set(&t, OCT_CPU_AVX2, &other, 0, NULL);
    CHECK(t.n == 200, "removed twice");
    oct_tuning_free(&t);
}

static void check_file(void)
{
    char path[] = "/tmp/octet_tuning_XXXXXX";
    const int fd = mkstemp(path);
    oct_tuning t, again;
    octet_error err;
    oct_file file;
    CHECK(fd >= 0 && close(fd) == 0, "a temporary file");
    CHECK(parse(&t, TITLE "Z\tavx512vnni\t" SHAPE "\t4-one\n" LINE, NULL) == OCTET_OK, "a table");
    CHECK(oct_tuning_write(&t, path, &err) == OCTET_OK, "%s", err.message);
    CHECK(oct_file_map(&file, path, 4096, &err) == OCTET_OK, "%s", err.message);
    const char sorted[] = TITLE LINE "Z\tavx512vnni\t" SHAPE "\t4-one\n";
    CHECK(file.n_bytes == strlen(sorted) && memcmp(file.data, sorted, file.n_bytes) == 0, "sorted lines");
    oct_file_unmap(&file);
    CHECK(oct_tuning_read(&again, path, &err) == OCTET_OK && again.n == 2 && again.lines[1].tile == 4, "%s", err.message);
    oct_tuning_free(&again);
    CHECK(oct_file_write(path, "no table\n", 9, &err) == OCTET_OK && oct_tuning_read(&again, path, &err) == OCTET_BAD_INPUT &&
              strstr(err.message, path) && strstr(err.message, "line 1"), "%s", err.message);
    unlink(path);
    CHECK(oct_tuning_read(&again, path, &err) == OCTET_BAD_INPUT && strstr(err.message, path), "%s", err.message);
    CHECK(oct_tuning_write(&t, "/nowhere/tuning", &err) == OCTET_BAD_INPUT && strstr(err.message, "/nowhere"), "%s", err.message);
    oct_tuning_free(&t);
}

static void check_no_memory(void)
{
    oct_tuning t;
    octet_error err;
    for (uint64_t n = 1; n <= 2; n++) {
        oct_alloc_fail_after(n);
        const octet_status status = parse(&t, TITLE LINE, &err);
        oct_alloc_fail_after(0);
        CHECK(status == (n == 1 ? OCTET_NO_MEMORY : OCTET_OK), "allocation %d", (int)n);
        oct_tuning_free(&t);
        t = (oct_tuning){0};
        oct_alloc_fail_after(n);
        const octet_status set = oct_tuning_set(&t, OCT_CPU_AVX2, &shape, 1, &err);
        oct_alloc_fail_after(0);
        CHECK(set == status && t.n == (n == 2), "allocation %d", (int)n);
        oct_tuning_free(&t);
    }
}

static void check_names(void)
{
    char text[OCT_TUNING_SHAPE_SIZE], cpu[OCT_CPU_MODEL_SIZE];
    CHECK(strcmp(oct_tuning_shape(text, &shape), SHAPE) == 0, "%s", text);
    oct_cpu_model(cpu);
    CHECK(*cpu && *cpu != ' ' && strlen(cpu) < sizeof cpu && cpu[strlen(cpu) - 1] != ' ' && !strstr(cpu, "  "), "'%s'", cpu);
    CHECK(!oct_conv_u8s8_tile_name(0) && !oct_conv_u8s8_tile_name(3) && !oct_conv_u8s8_tile_name(-1) &&
              !oct_conv_u8s8_tile_name(INT32_MAX) && strcmp(oct_conv_u8s8_tile_name(12), "4-all") == 0, "tilings");
}

int main(void)
{
    check_names();
    check_refused();
    check_changed();
    check_choice();
    check_file();
    check_no_memory();
    return check_done();
}
