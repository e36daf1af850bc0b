/* libFuzzer mutations of artifacts: the message as such (wire_mutator.c), the numbers of its parts, those inside the steps'
 * parameters, and the constants.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "artifact.pb-c.h"
#include "tests/fuzz/artifact_input.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed);
size_t mutate_message(uint8_t *data, size_t n, size_t room, unsigned seed);

static uint32_t state;

static uint32_t draw(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return n ? (uint32_t)((uint64_t)(state >> 4) * n >> 28) : 0;
}

static int64_t other_number(int64_t v)
{
    static const int64_t numbers[] = {0, 1, -1, 2, 3, 4, 7, 8, 16, 63, 64, 65, 255, 256, 4096, 65535, 65536, INT32_MAX, INT32_MIN,
                                      INT64_MAX, INT64_MIN, UINT32_MAX};
    switch (draw(6)) {
    case 0: return (int64_t)((uint64_t)v + 1);
    case 1: return (int64_t)((uint64_t)v - 1);
    case 2: return (int64_t)((uint64_t)v * 2);
    case 3: return v / 2;
    case 4: return (int64_t)((uint64_t)v + ((uint64_t)draw(256) - 128));
    default: return numbers[draw(sizeof numbers / sizeof *numbers)];
    }
}

/* A number of 4 or 8 bytes where one may lie. */
static void change_params(ProtobufCBinaryData *params)
{
    if (params->len < 8)
        return;
    uint8_t *at = params->data + draw((uint32_t)(params->len / 4 - 1)) * 4;
    int32_t narrow;
    int64_t wide;
    memcpy(&narrow, at, sizeof narrow);
    memcpy(&wide, at, sizeof wide);
    narrow = (int32_t)other_number(narrow);
    wide = other_number(wide);
    if (draw(2))
        memcpy(at, &narrow, sizeof narrow);
    else
        memcpy(at, &wide, sizeof wide);
}

static void change_operand(OctPb__Artifact *a)
{
    const uint32_t i = draw((uint32_t)a->n_operand_region);
    if (a->n_operand_region == 0 || a->n_operand_region != a->n_operand_offset)
        return;
    switch (draw(4)) {
    case 0: a->operand_region[i] = draw(5); break;
    case 1: a->operand_offset[i] = a->operand_offset[draw((uint32_t)a->n_operand_offset)]; break;
    case 2: a->operand_offset[i] += 64 * (uint64_t)draw(9) - 256; break;
    default: a->operand_offset[i] = (uint64_t)other_number((int64_t)a->operand_offset[i]); break;
    }
}

static void change_tensor(OctPb__ArtifactTensor *t)
{
    switch (draw(3)) {
    case 0: t->dtype = draw(17); break;
    case 1: t->place->offset = (uint64_t)other_number((int64_t)t->place->offset); break;
    default:
        if (t->n_dims)
            t->dims[draw((uint32_t)t->n_dims)] = other_number(t->dims[0]);
    }
}

static void change_part(OctPb__Artifact *a)
{
    OctPb__ArtifactStep *step = a->n_steps ? a->steps[draw((uint32_t)a->n_steps)] : NULL;
    OctPb__ArtifactInput *input = a->n_inputs ? a->inputs[draw((uint32_t)a->n_inputs)] : NULL;
    switch (draw(10)) {
    case 0: a->arena_bytes = (uint64_t)other_number((int64_t)a->arena_bytes) / 64 * 64; return;
    case 1: case 2: change_operand(a); return;
    case 3:
        if (input)
            change_tensor(input->tensor);
        return;
    case 4:
        if (input)
            input->room = (uint64_t)other_number((int64_t)input->room);
        return;
    case 5:
        if (a->n_outputs)
            change_tensor(a->outputs[draw((uint32_t)a->n_outputs)]->tensor);
        return;
    default:
        if (step)
            change_params(&step->params);
    }
}

static size_t change_parts(uint8_t *data, size_t n, size_t room)
{
    OctPb__Artifact *a = oct_pb__artifact__unpack(NULL, n, data);
    if (!a)
        return n;
    for (uint32_t i = draw(3); i < 3; i++)
        change_part(a);
    const size_t size = oct_pb__artifact__get_packed_size(a);
    if (size <= room)
        n = oct_pb__artifact__pack(a, data);
    oct_pb__artifact__free_unpacked(a, NULL);
    return n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    const size_t n_metadata = artifact_input_metadata(data, n);
    state = seed;
    if (n < ARTIFACT_INPUT_HEAD + 64)
        return LLVMFuzzerMutate(data, n, room);
    uint8_t *metadata = data + ARTIFACT_INPUT_HEAD;
    const size_t n_rest = n - ARTIFACT_INPUT_HEAD - n_metadata;
    if (draw(8) == 0 && n_rest > 0) {
        const size_t at = draw((uint32_t)n_rest);
        LLVMFuzzerMutate(metadata + n_metadata + at, n_rest - at, n_rest - at);
        return n;
    }
    /* the message grows into memory of its own, the constants follow */
    uint8_t *copy = malloc(room);
    if (!copy)
        return n;
    memcpy(copy, metadata, n_metadata);
    const size_t most = room - ARTIFACT_INPUT_HEAD - n_rest;
    size_t size = draw(4) == 0 ? mutate_message(copy, n_metadata, most, seed) : change_parts(copy, n_metadata, most);
    size = size < most ? size : most;
    memmove(metadata + size, metadata + n_metadata, n_rest);
    memcpy(metadata, copy, size);
    free(copy);
    const uint32_t head = (uint32_t)size;
    memcpy(data, &head, sizeof head);
    return ARTIFACT_INPUT_HEAD + size + n_rest;
}
