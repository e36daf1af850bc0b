/* The check of every kind of step: it accepts what the compiler makes, needs every byte of the operands, and whatever else it
 * accepts runs inside them (run this under a sanitizer).
 *
 *     test_check [--seeds FOLDER] MODEL.onnx...
 *
 * --seeds writes small steps as files for the fuzzer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdlib.h>

#include "dice.h"
#include <octet/octet.h>

#include "steps/kinds.h"
#include "stored_step.h"

#define MOST_BYTES ((size_t)1 << 16)
#define MOST_MUTATED ((size_t)1 << 13) /* bytes of the steps that are changed and run: these must not take long */
#define N_MUTATIONS 200
#define MOST_KINDS 64
#define SEEDS_PER_KIND 4

typedef struct counts {
    int n_steps, n_accepted, n_seeds;
} counts;

static counts by_kind[MOST_KINDS];
static const char *seed_folder;

static counts *count_of(const oct_step_kind *kind)
{
    int n;
    const oct_step_kind *const *kinds = oct_step_kinds(&n);
    for (int i = 0; i < n && i < MOST_KINDS; i++)
        if (kinds[i] == kind)
            return &by_kind[i];
    return NULL;
}

/* ---- mutations ---- */

static int64_t pick_number(int64_t old)
{
    static const int64_t special[] = {0, 1, -1, 2, 3, 4, 7, 8, 16, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 65535, 1 << 20};
    switch (dice_int(0, 5)) {
    case 0: return (int64_t)((uint64_t)old + (uint64_t)(int64_t)dice_int(-2, 2));
    case 1: return (int64_t)((uint64_t)old * (uint64_t)dice_int(2, 5));
    case 2: return old / dice_int(2, 5);
    case 3: return dice_int(0, 40);
    case 4: return (int64_t)dice_u32();
    default: return special[(size_t)dice_int(0, (int)(sizeof special / sizeof *special) - 1)];
    }
}

static void mutate(uint8_t *params, size_t n)
{
    for (int i = dice_int(1, 3); i > 0 && n >= sizeof(int64_t); i--) {
        const size_t size = dice_int(0, 2) == 0 ? sizeof(int64_t) : sizeof(int32_t);
        uint8_t *at = params + (size_t)dice_u32() % (n / size) * size;
        int64_t wide = 0;
        int32_t narrow;
        memcpy(&narrow, at, sizeof narrow);
        if (size == sizeof wide)
            memcpy(&wide, at, sizeof wide);
        wide = pick_number(size == sizeof wide ? wide : narrow);
        narrow = (int32_t)(uint32_t)(uint64_t)wide;
        memcpy(at, size == sizeof wide ? (void *)&wide : (void *)&narrow, size);
    }
}

static void try_mutations(stored_step *s, counts *c)
{
    uint8_t *good = malloc(s->n_params + 1);
    if (!good)
        exit(1);
    memcpy(good, s->params, s->n_params);
    for (int i = 0; i < N_MUTATIONS; i++) {
        mutate(s->params, s->n_params);
        if (stored_step_check(s)) {
            stored_step_run(s);
            c->n_accepted++;
        }
        memcpy(s->params, good, s->n_params);
    }
    free(good);
}

/* ---- steps of real programs ---- */

/* One byte less of any operand is too little. */
static bool needs_all(stored_step *s)
{
    for (int k = 0; k < s->n_operands; k++) {
        oct_step_extent *e = &s->extents[k];
        bool shared = s->same_as[k] >= 0;
        for (int i = 0; i < s->n_operands; i++)
            shared = shared || s->same_as[i] == k;
        if (e->n_bytes == 0 || shared)
            continue;
        e->n_bytes--;
        const bool accepted = stored_step_check(s);
        e->n_bytes++;
        if (accepted)
            return false;
    }
    return true;
}

static void write_seed(const stored_step *s, counts *c)
{
    static uint8_t data[8192];
    char path[4096];
    const size_t n = stored_step_write(s, data, sizeof data);
    if (!seed_folder || n == 0 || c->n_seeds >= SEEDS_PER_KIND)
        return;
    snprintf(path, sizeof path, "%s/%s_%d", seed_folder, s->kind->name, c->n_seeds++);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
        exit(1);
}

static void check_step(const octet_program *p, int i, const char *model)
{
    stored_step s;
    if (!p->steps[i].kind->check || !stored_step_of(&s, p, i))
        return;
    counts *c = count_of(s.kind);
    const bool accepted = stored_step_check(&s);
    CHECK(accepted, "%s: step %d ('%s', %s) is not accepted", model, i, p->step_info[i].name, s.kind->name);
    c->n_steps++;
    if (accepted && stored_step_shrink(&s, MOST_BYTES)) {
        CHECK(needs_all(&s), "%s: step %d ('%s', %s) is accepted with too little", model, i, p->step_info[i].name, s.kind->name);
        stored_step_run(&s);
        write_seed(&s, c);
        uint64_t all = 0;
        for (int k = 0; k < s.n_operands; k++)
            all += s.extents[k].n_bytes;
        if (all <= MOST_MUTATED)
            try_mutations(&s, c);
    }
    stored_step_free(&s);
}

static void check_model(const char *path, octet_placement placement)
{
    const octet_recipe recipe = {.order = OCTET_RGB, .layout = OCTET_NCHW, .mean = {120, 110, 100}, .scale = {0.02f, 0.03f, 0.01f}};
    octet_model *model;
    octet_program *program = NULL;
    octet_error err;
    if (octet_model_open(&model, path, &err) != OCTET_OK)
        return;
    octet_compile(&program, model, &(octet_compile_opts){.cpu = "ref", .placement = placement, .recipe = &recipe}, &err);
    octet_model_free(model);
    for (int i = 0; program && i < program->n_steps; i++)
        check_step(program, i, path);
    octet_program_free(program);
}

int main(int argc, char **argv)
{
    int first = 1, n;
    if (argc > 2 && strcmp(argv[1], "--seeds") == 0) {
        seed_folder = argv[2];
        first = 3;
    }
    for (int i = first; i < argc; i++) {
        check_model(argv[i], OCTET_PLACEMENT_HOST);
        check_model(argv[i], OCTET_PLACEMENT_FOLD);
        check_model(argv[i], OCTET_PLACEMENT_LAYER);
    }
    const oct_step_kind *const *kinds = oct_step_kinds(&n);
    for (int i = 0; i < n; i++) {
        const counts *c = count_of(kinds[i]);
        printf("%-20s %5d steps, %6d of their mutations accepted and run\n", kinds[i]->name, c->n_steps, c->n_accepted);
        CHECK(c->n_steps > 0, "no model here has a step of kind '%s'", kinds[i]->name);
    }
    return check_done();
}
