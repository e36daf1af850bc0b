/* Mapping and atomic writing of files with POSIX calls.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

static octet_status cannot_write(const oct_draft *draft, octet_error *err)
{
    return oct_fail(err, OCTET_BAD_INPUT, "cannot write '%s': %s", draft->path, strerror(errno));
}

octet_status oct_draft_open(oct_draft *draft, const char *path, octet_error *err)
{
    size_t n_path = strlen(path) + sizeof ".XXXXXX";
    char *temporary = oct_malloc(n_path);
    if (!temporary)
        return oct_fail_memory(err, "a file name", n_path);
    snprintf(temporary, n_path, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    if (fd < 0) {
        oct_free(temporary);
        return oct_fail(err, OCTET_BAD_INPUT, "cannot create '%s': %s", path, strerror(errno));
    }
    *draft = (oct_draft){.path = path, .temporary = temporary, .fd = fd};
    return OCTET_OK;
}

octet_status oct_draft_write(oct_draft *draft, const void *data, size_t n, octet_error *err)
{
    return write_all(draft->fd, data, n) == OCTET_OK ? OCTET_OK : cannot_write(draft, err);
}

octet_status oct_draft_commit(oct_draft *draft, octet_error *err)
{
    mode_t mask = umask(0);
    umask(mask);
    bool done = fchmod(draft->fd, 0666 & ~mask) == 0 && fsync(draft->fd) == 0;
    done &= close(draft->fd) == 0;
    draft->fd = -1;
    done = done && rename(draft->temporary, draft->path) == 0;
    octet_status status = done ? OCTET_OK : cannot_write(draft, err);
    if (!done)
        unlink(draft->temporary);
    oct_free(draft->temporary);
    draft->temporary = NULL;
    return status;
}

void oct_draft_discard(oct_draft *draft)
{
    if (!draft->temporary)
        return;
    close(draft->fd);
    unlink(draft->temporary);
    oct_free(draft->temporary);
    *draft = (oct_draft){0};
}

octet_status oct_file_write(const char *path, const void *data, size_t n, octet_error *err)
{
    oct_draft draft;
    OCT_TRY(oct_draft_open(&draft, path, err));
    octet_status status = oct_draft_write(&draft, data, n, err);
    if (status == OCTET_OK)
        return oct_draft_commit(&draft, err);
    oct_draft_discard(&draft);
    return status;
}
