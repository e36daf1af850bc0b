/* A program as a message of artifact.proto, and the header and constants around it. Nothing but the program and the origin
 * gets in: no time, no path, no address.
 * SPDX-License-Identifier: Apache-2.0 */
#include "artifact/write.h"

#include <string.h>

#include "artifact.pb-c.h"
#include "artifact/checksum.h"
#include "artifact/header.h"
#include "artifact/read.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"

#define MOST_KEY 64
#define MOST_VALUE ((size_t)1 << 20)

/* The message while it grows; everything that it points to is the program's or the arena's. */
typedef struct writer {
    const octet_program *program;
    const oct_artifact_origin *origin;
    OctPb__Artifact message;
    oct_arena arena;
} writer;

/* protobuf-c never writes through the texts of a message that is packed. */
static char *text(const char *s)
{
    return (char *)(uintptr_t)(s ? s : "");
}

/* Arrays of n pointers to n elements. */
static void *make_array(writer *w, void *pointers, size_t n, size_t size)
{
    uint8_t *elements = oct_arena_array(&w->arena, n, size);
    void **list = oct_arena_array(&w->arena, n, sizeof *list);
    for (size_t i = 0; elements && list && i < n; i++)
        list[i] = elements + i * size;
    memcpy(pointers, &list, sizeof list);
    return list ? elements : NULL;
}

/* ---- records ---- */

