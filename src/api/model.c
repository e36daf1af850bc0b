/* The model object: a graph with its file, and the questions one may ask before compiling.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/model.h"

#include <string.h>

#include "base/mem.h"
#include "graph/shape.h"
#include "onnx/read.h"

static octet_status new_model(octet_model **out, octet_error *err)
{
    octet_model *m = oct_calloc(1, sizeof *m);
    *out = m;
    if (!m)
        return oct_fail_memory(err, "a model", sizeof *m);
    oct_graph_init(&m->graph);
    return OCTET_OK;
}

static octet_status keep_or_free(octet_model **out, octet_status status)
{
    if (status != OCTET_OK) {
        octet_model_free(*out);
        *out = NULL;
    }
    return status;
}

octet_status octet_model_open(octet_model **out, const char *path, octet_error *err)
{
    OCT_TRY(new_model(out, err));
    const octet_status status = oct_onnx_read(&(*out)->graph, path, err);
    (*out)->bytes = (*out)->graph.file.data;
    (*out)->n_bytes = (*out)->graph.file.n_bytes;
    return keep_or_free(out, status);
}

octet_status octet_model_load(octet_model **out, const void *onnx, size_t n_bytes, octet_error *err)
{
    OCT_TRY(new_model(out, err));
    (*out)->bytes = onnx;
    (*out)->n_bytes = n_bytes;
    return keep_or_free(out, oct_onnx_read_memory(&(*out)->graph, onnx, n_bytes, err));
}

void octet_model_free(octet_model *m)
{
    if (!m)
        return;
    oct_graph_fini(&m->graph);
    oct_free(m);
}

static octet_status describe(const octet_model *m, const oct_value_id *ids, int n, int i, octet_tensor_info *info)
{
    *info = (octet_tensor_info){.rank = -1};
    if (i < 0 || i >= n)
        return OCTET_USAGE;
    const oct_value *v = oct_graph_value(&m->graph, ids[i]);
    info->name = v->name;
    info->dtype = v->dtype;
    info->rank = v->rank;
    for (int d = 0; d < v->rank; d++) {
        info->dims[d] = v->dims[d];
        info->dim_names[d] = v->dim_names[d];
    }
    return OCTET_OK;
}

int octet_model_n_inputs(const octet_model *m)
{
    return m->graph.n_inputs;
}

int octet_model_n_outputs(const octet_model *m)
{
    return m->graph.n_outputs;
}

octet_status octet_model_input(const octet_model *m, int i, octet_tensor_info *info)
{
    return describe(m, m->graph.inputs, m->graph.n_inputs, i, info);
}

octet_status octet_model_output(const octet_model *m, int i, octet_tensor_info *info)
{
    return describe(m, m->graph.outputs, m->graph.n_outputs, i, info);
}

octet_status octet_model_bind_dim(octet_model *m, const char *name, int64_t value, octet_error *err)
{
    if (value < 1 || value > INT32_MAX)
        return oct_fail(err, OCTET_USAGE, "dimension '%s': %lld is not in 1..2147483647", name, (long long)value);
    bool found = false;
    for (int i = 0; i < m->graph.n_inputs; i++) {
        oct_value *v = oct_graph_value(&m->graph, m->graph.inputs[i]);
        for (int d = 0; d < v->rank; d++) {
            if (!v->dim_names[d] || strcmp(v->dim_names[d], name) != 0)
                continue;
            v->dims[d] = value;
            found = true;
        }
    }
    return found ? OCTET_OK : oct_fail(err, OCTET_USAGE, "no input has a dimension named '%s'", name);
}

static octet_status input_value(octet_model *m, int i, oct_value **v, octet_error *err)
{
    if (i < 0 || i >= m->graph.n_inputs)
        return oct_fail(err, OCTET_USAGE, "input %d: the model has %d inputs", i, (int)m->graph.n_inputs);
    *v = oct_graph_value(&m->graph, m->graph.inputs[i]);
    return OCTET_OK;
}

octet_status octet_model_bind_shape(octet_model *m, int i, const int64_t *dims, int rank, octet_error *err)
{
    oct_value *v = NULL;
    OCT_TRY(input_value(m, i, &v, err));
    if (rank < 0 || rank > OCTET_MAX_RANK || (v->rank >= 0 && rank != v->rank))
        return oct_fail(err, OCTET_USAGE, "input '%s' has rank %d, not %d", v->name, (int)v->rank, rank);
    for (int d = 0; d < rank; d++)
        if (dims[d] < 0 || (v->rank >= 0 && v->dims[d] >= 0 && v->dims[d] != dims[d]))
            return oct_fail(err, OCTET_USAGE, "input '%s': dimension %d is %lld, not %lld", v->name, d,
                            (long long)(v->rank >= 0 ? v->dims[d] : 0), (long long)dims[d]);
    v->rank = rank;
    if (rank > 0)
        memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    return OCTET_OK;
}

octet_status octet_model_bind_input(octet_model *m, int i, octet_dtype dtype, const int64_t *dims, int rank,
                                    const void *data, octet_error *err)
{
    oct_value *v = NULL;
    OCT_TRY(input_value(m, i, &v, err));
    if (v->dtype != dtype)
        return oct_fail(err, OCTET_USAGE, "input '%s' is %s, not %s", v->name, octet_dtype_name(v->dtype),
                        octet_dtype_name(dtype));
    OCT_TRY(octet_model_bind_shape(m, i, dims, rank, err));
    size_t n_bytes = oct_value_bytes(v);
    void *copy = oct_arena_alloc(&m->graph.arena, n_bytes);
    if (!copy)
        return oct_fail_memory(err, "a constant input", n_bytes);
    if (n_bytes)
        memcpy(copy, data, n_bytes);
    v->data = copy;
    v->is_input = false;
    int behind = m->graph.n_inputs - i - 1;
    memmove(m->graph.inputs + i, m->graph.inputs + i + 1, (size_t)behind * sizeof *m->graph.inputs);
    m->graph.n_inputs--;
    return OCTET_OK;
}

void octet_model_get_info(const octet_model *m, octet_model_info *info)
{
    const oct_onnx_info *file = m->graph.onnx_info;
    *info = (octet_model_info){
        .producer_name = file->producer_name,
        .producer_version = file->producer_version,
        .domain = file->domain,
        .ir_version = file->ir_version,
        .model_version = file->model_version,
        .n_parameters = m->graph.n_parameters,
        .n_nodes = file->n_nodes,
        .n_metadata = file->n_metadata,
    };
    for (int32_t i = 0; i < file->n_opsets; i++)
        if (file->opsets[i].domain[0] == '\0')
            info->opset = file->opsets[i].version;
}

const char *octet_model_metadata(const octet_model *m, int i, const char **value)
{
    const oct_onnx_info *file = m->graph.onnx_info;
    if (i < 0 || i >= file->n_metadata)
        return NULL;
    *value = file->metadata[i].value;
    return file->metadata[i].key;
}

const char *octet_model_op(const octet_model *m, int i, int *count)
{
    const oct_onnx_info *file = m->graph.onnx_info;
    if (i < 0 || i >= file->n_ops)
        return NULL;
    *count = file->ops[i].count;
    return file->ops[i].op;
}
