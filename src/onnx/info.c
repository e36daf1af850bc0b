/* What a file says besides its graph, copied into the arena.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "onnx/reader.h"

static const char *copy(oct_reader *r, const char *s, bool *ok)
{
    const char *mine = oct_arena_strdup(&r->graph->arena, oct_text(s));
    *ok &= mine != NULL;
    return mine;
}

static bool read_properties(oct_reader *r, oct_onnx_info *info)
{
    const OctPb__ModelProto *m = r->model;
    oct_onnx_property *list = oct_arena_array(&r->graph->arena, m->n_metadata_props, sizeof *list);
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < m->n_metadata_props; i++) {
        list[i].key = copy(r, m->metadata_props[i]->key, &ok);
        list[i].value = copy(r, m->metadata_props[i]->value, &ok);
    }
    info->metadata = list;
    info->n_metadata = (int32_t)m->n_metadata_props;
    return ok;
}

static bool read_opsets(oct_reader *r, oct_onnx_info *info)
{
    const OctPb__ModelProto *m = r->model;
    oct_onnx_opset *list = oct_arena_array(&r->graph->arena, m->n_opset_import, sizeof *list);
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < m->n_opset_import; i++) {
        list[i].domain = copy(r, oct_domain(m->opset_import[i]->domain), &ok);
        list[i].version = m->opset_import[i]->version;
    }
    info->opsets = list;
    info->n_opsets = (int32_t)m->n_opset_import;
    return ok;
}

static int compare_nodes(const void *a, const void *b)
{
    const OctPb__NodeProto *x = *(OctPb__NodeProto *const *)a, *y = *(OctPb__NodeProto *const *)b;
    int order = strcmp(oct_domain(x->domain), oct_domain(y->domain));
    return order ? order : strcmp(oct_text(x->op_type), oct_text(y->op_type));
}

/* Runs of equal operators among the sorted nodes. */
static bool count_runs(oct_reader *r, oct_onnx_info *info, OctPb__NodeProto **sorted, size_t n)
{
    size_t n_runs = n > 0;
    for (size_t i = 1; i < n; i++)
        n_runs += compare_nodes(&sorted[i - 1], &sorted[i]) != 0;
    oct_onnx_op_count *list = oct_arena_array(&r->graph->arena, n_runs, sizeof *list), *run = list;
    for (size_t i = 0; list && i < n; i++) {
        run += i > 0 && compare_nodes(&sorted[i - 1], &sorted[i]) != 0;
        if (!run->op && !(run->op = oct_op_text(r, sorted[i])))
            return false;
        run->count++;
    }
    info->ops = list;
    info->n_ops = (int32_t)n_runs;
    return list != NULL;
}

static bool count_ops(oct_reader *r, oct_onnx_info *info)
{
    size_t n = r->model->graph->n_node;
    OctPb__NodeProto **sorted = oct_calloc(n ? n : 1, sizeof *sorted);
    if (!sorted)
        return false;
    if (n) {
        memcpy(sorted, r->model->graph->node, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare_nodes);
    }
    info->n_nodes = (int32_t)n;
    bool ok = count_runs(r, info, sorted, n);
    oct_free(sorted);
    return ok;
}

octet_status oct_read_info(oct_reader *r)
{
    const OctPb__ModelProto *m = r->model;
    oct_onnx_info *info = oct_arena_alloc(&r->graph->arena, sizeof *info);
    bool ok = info != NULL;
    if (ok) {
        info->ir_version = m->ir_version;
        info->model_version = m->model_version;
        info->producer_name = copy(r, m->producer_name, &ok);
        info->producer_version = copy(r, m->producer_version, &ok);
        info->domain = copy(r, m->domain, &ok);
    }
    if (!ok || !read_properties(r, info) || !read_opsets(r, info) || !count_ops(r, info))
        return oct_fail_memory(r->err, "the description of the model", sizeof *info);
    r->graph->onnx_info = info;
    return OCTET_OK;
}
