/* The JSON document of octet doctor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_report.h"
#include "report_json.h"

static cJSON *candidate_item(const cli_doctor *d, const cli_candidate *c)
{
    cJSON *item = cJSON_CreateObject();
    const cli_image_input *input = cli_doctor_input(d, c);
    cli_json_add_text(item, "family", c->family ? c->family->name : NULL);
    cli_json_add_recipe(item, &c->recipe, input->channels, input->raw);
    cJSON_AddNumberToObject(item, "class_offset", d->offsets.first + c->evidence.reading.offset);
    cli_json_add_proportion(item, "top1", c->evidence.n_right, c->evidence.n_seen);
    cli_json_add_double(item, "cross_entropy", c->evidence.cross_entropy);
    return item;
}

static void add_stages(cJSON *document, const cli_doctor *d)
{
    cJSON *stages = cJSON_AddArrayToObject(document, "stages");
    for (int s = 0; s < d->n_stages; s++) {
        const cli_stage *stage = &d->stages[s];
        cJSON *out = cJSON_CreateObject();
        cJSON_AddItemToArray(stages, out);
        cli_json_add_text(out, "stage", cli_stage_name(stage->kind));
        cJSON *candidates = cJSON_AddArrayToObject(out, "candidates");
        for (int i = 0; i < stage->n; i++) {
            const cli_candidate *c = &d->candidates[stage->members[i]];
            cJSON *item = candidate_item(d, c);
            cJSON_AddBoolToObject(item, "dropped", i >= stage->n_left);
            cJSON_AddBoolToObject(item, "same_pixels", c->n_same == d->images.n);
            cJSON_AddItemToArray(candidates, item);
        }
    }
}

static void add_found(cJSON *document, const cli_doctor *d)
{
    char text[OCTET_RECIPE_TEXT_SIZE], flags[CLI_DOCTOR_FLAGS_SIZE];
    if (!cli_doctor_knows(d)) {
        cJSON_AddNullToObject(document, "found");
        return;
    }
    const cli_candidate *c = &d->candidates[d->winner];
    cJSON *found = candidate_item(d, c);
    cJSON_AddItemToObject(document, "found", found);
    octet_recipe_format(text, sizeof text, &c->recipe, cli_doctor_input(d, c)->channels, NULL);
    cli_json_add_text(found, "text", text);
    cli_json_add_text(found, "flags", cli_doctor_flags(flags, d, c));
    cJSON_AddBoolToObject(found, "geometry_known", !d->sized);
}

static void add_ties(cJSON *document, const cli_doctor *d, const char *name, bool same)
{
    int ties[CLI_MOST_CANDIDATES];
    int n = cli_doctor_knows(d) ? cli_doctor_ties(ties, d, same) : 0;
    cJSON *out = cJSON_AddArrayToObject(document, name);
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(out, candidate_item(d, &d->candidates[ties[i]]));
}

static void add_parts(cJSON *document, const cli_doctor *d, const char *name, bool open)
{
    cJSON *out = cJSON_AddArrayToObject(document, name);
    for (cli_doctor_open_part part = 0; cli_doctor_knows(d) && part < CLI_OPEN_N_PARTS; part++)
        if (cli_doctor_is_searched(d, part) && cli_doctor_is_open(d, part) == open)
            cli_json_append_text(out, cli_doctor_open_name(part));
}

octet_status cli_doctor_print_json(const cli_doctor *d, octet_error *err)
{
    const cli_doctor_opts *opts = d->opts;
    cJSON *document = cJSON_CreateObject();
    cli_json_add_text(document, "model", opts->path);
    cli_json_add_text(document, "cpu", d->engines[0].classifier.cpu);
    cJSON_AddNumberToObject(document, "threads", opts->model->n_threads ? opts->model->n_threads : 1);
    cli_json_add_text(document, "images", opts->images->path);
    cli_json_add_int(document, "evaluated", d->images.n);
    cli_json_add_int(document, "failed", d->images.n_failed);
    cJSON_AddNumberToObject(document, "candidates", d->n_candidates);
    add_stages(document, d);
    add_found(document, d);
    add_parts(document, d, "settled", false);
    add_parts(document, d, "open", true);
    add_ties(document, d, "not_told_apart", false);
    add_ties(document, d, "same_pixels", true);
    if (d->claim >= 0)
        cJSON_AddItemToObject(document, "file", candidate_item(d, &d->candidates[d->claim]));
    else
        cJSON_AddNullToObject(document, "file");
    return cli_json_print(document, err);
}
