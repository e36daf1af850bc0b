/* preprocessor_config.json of Hugging Face and the pretrained_cfg of timm's config.json. Both normalize pixels of 0..1:
 *
 *     y = (x * rescale_factor - offset - image_mean[c]) / image_std[c]
 *
 * which is composed to mean and scale of pixels of 0..255.
 * SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "recipe_config.h"

typedef struct reader {
    const cli_config *config;
    cli_recipe_fields *fields;
    octet_error *err;
} reader;

#define MOST_MEMBERS 4096 /* of an object; real ones have some tens */

/* ---- values ---- */

static const cJSON *get(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNull(item) ? NULL : item;
}

static cli_origin origin(const reader *r, const char *key)
{
    return (cli_origin){.key = key, .file = r->config->name};
}

/* The entry as it stands in the file is not what is wanted. */
static octet_status refuse(const reader *r, const cJSON *object, const char *key, const char *wanted)
{
    char *value = cJSON_PrintUnformatted(get(object, key));
    octet_status status = cli_fail(r->err, OCTET_BAD_INPUT, "%s: %s: %.80s is not %s", r->config->name, key,
                                   value ? value : "nothing", wanted);
    cJSON_free(value);
    return status;
}

static octet_status check_members(const reader *r, const cJSON *object)
{
    static const char *const keys[] = {
        "image_processor", "image_processor_type", "feature_extractor_type", "do_resize", "size", "crop_pct", "resample",
        "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "rescale_offset", "include_top", "do_normalize",
        "image_mean", "image_std", "do_flip_channel_order", "do_convert_rgb", "do_reduce_labels", "width", "height",
        "shortest_edge", "longest_edge", "pretrained_cfg", "input_size", "interpolation", "crop_mode", "mean", "std",
        "test_input_size", NULL};
    int n = 0;
    for (const cJSON *item = object->child; item; item = item->next) {
        CLI_TRY(cli_config_check_key(r->config, item->string, keys, r->err));
        if (++n > MOST_MEMBERS)
            return cli_fail(r->err, OCTET_BAD_INPUT, "%s: an object of more than %d members", r->config->name, MOST_MEMBERS);
        for (const cJSON *before = object->child; before != item; before = before->next)
            if (strcmp(before->string, item->string) == 0)
                return cli_fail(r->err, OCTET_BAD_INPUT, "%s: '%.64s' stands there twice", r->config->name, item->string);
    }
    return OCTET_OK;
}

static octet_status get_flag(bool *flag, const reader *r, const cJSON *object, const char *key, bool otherwise)
{
    const cJSON *item = get(object, key);
    *flag = item ? cJSON_IsTrue(item) : otherwise;
    return !item || cJSON_IsBool(item) ? OCTET_OK : refuse(r, object, key, "true or false");
}

static octet_status get_number(double *number, const reader *r, const cJSON *object, const char *key, double otherwise)
{
    const cJSON *item = get(object, key);
    *number = item ? item->valuedouble : otherwise;
    return !item || (cJSON_IsNumber(item) && isfinite(*number)) ? OCTET_OK : refuse(r, object, key, "a finite number");
}

static bool is_side(const cJSON *item)
{
    double v = item && cJSON_IsNumber(item) ? item->valuedouble : 0;
    return v >= 1 && v <= 65536 && v == floor(v);
}

/* A list of numbers, or one number for all channels; *n is 0 if the key is not there. */
static octet_status get_numbers(double *values, int *n, bool *spreads, const reader *r, const cJSON *object, const char *key)
{
    const cJSON *item = get(object, key), *one = cJSON_IsArray(item) ? item->child : item;
    *n = 0;
    *spreads = item && !cJSON_IsArray(item);
    for (; one && *n < OCTET_MAX_CHANNELS; one = *spreads ? NULL : one->next) {
        if (!cJSON_IsNumber(one) || !isfinite(one->valuedouble))
            break;
        values[(*n)++] = one->valuedouble;
    }
    return item && (one || *n == 0) ? refuse(r, object, key, "a list of 1 to 4 finite numbers") : OCTET_OK;
}

