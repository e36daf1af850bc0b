/* See stored_step.h.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200112L
#include "stored_step.h"

#include <stdlib.h>
#include <string.h>

#include "steps/kinds.h"

#define MOST_BYTES ((size_t)1 << 16)   /* of the operands of a step in a file */
#define MOST_NEED ((size_t)16 << 20)   /* of packed and bound constants, scratch, pixels */

/* Exactly n bytes, 64-byte aligned. */
static void *new_bytes(size_t n)
{
    void *p = NULL;
    if (posix_memalign(&p, 64, n ? n : 1) != 0)
        exit(1);
    memset(p, 0, n);
    return p;
}

static bool is_made_by_binding(const stored_step *s, int k)
{
    return s->kind->binder && (k == OCT_BOUND_CONST || k == OCT_BOUND_PIXELS);
}

/* ---- from a program ---- */

static oct_step_extent extent_of(const octet_program *p, oct_operand at)
{
    oct_step_extent e = {.at = at};
    if (at.region == OCT_REGION_CONST)
        e = (oct_step_extent){at, p->n_consts - at.offset, p->consts + at.offset};
    else if (at.region == OCT_REGION_ARENA)
        e.n_bytes = p->arena_bytes - at.offset;
    return e;
}

static void find_same(stored_step *s, int k)
{
    const oct_operand at = s->extents[k].at;
    s->same_as[k] = -1;
    for (int i = k - 1; i >= 0 && at.region != OCT_REGION_NONE; i--)
        if (s->extents[i].at.region == at.region && s->extents[i].at.offset == at.offset)
            s->same_as[k] = i;
}

bool stored_step_of(stored_step *s, const octet_program *p, int i)
{
    const oct_step *step = &p->steps[i];
    if (step->n_operands > STORED_STEP_OPERANDS)
        return false;
    *s = (stored_step){.kind = step->kind, .n_params = step->n_params, .n_operands = (int)step->n_operands};
    s->params = new_bytes(s->n_params);
    if (s->n_params)
        memcpy(s->params, p->params + step->params, s->n_params);
    for (int k = 0; k < s->n_operands; k++) {
        s->extents[k] = extent_of(p, p->operands[step->first_operand + (uint32_t)k]);
        find_same(s, k);
    }
    return true;
}

/* ---- checking ---- */

bool stored_step_check(const stored_step *s)
{
    return s->kind->check(&(oct_step_proof){.params = s->params, .n_params = s->n_params, .operands = s->extents,
                                            .n_operands = s->n_operands, .cpu = OCT_CPU_REF});
}

static void set_size(stored_step *s, int k, uint64_t n)
{
    for (int i = 0; i < s->n_operands; i++)
        if (i == k || s->same_as[i] == k)
            s->extents[i].n_bytes = n;
}

static void shrink_operand(stored_step *s, int k)
{
    uint64_t least = 0, most = s->extents[k].n_bytes;
    while (least < most) {
        const uint64_t middle = least + (most - least) / 2;
        set_size(s, k, middle);
        if (stored_step_check(s))
            most = middle;
        else
            least = middle + 1;
    }
    set_size(s, k, most);
}

/* Own memory for constants, and places that do not depend on the program. */
static void settle(stored_step *s)
{
    for (int k = 0; k < s->n_operands; k++) {
        oct_step_extent *e = &s->extents[k];
        if (s->same_as[k] >= 0) {
            *e = s->extents[s->same_as[k]];
        } else if (e->at.region != OCT_REGION_NONE) {
            e->at.offset = (uint64_t)(k + 1) << 32;
            void *own = e->at.region == OCT_REGION_CONST ? new_bytes(e->n_bytes) : NULL;
            if (own && e->data && e->n_bytes)
                memcpy(own, e->data, e->n_bytes);
            e->data = own;
        }
    }
}

bool stored_step_shrink(stored_step *s, size_t most)
{
    uint64_t all = 0;
    for (int k = 0; k < s->n_operands; k++)
        if (s->same_as[k] < 0) {
            shrink_operand(s, k);
            all += s->extents[k].n_bytes;
        }
    if (all > most) {
        for (int k = 0; k < s->n_operands; k++)
            s->extents[k].data = NULL; /* the program's */
        return false;
    }
    settle(s);
    return true;
}

void stored_step_free(stored_step *s)
{
    for (int k = 0; k < s->n_operands; k++)
        if (s->same_as[k] < 0)
            free((void *)(uintptr_t)s->extents[k].data);
    free(s->params);
}

/* ---- running ---- */

typedef struct memory {
    void *operands[STORED_STEP_OPERANDS];
    bool own[STORED_STEP_OPERANDS];
    void *scratch;
} memory;

static void fill_noise(uint8_t *p, size_t n, uint32_t state)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        p[i] = (uint8_t)(state >> 24);
    }
}

