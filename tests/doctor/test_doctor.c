/* octet doctor's parts: cross-entropy at the best temperature, paired tests, the table of families, and recipes as flags.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <octet/octet.h>

#include "check.h"
#include "doctor_candidates.h"
#include "doctor_evidence.h"
#include "recipe_text.h"

#define N_CLASSES 10
#define MOST_IMAGES 200

static const cli_offsets no_offset = {.first = 0, .n = 1};
static int truths[MOST_IMAGES];

/* ---- scores ---- */

static uint32_t seed;

static double uniform(void) /* 0..1, a 32-bit linear congruence */
{
    seed = seed * 1664525u + 1013904223u;
    return (double)(seed >> 8) / (1 << 24);
}

typedef struct sample { /* scores of one candidate on n images */
    int n;
    double gain;   /* of the right class over noise of 0..1 */
    double factor; /* on all scores */
    int shift;     /* of the classes */
    uint32_t seed;
} sample;

static cli_evidence evidence_of(const sample *s, const cli_offsets *offsets)
{
    cli_evidence e;
    octet_error err;
    if (cli_evidence_open(&e, (size_t)s->n, offsets, &err) != OCTET_OK)
        exit(1);
    seed = s->seed;
    for (int i = 0; i < s->n; i++) {
        float values[N_CLASSES + 1];
        truths[i] = i % (N_CLASSES - 1);
        for (int c = 0; c <= N_CLASSES; c++)
            values[c] = (float)(s->factor * (uniform() + (c == truths[i] + s->shift ? s->gain : 0)));
        cli_evidence_add(&e, &(cli_scores){.values = values, .n = N_CLASSES + 1}, truths[i], offsets);
    }
    cli_evidence_settle(&e, truths, offsets);
    return e;
}

static void check_temperature(void)
{
    const double factors[] = {1, 0.5, 3.3, 100, 1000};
    cli_evidence first = evidence_of(&(sample){.n = 100, .gain = 0.7, .factor = 1, .seed = 1}, &no_offset);
    CHECK(first.n_right > 50 && first.n_right < 100, "%zu right", first.n_right);
    for (int i = 1; i < 5; i++) {
        cli_evidence e = evidence_of(&(sample){.n = 100, .gain = 0.7, .factor = factors[i], .seed = 1}, &no_offset);
        cli_lead lead = cli_evidence_lead(&first, &e);
        CHECK(fabs(e.cross_entropy - first.cross_entropy) < 0.01, "factor %g: %g, not %g", factors[i], e.cross_entropy,
              first.cross_entropy);
        CHECK(!cli_lead_tells(&lead) && cli_lead_is_slight(&lead), "factor %g: %g nats, %g errors", factors[i], lead.nats,
              lead.standard_errors);
        CHECK(e.n_right == first.n_right, "factor %g: %zu right", factors[i], e.n_right);
        cli_evidence_close(&e);
    }
    cli_evidence_close(&first);
}

/* With all right by far the margins are still seen: the temperature does not go to 0. */
static void check_all_right(void)
{
    cli_evidence near = evidence_of(&(sample){.n = 100, .gain = 1.2, .factor = 1, .seed = 1}, &no_offset);
    cli_evidence far = evidence_of(&(sample){.n = 100, .gain = 4, .factor = 1, .seed = 1}, &no_offset);
    cli_lead lead = cli_evidence_lead(&far, &near);
    CHECK(near.n_right == 100 && far.n_right == 100, "%zu and %zu right", near.n_right, far.n_right);
    CHECK(lead.nats > 0 && cli_lead_tells(&lead), "%g nats, %g errors", lead.nats, lead.standard_errors);
    cli_evidence_close(&near);
    cli_evidence_close(&far);
}

/* ---- pairs ---- */

static void check_leads(void)
{
    cli_evidence good = evidence_of(&(sample){.n = 100, .gain = 0.9, .factor = 1, .seed = 1}, &no_offset);
    cli_evidence bad = evidence_of(&(sample){.n = 100, .gain = 0.1, .factor = 1, .seed = 1}, &no_offset);
    cli_evidence other = evidence_of(&(sample){.n = 100, .gain = 0.9, .factor = 1, .seed = 7}, &no_offset);
    cli_evidence few = evidence_of(&(sample){.n = 2, .gain = 0.9, .factor = 1, .seed = 1}, &no_offset);
    cli_lead clear = cli_evidence_lead(&good, &bad), back = cli_evidence_lead(&bad, &good);
    cli_lead chance = cli_evidence_lead(&good, &other), self = cli_evidence_lead(&good, &good);
    cli_lead two = cli_evidence_lead(&few, &bad);
    CHECK(clear.nats > 0 && cli_lead_tells(&clear) && cli_lead_is_final(&clear), "%g nats", clear.nats);
    CHECK(back.nats == -clear.nats && cli_lead_tells(&back), "%g and %g nats", back.nats, clear.nats);
    CHECK(!cli_lead_tells(&chance) && !cli_lead_is_final(&chance), "%g nats, %g errors", chance.nats, chance.standard_errors);
    CHECK(self.nats == 0 && self.standard_errors == 0 && !cli_lead_tells(&self), "%g nats", self.nats);
    CHECK(two.n == 2 && !cli_lead_tells(&two), "%zu images tell", two.n);
    cli_evidence_close(&good);
    cli_evidence_close(&bad);
    cli_evidence_close(&other);
    cli_evidence_close(&few);
}

