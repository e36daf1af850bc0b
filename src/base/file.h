/* Files as memory: map one for reading, give pages back, write one by way of a temporary name.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_FILE_H
#define OCT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <octet/status.h>

/* A read-only mapping. All-zero is closed. */
typedef struct oct_file {
    const uint8_t *data; /* NULL for an empty file */
    size_t n_bytes;
} oct_file;

/* Map `path`. Directories, missing files and files above `limit` bytes are OCTET_BAD_INPUT; the message names the path. */
octet_status oct_file_map(oct_file *file, const char *path, uint64_t limit, octet_error *err);
void oct_file_unmap(oct_file *file);

/* The whole pages inside [p, p + n) were read for the last time for now: drop them from this process (they come back
 * from the page cache if touched). Keeps the peak memory of a load near that of the packed weights. */
void oct_file_drop(const oct_file *file, const void *p, size_t n);

/* A file in the making, under a temporary name beside `path`: either the whole file comes to be there or none.
 * All-zero is closed. */
typedef struct oct_draft {
    const char *path; /* the caller's */
    char *temporary;  /* its name now; NULL: closed */
    int fd;
} oct_draft;

octet_status oct_draft_open(oct_draft *draft, const char *path, octet_error *err);
octet_status oct_draft_write(oct_draft *draft, const void *data, size_t n, octet_error *err);
/* All bytes on the disk, then the rename. Closes the draft, after a failure too. */
octet_status oct_draft_commit(oct_draft *draft, octet_error *err);
/* Removes the file unless it was committed. */
void oct_draft_discard(oct_draft *draft);

/* Write n bytes to a temporary file beside `path`, then rename it: either the whole file is there or none. */
octet_status oct_file_write(const char *path, const void *data, size_t n, octet_error *err);

#endif
