/* Candidates, races, stages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_search.h"

#include <string.h>

#include "topk.h"

#define FIRST_IMAGES 12 /* of a race */
#define LIKELY_CHANCE 0.05

/* ---- candidates ---- */

const cli_image_input *cli_doctor_input(const cli_doctor *d, const cli_candidate *c)
{
    return &d->engines[c->engine].classifier.input;
}

static bool same_numbers(const octet_recipe *a, const octet_recipe *b)
{
    return a->order == b->order && memcmp(a->mean, b->mean, sizeof a->mean) == 0 &&
           memcmp(a->scale, b->scale, sizeof a->scale) == 0;
}

static int find_candidate(const cli_doctor *d, int engine, const octet_recipe *recipe)
{
    for (int i = 0; i < d->n_candidates; i++) {
        const cli_candidate *c = &d->candidates[i];
        if (c->engine == engine && same_numbers(&c->recipe, recipe) && cli_same_geometry(&c->recipe, recipe))
            return i;
    }
    return -1;
}

/* Add the recipe to the stage unless it is there already; which candidate it is. */
static octet_status add(cli_doctor *d, cli_stage *stage, const cli_candidate *from, int *index, octet_error *err)
{
    int at = find_candidate(d, from->engine, &from->recipe);
    if (at < 0) {
        if (d->n_candidates == CLI_MOST_CANDIDATES)
            return cli_fail(err, OCTET_NO_MEMORY, "more than %d candidates", CLI_MOST_CANDIDATES);
        at = d->n_candidates++;
        d->candidates[at] = (cli_candidate){.family = from->family, .engine = from->engine, .recipe = from->recipe};
        CLI_TRY(cli_evidence_open(&d->candidates[at].evidence, d->images.n, &d->offsets, err));
    }
    if (index)
        *index = at;
    for (int i = 0; i < stage->n; i++)
        if (stage->members[i] == at)
            return OCTET_OK;
    stage->members[stage->n++] = at;
    return OCTET_OK;
}

/* ---- a candidate on images ---- */

static octet_status score_image(cli_doctor *d, cli_candidate *c, const octet_image *fitted, size_t i, octet_error *err)
{
    cli_classifier *classifier = &d->engines[c->engine].classifier;
    cli_scores scores = {.n = classifier->n_scores};
    CLI_TRY(cli_classifier_feed(classifier, fitted, err));
    octet_status status = cli_classifier_score(classifier, &scores.values, err);
    if (status != OCTET_OK && status != OCTET_CHECK_FAILED) /* a score that is no number counts against the candidate */
        return status;
    scores.probabilities = octet_program_output_is_softmax(classifier->program, classifier->output) ||
                           (scores.values && cli_is_distribution(scores.values, scores.n));
    cli_evidence_add(&c->evidence, &scores, d->images.classes[i], &d->offsets);
    return OCTET_OK;
}

static octet_status see_image(cli_doctor *d, const cli_stage *stage, cli_candidate *c, octet_error *err)
{
    const cli_candidate *reference = stage->reference < 0 ? NULL : &d->candidates[stage->reference];
    const size_t i = c->evidence.n_seen;
    octet_image view, own = {0};
    bool same;
    octet_status status = cli_fitted_image(&view, &own, &same, &d->engines[c->engine].fitted, &d->images, i, &c->recipe, err);
    same = same && reference && reference->engine == c->engine && reference->evidence.n_seen > i &&
           same_numbers(&reference->recipe, &c->recipe);
    if (status == OCTET_OK && same) {
        cli_evidence_copy(&c->evidence, &reference->evidence);
        c->n_same++;
    } else if (status == OCTET_OK) {
        status = score_image(d, c, &view, i, err);
    }
    octet_image_free(&own);
    return status;
}

static octet_status see_images(cli_doctor *d, const cli_stage *stage, cli_candidate *c, size_t n, octet_error *err)
{
    if (c->evidence.n_seen < n)
        CLI_TRY(cli_classifier_bind(&d->engines[c->engine].classifier, &c->recipe, err));
    while (c->evidence.n_seen < n) {
        CLI_TRY(see_image(d, stage, c, err));
        cli_progress_show(&d->progress, ++d->n_done);
    }
    cli_evidence_settle(&c->evidence, d->images.classes, &d->offsets);
    return OCTET_OK;
}

/* ---- rank ---- */

/* More right; of as many the smaller cross-entropy. */
static bool is_ahead(const cli_evidence *a, const cli_evidence *b)
{
    return a->n_right > b->n_right || (a->n_right == b->n_right && a->cross_entropy < b->cross_entropy);
}

