/* Mapping and atomic writing of files with POSIX calls.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

octet_status oct_file_map(oct_file *file, const char *path, uint64_t limit, octet_error *err)
{
    *file = (oct_file){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return oct_fail(err, OCTET_BAD_INPUT, "cannot open '%s': %s", path, strerror(errno));
    struct stat st;
    octet_status status = OCTET_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        status = oct_fail(err, OCTET_BAD_INPUT, "'%s' is not a regular file", path);
    else if ((uint64_t)st.st_size > limit)
        status = oct_fail(err, OCTET_BAD_INPUT, "'%s' has %llu bytes, more than the limit of %llu", path,
                          (unsigned long long)st.st_size, (unsigned long long)limit);
    else if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            status = oct_fail(err, OCTET_NO_MEMORY, "cannot map '%s': %s", path, strerror(errno));
        else
            *file = (oct_file){.data = p, .n_bytes = (size_t)st.st_size};
    }
    close(fd);
    return status;
}

void oct_file_unmap(oct_file *file)
{
    if (file->data)
        munmap((void *)(uintptr_t)file->data, file->n_bytes);
    *file = (oct_file){0};
}

void oct_file_drop(const oct_file *file, const void *p, size_t n)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)p + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)p + n) & ~(page - 1);
    uintptr_t base = (uintptr_t)file->data;
    if (file->data && (uintptr_t)p >= base && (uintptr_t)p + n <= base + file->n_bytes && end > first)
        madvise((void *)first, end - first, MADV_DONTNEED);
}

static octet_status write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return OCTET_BAD_INPUT;
        p += done;
        n -= (size_t)done;
    }
    return OCTET_OK;
}

octet_status oct_file_write(const char *path, const void *data, size_t n, octet_error *err)
{
    size_t n_path = strlen(path) + sizeof ".XXXXXX";
    char *temporary = oct_malloc(n_path);
    if (!temporary)
        return oct_fail_memory(err, "a file name", n_path);
    snprintf(temporary, n_path, "%s.XXXXXX", path);
    octet_status status = OCTET_OK;
    int fd = mkstemp(temporary);
    if (fd < 0) {
        status = oct_fail(err, OCTET_BAD_INPUT, "cannot create '%s': %s", path, strerror(errno));
    } else {
        mode_t mask = umask(0);
        umask(mask);
        int bad = write_all(fd, data, n) != OCTET_OK || fchmod(fd, 0666 & ~mask) != 0;
        bad |= close(fd) != 0;
        if (bad || rename(temporary, path) != 0) {
            status = oct_fail(err, OCTET_BAD_INPUT, "cannot write '%s': %s", path, strerror(errno));
            unlink(temporary);
        }
    }
    oct_free(temporary);
    return status;
}