/* ---- normalization ---- */

typedef struct affine { /* y = (x * factor - offset - mean) / std, the division once more if `twice` */
    double factor, offset;
    bool twice;
} affine;

static octet_status set_normalization(const reader *r, const cJSON *object, const char *mean_key, const char *std_key,
                                      bool normalizes, affine before)
{
    double mean[OCTET_MAX_CHANNELS] = {0}, std[OCTET_MAX_CHANNELS] = {1, 1, 1, 1};
    int n_mean = 1, n_std = 1;
    bool mean_spreads = true, std_spreads = true;
    if (normalizes) {
        CLI_TRY(get_numbers(mean, &n_mean, &mean_spreads, r, object, mean_key));
        CLI_TRY(get_numbers(std, &n_std, &std_spreads, r, object, std_key));
    }
    if (n_mean == 0 || n_std == 0)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s: %s is missing", r->config->name, n_mean ? std_key : mean_key);
    for (int c = 0; c < OCTET_MAX_CHANNELS; c++) {
        double divisor = c < n_std ? std[c] : 1;
        if (divisor <= 0)
            return refuse(r, object, std_key, "above 0");
        mean[c] = (mean[c] + before.offset) / before.factor;
        std[c] = before.factor / divisor / (before.twice ? divisor : 1);
    }
    CLI_TRY(cli_fields_set_numbers(r->fields, CLI_FIELD_MEAN, origin(r, mean_key), mean, n_mean, r->err));
    CLI_TRY(cli_fields_set_numbers(r->fields, CLI_FIELD_SCALE, origin(r, std_key), std, n_std, r->err));
    r->fields->mean.spreads = mean_spreads;
    r->fields->scale.spreads = std_spreads;
    return OCTET_OK;
}

/* ---- Hugging Face: classes differ in what "size" means and in their defaults ---- */

typedef enum edge { /* what a size of one number means */
    SQUARE,         /* stretch; shortest_edge: the shorter side */
    SHORTER,
    LEVIT,          /* shorter side to int(256 / 224 * size) */
    POOLFORMER,     /* shorter side to int(size / crop_pct) */
    CONVNEXT        /* the same, and the centre of `size` is cut out; from LARGE_CONVNEXT on stretch, and no crop */
} edge;

#define LARGE_CONVNEXT 384

typedef struct processor {
    const char *prefix; /* of image_processor_type or feature_extractor_type */
    edge edge;
    /* defaults of do_center_crop, crop_pct, resample, include_top */
    bool crops;
    double crop_pct;
    int resample;
    bool include_top;
} processor;

static const processor processors[] = {
    {"ConvNext", CONVNEXT, false, 224.0 / 256, 2, false}, {"PoolFormer", POOLFORMER, true, 0.9, 3, false},
    {"Levit", LEVIT, true, 1, 3, false},                  {"CLIP", SHORTER, true, 1, 3, false},
    {"Bit", SHORTER, true, 1, 3, false},                  {"MobileNetV", SHORTER, true, 1, 2, false},
    {"MobileViT", SHORTER, true, 1, 2, false},            {"EfficientNet", SQUARE, false, 1, 0, true},
    {"DeiT", SQUARE, true, 1, 3, false},                  {"Beit", SQUARE, true, 1, 3, false},
    {"", SQUARE, false, 1, 2, false}, /* ViT and all others */
};

static const processor *find_processor(const cJSON *object)
{
    const cJSON *type = get(object, "image_processor_type");
    if (!type)
        type = get(object, "feature_extractor_type");
    const char *name = cJSON_IsString(type) ? type->valuestring : get(object, "crop_pct") ? "ConvNext" : "";
    const processor *p = processors;
    while (strncmp(name, p->prefix, strlen(p->prefix)) != 0)
        p++;
    return p;
}

typedef struct size {
    int width, height; /* height 0: the one number or shortest edge is in width */
    bool shortest;     /* it was called shortest_edge */
} size;

