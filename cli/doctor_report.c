/* The text of octet doctor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_report.h"

#include <stdio.h>
#include <string.h>

#include "accuracy.h"

/* ---- candidates in words ---- */

const char *cli_stage_name(cli_stage_kind kind)
{
    static const char *const names[] = {"numbers", "variants", "geometry", "dialect", "again"};
    return names[kind];
}

static void numbers_part(char text[CLI_RECIPE_TEXT_SIZE], const cli_doctor *d, const cli_candidate *c)
{
    char numbers[CLI_RECIPE_TEXT_SIZE];
    const cli_image_input *input = cli_doctor_input(d, c);
    const char *order = octet_channel_order_name(c->recipe.order), *layout = octet_pixel_layout_name(input->layout);
    bool two = d->n_engines > 1;
    int used = snprintf(text, CLI_RECIPE_TEXT_SIZE, "%s%s%s", order, two ? " " : "", two ? layout : "");
    if (input->raw)
        return;
    snprintf(text + used, CLI_RECIPE_TEXT_SIZE - (size_t)used, " %.300s%s%.60s%s",
             cli_recipe_numbers(numbers, &c->recipe, input->channels), c->family ? "  [" : "", c->family ? c->family->name : "",
             c->family ? "]" : "");
}

const char *cli_doctor_part(char text[CLI_RECIPE_TEXT_SIZE], const cli_doctor *d, const cli_candidate *c, cli_stage_kind kind)
{
    if (kind == CLI_STAGE_GEOMETRY)
        cli_recipe_geometry(text, &c->recipe);
    else if (kind == CLI_STAGE_DIALECT)
        snprintf(text, CLI_RECIPE_TEXT_SIZE, "%s", octet_resize_dialect_name(c->recipe.dialect));
    else
        numbers_part(text, d, c);
    return text;
}

const char *cli_doctor_flags(char text[CLI_DOCTOR_FLAGS_SIZE], const cli_doctor *d, const cli_candidate *c)
{
    char flags[CLI_RECIPE_TEXT_SIZE];
    const cli_image_input *input = cli_doctor_input(d, c);
    const cli_recipe_parts parts = {.geometry = !d->sized, .layout = d->n_engines > 1 || d->fixed.layout,
                                    .numbers = !input->raw};
    cli_recipe_as_flags(flags, &c->recipe, input->channels, parts);
    int offset = d->offsets.first + c->evidence.reading.offset;
    bool usual = offset == (d->engines[0].classifier.n_scores == CLI_IMAGENET_CLASSES + 1);
    char class_offset[32] = "";
    if (!usual)
        snprintf(class_offset, sizeof class_offset, " --class-offset %d", offset);
    snprintf(text, CLI_DOCTOR_FLAGS_SIZE, "%s%s", flags, class_offset);
    return text;
}

int cli_doctor_ties(int ties[CLI_MOST_CANDIDATES], const cli_doctor *d, bool same)
{
    int n = 0;
    for (int i = 0; i < d->n_candidates; i++) {
        const cli_candidate *c = &d->candidates[i];
        cli_lead lead = cli_evidence_lead(&d->candidates[d->winner].evidence, &c->evidence);
        bool is_same = c->n_same == d->images.n && lead.standard_errors == 0;
        if (i != d->winner && cli_doctor_is_tied(d, i) && is_same == same)
            ties[n++] = i;
    }
    return n;
}

/* ---- the tables ---- */

static void print_numbers_title(const cli_doctor *d, const cli_stage *stage)
{
    char geometry[CLI_RECIPE_TEXT_SIZE];
    const cli_candidate *c = &d->candidates[stage->members[0]];
    const bool numbers = !cli_doctor_input(d, c)->raw && !(d->fixed.mean && d->fixed.scale);
    const bool order = c->recipe.order != OCTET_GRAY && !d->fixed.order;
    printf("%s%s%s%s", numbers ? "mean and scale, one of each kind" : "", numbers && order ? "; " : "", order ? "order" : "",
           d->n_engines > 1 ? "; layout" : "");
    if (!numbers && !order && d->n_engines == 1)
        printf("as given");
    if (!d->sized)
        printf(" (%s, %s)", cli_recipe_geometry(geometry, &c->recipe), octet_resize_dialect_name(c->recipe.dialect));
}

static void print_stage_title(const cli_doctor *d, const cli_stage *stage)
{
    static const char *const titles[] = {
        "", "variants of those that cannot be told from the best", "resize and crop", "resize dialect",
        "again, with the new resize and crop",
    };
    putchar('\n');
    if (stage->kind == CLI_STAGE_NUMBERS)
        print_numbers_title(d, stage);
    printf("%s", titles[stage->kind]);
    puts("\nrank   top-1   95 % interval   cross-entropy  images  candidate");
}

