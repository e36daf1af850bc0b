/* SPDX-License-Identifier: Apache-2.0 */
#include "fold_report.h"

#include <stdio.h>

#include "model_flags.h"
#include "report_json.h"

static const char *placement_name(octet_fold_placement placement)
{
    return placement == OCTET_FOLD_RGBX ? "rgbx" : "layer";
}

/* ---- text ---- */

static void print_numbers(const char *title, const float *values, int n)
{
    printf(" %s ", title);
    for (int i = 0; i < n; i++)
        printf("%s%.9g", i ? "," : "", (double)values[i]);
}

static void print_found(const octet_fold_found *found)
{
    printf("  found     the model normalizes by itself, from node '%s' to '%s':", found->first, found->last);
    print_numbers("mean", found->mean, found->channels);
    print_numbers("scale", found->scale, found->channels);
    puts("\n            nothing was added");
}

static void print_proof(const octet_proof *proof)
{
    printf("  proof     %d images; largest difference %.3g of an output up to %.4g: %.2g, tolerance %g\n", proof->n_images,
           proof->largest_difference, proof->largest_logit, proof->relative, proof->tolerance);
    for (int kind = 0; kind < OCTET_PROOF_N_KINDS; kind++)
        if (proof->n_by_kind[kind])
            printf("            %-10s %4d  %.2g\n", octet_proof_kind_name((octet_proof_kind)kind), proof->n_by_kind[kind],
                   proof->relative_by_kind[kind]);
}

void cli_fold_print(const cli_fold_report *r)
{
    char pixels[OCTET_PIXELS_NAME_SIZE], recipe[OCTET_RECIPE_TEXT_SIZE];
    if (r->written)
        printf("%s%s\n", r->out, !r->opts ? ": the original, byte for byte" : r->info.unchanged ? ": unchanged" : "");
    else
        printf("%s: not written\n", r->out);
    if (!r->opts)
        return;
    if (r->info.found.input) {
        print_found(&r->info.found);
        return;
    }
    printf("  input     '%s': uint8 pixels, %s\n", r->info.input, octet_pixels_name(pixels, &r->opts->pixels));
    printf("  placement %s%s\n", placement_name(r->opts->placement),
           r->opts->placement == OCTET_FOLD_RGBX ? "; the fourth channel of the pixels must be 255" : "");
    if (octet_recipe_format(recipe, sizeof recipe, &r->opts->recipe, r->channels, NULL) == OCTET_OK)
        printf("  recipe    %s\n", recipe);
    if (r->info.output)
        printf("  output    '%s': %s\n", r->info.output,
               r->opts->tail == OCTET_FOLD_ARGMAX ? "number of the best class" : "probabilities");
    if (r->proof)
        print_proof(r->proof);
}

/* ---- JSON ---- */

static void add_numbers(cJSON *object, const char *name, const float *values, int n)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(array, cJSON_CreateNumber((double)values[i]));
}

static void add_found(cJSON *document, const octet_fold_found *found)
{
    if (!found->input) {
        cJSON_AddNullToObject(document, "found");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(document, "found");
    cli_json_add_text(object, "first", found->first);
    cli_json_add_text(object, "last", found->last);
    add_numbers(object, "mean", found->mean, found->channels);
    add_numbers(object, "scale", found->scale, found->channels);
}

static void add_proof(cJSON *document, const octet_proof *proof)
{
    cJSON *object = cJSON_AddObjectToObject(document, "proof");
    cli_json_add_double(object, "tolerance", proof->tolerance);
    cli_json_add_double(object, "relative", proof->relative);
    cli_json_add_double(object, "largest_difference", proof->largest_difference);
    cli_json_add_double(object, "largest_logit", proof->largest_logit);
    cli_json_add_text(object, "output", proof->output[0] ? proof->output : NULL);
    cli_json_add_int(object, "images", (uint64_t)proof->n_images);
    cJSON_AddBoolToObject(object, "varies", proof->varies);
    cJSON *kinds = cJSON_AddObjectToObject(object, "relative_by_kind");
    for (int kind = 0; kind < OCTET_PROOF_N_KINDS; kind++)
        if (proof->n_by_kind[kind])
            cli_json_add_double(kinds, octet_proof_kind_name((octet_proof_kind)kind), proof->relative_by_kind[kind]);
}

static void add_fold(cJSON *document, const cli_fold_report *r)
{
    static const char *const tails[] = {NULL, "softmax", "argmax"};
    char pixels[OCTET_PIXELS_NAME_SIZE], recipe[OCTET_RECIPE_TEXT_SIZE] = "";
    (void)octet_recipe_format(recipe, sizeof recipe, &r->opts->recipe, r->channels, NULL);
    cli_json_add_text(document, "input", r->info.input);
    cli_json_add_text(document, "placement", placement_name(r->opts->placement));
    cli_json_add_text(document, "pixels", octet_pixels_name(pixels, &r->opts->pixels));
    cli_json_add_text(document, "recipe", recipe);
    cli_json_add_text(document, "output", r->info.output);
    cli_json_add_text(document, "tail", tails[r->opts->tail]);
    add_found(document, &r->info.found);
    if (r->proof)
        add_proof(document, r->proof);
    else
        cJSON_AddNullToObject(document, "proof");
}

octet_status cli_fold_print_json(const cli_fold_report *r, octet_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cli_json_add_text(document, "model", r->model);
    cli_json_add_text(document, "out", r->out);
    cJSON_AddBoolToObject(document, "written", r->written);
    cJSON_AddBoolToObject(document, "unfolded", !r->opts);
    if (r->opts) {
        cJSON_AddBoolToObject(document, "unchanged", r->info.unchanged);
        add_fold(document, r);
    }
    return cli_json_print(document, err);
}