static octet_status read_size(size *out, const reader *r, const cJSON *object, const char *key)
{
    const cJSON *item = get(object, key);
    const cJSON *width = get(item, "width"), *height = get(item, "height"), *shortest = get(item, "shortest_edge");
    *out = (size){0};
    if (!item)
        return OCTET_OK;
    if (cJSON_IsObject(item))
        CLI_TRY(check_members(r, item));
    if (get(item, "longest_edge"))
        return cli_fail(r->err, OCTET_UNSUPPORTED, "%s: %s has a longest_edge; there are height and width, and shortest_edge",
                        r->config->name, key);
    if (is_side(width) && is_side(height))
        *out = (size){(int)width->valuedouble, (int)height->valuedouble, false};
    else if (is_side(shortest) || is_side(item))
        *out = (size){(int)(shortest ? shortest : item)->valuedouble, 0, shortest != NULL};
    else
        return refuse(r, object, key, "a number, {\"height\", \"width\"} or {\"shortest_edge\"} of 1..65536");
    return OCTET_OK;
}

static void set_resize(const reader *r, const char *key, cli_resize resize)
{
    r->fields->resize = resize;
    r->fields->from[CLI_FIELD_RESIZE] = origin(r, key);
}

static void set_crop(const reader *r, const char *key, int width, int height)
{
    r->fields->crop = (cli_crop){width, height};
    r->fields->from[CLI_FIELD_CROP] = origin(r, key);
}

static octet_status read_crop(const reader *r, const cJSON *object, const processor *p)
{
    size crop;
    bool crops;
    CLI_TRY(get_flag(&crops, r, object, "do_center_crop", p->crops));
    CLI_TRY(read_size(&crop, r, object, "crop_size"));
    if (!crops) {
        set_crop(r, "do_center_crop", 0, 0);
        return OCTET_OK;
    }
    int width = crop.width ? crop.width : 224, height = crop.height ? crop.height : width;
    set_crop(r, "crop_size", width, height);
    return OCTET_OK;
}

static cli_resize shorter(double side)
{
    return (cli_resize){CLI_RESIZE_SHORTER, (int32_t)side, 0};
}

static cli_resize find_resize(const processor *p, size to, double crop_pct)
{
    const cli_resize stretch = {CLI_RESIZE_STRETCH, to.width, to.height ? to.height : to.width};
    if (to.height)
        return stretch;
    switch (p->edge) {
    case SHORTER: return shorter(to.width);
    case LEVIT: return shorter(256.0 / 224 * to.width);
    case POOLFORMER: return shorter(to.width / crop_pct);
    case CONVNEXT: return to.width < LARGE_CONVNEXT ? shorter(to.width / crop_pct) : stretch;
    default: return to.shortest ? shorter(to.width) : stretch;
    }
}

static octet_status read_geometry(const reader *r, const cJSON *object, const processor *p)
{
    bool resizes;
    double crop_pct;
    size to;
    CLI_TRY(get_flag(&resizes, r, object, "do_resize", true));
    CLI_TRY(get_number(&crop_pct, r, object, "crop_pct", p->crop_pct));
    CLI_TRY(read_size(&to, r, object, "size"));
    if (crop_pct < 0.01 || crop_pct > 1)
        return refuse(r, object, "crop_pct", "in 0.01..1");
    if (resizes && to.width == 0)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s: size is missing", r->config->name);
    if (resizes)
        set_resize(r, "size", find_resize(p, to, crop_pct));
    else
        set_resize(r, "do_resize", (cli_resize){.kind = CLI_RESIZE_NONE});
    if (p->edge != CONVNEXT || to.height)
        return read_crop(r, object, p);
    int crop = resizes && to.width < LARGE_CONVNEXT ? to.width : 0;
    set_crop(r, "size", crop, crop);
    return OCTET_OK;
}