static void print_candidate(const cli_doctor *d, const cli_stage *stage, int position)
{
    char part[CLI_RECIPE_TEXT_SIZE], place[16] = "- ";
    const cli_candidate *c = &d->candidates[stage->members[position]];
    const cli_evidence *e = &c->evidence;
    cli_proportion p = cli_wilson(e->n_right, e->n_seen);
    if (position < stage->n_left)
        snprintf(place, sizeof place, "%d%s", position + 1, stage->members[position] == stage->outcome ? "*" : " ");
    printf("%5s %5.1f %%  %4.1f to %5.1f %%  %14.4f  %6zu  %s%s\n", place, 100 * p.value, 100 * p.low, 100 * p.high,
           e->cross_entropy, e->n_seen, cli_doctor_part(part, d, c, stage->kind),
           c->n_same == d->images.n ? " (the same pixels)" : "");
}

static void print_stages(const cli_doctor *d)
{
    for (int s = 0; s < d->n_stages; s++) {
        const cli_stage *stage = &d->stages[s];
        print_stage_title(d, stage);
        for (int i = 0; i < stage->n; i++)
            print_candidate(d, stage, i);
    }
    putchar('\n');
}

/* ---- what comes out ---- */

bool cli_doctor_is_open(const cli_doctor *d, cli_doctor_open_part part)
{
    const cli_candidate *w = &d->candidates[d->winner];
    for (int i = 0; i < d->n_candidates; i++) {
        const cli_candidate *c = &d->candidates[i];
        octet_recipe dialect = c->recipe;
        dialect.dialect = w->recipe.dialect;
        const bool differs[] = {
            [CLI_OPEN_LAYOUT] = c->engine != w->engine,
            [CLI_OPEN_ORDER] = c->recipe.order != w->recipe.order,
            [CLI_OPEN_NUMBERS] = c->family != w->family,
            [CLI_OPEN_GEOMETRY] = !cli_same_geometry(&dialect, &w->recipe),
            [CLI_OPEN_DIALECT] = c->recipe.dialect != w->recipe.dialect,
        };
        if (differs[part] && cli_doctor_is_tied(d, i))
            return true;
    }
    return false;
}

const char *cli_doctor_open_name(cli_doctor_open_part part)
{
    static const char *const names[] = {"layout", "order", "mean and scale", "resize and crop", "dialect"};
    return names[part];
}

bool cli_doctor_is_searched(const cli_doctor *d, cli_doctor_open_part part)
{
    const bool searched[] = {
        [CLI_OPEN_LAYOUT] = d->n_engines > 1,
        [CLI_OPEN_ORDER] = d->candidates[d->winner].recipe.order != OCTET_GRAY && !d->fixed.order,
        [CLI_OPEN_NUMBERS] = !cli_doctor_input(d, &d->candidates[d->winner])->raw && !(d->fixed.mean && d->fixed.scale),
        [CLI_OPEN_GEOMETRY] = !d->sized && !d->fixed.resize,
        [CLI_OPEN_DIALECT] = !d->sized && !d->fixed.dialect,
    };
    return searched[part];
}

/* "settled     order" and "open        mean and scale, dialect" */
static void print_open_parts(const cli_doctor *d)
{
    for (int open = 0; open < 2; open++) {
        int n = 0;
        for (cli_doctor_open_part part = 0; part < CLI_OPEN_N_PARTS; part++)
            if (cli_doctor_is_searched(d, part) && cli_doctor_is_open(d, part) == open)
                printf("%s%s", n++ ? ", " : open ? "open        " : "settled     ", cli_doctor_open_name(part));
        if (n)
            putchar('\n');
    }
}

static void print_difference(const cli_doctor *d, const cli_candidate *c)
{
    char part[CLI_RECIPE_TEXT_SIZE];
    const octet_recipe *w = &d->candidates[d->winner].recipe, *r = &c->recipe;
    octet_recipe dialect = *r;
    dialect.dialect = w->dialect;
    const char *by = "";
    if (c->family != d->candidates[d->winner].family || r->order != w->order || c->engine != d->candidates[d->winner].engine) {
        printf("%s", cli_doctor_part(part, d, c, CLI_STAGE_NUMBERS));
        by = ", ";
    }
    if (!cli_same_geometry(&dialect, w)) {
        printf("%s%s", by, cli_doctor_part(part, d, c, CLI_STAGE_GEOMETRY));
        by = ", ";
    }
    if (r->dialect != w->dialect)
        printf("%s%s", by, cli_doctor_part(part, d, c, CLI_STAGE_DIALECT));
}

