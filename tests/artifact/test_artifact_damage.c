/* test_artifact_damage MODEL...: an artifact that is damaged anywhere, cut short, of another version or byte order, or that
 * claims what cannot be, is refused with one sentence that says so, and never run.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "artifact_file.h"
#include "base/compiler.h"

/* Refused with `status` and a message that has `words`. */
static void check_refused(const artifact_file *f, octet_status expected, const char *words, const char *what)
{
    octet_program *p;
    octet_error err = {.message = ""};
    const octet_status status = octet_program_load(&p, f->data, f->n, NULL, &err);
    CHECK(status == expected && !p && strstr(err.message, words) && !strchr(err.message, '\n'), "%s: %s, '%s'", what,
          octet_status_name(status), err.message);
    octet_program_free(p);
}

static bool is_refused(const artifact_file *f)
{
    octet_program *p;
    octet_error err = {.message = ""};
    const octet_status status = octet_program_load(&p, f->data, f->n, NULL, &err);
    octet_program_free(p);
    return !p && err.message[0] && (status == OCTET_BAD_INPUT || status == OCTET_UNSUPPORTED);
}

/* ---- bytes ---- */

static void check_every_byte(const artifact_file *good, const char *name)
{
    artifact_file f = artifact_copy(good->data, good->n);
    size_t n_taken = 0;
    for (size_t i = 0; i < f.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            f.data[i] ^= (uint8_t)(1u << bit);
            n_taken += !is_refused(&f);
            f.data[i] ^= (uint8_t)(1u << bit);
        }
    CHECK(n_taken == 0, "%s: %zu of %zu damaged files are taken", name, n_taken, 8 * f.n);
    artifact_free(&f);
}

static void check_every_length(const artifact_file *good, const char *name)
{
    size_t n_taken = 0;
    for (size_t n = 0; n < good->n; n++) {
        artifact_file f = artifact_copy(good->data, n);
        n_taken += !is_refused(&f);
        artifact_free(&f);
    }
    CHECK(n_taken == 0, "%s: %zu of the shorter files are taken", name, n_taken);
}

typedef struct byte_case {
    size_t at;
    const char *bytes;
    size_t n;
    const char *words;
} byte_case;

/* At an offset of the header other bytes. */
static const byte_case byte_cases[] = {
    {0, "P", 1, "no octet artifact"},
    {8, "\1\2\3\4", 4, "other byte order"},
    {8, "\7\7\7\7", 4, "byte order mark"},
    {12, "\377\0\0\0", 4, "a newer one is needed"},
    {12, "\0\0\0\0", 4, "compile the model anew"},
    {16, "\1", 1, "header is damaged"},
    {100, "\1", 1, "header is damaged"},
    {128, "\377", 1, "metadata is damaged"},
};

static void check_bytes(const artifact_file *good)
{
    for (size_t i = 0; i < sizeof byte_cases / sizeof *byte_cases; i++) {
        const byte_case *c = &byte_cases[i];
        artifact_file f = artifact_copy(good->data, good->n);
        memcpy(f.data + c->at, c->bytes, c->n);
        check_refused(&f, OCTET_BAD_INPUT, c->words, c->words);
        artifact_free(&f);
    }
    artifact_file f = artifact_copy(good->data, good->n);
    f.data[f.n - 1] ^= 1;
    check_refused(&f, OCTET_BAD_INPUT, "constants are damaged", "the last byte");
    f.n -= 64;
    check_refused(&f, OCTET_BAD_INPUT, "cut short", "64 bytes less");
    f.n = 100;
    check_refused(&f, OCTET_BAD_INPUT, "cut short", "less than the header");
    f.n = 0;
    check_refused(&f, OCTET_BAD_INPUT, "no octet artifact", "nothing");
    artifact_free(&f);
}

/* ---- claims, under right checksums ---- */

typedef struct claim {
    const char *what;
    void (*make)(artifact_parts *p);
    octet_status status;
    const char *words;
} claim;

static void other_text(char **text, const char *to)
{
    free(*text);
    const size_t n = strlen(to) + 1;
    *text = malloc(n);
    if (!*text)
        abort();
    memcpy(*text, to, n);
}

static void unknown_kind(artifact_parts *p) { other_text(&p->message->steps[0]->kind, "telepathy"); }
static void unknown_level(artifact_parts *p) { other_text(&p->message->cpu, "avx9000"); }
static void operand_outside(artifact_parts *p) { p->message->operand_offset[0] = p->message->arena_bytes + 64; }
static void operand_at_the_end(artifact_parts *p) { p->message->operand_offset[0] = p->message->arena_bytes; }
static void operand_in_no_region(artifact_parts *p) { p->message->operand_region[0] = 9; }
static void operand_packed(artifact_parts *p) { p->message->operand_region[0] = 4; }
static void operand_bound(artifact_parts *p) { p->message->operand_region[0] = 3; }
static void output_in_constants(artifact_parts *p) { p->message->operand_region[0] = 1, p->message->operand_offset[0] = 0; }
static void operands_short(artifact_parts *p) { p->message->n_operand_offset--; }
static void operands_more(artifact_parts *p) { p->message->steps[0]->n_operands = UINT32_MAX; }
static void operands_fewer(artifact_parts *p) { p->message->steps[0]->n_operands = 0; }
static void params_none(artifact_parts *p) { p->message->steps[0]->params.len = 0; }
static void params_short(artifact_parts *p) { p->message->steps[0]->params.len--; }
static void params_wild(artifact_parts *p) { memset(p->message->steps[0]->params.data, 0x7f, p->message->steps[0]->params.len); }
static void params_negative(artifact_parts *p) { memset(p->message->steps[0]->params.data, 0xff, p->message->steps[0]->params.len); }
static void arena_small(artifact_parts *p) { p->message->arena_bytes = 64; }
static void arena_huge(artifact_parts *p) { p->message->arena_bytes = (uint64_t)1 << 62; }
static void arena_odd(artifact_parts *p) { p->message->arena_bytes += 1; }
static void constants_gone(artifact_parts *p) { p->n_consts = 0; }
static void input_outside(artifact_parts *p) { p->message->inputs[0]->tensor->place->offset = p->message->arena_bytes; }
static void input_constant(artifact_parts *p) { p->message->inputs[0]->tensor->place->region = 1; }
static void input_room(artifact_parts *p) { p->message->inputs[0]->room = UINT64_MAX; }
static void input_type(artifact_parts *p) { p->message->inputs[0]->tensor->dtype = 99; }
static void input_placed(artifact_parts *p) { p->message->inputs[0]->placement = 7; }
static void output_outside(artifact_parts *p) { p->message->outputs[0]->tensor->place->offset = (uint64_t)1 << 63; }
static void output_large(artifact_parts *p) { p->message->outputs[0]->tensor->dims[0] = INT32_MAX; }
static void output_negative(artifact_parts *p) { p->message->outputs[0]->tensor->dims[0] = -1; }