static octet_status read_resample(const reader *r, const cJSON *object, const processor *p)
{
    static const int dialects[] = {OCTET_RESIZE_PILLOW_NEAREST, OCTET_RESIZE_PILLOW_LANCZOS, OCTET_RESIZE_PILLOW_BILINEAR,
                                   OCTET_RESIZE_PILLOW_BICUBIC, OCTET_RESIZE_PILLOW_BOX};
    double number;
    CLI_TRY(get_number(&number, r, object, "resample", p->resample));
    if (number == 5)
        return cli_fail(r->err, OCTET_UNSUPPORTED, "%s: resample 5 (Pillow's Hamming) is not among the resize dialects",
                        r->config->name);
    if (!(number >= 0 && number <= 4) || number != floor(number))
        return refuse(r, object, "resample", "one of Pillow's filters 0..5");
    r->fields->dialect = (octet_resize_dialect)dialects[(int)number];
    r->fields->from[CLI_FIELD_INTERP] = origin(r, "resample");
    return OCTET_OK;
}

/* A step that is switched on and that nobody here carries out would change the pixels unseen. */
static octet_status check_steps(const reader *r, const cJSON *object)
{
    static const char *const known[] = {"do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_flip_channel_order",
                                        "do_convert_rgb", "do_reduce_labels"};
    for (const cJSON *item = object->child; item; item = item->next) {
        bool is_known = strncmp(item->string, "do_", 3) != 0 || !cJSON_IsTrue(item);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known = is_known || strcmp(item->string, known[i]) == 0;
        if (!is_known)
            return cli_fail(r->err, OCTET_UNSUPPORTED, "%s: %.64s is true, which is no step that Octet has", r->config->name,
                            item->string);
    }
    return OCTET_OK;
}

static octet_status read_processor(const reader *r, const cJSON *object)
{
    const processor *p = find_processor(object);
    bool rescales, normalizes, flips, has_offset, include_top;
    affine before = {.factor = 1};
    CLI_TRY(check_steps(r, object));
    CLI_TRY(get_flag(&rescales, r, object, "do_rescale", true));
    CLI_TRY(get_flag(&normalizes, r, object, "do_normalize", true));
    CLI_TRY(get_flag(&flips, r, object, "do_flip_channel_order", false));
    CLI_TRY(get_flag(&has_offset, r, object, "rescale_offset", false));
    CLI_TRY(get_flag(&include_top, r, object, "include_top", p->include_top));
    if (rescales)
        CLI_TRY(get_number(&before.factor, r, object, "rescale_factor", 1.0 / 255));
    if (before.factor == 0)
        return refuse(r, object, "rescale_factor", "other than 0");
    before.offset = rescales && has_offset ? 1 : 0;
    before.twice = normalizes && include_top; /* EfficientNet divides by std once more */
    CLI_TRY(set_normalization(r, object, "image_mean", "image_std", normalizes, before));
    if (flips) {
        r->fields->order = OCTET_BGR;
        r->fields->from[CLI_FIELD_ORDER] = origin(r, "do_flip_channel_order");
    }
    CLI_TRY(read_resample(r, object, p));
    return read_geometry(r, object, p);
}

/* ---- timm ---- */

static octet_status read_interpolation(const reader *r, const cJSON *cfg)
{
    static const struct {
        const char *name;
        octet_resize_dialect dialect;
    } names[] = {{"bilinear", OCTET_RESIZE_PILLOW_BILINEAR}, {"bicubic", OCTET_RESIZE_PILLOW_BICUBIC},
                 {"nearest", OCTET_RESIZE_PILLOW_NEAREST}, {"lanczos", OCTET_RESIZE_PILLOW_LANCZOS},
                 {"box", OCTET_RESIZE_PILLOW_BOX}};
    const cJSON *item = get(cfg, "interpolation");
    const char *name = !item ? "bilinear" : cJSON_IsString(item) ? item->valuestring : "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i].name) == 0) {
            r->fields->dialect = names[i].dialect;
            r->fields->from[CLI_FIELD_INTERP] = origin(r, "interpolation");
            return OCTET_OK;
        }
    return refuse(r, cfg, "interpolation", "bilinear, bicubic, nearest, lanczos or box");
}