/* As is_ahead, but numbers of right answers that McNemar's test does not tell from the largest count as equal to it. */
static bool ranks_before(const cli_doctor *d, const cli_candidate *most, const cli_candidate *a, const cli_candidate *b)
{
    const int *truths = d->images.classes;
    if (a->dropped != b->dropped)
        return b->dropped;
    if (a->dropped)
        return a->evidence.cross_entropy < b->evidence.cross_entropy;
    bool top_a = cli_evidence_mcnemar(&most->evidence, &a->evidence, truths, &d->offsets) >= LIKELY_CHANCE;
    bool top_b = cli_evidence_mcnemar(&most->evidence, &b->evidence, truths, &d->offsets) >= LIKELY_CHANCE;
    if (top_a != top_b)
        return top_a;
    return top_a ? a->evidence.cross_entropy < b->evidence.cross_entropy : is_ahead(&a->evidence, &b->evidence);
}

/* Sort n candidates, the best first; equal ones stay as they were. */
static void rank(const cli_doctor *d, int *members, int n)
{
    int most = -1;
    for (int i = 0; i < n; i++) {
        const cli_candidate *c = &d->candidates[members[i]];
        if (!c->dropped && (most < 0 || is_ahead(&c->evidence, &d->candidates[most].evidence)))
            most = members[i];
    }
    for (int i = 1; i < n; i++) {
        int moved = members[i], at = i;
        for (; at > 0 && ranks_before(d, &d->candidates[most], &d->candidates[moved], &d->candidates[members[at - 1]]); at--)
            members[at] = members[at - 1];
        members[at] = moved;
    }
}

/* ---- races ---- */

static bool is_hopeless(const cli_candidate *leader, const cli_candidate *c)
{
    cli_lead lead = cli_evidence_lead(&leader->evidence, &c->evidence);
    return lead.nats > 0 && cli_lead_is_final(&lead);
}

static void drop_hopeless(cli_doctor *d, cli_stage *stage)
{
    const cli_candidate *leader = NULL;
    for (int i = 0; i < stage->n; i++) {
        const cli_candidate *c = &d->candidates[stage->members[i]];
        if (!c->dropped && (!leader || cli_evidence_lead(&c->evidence, &leader->evidence).nats > 0))
            leader = c;
    }
    for (int i = 0; i < stage->n; i++) {
        cli_candidate *c = &d->candidates[stage->members[i]];
        if (c->dropped || !is_hopeless(leader, c))
            continue;
        c->dropped = true;
        d->progress.total -= d->images.n - c->evidence.n_seen;
    }
}

static octet_status see_all(cli_doctor *d, cli_stage *stage, size_t n, octet_error *err)
{
    for (int i = 0; i < stage->n; i++)
        if (!d->candidates[stage->members[i]].dropped)
            CLI_TRY(see_images(d, stage, &d->candidates[stage->members[i]], n, err));
    return OCTET_OK;
}

/* Images that are left to see, all candidates together. */
static size_t n_to_see(const cli_doctor *d, const cli_stage *stage)
{
    size_t n = 0;
    for (int i = 0; i < stage->n; i++) {
        const cli_candidate *c = &d->candidates[stage->members[i]];
        n += c->dropped ? 0 : d->images.n - c->evidence.n_seen;
    }
    return n;
}

static octet_status race(cli_doctor *d, cli_stage *stage, octet_error *err)
{
    for (int e = 0; e < d->n_engines; e++) {
        int first = stage->reference < 0 ? stage->members[0] : stage->reference;
        const octet_recipe *kept = d->candidates[first].engine == e ? &d->candidates[first].recipe : &d->engines[e].start;
        CLI_TRY(cli_fitted_use(&d->engines[e].fitted, kept, d->images.n, err));
    }
    cli_progress_begin(&d->progress, n_to_see(d, stage), 0);
    d->n_done = 0;
    octet_status status = OCTET_OK;
    for (size_t n = FIRST_IMAGES; n < d->images.n && status == OCTET_OK; n *= 2) {
        status = see_all(d, stage, n, err);
        drop_hopeless(d, stage);
    }
    if (status == OCTET_OK)
        status = see_all(d, stage, d->images.n, err);
    cli_progress_end(&d->progress);
    CLI_TRY(status);
    rank(d, stage->members, stage->n);
    for (int i = 0; i < stage->n; i++)
        stage->n_left += !d->candidates[stage->members[i]].dropped;
    return OCTET_OK;
}

/* ---- stages ---- */