static octet_status check_record(const octet_record *r, octet_error *err)
{
    const size_t n = strspn(r->key, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    if (n == 0 || n > MOST_KEY || r->key[n])
        return oct_fail(err, OCTET_USAGE, "record '%s': a key is 1 to %d characters of a-z, 0-9, '.', '_' and '-'", r->key,
                        MOST_KEY);
    if (strlen(r->value) > MOST_VALUE)
        return oct_fail(err, OCTET_USAGE, "record '%s': the value has more than %zu bytes", r->key, MOST_VALUE);
    return OCTET_OK;
}

static octet_status add_records(writer *w, octet_error *err)
{
    const size_t n = (size_t)w->origin->n_records;
    OctPb__ArtifactRecord *records = make_array(w, &w->message.records, n, sizeof *records);
    if (!records)
        return oct_fail_memory(err, "the records of an artifact", n * sizeof *records);
    for (size_t i = 0; i < n; i++) {
        const octet_record *r = &w->origin->records[i];
        OCT_TRY(check_record(r, err));
        oct_pb__artifact_record__init(&records[i]);
        records[i].key = text(r->key);
        records[i].value = text(r->value);
    }
    w->message.n_records = n;
    return OCTET_OK;
}

/* ---- steps ---- */

static octet_status add_step(writer *w, OctPb__ArtifactStep *to, int i, oct_step_extent *extents, octet_error *err)
{
    const oct_step *step = &w->program->steps[i];
    const octet_step_info *info = &w->program->step_info[i];
    if (!step->kind->check || !oct_artifact_step_is_safe(w->program, i, extents)) /* the reader would not believe it */
        return oct_fail(err, OCTET_UNSUPPORTED, "%s '%s': a step of kind %s cannot be stored for CPU level '%s'%s", info->op,
                        info->name, step->kind->name, oct_cpu_name(w->program->cpu),
                        w->program->cpu == OCT_CPU_REF ? "" : "; a portable artifact has it");
    oct_pb__artifact_step__init(to);
    to->kind = text(step->kind->name);
    to->params = (ProtobufCBinaryData){step->n_params, w->program->params + step->params};
    to->n_operands = step->n_operands;
    to->name = text(info->name);
    to->op = text(info->op);
    to->provider = text(info->provider);
    to->kernel = text(info->kernel);
    to->n_dims = (size_t)info->rank;
    to->dims = (int64_t *)(uintptr_t)info->dims;
    to->dtype = (uint32_t)info->dtype;
    to->macs = info->macs;
    to->n_parameters = info->n_parameters;
    to->conversion = info->conversion;
    to->reason = (char *)(uintptr_t)info->reason;
    return OCTET_OK;
}

static octet_status add_steps(writer *w, octet_error *err)
{
    const octet_program *p = w->program;
    OctPb__ArtifactStep *steps = make_array(w, &w->message.steps, (size_t)p->n_steps, sizeof *steps);
    uint32_t *region = oct_arena_array(&w->arena, p->n_operands, sizeof *region);
    uint64_t *offset = oct_arena_array(&w->arena, p->n_operands, sizeof *offset);
    oct_step_extent *extents = oct_arena_array(&w->arena, oct_artifact_most_operands(p), sizeof *extents);
    if (!steps || !region || !offset || !extents)
        return oct_fail_memory(err, "the steps of an artifact", (unsigned long long)p->n_steps * sizeof *steps);
    for (int i = 0; i < p->n_steps; i++)
        OCT_TRY(add_step(w, &steps[i], i, extents, err));
    for (uint32_t i = 0; i < p->n_operands; i++) {
        region[i] = p->operands[i].region;
        offset[i] = p->operands[i].offset;
    }
    w->message.n_steps = (size_t)p->n_steps;
    w->message.operand_region = region;
    w->message.operand_offset = offset;
    w->message.n_operand_region = w->message.n_operand_offset = p->n_operands;
    return OCTET_OK;
}

/* ---- inputs and outputs ---- */

typedef struct tensor_parts { /* of one message */
    OctPb__ArtifactTensor tensor;
    OctPb__ArtifactPlace place;
} tensor_parts;

static OctPb__ArtifactTensor *fill_tensor(tensor_parts *to, const octet_tensor_info *info, oct_operand at)
{
    oct_pb__artifact_tensor__init(&to->tensor);
    oct_pb__artifact_place__init(&to->place);
    to->place.region = at.region;
    to->place.offset = at.offset;
    to->tensor.name = text(info->name);
    to->tensor.dtype = (uint32_t)info->dtype;
    to->tensor.n_dims = (size_t)info->rank;
    to->tensor.dims = (int64_t *)(uintptr_t)info->dims;
    to->tensor.place = &to->place;
    return &to->tensor;
}

static OctPb__ArtifactBinding *fill_binding(OctPb__ArtifactBinding *to, const oct_binding *b)
{
    if (b->raw)
        return NULL;
    oct_pb__artifact_binding__init(to);
    to->resize = (uint32_t)b->recipe.resize;
    to->resize_width = b->recipe.resize_width;
    to->resize_height = b->recipe.resize_height;
    to->dialect = (uint32_t)b->recipe.dialect;
    to->crop_width = b->recipe.crop_width;
    to->crop_height = b->recipe.crop_height;
    to->order = (uint32_t)b->recipe.order;
    to->layout = (uint32_t)b->recipe.layout;
    to->n_mean = to->n_scale = OCTET_MAX_CHANNELS;
    to->mean = (float *)(uintptr_t)b->recipe.mean;
    to->scale = (float *)(uintptr_t)b->recipe.scale;
    to->any_pixels = b->any_pixels != 0;
    to->format = (uint32_t)b->pixels.format;
    to->pixel_layout = (uint32_t)b->pixels.layout;
    to->matrix = (uint32_t)b->pixels.matrix;
    to->range = (uint32_t)b->pixels.range;
    to->linear = b->pixels.linear != 0;
    return to;
}

static octet_status add_inputs(writer *w, octet_error *err)
{
    const octet_program *p = w->program;
    const size_t n = (size_t)p->n_inputs;
    OctPb__ArtifactInput *inputs = make_array(w, &w->message.inputs, n, sizeof *inputs);
    tensor_parts *tensors = oct_arena_array(&w->arena, n, sizeof *tensors);
    OctPb__ArtifactBinding *bindings = oct_arena_array(&w->arena, n, sizeof *bindings);
    if (!inputs || !tensors || !bindings)
        return oct_fail_memory(err, "the inputs of an artifact", n * sizeof *inputs);
    for (size_t i = 0; i < n; i++) {
        oct_pb__artifact_input__init(&inputs[i]);
        inputs[i].tensor = fill_tensor(&tensors[i], &p->inputs[i], p->input_home[i]);
        inputs[i].room = p->input_room[i];
        inputs[i].placement = (uint32_t)p->placement[i];
        inputs[i].placement_reason = (char *)(uintptr_t)p->placement_reason[i];
        inputs[i].binding = fill_binding(&bindings[i], &p->bindings[i]);
    }
    w->message.n_inputs = n;
    return OCTET_OK;
}

static octet_status add_outputs(writer *w, octet_error *err)
{
    const octet_program *p = w->program;
    const size_t n = (size_t)p->n_outputs;
    OctPb__ArtifactOutput *outputs = make_array(w, &w->message.outputs, n, sizeof *outputs);
    tensor_parts *tensors = oct_arena_array(&w->arena, n, sizeof *tensors);
    if (!outputs || !tensors)
        return oct_fail_memory(err, "the outputs of an artifact", n * sizeof *outputs);
    for (size_t i = 0; i < n; i++) {
        oct_pb__artifact_output__init(&outputs[i]);
        outputs[i].tensor = fill_tensor(&tensors[i], &p->outputs[i], p->output_at[i]);
        outputs[i].softmax = p->output_softmax[i] != 0;
    }
    w->message.n_outputs = n;
    return OCTET_OK;
}

static octet_status fill_message(writer *w, octet_error *err)
{
    const octet_program *p = w->program;
    oct_pb__artifact__init(&w->message);
    w->message.octet_version = text(octet_version());
    w->message.cpu = text(oct_cpu_name(p->cpu));
    w->message.source_hash = w->origin->source_hash;
    w->message.arena_bytes = p->fixed_arena;
    OCT_TRY(add_records(w, err));
    OCT_TRY(add_steps(w, err));
    OCT_TRY(add_inputs(w, err));
    return add_outputs(w, err);
}

/* ---- the file ---- */

static octet_status put_all(const writer *w, oct_artifact_put put, void *context, octet_error *err)
{
    const octet_program *p = w->program;
    oct_artifact_header h = {.n_metadata = oct_pb__artifact__get_packed_size(&w->message), .n_consts = p->n_consts};
    h.consts = oct_artifact_consts_at(h.n_metadata);
    const size_t n = (size_t)h.consts - OCT_ARTIFACT_HEADER;
    uint8_t header[OCT_ARTIFACT_HEADER], *metadata = oct_calloc(n, 1);
    if (!metadata)
        return oct_fail_memory(err, "the metadata of an artifact", n);
    oct_pb__artifact__pack(&w->message, metadata);
    h.metadata_checksum = oct_checksum(metadata, n);
    h.consts_checksum = oct_checksum(p->consts, p->n_consts);
    oct_artifact_header_write(header, &h);
    octet_status status = put(context, header, sizeof header, err);
    if (status == OCTET_OK)
        status = put(context, metadata, n, err);
    if (status == OCTET_OK)
        status = put(context, p->consts, p->n_consts, err);
    oct_free(metadata);
    return status;
}

octet_status oct_artifact_write(const octet_program *p, const oct_artifact_origin *origin, oct_artifact_put put, void *context,
                                octet_error *err)
{
    if (p->shared->artifact)
        return oct_fail(err, OCTET_UNSUPPORTED, "the program was opened from an artifact; that file is what can be copied");
    if (p->n_inputs > OCT_ARTIFACT_TENSORS || p->n_outputs > OCT_ARTIFACT_TENSORS)
        return oct_fail(err, OCTET_UNSUPPORTED, "an artifact has at most %d inputs and outputs; the program has %d and %d",
                        OCT_ARTIFACT_TENSORS, p->n_inputs, p->n_outputs);
    writer w = {.program = p, .origin = origin};
    octet_status status = fill_message(&w, err);
    if (status == OCTET_OK)
        status = put_all(&w, put, context, err);
    oct_arena_fini(&w.arena);
    return status;
}