static void *own_operand(memory *m, int k, size_t n)
{
    m->operands[k] = new_bytes(n);
    m->own[k] = true;
    return m->operands[k];
}

static void open_memory(memory *m, const stored_step *s, size_t scratch)
{
    *m = (memory){.scratch = new_bytes(scratch)};
    for (int k = 0; k < s->n_operands; k++) {
        const oct_step_extent *e = &s->extents[k];
        if (s->same_as[k] >= 0)
            m->operands[k] = m->operands[s->same_as[k]];
        else if (e->at.region == OCT_REGION_CONST)
            m->operands[k] = (void *)(uintptr_t)e->data;
        else if (e->at.region == OCT_REGION_ARENA && !is_made_by_binding(s, k))
            fill_noise(own_operand(m, k, e->n_bytes), e->n_bytes, (uint32_t)k + 1);
    }
}

static void close_memory(memory *m)
{
    for (int k = 0; k < STORED_STEP_OPERANDS; k++)
        if (m->own[k])
            free(m->operands[k]);
    free(m->scratch);
}

static void run_at(const stored_step *s, const void *params, const memory *m, oct_cpu_level cpu)
{
    s->kind->run(&(oct_step_args){.params = params, .operands = m->operands, .cpu = cpu, .scratch = m->scratch});
}

/* The step with its constant packed for a level, as a file for that level holds it. */
static bool check_packed(const stored_step *s, const void *packed, size_t n, oct_cpu_level cpu)
{
    oct_step_extent extents[STORED_STEP_OPERANDS];
    memcpy(extents, s->extents, sizeof extents);
    extents[s->kind->packer->operand] = (oct_step_extent){.at = {OCT_REGION_CONST, (uint64_t)1 << 60}, .n_bytes = n, .data = packed};
    return s->kind->check(&(oct_step_proof){.params = s->params, .n_params = s->n_params, .operands = extents,
                                            .n_operands = s->n_operands, .cpu = cpu});
}

/* What is packed is accepted; changed at random it runs too, if it still is. */
static void run_packed(const stored_step *s, memory *m, oct_step_need need, oct_cpu_level cpu)
{
    const int operand = s->kind->packer->operand;
    const void *source = m->operands[operand];
    uint8_t *packed = own_operand(m, operand, need.packed), noise[8];
    s->kind->packer->pack(packed, s->params, cpu, source);
    if (!check_packed(s, packed, need.packed, cpu))
        abort();
    run_at(s, s->params, m, cpu);
    for (uint32_t i = 0; i < 8 && need.packed >= sizeof noise; i++) {
        fill_noise(noise, sizeof noise, i + (uint32_t)need.packed);
        memcpy(packed + (size_t)(noise[0] | noise[1] << 8 | noise[2] << 16) % (need.packed - 3) / 4 * 4, noise + 4, 4);
        if (check_packed(s, packed, need.packed, cpu))
            run_at(s, s->params, m, cpu);
    }
}

static void run_level(const stored_step *s, oct_cpu_level cpu)
{
    oct_step_need need = {0};
    memory m;
    if (s->kind->need)
        s->kind->need(s->params, cpu, &need);
    if (need.packed > MOST_NEED || need.scratch > MOST_NEED)
        return;
    open_memory(&m, s, need.scratch);
    const oct_step_packer *packer = s->kind->packer;
    if (packer && s->extents[packer->operand].at.region == OCT_REGION_CONST)
        run_packed(s, &m, need, cpu);
    else
        run_at(s, s->params, &m, cpu);
    close_memory(&m);
}

static void run_bound(const stored_step *s, oct_cpu_level cpu, const oct_binding *binding)
{
    oct_bind_need need = {0};
    octet_error err;
    memory m;
    uint8_t *params = new_bytes(s->n_params);
    memcpy(params, s->params, s->n_params);
    if (s->kind->binder->plan(params, cpu, binding, &need, &err) == OCTET_OK && need.n_bytes <= MOST_NEED &&
        need.scratch <= MOST_NEED && need.input.n_bytes <= MOST_NEED) {
        open_memory(&m, s, need.scratch);
        void *constant = own_operand(&m, OCT_BOUND_CONST, need.n_bytes);
        fill_noise(own_operand(&m, OCT_BOUND_PIXELS, need.input.n_bytes), need.input.n_bytes, 9);
        if (s->kind->binder->fill(constant, params, cpu, m.operands[OCT_BOUND_SOURCE], &err) == OCTET_OK)
            run_at(s, params, &m, cpu);
        close_memory(&m);
    }
    free(params);
}

