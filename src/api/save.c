/* Saving a program as an artifact, and the name of the model that it stems from.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/model.h"
#include "artifact/checksum.h"
#include "artifact/write.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

uint64_t octet_model_hash(const octet_model *m)
{
    oct_checksum_stream s;
    oct_checksum_begin(&s);
    oct_checksum_add(&s, m->bytes, m->n_bytes);
    for (int i = 0; i < m->graph.n_external; i++)
        oct_checksum_add(&s, m->graph.external[i].data, m->graph.external[i].n_bytes);
    return oct_checksum_end(&s);
}

static oct_artifact_origin origin_of(const octet_save_opts *opts)
{
    if (!opts)
        return (oct_artifact_origin){0};
    return (oct_artifact_origin){.source_hash = opts->source ? octet_model_hash(opts->source) : 0, .records = opts->records,
                                 .n_records = opts->n_records};
}

static octet_status put_draft(void *context, const void *data, size_t n, octet_error *err)
{
    return oct_draft_write(context, data, n, err);
}

octet_status octet_program_save(const octet_program *p, const char *path, const octet_save_opts *opts, octet_error *err)
{
    const oct_artifact_origin origin = origin_of(opts);
    oct_draft draft;
    OCT_TRY(oct_draft_open(&draft, path, err));
    octet_status status = oct_artifact_write(p, &origin, put_draft, &draft, err);
    if (status == OCTET_OK)
        return oct_draft_commit(&draft, err);
    oct_draft_discard(&draft);
    return status;
}

typedef struct memory {
    uint8_t *data;
    size_t n_bytes;
} memory;

static octet_status put_memory(void *context, const void *data, size_t n, octet_error *err)
{
    memory *m = context;
    uint8_t *grown = oct_realloc(m->data, m->n_bytes + n);
    if (!grown)
        return oct_fail_memory(err, "an artifact", m->n_bytes + n);
    m->data = grown;
    if (n)
        memcpy(m->data + m->n_bytes, data, n);
    m->n_bytes += n;
    return OCTET_OK;
}

octet_status octet_program_save_memory(void **artifact, size_t *n_bytes, const octet_program *p, const octet_save_opts *opts,
                                       octet_error *err)
{
    const oct_artifact_origin origin = origin_of(opts);
    memory m = {0};
    octet_status status = oct_artifact_write(p, &origin, put_memory, &m, err);
    if (status != OCTET_OK)
        oct_free(m.data);
    *artifact = status == OCTET_OK ? m.data : NULL;
    *n_bytes = status == OCTET_OK ? m.n_bytes : 0;
    return status;
}

void octet_artifact_free(void *artifact)
{
    oct_free(artifact);
}
