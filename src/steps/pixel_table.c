/* Binding and running PixelTable.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/pixel_table.h"

#include <math.h>

#include "base/compiler.h"
#include "quant/requant.h"
#include "recipe/recipe.h"
#include "steps/proof.h"

#define TABLE_PIXELS 4096 /* of an item */

static float real(const oct_pixel_table_step *p, int c, int x)
{
    return ((float)x - p->mean[c]) * p->scale[c];
}

static uint8_t quantize(const oct_pixel_table_step *p, float v)
{
    const int32_t min = p->dtype == OCTET_I8 ? -128 : 0;
    return (uint8_t)oct_requant(v / p->y_scale, oct_qrange_make(min, min + 255, p->y_zero));
}

/* Whether a line gives the same byte as the table, for all 256 bytes of all three channels: then p->scale3 is it. */
static bool try_scale3(oct_pixel_table_step *p)
{
    oct_pixel_scale3 *s = &p->scale3;
    uint8_t y[3 * 256], x[3 * 256];
    if (p->dtype == OCTET_F32 || p->model.C != 3 || p->map.source.S != 3)
        return false;
    *s = (oct_pixel_scale3){.zero = p->y_zero, .min = p->dtype == OCTET_I8 ? -128 : 0};
    for (int c = 0; c < 3; c++) {
        const double a = (double)p->scale[c] / (double)p->y_scale;
        s->a[c] = (float)a;
        s->b[c] = (float)(-(double)p->mean[c] * a);
        if (p->channel[c] != c || !(fabs(a) * 255 + fabs((double)s->b[c]) < 1e9))
            return false;
        for (int v = 0; v < 256; v++)
            x[3 * v + c] = (uint8_t)v;
    }
    oct_pixels_ref.scale3(y, x, 256, s);
    for (int i = 0; i < 3 * 256; i++)
        if (y[i] != quantize(p, real(p, i % 3, i / 3)))
            return false;
    return true;
}

static octet_status plan_table(void *params, oct_cpu_level cpu, const oct_binding *binding, oct_bind_need *need, octet_error *err)
{
    oct_pixel_table_step *p = params;
    (void)cpu;
    if (binding->raw) /* only a caller who hands over pixels gets a table */
        return oct_fail(err, OCTET_USAGE, "a table of pixels is bound to an input without pixels");
    OCT_TRY(oct_pixel_map_make(&p->map, &need->input, &p->model, binding, err));
    if (p->map.source.is_yuv && p->map.source.yuv.linear)
        return oct_fail(err, OCTET_UNSUPPORTED, "linear YUV needs a first layer that it can be folded into; a table has none");
    oct_recipe_scale(p->scale, &binding->recipe, p->model.C);
    for (int c = 0; c < p->model.C; c++) {
        p->mean[c] = binding->recipe.mean[c];
        p->channel[c] = 0;
        for (int k = 0; k < p->map.source.S; k++)
            if (p->map.matrix[c][k] != 0)
                p->channel[c] = k;
    }
    p->scales = try_scale3(p);
    need->n_bytes = (size_t)p->model.C * 256 * octet_dtype_size((octet_dtype)p->dtype);
    need->scratch = (size_t)TABLE_PIXELS * (size_t)p->map.source.S;
    return OCTET_OK;
}

/* The same floats as octet_image_to_float gives. */
static octet_status fill_table(void *dst, const void *params, oct_cpu_level cpu, const void *source, octet_error *err)
{
    const oct_pixel_table_step *p = params;
    (void)cpu;
    (void)source;
    (void)err;
    for (int c = 0; c < p->model.C; c++)
        for (int x = 0; x < 256; x++) {
            const float v = real(p, c, x);
            if (p->dtype == OCTET_F32)
                ((float *)dst)[c * 256 + x] = v;
            else
                ((uint8_t *)dst)[c * 256 + x] = quantize(p, v);
        }
    return OCTET_OK;
}

static const oct_step_binder table_binder = {plan_table, fill_table};

typedef struct table_run {
    const oct_pixel_table_step *params;
    const oct_step_args *step;
} table_run;

static int64_t n_pixels(const oct_pixel_table_step *p)
{
    return (int64_t)p->model.N * p->model.H * p->model.W;
}

/* y[i, c] = table[c][x[i, channel of c]], n pixels */
#define LOOK_UP(T)                                                                                                \
    static void look_up_##T(const oct_pixel_table_step *p, T *restrict y, const T *restrict table, const uint8_t *x, int64_t n) \
    {                                                                                                             \
        const int32_t S = p->map.source.S, C = p->model.C;                                                        \
        for (int32_t c = 0; c < C; c++)                                                                           \
            for (int64_t i = 0; i < n; i++)                                                                       \
                y[i * C + c] = table[c * 256 + x[i * S + p->channel[c]]];                                         \
    }
LOOK_UP(float)
LOOK_UP(uint8_t)

static void run_table_item(void *context, size_t item, int worker)
{
    const table_run *r = context;
    const oct_pixel_table_step *p = r->params;
    const void *table = r->step->operands[OCT_PIXEL_TABLE_TABLES];
    void *y = r->step->operands[OCT_PIXEL_TABLE_Y];
    uint8_t *x = oct_step_scratch(r->step, worker);
    const int64_t first = (int64_t)item * TABLE_PIXELS, rest = n_pixels(p) - first, n = rest < TABLE_PIXELS ? rest : TABLE_PIXELS;
    const oct_pixels *k = oct_pixels_select(r->step->cpu);
    oct_pixels_bytes(k, &p->map.source, x, r->step->operands[OCT_PIXEL_TABLE_PIXELS], first, n);
    if (p->dtype == OCTET_F32)
        look_up_float(p, (float *)y + first * p->model.C, table, x, n);
    else if (p->scales)
        k->scale3((uint8_t *)y + first * 3, x, (size_t)n, &p->scale3);
    else
        look_up_uint8_t(p, (uint8_t *)y + first * p->model.C, table, x, n);
}

static void run_table(const oct_step_args *a)
{
    table_run r = {.params = a->params, .step = a};
    oct_pool_run(a->pool, (size_t)((n_pixels(r.params) + TABLE_PIXELS - 1) / TABLE_PIXELS), run_table_item, &r);
}

/* All but the model and the result's type is made when the program is bound. */
static bool check_table(const oct_step_proof *proof)
{
    const oct_pixel_table_step *p = proof->params;
    const oct_pixel_model *m = &p->model;
    return oct_proof_has(proof, sizeof *p, OCT_PIXEL_TABLE_N_OPERANDS) && m->C <= (int32_t)OCT_COUNT(p->channel) &&
           (p->dtype == OCTET_F32 || p->dtype == OCTET_U8 || p->dtype == OCTET_I8) && p->y_zero >= -128 && p->y_zero <= 255 &&
           OCT_PRODUCT(m->N, m->H, m->W, m->C) > 0 &&
           oct_proof_writes(proof, OCT_PIXEL_TABLE_Y, OCT_PRODUCT(m->N, m->H, m->W, m->C),
                            (int64_t)octet_dtype_size((octet_dtype)p->dtype));
}

const oct_step_kind oct_step_pixel_table = {.name = "pixel_table", .run = run_table, .check = check_table,
                                            .binder = &table_binder};