static cli_stage *new_stage(cli_doctor *d, cli_stage_kind kind, int reference)
{
    d->stages[d->n_stages] = (cli_stage){.kind = kind, .reference = reference};
    return &d->stages[d->n_stages++];
}

/* The candidate that a stage leaves: the reference if it is not told from the first. Otherwise, of those within a standard
 * error of the first, the one that was added first, which is the most usual one. */
static int best_of(const cli_doctor *d, const cli_stage *stage)
{
    const cli_evidence *first = &d->candidates[stage->members[0]].evidence;
    int best = stage->members[0];
    if (stage->reference >= 0 && !d->candidates[stage->reference].dropped) {
        cli_lead lead = cli_evidence_lead(first, &d->candidates[stage->reference].evidence);
        if (!cli_lead_tells(&lead))
            return stage->reference;
    }
    for (int i = 0; i < stage->n; i++) {
        const cli_candidate *c = &d->candidates[stage->members[i]];
        cli_lead lead = cli_evidence_lead(first, &c->evidence);
        if (!c->dropped && stage->members[i] < best && cli_lead_is_slight(&lead))
            best = stage->members[i];
    }
    return best;
}

/* The recipe of `from` with a family and an order; what is fixed stays. */
static cli_candidate with_numbers(const cli_doctor *d, const cli_candidate *from, const cli_family *family,
                                  octet_channel_order order)
{
    cli_candidate c = *from;
    c.recipe.order = order;
    c.family = family;
    if (family && !cli_doctor_input(d, from)->raw)
        cli_family_apply(&c.recipe, family);
    if (d->fixed.mean)
        memcpy(c.recipe.mean, from->recipe.mean, sizeof from->recipe.mean);
    if (d->fixed.scale)
        memcpy(c.recipe.scale, from->recipe.scale, sizeof from->recipe.scale);
    if (d->fixed.mean && d->fixed.scale)
        c.family = NULL;
    return c;
}

static octet_status add_orders(cli_doctor *d, cli_stage *stage, const cli_candidate *from, const cli_family *family,
                               octet_error *err)
{
    static const octet_channel_order orders[] = {OCTET_RGB, OCTET_BGR};
    for (int i = 0; i < 2; i++) {
        bool searched = from->recipe.order != OCTET_GRAY && !d->fixed.order;
        if (!searched && i > 0)
            break;
        cli_candidate c = with_numbers(d, from, family, searched ? orders[i] : from->recipe.order);
        CLI_TRY(add(d, stage, &c, NULL, err));
    }
    return OCTET_OK;
}

/* Run a stage unless it has nothing new: there were n_before candidates before. */
static octet_status run_stage(cli_doctor *d, cli_stage *stage, int n_before, octet_error *err)
{
    if (d->n_candidates == n_before) {
        d->n_stages--;
        return OCTET_OK;
    }
    CLI_TRY(race(d, stage, err));
    d->winner = stage->outcome = best_of(d, stage);
    return OCTET_OK;
}

static octet_status search_numbers(cli_doctor *d, octet_error *err)
{
    cli_stage *stage = new_stage(d, CLI_STAGE_NUMBERS, -1);
    for (int e = 0; e < d->n_engines; e++) {
        const cli_image_input *input = &d->engines[e].classifier.input;
        const cli_candidate start = {.engine = e, .recipe = d->engines[e].start};
        const cli_family *family;
        cli_family_kind last = CLI_FAMILY_N_KINDS;
        for (int i = 0; !input->raw && (family = cli_family_at(input->channels, i)); i++) {
            if (family->kind != last)
                CLI_TRY(add_orders(d, stage, &start, family, err));
            last = family->kind;
        }
        if (input->raw)
            CLI_TRY(add_orders(d, stage, &start, NULL, err));
        if (d->has_claims)
            CLI_TRY(add(d, stage, &start, e == 0 ? &d->claim : NULL, err));
    }
    stage->reference = d->claim;
    return run_stage(d, stage, 0, err);
}

bool cli_doctor_is_tied(const cli_doctor *d, int candidate)
{
    const cli_candidate *c = &d->candidates[candidate];
    cli_lead lead = cli_evidence_lead(&d->candidates[d->winner].evidence, &c->evidence);
    return !c->dropped && !(lead.nats > 0 && cli_lead_tells(&lead));
}

