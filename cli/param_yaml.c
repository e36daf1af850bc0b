/* param.yaml of TI's model zoo (edgeai-modelzoo, edgeai-benchmark): `session` has mean and scale for y = (x - mean) * scale with
 * pixels of 0..255, `preprocess` the geometry. Heights stand before widths.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "recipe_config.h"

typedef struct reader {
    const cli_config *config;
    cli_recipe_fields *fields;
    octet_error *err;
    yaml_document_t *document;
} reader;

#define MOST_PAIRS 4096 /* of a mapping; real ones have some tens */
#define MOST_DEPTH 64

/* ---- nodes ---- */

static cli_origin origin(const reader *r, const char *key)
{
    return (cli_origin){.key = key, .file = r->config->name};
}

static bool is_text(const yaml_node_t *node, const char *text)
{
    return node && node->type == YAML_SCALAR_NODE && strcmp((const char *)node->data.scalar.value, text) == 0;
}

static octet_status refuse(const reader *r, const char *key, const yaml_node_t *node, const char *wanted)
{
    const char *value = is_text(node, "")                  ? "nothing"
                        : node->type == YAML_SCALAR_NODE   ? (const char *)node->data.scalar.value
                        : node->type == YAML_SEQUENCE_NODE ? "[...]"
                                                           : "{...}";
    return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%zu: %s: %.80s is not %s", r->config->name, node->start_mark.line + 1, key,
                    value, wanted);
}

static bool is_null(const yaml_node_t *node)
{
    return is_text(node, "") || is_text(node, "~") || is_text(node, "null") || is_text(node, "Null") || is_text(node, "None");
}

static octet_status check_mapping(const reader *r, const char *name, const yaml_node_t *node)
{
    static const char *const keys[] = {
        "session", "preprocess", "input_mean", "input_scale", "input_data_layout", "input_optimization", "resize", "crop",
        "data_layout", "reverse_channels", "backend", "interpolation", "resize_with_pad", NULL};
    if (node->type != YAML_MAPPING_NODE)
        return refuse(r, name, node, "a mapping");
    const yaml_node_pair_t *begin = node->data.mapping.pairs.start, *end = node->data.mapping.pairs.top;
    if (end - begin > MOST_PAIRS)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s: %s has more than %d entries", r->config->name, name, MOST_PAIRS);
    for (const yaml_node_pair_t *a = begin; a < end; a++) {
        const yaml_node_t *key = yaml_document_get_node(r->document, a->key);
        if (key->type == YAML_SCALAR_NODE)
            CLI_TRY(cli_config_check_key(r->config, (const char *)key->data.scalar.value, keys, r->err));
        for (const yaml_node_pair_t *b = begin; b < a; b++) {
            const yaml_node_t *before = yaml_document_get_node(r->document, b->key);
            if (key->type == YAML_SCALAR_NODE && is_text(before, (const char *)key->data.scalar.value))
                return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%zu: '%.64s' is given already in line %zu", r->config->name,
                                key->start_mark.line + 1, (const char *)key->data.scalar.value,
                                before->start_mark.line + 1);
        }
    }
    return OCTET_OK;
}

/* Value of a key, NULL if it is not there. */
static yaml_node_t *get(const reader *r, const yaml_node_t *mapping, const char *key)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++)
        if (is_text(yaml_document_get_node(r->document, p->key), key))
            return yaml_document_get_node(r->document, p->value);
    return NULL;
}

static bool scan_number(double *number, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0)
        return false;
    const char *text = (const char *)node->data.scalar.value;
    char *end;
    if (strspn(text, "0123456789+-.eE") != node->data.scalar.length)
        return false;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

typedef struct numbers {
    double values[OCTET_MAX_CHANNELS];
    int n;
    bool is_list; /* else one number that stands for all */
} numbers;

/* One number, or a list of 1 to `most` (at most OCTET_MAX_CHANNELS). */
static octet_status get_numbers(numbers *out, const reader *r, const char *key, const yaml_node_t *node, int most)
{
    *out = (numbers){.n = 1, .is_list = node->type == YAML_SEQUENCE_NODE};
    bool good = out->is_list || scan_number(out->values, node);
    if (out->is_list) {
        out->n = 0;
        for (const yaml_node_item_t *i = node->data.sequence.items.start; good && i < node->data.sequence.items.top; i++)
            good = out->n < most && scan_number(&out->values[out->n++], yaml_document_get_node(r->document, *i));
    }
    if (good && out->n > 0)
        return OCTET_OK;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "a finite number or a list of 1 to %d", most);
    return refuse(r, key, node, wanted);
}

static octet_status get_flag(bool *flag, const reader *r, const char *key, const yaml_node_t *node)
{
    static const char *const words[2][4] = {{"false", "False", "FALSE", "0"}, {"true", "True", "TRUE", "1"}};
    *flag = false;
    if (!node || is_null(node))
        return OCTET_OK;
    for (int i = 0; i < 8; i++)
        if (is_text(node, words[i / 4][i % 4])) {
            *flag = i >= 4;
            return OCTET_OK;
        }
    return refuse(r, key, node, "true or false");
}