static void run_bindings(const stored_step *s, oct_cpu_level cpu)
{
    static const octet_pixel_format formats[] = {OCTET_PIXELS_RGB, OCTET_PIXELS_GRAY, OCTET_PIXELS_RGBX, OCTET_PIXELS_NV12,
                                                 OCTET_PIXELS_YUYV};
    oct_binding b = {.raw = 1};
    run_bound(s, cpu, &b);
    b = (oct_binding){.any_pixels = 1, .recipe = {.mean = {100, 110, 120}, .scale = {0.1f, 0.2f, 0.3f}}};
    run_bound(s, cpu, &b);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        b.any_pixels = 0;
        b.pixels = (octet_pixels){.format = formats[i], .layout = i & 1 ? OCTET_NHWC : OCTET_NCHW, .linear = (int32_t)(i / 4)};
        run_bound(s, cpu, &b);
    }
}

void stored_step_run(const stored_step *s)
{
    for (int level = OCT_CPU_REF; level <= (int)oct_cpu_detect(); level++)
        if (s->kind->binder)
            run_bindings(s, (oct_cpu_level)level);
        else
            run_level(s, (oct_cpu_level)level);
}

/* ---- files ---- */

typedef struct cursor {
    const uint8_t *at, *end;
} cursor;

static void take_bytes(cursor *c, void *dst, size_t n)
{
    const size_t left = (size_t)(c->end - c->at), m = n < left ? n : left;
    memset(dst, 0, n);
    if (m)
        memcpy(dst, c->at, m);
    c->at += m;
}

static uint32_t take_u32(cursor *c)
{
    uint32_t v;
    take_bytes(c, &v, sizeof v);
    return v;
}

static bool read_extents(stored_step *s, cursor *c)
{
    size_t all = 0;
    for (int k = 0; k < s->n_operands; k++) {
        const uint32_t region = take_u32(c) % 3, same = take_u32(c), n = take_u32(c);
        s->same_as[k] = same > 0 && same <= (uint32_t)k && s->same_as[same - 1] < 0 ? (int)same - 1 : -1;
        s->extents[k] = (oct_step_extent){.at = {.region = region}, .n_bytes = region == OCT_REGION_NONE ? 0 : n};
        all += s->same_as[k] < 0 ? s->extents[k].n_bytes : 0;
        if (all > MOST_BYTES)
            return false;
    }
    return true;
}

bool stored_step_read(stored_step *s, const uint8_t *data, size_t n)
{
    cursor c = {data, data + n};
    char name[STORED_STEP_NAME + 1] = "";
    take_bytes(&c, name, STORED_STEP_NAME);
    *s = (stored_step){.kind = oct_step_kind_find(name)};
    const uint32_t n_operands = take_u32(&c), n_params = take_u32(&c);
    if (!s->kind || !s->kind->check || n_operands > STORED_STEP_OPERANDS || n_params > MOST_BYTES)
        return false;
    s->n_operands = (int)n_operands;
    if (!read_extents(s, &c))
        return false;
    s->n_params = n_params;
    s->params = new_bytes(n_params);
    take_bytes(&c, s->params, n_params);
    settle(s);
    for (int k = 0; k < s->n_operands; k++)
        if (s->same_as[k] < 0 && s->extents[k].data)
            take_bytes(&c, (void *)(uintptr_t)s->extents[k].data, s->extents[k].n_bytes);
    return true;
}

typedef struct sink {
    uint8_t *at, *end;
    bool full;
} sink;

static void put_bytes(sink *k, const void *p, size_t n)
{
    k->full = k->full || n > (size_t)(k->end - k->at);
    if (k->full)
        return;
    if (n)
        memcpy(k->at, p, n);
    k->at += n;
}

static void put_u32(sink *k, uint32_t v)
{
    put_bytes(k, &v, sizeof v);
}

size_t stored_step_write(const stored_step *s, uint8_t *data, size_t room)
{
    sink to = {data, data + room, false};
    char name[STORED_STEP_NAME] = "";
    strncpy(name, s->kind->name, sizeof name - 1);
    put_bytes(&to, name, sizeof name);
    put_u32(&to, (uint32_t)s->n_operands);
    put_u32(&to, (uint32_t)s->n_params);
    for (int k = 0; k < s->n_operands; k++) {
        put_u32(&to, s->extents[k].at.region == OCT_REGION_BOUND ? OCT_REGION_NONE : s->extents[k].at.region);
        put_u32(&to, (uint32_t)(s->same_as[k] + 1));
        put_u32(&to, (uint32_t)s->extents[k].n_bytes);
    }
    put_bytes(&to, s->params, s->n_params);
    for (int k = 0; k < s->n_operands; k++)
        if (s->same_as[k] < 0 && s->extents[k].data)
            put_bytes(&to, s->extents[k].data, s->extents[k].n_bytes);
    return to.full ? 0 : (size_t)(to.at - data);
}