static const claim claims[] = {
    {"an unknown kind of step", unknown_kind, OCTET_UNSUPPORTED, "'telepathy', which this octet does not have"},
    {"an unknown CPU level", unknown_level, OCTET_UNSUPPORTED, "'avx9000', which this octet does not know"},
    {"an operand outside", operand_outside, OCTET_BAD_INPUT, "operand 0"},
    {"an operand of no bytes", operand_at_the_end, OCTET_BAD_INPUT, "damaged"},
    {"an operand nowhere", operand_in_no_region, OCTET_BAD_INPUT, "operand 0"},
    {"an operand that is packed already", operand_packed, OCTET_BAD_INPUT, "operand 0"},
    {"an operand that is bound", operand_bound, OCTET_BAD_INPUT, "damaged"},
    {"a step that writes to constants", output_in_constants, OCTET_BAD_INPUT, "damaged"},
    {"fewer offsets than regions", operands_short, OCTET_BAD_INPUT, "offsets"},
    {"a step with too many operands", operands_more, OCTET_BAD_INPUT, "the operands"},
    {"a step without operands", operands_fewer, OCTET_BAD_INPUT, "damaged"},
    {"no parameters", params_none, OCTET_BAD_INPUT, "damaged"},
    {"short parameters", params_short, OCTET_BAD_INPUT, "damaged"},
    {"wild parameters", params_wild, OCTET_BAD_INPUT, "damaged"},
    {"negative parameters", params_negative, OCTET_BAD_INPUT, "damaged"},
    {"a small arena", arena_small, OCTET_BAD_INPUT, "damaged"},
    {"a huge arena", arena_huge, OCTET_BAD_INPUT, "activations"},
    {"an arena of odd size", arena_odd, OCTET_BAD_INPUT, "activations"},
    {"no constants", constants_gone, OCTET_BAD_INPUT, "damaged"},
    {"an input outside", input_outside, OCTET_BAD_INPUT, "the place"},
    {"an input among the constants", input_constant, OCTET_BAD_INPUT, "the place"},
    {"an input with too much room", input_room, OCTET_BAD_INPUT, "the place"},
    {"an input without a type", input_type, OCTET_BAD_INPUT, "the shape"},
    {"an input placed nowhere", input_placed, OCTET_BAD_INPUT, "the placement"},
    {"an output outside", output_outside, OCTET_BAD_INPUT, "the place"},
    {"an output that is too large", output_large, OCTET_BAD_INPUT, "of"},
    {"an output of negative size", output_negative, OCTET_BAD_INPUT, "the shape"},
};

static void check_claims(const artifact_file *good)
{
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        artifact_parts parts;
        CHECK(artifact_split(&parts, good), "a good artifact");
        claims[i].make(&parts);
        artifact_file f = artifact_join(&parts);
        check_refused(&f, claims[i].status, claims[i].words, claims[i].what);
        artifact_free(&f);
        artifact_parts_free(&parts);
    }
}

/* A message that has nothing but two-byte records would need far more memory than it has bytes. */
static void check_budget(void)
{
    enum { N = 1 << 20 };
    artifact_file f = {calloc(N, 1), N};
    if (!f.data)
        abort();
    oct_artifact_header h = {.n_metadata = N - 2 * OCT_ARTIFACT_HEADER};
    h.consts = oct_artifact_consts_at(h.n_metadata);
    for (size_t i = OCT_ARTIFACT_HEADER; i < OCT_ARTIFACT_HEADER + h.n_metadata; i += 2)
        f.data[i] = 4 << 3 | 2; /* records, of no bytes */
    f.n = (size_t)h.consts;
    h.metadata_checksum = oct_checksum(f.data + OCT_ARTIFACT_HEADER, f.n - OCT_ARTIFACT_HEADER);
    h.consts_checksum = oct_checksum(NULL, 0);
    oct_artifact_header_write(f.data, &h);
    check_refused(&f, OCTET_BAD_INPUT, "metadata is damaged", "a great many records");
    artifact_free(&f);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        artifact_file onnx = artifact_read_file(argv[i]);
        octet_program *program = artifact_compile(&onnx, OCTET_PLACEMENT_HOST, "ref");
        CHECK(program, "%s does not compile", argv[i]);
        artifact_file good = artifact_save(program, NULL);
        check_every_byte(&good, argv[i]);
        check_every_length(&good, argv[i]);
        check_bytes(&good);
        check_claims(&good);
        artifact_free(&good);
        artifact_free(&onnx);
        octet_program_free(program);
    }
    check_budget();
    return check_done();
}