/* ---- session ---- */

static octet_status read_norm(const reader *r, cli_field field, const char *key, const yaml_node_t *node, double otherwise)
{
    numbers read = {.values = {otherwise}, .n = 1};
    if (!node)
        return OCTET_OK;
    if (!is_null(node)) /* null: nothing is subtracted or multiplied */
        CLI_TRY(get_numbers(&read, r, key, node, OCTET_MAX_CHANNELS));
    CLI_TRY(cli_fields_set_numbers(r->fields, field, origin(r, key), read.values, read.n, r->err));
    *(field == CLI_FIELD_MEAN ? &r->fields->mean.spreads : &r->fields->scale.spreads) = !read.is_list;
    return OCTET_OK;
}

static octet_status read_layout(const reader *r, const char *key, const yaml_node_t *node)
{
    if (!node || is_null(node))
        return OCTET_OK;
    bool nchw = is_text(node, "NCHW"), given = cli_field_given(r->fields, CLI_FIELD_LAYOUT);
    if (!nchw && !is_text(node, "NHWC"))
        return refuse(r, key, node, "NCHW or NHWC");
    octet_pixel_layout layout = nchw ? OCTET_NCHW : OCTET_NHWC;
    if (given && layout != r->fields->layout)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%zu: %s is %s, but %s is %s", r->config->name, node->start_mark.line + 1,
                        key, octet_pixel_layout_name(layout), r->fields->from[CLI_FIELD_LAYOUT].key,
                        octet_pixel_layout_name(r->fields->layout));
    r->fields->layout = layout;
    r->fields->from[CLI_FIELD_LAYOUT] = origin(r, key);
    return OCTET_OK;
}

static octet_status read_session(const reader *r, const yaml_node_t *session)
{
    bool optimized;
    CLI_TRY(check_mapping(r, "session", session));
    CLI_TRY(read_norm(r, CLI_FIELD_MEAN, "session.input_mean", get(r, session, "input_mean"), 0));
    CLI_TRY(read_norm(r, CLI_FIELD_SCALE, "session.input_scale", get(r, session, "input_scale"), 1));
    CLI_TRY(read_layout(r, "session.input_data_layout", get(r, session, "input_data_layout")));
    CLI_TRY(get_flag(&optimized, r, "session.input_optimization", get(r, session, "input_optimization")));
    if (optimized)
        r->config->note("%s: session.input_optimization is true: mean and scale are used unless the model's input is uint8 "
                        "already", r->config->name);
    return OCTET_OK;
}

/* ---- preprocess ---- */

static bool is_side(double v)
{
    return v >= 1 && v <= 65536 && v == floor(v);
}

/* A number, or [height, width]; *height 0 if it was one number. Both 0: not given, or null. */
static octet_status read_size(int *width, int *height, const reader *r, const char *key, const yaml_node_t *node)
{
    numbers v;
    *width = *height = 0;
    if (!node || is_null(node))
        return OCTET_OK;
    CLI_TRY(get_numbers(&v, r, key, node, 2));
    if (!is_side(v.values[0]) || (v.n == 2 && !is_side(v.values[1])))
        return refuse(r, key, node, "a size or [height, width] of 1..65536");
    *width = (int)v.values[v.n - 1];
    *height = v.n == 2 ? (int)v.values[0] : 0;
    return OCTET_OK;
}

static octet_status read_geometry(const reader *r, const yaml_node_t *preprocess)
{
    int width, height;
    const yaml_node_t *resize = get(r, preprocess, "resize"), *crop = get(r, preprocess, "crop");
    CLI_TRY(read_size(&width, &height, r, "preprocess.resize", resize));
    if (resize) {
        cli_resize_kind kind = width == 0 ? CLI_RESIZE_NONE : height == 0 ? CLI_RESIZE_SHORTER : CLI_RESIZE_STRETCH;
        r->fields->resize = (cli_resize){kind, width, height};
        r->fields->from[CLI_FIELD_RESIZE] = origin(r, "preprocess.resize");
    }
    CLI_TRY(read_size(&width, &height, r, "preprocess.crop", crop));
    if (crop) {
        r->fields->crop = (cli_crop){width, height ? height : width};
        r->fields->from[CLI_FIELD_CROP] = origin(r, "preprocess.crop");
    }
    return OCTET_OK;
}

typedef struct filter { /* names and numbers of a filter in Pillow or OpenCV */
    const char *name, *number;
    octet_resize_dialect dialect;
} filter;