/* The whole is resized to floor(side / crop_pct); its centre has the input's size. */
static octet_status read_timm_geometry(const reader *r, const cJSON *cfg, int channels, int height, int width)
{
    double pct;
    const cJSON *mode = get(cfg, "crop_mode");
    const char *name = !mode ? "center" : cJSON_IsString(mode) ? mode->valuestring : "";
    CLI_TRY(get_number(&pct, r, cfg, "crop_pct", 0.875));
    if (pct < 0.01 || pct > 1)
        return refuse(r, cfg, "crop_pct", "in 0.01..1");
    bool squash = strcmp(name, "squash") == 0;
    if (!squash && strcmp(name, "center") != 0)
        return cli_fail(r->err, OCTET_UNSUPPORTED, "%s: crop_mode '%.32s'; there are center and squash", r->config->name, name);
    if (!squash && width != height)
        return cli_fail(r->err, OCTET_UNSUPPORTED, "%s: input_size %dx%d with crop_mode center; such inputs need squash",
                        r->config->name, width, height);
    set_resize(r, "crop_pct", squash ? (cli_resize){CLI_RESIZE_STRETCH, (int)(width / pct), (int)(height / pct)}
                                     : shorter(width / pct));
    set_crop(r, "input_size", width, height);
    r->fields->channels = channels;
    r->fields->from[CLI_FIELD_CHANNELS] = origin(r, "input_size");
    return OCTET_OK;
}

static octet_status read_timm(const reader *r, const cJSON *cfg)
{
    const cJSON *in = get(cfg, "input_size");
    CLI_TRY(check_members(r, cfg));
    if (!cJSON_IsArray(in) || cJSON_GetArraySize(in) != 3 || !is_side(in->child) || !is_side(in->child->next) ||
        !is_side(in->child->next->next))
        return refuse(r, cfg, "input_size", "[channels, height, width]");
    CLI_TRY(set_normalization(r, cfg, "mean", "std", true, (affine){.factor = 1.0 / 255}));
    CLI_TRY(read_interpolation(r, cfg));
    if (get(cfg, "test_input_size"))
        r->config->note("%s: test_input_size is not used, input_size is", r->config->name);
    return read_timm_geometry(r, cfg, (int)in->child->valuedouble, (int)in->child->next->valuedouble,
                              (int)in->child->next->next->valuedouble);
}

/* ---- the document ---- */

static octet_status read_document(const reader *r, const cJSON *root)
{
    CLI_TRY(check_members(r, root));
    const cJSON *cfg = get(root, "pretrained_cfg"), *nested = get(root, "image_processor");
    if (cJSON_IsObject(cfg))
        return read_timm(r, cfg);
    if (get(root, "input_size") && get(root, "mean"))
        return read_timm(r, root);
    if (cJSON_IsObject(nested)) {
        CLI_TRY(check_members(r, nested));
        return read_processor(r, nested);
    }
    static const char *const signs[] = {"image_mean", "image_processor_type", "feature_extractor_type", "do_normalize",
                                        "do_resize", "do_rescale"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (get(root, signs[i]))
            return read_processor(r, root);
    return cli_fail(r->err, OCTET_BAD_INPUT,
                    "%s says nothing of preprocessing: it has neither image_mean (preprocessor_config.json of Hugging Face) nor "
                    "pretrained_cfg (config.json of timm)", r->config->name);
}

octet_status cli_preprocessor_json_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err)
{
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(config->text, config->n_bytes + 1, &end, 1);
    if (!root || !cJSON_IsObject(root)) {
        int line = 1;
        for (const char *s = config->text; end && s < end && s < config->text + config->n_bytes; s++)
            line += *s == '\n';
        cJSON_Delete(root);
        return cli_fail(err, OCTET_BAD_INPUT, "%s:%d: this is no JSON object, or nested too deep", config->name, line);
    }
    const reader r = {.config = config, .fields = fields, .err = err};
    octet_status status = read_document(&r, root);
    cJSON_Delete(root);
    return status;
}
