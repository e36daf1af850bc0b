/* octet bench for programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"
#include "report_json.h"

static void add_image(cJSON *document, const cli_bench *b)
{
    cJSON *image = cJSON_AddObjectToObject(document, "image");
    cli_json_add_text(image, "path", b->image_path);
    cli_json_add_int(image, "bytes", b->n_file);
    cJSON_AddNumberToObject(image, "width", b->width);
    cJSON_AddNumberToObject(image, "height", b->height);
    cJSON_AddNumberToObject(image, "channels", b->channels);
}

static void add_numbers(cJSON *entry, const cli_bench_summary *s, int stage)
{
    cli_json_add_double(entry, "least_ns", s->least_ns[stage]);
    cli_json_add_double(entry, "median_ns", s->median_ns[stage]);
    cli_json_add_double(entry, "p95_ns", s->p95_ns[stage]);
    cli_json_add_int(entry, "bytes_moved", s->bytes[stage]);
}

static void add_estimate(cJSON *object, const char *name, const cli_estimate *e)
{
    cJSON *entry = cJSON_AddObjectToObject(object, name);
    cli_json_add_double(entry, "median", e->median);
    cJSON_AddItemToObject(entry, "interval_95", e->has_interval ? cJSON_CreateDoubleArray((double[]){e->low, e->high}, 2)
                                                                 : cJSON_CreateNull());
}

static void add_comparison(cJSON *entry, const cli_bench *b, const cli_bench_pipeline *p)
{
    char text[CLI_BENCH_SENTENCE_SIZE];
    cJSON *against = cJSON_AddObjectToObject(entry, "against_first");
    add_estimate(against, "speed_up", &p->comparison.whole);
    add_estimate(against, "speed_up_without_decode_and_resize", &p->comparison.behind);
    add_estimate(against, "speed_up_of_cpu_time", &p->comparison.cpu);
    cli_json_add_double(against, "difference", p->comparison.difference);
    cJSON_AddBoolToObject(against, "same_best", p->comparison.same_best);
    cli_json_add_text(against, "verdict", cli_bench_verdict(text, b, p));
}

static void add_pipeline(cJSON *array, const cli_bench *b, size_t i)
{
    const cli_bench_pipeline *p = &b->pipelines[i];
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddItemToArray(array, entry);
    cli_json_add_text(entry, "name", p->name);
    cJSON_AddBoolToObject(entry, "possible", !p->refused);
    if (p->refused) {
        cli_json_add_text(entry, "reason", p->refused);
        return;
    }
    cli_json_add_int(entry, "input_bytes", octet_program_input(p->classifier.program, 0)->n_bytes);
    cJSON *stages = cJSON_AddObjectToObject(entry, "stages");
    for (int stage = 0; stage < CLI_BENCH_N_STAGES; stage++)
        add_numbers(cJSON_AddObjectToObject(stages, cli_bench_stage_name((cli_bench_stage)stage)), &p->summary, stage);
    add_numbers(cJSON_AddObjectToObject(entry, "total"), &p->summary, CLI_BENCH_N_STAGES);
    if (i > 0)
        add_comparison(entry, b, p);
}

octet_status cli_bench_print_json(const cli_bench *b, octet_error *err)
{
    char text[CLI_BENCH_SENTENCE_SIZE];
    const cli_classifier *c = &b->pipelines[0].classifier;
    cJSON *document = cJSON_CreateObject();
    cli_json_add_text(document, "model", b->model_path);
    add_image(document, b);
    cli_json_add_text(document, "cpu", c->cpu);
    cJSON_AddNumberToObject(document, "threads", b->model->n_threads ? b->model->n_threads : 1);
    cli_json_add_recipe(document, &c->recipe, c->input.channels, c->input.raw);
    if (b->frames)
        cli_json_add_frames(document, b->frames);
    cli_json_add_int(document, "rounds", b->n_rounds);
    cli_json_add_int(document, "warm_up_rounds", CLI_BENCH_WARM_UP);
    cJSON *pipelines = cJSON_AddArrayToObject(document, "pipelines");
    for (size_t i = 0; i < b->n_pipelines; i++)
        add_pipeline(pipelines, b, i);
    cli_json_add_int(document, "involuntary_context_switches", (uint64_t)b->n_preempted);
    cli_json_add_text(document, "disturbed", cli_bench_disturbance(text, b));
    return cli_json_print(document, err);
}