static void print_ties(const cli_doctor *d)
{
    int ties[CLI_MOST_CANDIDATES];
    const cli_evidence *best = &d->candidates[d->winner].evidence;
    int n = cli_doctor_ties(ties, d, false);
    if (n == 0)
        return;
    if (n == 1)
        printf("            this candidate cannot be told from it with %zu images:\n", best->n_seen);
    else
        printf("            these %d candidates cannot be told from it with %zu images:\n", n, best->n_seen);
    for (int i = 0; i < n; i++) {
        const cli_candidate *c = &d->candidates[ties[i]];
        printf("              ");
        print_difference(d, c);
        printf(": %zu of %zu, cross-entropy %+.4f\n", c->evidence.n_right, c->evidence.n_seen,
               c->evidence.cross_entropy - best->cross_entropy);
    }
}

static void print_same(const cli_doctor *d)
{
    int ties[CLI_MOST_CANDIDATES];
    int n = cli_doctor_ties(ties, d, true);
    if (n == 0)
        return;
    printf("            these give the same pixels on these images: ");
    for (int i = 0; i < n; i++) {
        printf("%s", i ? "; " : "");
        print_difference(d, &d->candidates[ties[i]]);
    }
    putchar('\n');
}

static void print_evidence(const cli_doctor *d)
{
    int ties[CLI_MOST_CANDIDATES];
    int n_told = d->n_candidates - 1 - cli_doctor_ties(ties, d, false) - cli_doctor_ties(ties, d, true);
    print_open_parts(d);
    if (d->n_candidates == 1)
        puts("evidence    everything is given, so that nothing was searched");
    else
        printf("evidence    the images tell it from %d of the %d other candidates\n", n_told, d->n_candidates - 1);
    print_ties(d);
    print_same(d);
    if (d->sized)
        puts("            the images have the size of the input already, so that resize and crop are not known");
    if (cli_doctor_input(d, &d->candidates[d->winner])->raw)
        puts("            the input is uint8 and takes the pixels as they are: mean and scale are in the model and not searched");
}

static void print_recipe(const char *title, const cli_doctor *d, const cli_candidate *c)
{
    char text[OCTET_RECIPE_TEXT_SIZE];
    if (octet_recipe_format(text, sizeof text, &c->recipe, cli_doctor_input(d, c)->channels, NULL) == OCTET_OK)
        printf("%s%s\n", title, text);
}

static const char *claimant(char text[CLI_RECIPE_TEXT_SIZE], const cli_doctor *d)
{
    const char *file = d->opts->recipe->config_path;
    snprintf(text, CLI_RECIPE_TEXT_SIZE, file ? "'%s' says" : "the metadata of the model say", file);
    return text;
}

static void print_claim(const cli_doctor *d)
{
    if (d->claim < 0)
        return;
    const cli_candidate *c = &d->candidates[d->claim], *w = &d->candidates[d->winner];
    char name[CLI_RECIPE_TEXT_SIZE];
    printf("file        %s %s", claimant(name, d), d->claim == d->winner ? "the same\n" : "something else:\n");
    if (d->claim == d->winner)
        return;
    print_recipe("  the file    ", d, c);
    print_recipe("  the images  ", d, w);
    printf("            with what the file says %zu of %zu are right, cross-entropy %.4f; with what the images say %zu of %zu, %.4f\n",
           c->evidence.n_right, c->evidence.n_seen, c->evidence.cross_entropy, w->evidence.n_right, w->evidence.n_seen,
           w->evidence.cross_entropy);
}

static void print_found(const cli_doctor *d)
{
    char flags[CLI_DOCTOR_FLAGS_SIZE];
    const cli_candidate *c = &d->candidates[d->winner];
    cli_proportion p = cli_wilson(c->evidence.n_right, c->evidence.n_seen);
    printf("top-1       %.2f %%  %zu of %zu, 95 %% interval %.2f to %.2f %%\n", 100 * p.value, c->evidence.n_right,
           c->evidence.n_seen, 100 * p.low, 100 * p.high);
    print_recipe("recipe      ", d, c);
    if (c->family)
        printf("known as    %s: %s\n", c->family->name, c->family->source);
    printf("flags       %s\n", cli_doctor_flags(flags, d, c));
    print_evidence(d);
    print_claim(d);
}

void cli_doctor_print_text(const cli_doctor *d)
{
    const cli_doctor_opts *opts = d->opts;
    const int n_threads = opts->model->n_threads ? opts->model->n_threads : 1;
    printf("model       %s, CPU level %s, %d thread%s\n", opts->path, d->engines[0].classifier.cpu, n_threads,
           n_threads > 1 ? "s" : "");
    printf("images      %zu of %s", d->images.n, opts->images->path);
    if (d->images.n_failed)
        printf(", %zu more could not be used", d->images.n_failed);
    putchar('\n');
    print_stages(d);
    if (cli_doctor_knows(d))
        print_found(d);
}