/* A candidate of the first stage that is not told from the best stands for its whole kind, in its order. */
static octet_status search_variants(cli_doctor *d, octet_error *err)
{
    const cli_stage *numbers = &d->stages[d->n_stages - 1];
    cli_stage *stage = new_stage(d, CLI_STAGE_VARIANTS, d->claim);
    const int n_before = d->n_candidates;
    const cli_family *family;
    for (int m = 0; m < numbers->n; m++) {
        const cli_candidate *c = &d->candidates[numbers->members[m]];
        if (!cli_doctor_is_tied(d, numbers->members[m]))
            continue;
        CLI_TRY(add(d, stage, c, NULL, err));
        for (int i = 0; c->family && (family = cli_family_at(cli_doctor_input(d, c)->channels, i)); i++) {
            const cli_candidate variant = with_numbers(d, c, family, c->recipe.order);
            if (family->kind == c->family->kind)
                CLI_TRY(add(d, stage, &variant, NULL, err));
        }
    }
    return run_stage(d, stage, n_before, err);
}

static octet_status search_geometry(cli_doctor *d, octet_error *err)
{
    const cli_candidate winner = d->candidates[d->winner];
    octet_recipe recipes[CLI_MOST_GEOMETRIES];
    int n = cli_doctor_geometries(recipes, &winner.recipe, cli_doctor_input(d, &winner), &d->fixed);
    cli_stage *stage = new_stage(d, CLI_STAGE_GEOMETRY, d->winner);
    const int n_before = d->n_candidates;
    CLI_TRY(add(d, stage, &winner, NULL, err));
    for (int i = 0; i < n; i++) {
        cli_candidate c = winner;
        c.recipe = recipes[i];
        CLI_TRY(add(d, stage, &c, NULL, err));
    }
    return run_stage(d, stage, n_before, err);
}

static octet_status search_dialect(cli_doctor *d, octet_error *err)
{
    const cli_candidate winner = d->candidates[d->winner];
    cli_stage *stage = new_stage(d, CLI_STAGE_DIALECT, d->winner);
    const int n_before = d->n_candidates;
    CLI_TRY(add(d, stage, &winner, NULL, err));
    for (int i = 0; !d->fixed.dialect && cli_doctor_dialect(i) != OCTET_RESIZE_N_DIALECTS; i++) {
        cli_candidate c = winner;
        c.recipe.dialect = cli_doctor_dialect(i);
        CLI_TRY(add(d, stage, &c, NULL, err));
    }
    return run_stage(d, stage, n_before, err);
}

/* `before`: the winner of the numbers. */
static octet_status search_again(cli_doctor *d, int before, const cli_stage *numbers, octet_error *err)
{
    const cli_candidate winner = d->candidates[d->winner];
    if (cli_same_geometry(&winner.recipe, &d->candidates[before].recipe))
        return OCTET_OK;
    cli_stage *stage = new_stage(d, CLI_STAGE_AGAIN, d->winner);
    const int n_before = d->n_candidates;
    CLI_TRY(add(d, stage, &winner, NULL, err));
    for (int m = 0; m < numbers->n; m++) {
        const cli_candidate *old = &d->candidates[numbers->members[m]];
        cli_lead lead = cli_evidence_lead(&d->candidates[before].evidence, &old->evidence);
        if (old->engine != winner.engine || old->dropped || cli_lead_tells(&lead))
            continue;
        cli_candidate c = winner;
        c.family = old->family;
        c.recipe.order = old->recipe.order;
        memcpy(c.recipe.mean, old->recipe.mean, sizeof c.recipe.mean);
        memcpy(c.recipe.scale, old->recipe.scale, sizeof c.recipe.scale);
        CLI_TRY(add(d, stage, &c, NULL, err));
    }
    return run_stage(d, stage, n_before, err);
}

octet_status cli_doctor_search(cli_doctor *d, octet_error *err)
{
    CLI_TRY(search_numbers(d, err));
    CLI_TRY(search_variants(d, err));
    const int before = d->winner;
    const cli_stage *numbers = &d->stages[d->n_stages - 1];
    if (!d->sized && cli_doctor_knows(d)) {
        CLI_TRY(search_geometry(d, err));
        CLI_TRY(search_dialect(d, err));
        CLI_TRY(search_again(d, before, numbers, err));
    }
    if (d->claim >= 0 && cli_doctor_is_tied(d, d->claim))
        d->winner = d->claim;
    return OCTET_OK;
}

bool cli_doctor_knows(const cli_doctor *d)
{
    const cli_evidence *e = &d->candidates[d->winner].evidence;
    double p = cli_evidence_chance(e, d->images.classes, &d->offsets);
    return p * d->n_candidates * d->offsets.n < LIKELY_CHANCE;
}
