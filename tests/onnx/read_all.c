/* Every stored model must be read, every node test of libonnx-testdata read or refused with a reason.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <glob.h>
#include <stdlib.h>

#include "check.h"
#include "onnx/read.h"

#define NODE_TESTS "/usr/share/libonnx-testdata/data/node"

typedef struct counts {
    int n_files, n_read, n_refused;
} counts;

static void read_one(const char *path, bool may_refuse, counts *c)
{
    oct_graph g;
    octet_error err = {.message = ""};
    oct_graph_init(&g);
    octet_status status = oct_onnx_read(&g, path, &err);
    c->n_files++;
    c->n_read += status == OCTET_OK;
    c->n_refused += status == OCTET_UNSUPPORTED;
    CHECK(status == OCTET_OK || (may_refuse && status == OCTET_UNSUPPORTED), "%s", err.message);
    if (status == OCTET_OK)
        CHECK(oct_graph_verify(&g, &err) == OCTET_OK, "%s: %s", path, err.message);
    else if (getenv("VERBOSE"))
        printf("%s\n", err.message);
    oct_graph_fini(&g);
}

static void read_pattern(const char *folder, const char *pattern, bool may_refuse)
{
    char path[4096];
    counts c = {0};
    glob_t found;
    snprintf(path, sizeof path, "%s/%s", folder, pattern);
    if (glob(path, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            read_one(found.gl_pathv[i], may_refuse, &c);
        globfree(&found);
    }
    printf("%s: %d files, %d read, %d refused\n", path, c.n_files, c.n_read, c.n_refused);
}

int main(void)
{
    const char *data = getenv("OCTET_SHARED_DATA");
    if (!data)
        data = SHARED_DATA;
    read_pattern(data, "models/*.onnx", false);
    read_pattern(data, "models/*/*.onnx", false);
    read_pattern(NODE_TESTS, "*/model.onnx", true);
    return check_n_passed + check_n_failed ? check_done() : CHECK_SKIP;
}
