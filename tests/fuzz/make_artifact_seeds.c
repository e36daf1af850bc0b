/* make_artifact_seeds FOLDER MODEL...: inputs of fuzz_artifact, of each model as it states its input and with the normalization
 * folded.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/artifact/artifact_file.h"
#include "tests/fuzz/artifact_input.h"

#define MOST_BYTES 30000 /* small ones are mutated faster */

static void write_seed(const char *path, const artifact_file *f)
{
    oct_artifact_header h;
    if (oct_artifact_header_read(&h, f->data, f->n, NULL) != OCTET_OK || f->n > MOST_BYTES)
        return;
    const uint32_t n_metadata = (uint32_t)h.n_metadata;
    FILE *out = fopen(path, "wb");
    const bool done = out && fwrite(&n_metadata, sizeof n_metadata, 1, out) == 1 &&
                      fwrite(f->data + OCT_ARTIFACT_HEADER, 1, n_metadata, out) == n_metadata &&
                      fwrite(f->data + h.consts, 1, (size_t)h.n_consts, out) == h.n_consts;
    CHECK(done && fclose(out) == 0, "cannot write %s", path);
}

int main(int argc, char **argv)
{
    static const octet_placement placements[] = {OCTET_PLACEMENT_HOST, OCTET_PLACEMENT_FOLD};
    int n_made = 0;
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        artifact_file onnx = artifact_read_file(argv[i]);
        for (int k = 0; k < 2; k++) {
            char path[4096];
            octet_program *p = artifact_compile(&onnx, placements[k], "ref");
            if (!p)
                continue;
            artifact_file f = artifact_save(p, NULL);
            snprintf(path, sizeof path, "%s/%s.%d", argv[1], slash ? slash + 1 : argv[i], k);
            write_seed(path, &f);
            n_made++;
            artifact_free(&f);
            octet_program_free(p);
        }
        artifact_free(&onnx);
    }
    CHECK(n_made > 0, "no seeds");
    return check_done();
}
