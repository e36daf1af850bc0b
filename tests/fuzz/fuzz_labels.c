/* Fuzzes the readers of the command line tool: labels, evaluation lists (TSV), CIFAR-10 and IDX records. What was read is
 * touched as the commands do; images that a list names are not opened.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/evaluation_set.h"
#include "cli/labels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

typedef struct memory_file { /* bytes under a path */
    int fd;
    char path[32];
} memory_file;

static memory_file make_file(const uint8_t *data, size_t n)
{
    memory_file f = {.fd = memfd_create("fuzz", 0)};
    if (f.fd < 0)
        abort();
    for (size_t at = 0; at < n;) {
        ssize_t done = write(f.fd, data + at, n - at);
        if (done <= 0)
            abort();
        at += (size_t)done;
    }
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.fd);
    return f;
}

/* Exactly one sentence where something failed. */
static void expect_message(octet_status status, const octet_error *err)
{
    if (status != err->status || (status != OCTET_OK && (!err->message[0] || strchr(err->message, '\n'))))
        abort();
}

static void read_labels(const char *path)
{
    cli_labels labels;
    octet_error err = {.message = ""};
    volatile size_t sink = 0;
    expect_message(cli_labels_read(&labels, path, &err), &err);
    for (int i = 0; err.status == OCTET_OK && i < labels.n; i++)
        sink += labels.names[i] ? strlen(labels.names[i]) : 0;
    (void)sink;
    cli_labels_free(&labels);
}

static void read_set(const cli_evaluation_opts *opts, bool records)
{
    static const cli_image_input input = {.width = 2, .height = 1, .channels = 3}; /* CIFAR records of 7 bytes */
    cli_evaluation_set set = {.opts = *opts};
    octet_error err = {.message = ""};
    volatile long sink = 0;
    expect_message(records ? cli_evaluation_read_records(&set, &input, &err)
                           : cli_evaluation_open(&set, opts, &input, &err), &err);
    for (size_t i = 0; err.status == OCTET_OK && i < set.n && i < 1000; i++) {
        char name[CLI_ITEM_NAME_SIZE];
        octet_image view;
        sink += cli_evaluation_class(&set, i) + (long)cli_evaluation_row(&set, i) +
                (long)strlen(cli_evaluation_name(&set, i, name));
        if (!set.items && cli_evaluation_image(&set, i, &view, &err) == OCTET_OK)
            sink += view.pixels[view.stride * (size_t)view.height - 1];
    }
    (void)sink;
    cli_evaluation_close(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    /* an IDX file of labels may stand behind one of images */
    const uint8_t *labels_at = n_bytes ? memmem(data, n_bytes, "\0\0\x08\x01", 4) : NULL;
    size_t n_first = labels_at ? (size_t)(labels_at - data) : n_bytes;
    memory_file first = make_file(data, n_first), second = make_file(data + n_first, n_bytes - n_first);
    read_labels(first.path);
    read_set(&(cli_evaluation_opts){.path = first.path, .root = ""}, false);
    read_set(&(cli_evaluation_opts){.path = first.path, .split = "val", .limit = 2}, false);
    read_set(&(cli_evaluation_opts){.path = first.path, .labels_path = second.path}, true);
    close(first.fd);
    close(second.fd);
    return 0;
}