static octet_status read_dialect(const reader *r, const yaml_node_t *preprocess)
{
    static const filter pillow[] = {{"BILINEAR", "2", OCTET_RESIZE_PILLOW_BILINEAR}, /* first: the default */
                                    {"NEAREST", "0", OCTET_RESIZE_PILLOW_NEAREST},
                                    {"LANCZOS", "1", OCTET_RESIZE_PILLOW_LANCZOS},
                                    {"BICUBIC", "3", OCTET_RESIZE_PILLOW_BICUBIC},
                                    {"BOX", "4", OCTET_RESIZE_PILLOW_BOX}};
    static const filter opencv[] = {{"INTER_LINEAR", "1", OCTET_RESIZE_OPENCV_LINEAR},
                                    {"INTER_NEAREST", "0", OCTET_RESIZE_OPENCV_NEAREST},
                                    {"INTER_AREA", "3", OCTET_RESIZE_OPENCV_AREA}};
    const yaml_node_t *backend = get(r, preprocess, "backend"), *kind = get(r, preprocess, "interpolation");
    bool by_opencv = is_text(backend, "cv2"), by_name = kind && !is_null(kind);
    if (backend && !is_null(backend) && !by_opencv && !is_text(backend, "pil"))
        return refuse(r, "preprocess.backend", backend, "pil or cv2");
    if (!backend && !by_name)
        return OCTET_OK;
    const filter *filters = by_opencv ? opencv : pillow;
    size_t n = by_opencv ? sizeof opencv / sizeof *opencv : sizeof pillow / sizeof *pillow, i = 0;
    while (by_name && i < n && !is_text(kind, filters[i].name) && !is_text(kind, filters[i].number))
        i++;
    if (i == n)
        return refuse(r, "preprocess.interpolation", kind, by_opencv ? "INTER_LINEAR, INTER_NEAREST or INTER_AREA"
                                                                     : "BILINEAR, NEAREST, LANCZOS, BICUBIC or BOX");
    r->fields->dialect = filters[i].dialect;
    r->fields->from[CLI_FIELD_INTERP] = origin(r, by_name ? "preprocess.interpolation" : "preprocess.backend");
    return OCTET_OK;
}

static octet_status read_preprocess(const reader *r, const yaml_node_t *preprocess)
{
    bool reversed, padded;
    const yaml_node_t *reverse = get(r, preprocess, "reverse_channels"), *pad = get(r, preprocess, "resize_with_pad");
    CLI_TRY(check_mapping(r, "preprocess", preprocess));
    CLI_TRY(get_flag(&reversed, r, "preprocess.reverse_channels", reverse));
    CLI_TRY(get_flag(&padded, r, "preprocess.resize_with_pad", pad));
    if (padded)
        return cli_fail(r->err, OCTET_UNSUPPORTED, "%s:%zu: preprocess.resize_with_pad is true; there are resize and crop",
                        r->config->name, pad->start_mark.line + 1);
    if (reverse) {
        r->fields->order = reversed ? OCTET_BGR : OCTET_RGB;
        r->fields->from[CLI_FIELD_ORDER] = origin(r, "preprocess.reverse_channels");
    }
    CLI_TRY(read_layout(r, "preprocess.data_layout", get(r, preprocess, "data_layout")));
    CLI_TRY(read_dialect(r, preprocess));
    return read_geometry(r, preprocess);
}

/* ---- the document ---- */

static octet_status read_document(const reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(r->document);
    if (!root)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s holds no YAML document", r->config->name);
    CLI_TRY(check_mapping(r, "the document", root));
    const yaml_node_t *session = get(r, root, "session"), *preprocess = get(r, root, "preprocess");
    if (!session && !preprocess)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s says nothing of preprocessing: it has neither 'session' nor 'preprocess'",
                        r->config->name);
    if (session)
        CLI_TRY(read_session(r, session));
    return preprocess ? read_preprocess(r, preprocess) : OCTET_OK;
}

static octet_status fail_syntax(const reader *r, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return cli_fail_memory(r->err);
    return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%zu: this is not YAML: %.100s", r->config->name,
                    parser->problem_mark.line + 1, parser->problem ? parser->problem : "it is damaged");
}

static bool is_start(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
}

static bool is_end(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
}

/* Before the document is built: collections in collections at most MOST_DEPTH deep. */
static octet_status check_depth(const reader *r)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return cli_fail_memory(r->err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)r->config->text, r->config->n_bytes);
    octet_status status = OCTET_OK;
    yaml_event_type_t type = YAML_NO_EVENT;
    for (int depth = 0; status == OCTET_OK && type != YAML_STREAM_END_EVENT;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_syntax(r, &parser);
            break;
        }
        type = event.type;
        depth += is_start(type) - is_end(type);
        if (depth > MOST_DEPTH)
            status = cli_fail(r->err, OCTET_BAD_INPUT, "%s:%zu: nested more than %d deep", r->config->name,
                              event.start_mark.line + 1, MOST_DEPTH);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

octet_status cli_param_yaml_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err)
{
    yaml_parser_t parser;
    yaml_document_t document;
    reader r = {.config = config, .fields = fields, .err = err, .document = &document};
    CLI_TRY(check_depth(&r));
    if (!yaml_parser_initialize(&parser))
        return cli_fail_memory(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)config->text, config->n_bytes);
    octet_status status;
    if (yaml_parser_load(&parser, &document)) {
        status = read_document(&r);
        yaml_document_delete(&document);
    } else {
        status = fail_syntax(&r, &parser);
    }
    yaml_parser_delete(&parser);
    return status;
}
