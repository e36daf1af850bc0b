/* Image readers on damaged files: the fuzz corpus cut at every length, with bits flipped, and with every allocation
 * failing in turn. Nothing may crash, hang or leak; a cut file is refused or gives the whole image.
 * usage: test_image_hostile CORPUS_FOLDER
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "check.h"

#include <dirent.h>
#include <stdlib.h>

#include <octet/image.h>

#include "base/file.h"
#include "base/mem.h"

enum { FLIPS = 400, MAX_PIXELS = 1000000 };

static const octet_image_load_opts opts = {.max_pixels = MAX_PIXELS};

/* Load a copy of exactly n bytes, so that a sanitizer sees a read beyond them. */
static octet_status load(octet_image *image, const uint8_t *data, size_t n, octet_error *err)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        exit(1);
    if (n)
        memcpy(copy, data, n);
    memset(image, 0, sizeof *image);
    octet_status status = octet_image_load_memory(image, copy, n, &opts, err);
    free(copy);
    return status;
}

static int is_same(const octet_image *a, const octet_image *b)
{
    return a->width == b->width && a->height == b->height && a->channels == b->channels && a->stride == b->stride &&
           memcmp(a->pixels, b->pixels, a->stride * (size_t)a->height) == 0;
}

static void check_failure(const octet_image *image, octet_status status, const octet_error *err, const char *name)
{
    CHECK(status == err->status && err->message[0], "%s: status %d, message '%s'", name, status, err->message);
    CHECK(image->pixels == NULL && image->memory == NULL, "%s: a failed load left an image", name);
}

/* Numbers as text may be cut to shorter ones. */
static int is_text(const char *name)
{
    return strncmp(name, "p2", 2) == 0 || strncmp(name, "p3", 2) == 0;
}

static void check_cuts(const char *name, const oct_file *file, const octet_image *whole)
{
    for (size_t n = 0; n < file->n_bytes; n++) {
        octet_image image;
        octet_error err = {0};
        octet_status status = load(&image, file->data, n, &err);
        if (status == OCTET_OK)
            CHECK(whole->pixels && (is_text(name) || is_same(&image, whole)), "%s cut at %zu of %zu: another image",
                  name, n, file->n_bytes);
        else
            check_failure(&image, status, &err, name);
        octet_image_free(&image);
    }
}

static void check_flips(const char *name, const oct_file *file)
{
    uint64_t state = 20261122;
    uint8_t *data = malloc(file->n_bytes);
    if (!data)
        exit(1);
    for (int i = 0; i < FLIPS; i++) {
        memcpy(data, file->data, file->n_bytes);
        for (int k = 0; k < 1 + i % 3; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            uint64_t bit = (state >> 20) % (file->n_bytes * 8);
            data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        octet_image image;
        octet_error err = {0};
        octet_status status = load(&image, data, file->n_bytes, &err);
        if (status != OCTET_OK)
            check_failure(&image, status, &err, name);
        else
            CHECK((uint64_t)image.width * (uint64_t)image.height <= MAX_PIXELS, "%s: limit passed", name);
        octet_image_free(&image);
    }
    free(data);
}

static void check_allocations(const char *name, const oct_file *file, const octet_image *whole)
{
    octet_status status = OCTET_NO_MEMORY;
    for (uint64_t n = 1; status != OCTET_OK && n < 1000; n++) {
        octet_image image;
        octet_error err = {0};
        oct_alloc_fail_after(n);
        status = load(&image, file->data, file->n_bytes, &err);
        oct_alloc_fail_after(0);
        if (status != OCTET_OK) {
            check_failure(&image, status, &err, name);
            CHECK(status == OCTET_NO_MEMORY, "%s: allocation %d failed: %s", name, (int)n, err.message);
        } else {
            CHECK(is_same(&image, whole), "%s: another image after failed allocations", name);
        }
        octet_image_free(&image);
    }
}

static void check_file(const char *folder, const char *name)
{
    char path[1024];
    oct_file file;
    octet_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(oct_file_map(&file, path, 1 << 20, &err) == OCTET_OK, "%s", err.message);
    octet_image whole;
    octet_status status = load(&whole, file.data, file.n_bytes, &err);
    int is_bomb = strncmp(name, "bomb", 4) == 0;
    CHECK((status == OCTET_OK) == !is_bomb, "%s: %s", name, err.message);
    check_cuts(name, &file, &whole);
    check_flips(name, &file);
    if (!is_bomb)
        check_allocations(name, &file, &whole);
    octet_image_free(&whole);
    oct_file_unmap(&file);
}

int main(int argc, char **argv)
{
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    if (!folder)
        return CHECK_SKIP;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strchr(entry->d_name, '.') > entry->d_name)
            check_file(argv[1], entry->d_name);
    closedir(folder);
    return check_done();
}