/* Of pure chance 1 in 100 pairs may be told apart; 300 pairs with one of 12 images each. */
static void check_false_alarms(void)
{
    int n_told = 0;
    for (uint32_t i = 0; i < 300; i++) {
        cli_evidence a = evidence_of(&(sample){.n = 12, .gain = 0.5, .factor = 1, .seed = 2 * i + 1000}, &no_offset);
        cli_evidence b = evidence_of(&(sample){.n = 12, .gain = 0.5, .factor = 1, .seed = 2 * i + 1001}, &no_offset);
        cli_lead lead = cli_evidence_lead(&a, &b);
        n_told += cli_lead_tells(&lead);
        cli_evidence_close(&a);
        cli_evidence_close(&b);
    }
    CHECK(n_told <= 12, "%d of 300 pairs of equal candidates are told apart", n_told); /* 3 expected; 13 or more: p < 1e-5 */
}

/* Scores with one hot class. */
static cli_evidence answers(const int *classes, int n)
{
    cli_evidence e;
    octet_error err;
    if (cli_evidence_open(&e, (size_t)n, &no_offset, &err) != OCTET_OK)
        exit(1);
    for (int i = 0; i < n; i++) {
        float values[N_CLASSES] = {0};
        values[classes[i]] = 1;
        cli_evidence_add(&e, &(cli_scores){.values = values, .n = N_CLASSES}, truths[i], &no_offset);
    }
    cli_evidence_settle(&e, truths, &no_offset);
    return e;
}

static void check_exact_tests(void)
{
    int all[20], fewer[20], same[20];
    for (int i = 0; i < 20; i++) {
        truths[i] = all[i] = i % 4;
        fewer[i] = i < 6 ? 9 : truths[i];
        same[i] = 2;
    }
    cli_evidence a = answers(all, 20), b = answers(fewer, 20), c = answers(same, 20);
    double p = cli_evidence_mcnemar(&a, &b, truths, &no_offset);
    CHECK(fabs(p - 2.0 / 64) < 1e-9, "McNemar of 6 to 0 is %g", p);
    p = cli_evidence_mcnemar(&a, &a, truths, &no_offset);
    CHECK(p == 1, "McNemar of 0 to 0 is %g", p);
    p = cli_evidence_chance(&a, truths, &no_offset);
    CHECK(fabs(p / pow(0.25, 20) - 1) < 1e-6, "20 right of 20 by chance: %g", p);
    p = cli_evidence_chance(&c, truths, &no_offset); /* always class 2: 5 of 20 right, 5 expected */
    CHECK(c.n_right == 5 && p > 0.5 && p < 0.7, "always one class: %g", p);
    cli_evidence_close(&a);
    cli_evidence_close(&b);
    cli_evidence_close(&c);
}

static void check_offset(void)
{
    const cli_offsets both = {.first = 0, .n = 2};
    for (int shift = 0; shift < 2; shift++) {
        cli_evidence e = evidence_of(&(sample){.n = 50, .gain = 2, .factor = 1, .shift = shift, .seed = 1}, &both);
        CHECK(e.reading.offset == shift && e.n_right == 50, "shift %d: offset %d, %zu right", shift, e.reading.offset, e.n_right);
        cli_evidence_close(&e);
    }
}

static void check_no_numbers(void)
{
    const float wrong[] = {0, NAN, 1}, large[] = {0, INFINITY, 1};
    cli_evidence e;
    octet_error err;
    if (cli_evidence_open(&e, 3, &no_offset, &err) != OCTET_OK)
        exit(1);
    truths[0] = truths[1] = truths[2] = 1;
    cli_evidence_add(&e, &(cli_scores){.values = wrong, .n = 3}, 1, &no_offset);
    cli_evidence_add(&e, &(cli_scores){.values = large, .n = 3}, 1, &no_offset);
    cli_evidence_add(&e, &(cli_scores){.n = 3}, 1, &no_offset);
    cli_evidence_settle(&e, truths, &no_offset);
    CHECK(e.n_right == 0 && isfinite(e.cross_entropy) && e.cross_entropy > 50, "%zu right, %g", e.n_right, e.cross_entropy);
    cli_evidence_close(&e);
}

/* Probabilities, zeros among them, read as their logarithms. */
static void check_probabilities(void)
{
    const float p[] = {0.75f, 0.25f, 0};
    float logits[3];
    for (int i = 0; i < 3; i++)
        logits[i] = logf(fmaxf(p[i], 1e-7f)) + 3;
    cli_evidence a, b;
    octet_error err;
    if (cli_evidence_open(&a, 1, &no_offset, &err) != OCTET_OK || cli_evidence_open(&b, 1, &no_offset, &err) != OCTET_OK)
        exit(1);
    cli_evidence_add(&a, &(cli_scores){.values = p, .n = 3, .probabilities = true}, 0, &no_offset);
    cli_evidence_add(&b, &(cli_scores){.values = logits, .n = 3}, 0, &no_offset);
    for (int k = 0; k < CLI_N_TEMPERATURES; k++)
        CHECK(fabsf(a.log_p[0].truth[0][k] - b.log_p[0].truth[0][k]) < 1e-4f, "temperature %d: %g, not %g", k,
              (double)a.log_p[0].truth[0][k], (double)b.log_p[0].truth[0][k]);
    cli_evidence_close(&a);
    cli_evidence_close(&b);
}

/* ---- families and flags ---- */

/* The values behind a flag in text, spread over the channels; false if it is not there. */
static bool flag_values(float *values, int channels, const char *text, const char *flag)
{
    const char *at = strstr(text, flag);
    int n = 0;
    if (!at)
        return false;
    for (char *end = (char *)at + strlen(flag); n < channels && (n == 0 || *end == ','); n++)
        values[n] = strtof(end + 1, &end);
    for (int c = n; c < channels; c++)
        values[c] = values[0];
    return n == 1 || n == channels;
}

static void check_flags(const cli_family *family, const octet_recipe *recipe, int channels)
{
    char text[CLI_RECIPE_TEXT_SIZE];
    float mean[3], scale[3], std[3];
    cli_recipe_as_flags(text, recipe, channels, (cli_recipe_parts){.numbers = true});
    bool has_mean = flag_values(mean, channels, text, "--mean"), by_std = flag_values(std, channels, text, "--std");
    CHECK(has_mean && by_std != flag_values(scale, channels, text, "--scale"), "%s: %s", family->name, text);
    for (int c = 0; c < channels; c++) {
        float got = by_std ? (float)(1 / (double)std[c]) : scale[c];
        CHECK(mean[c] == recipe->mean[c] && got == recipe->scale[c], "%s: channel %d of %s", family->name, c, text);
    }
}

static void check_families(void)
{
    const cli_family *family;
    for (int channels = 1; channels <= 3; channels += 2) {
        int last = -1;
        for (int i = 0; (family = cli_family_at(channels, i)); i++) {
            CHECK((int)family->kind >= last, "%s stands apart from its kind", family->name);
            last = (int)family->kind;
            for (int order = channels == 1 ? OCTET_GRAY : OCTET_RGB; order <= (channels == 1 ? OCTET_GRAY : OCTET_BGR); order++) {
                octet_recipe recipe = {.order = (octet_channel_order)order};
                octet_error err = {.message = ""};
                cli_family_apply(&recipe, family);
                CHECK(octet_recipe_check(&recipe, channels, &err) == OCTET_OK, "%s: %s", family->name, err.message);
                CHECK(recipe.mean[order == OCTET_BGR ? 2 : 0] == family->mean[0], "%s: order", family->name);
                check_flags(family, &recipe, channels);
            }
        }
    }
}

/* Every geometry comes to the size of the input, from images of all shapes. */
static void check_geometries(void)
{
    const int sizes[][2] = {{8, 8}, {224, 224}, {320, 192}, {1, 1}};
    const cli_doctor_fixed free_parts = {0}, fixed = {.resize = true};
    octet_recipe recipes[CLI_MOST_GEOMETRIES];
    for (int s = 0; s < 4; s++) {
        const cli_image_input input = {.width = sizes[s][0], .height = sizes[s][1], .channels = 3};
        const octet_recipe from = {.crop_width = input.width, .crop_height = input.height};
        int n = cli_doctor_geometries(recipes, &from, &input, &free_parts);
        CHECK(n >= 3 && n <= CLI_MOST_GEOMETRIES, "%d geometries", n);
        for (int i = 0; i < n; i++) {
            const octet_recipe *r = &recipes[i];
            bool stretched = r->resize == OCTET_RESIZE_STRETCH && r->resize_width == input.width && r->resize_height == input.height;
            CHECK(stretched || (r->crop_width == input.width && r->crop_height == input.height), "geometry %d", i);
            CHECK(octet_recipe_check(r, 3, NULL) == OCTET_OK, "geometry %d of size %d", i, s);
        }
        CHECK(cli_doctor_geometries(recipes, &from, &input, &fixed) == 0, "a fixed resize is searched");
    }
}

int main(void)
{
    check_temperature();
    check_all_right();
    check_leads();
    check_false_alarms();
    check_exact_tests();
    check_offset();
    check_no_numbers();
    check_probabilities();
    check_families();
    check_geometries();
    return check_done();
}
