/* TIDL-RT import files: lines of key = value. What TI's tool does with them (x is the caller's integer):
 *
 *     y = (real - inMean[c]) * inScale[c]  if inDataNorm is 1, else y = real       real = (x - inZeroPoint) / inQuantFactor
 *
 * and its test bench reads images with OpenCV, resizes with INTER_AREA and cuts the centre out.
 * SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_keys.h"
#include "recipe_config.h"
#include "spelling.h"

#define MOST_INPUTS 32
#define MOST_VALUES (MOST_INPUTS * 256)

typedef struct entry { /* all zero: not in the file */
    int line;
    int n;                      /* values in the file; the first MOST_INPUTS are kept */
    double values[MOST_INPUTS];
} entry;

typedef struct reader {
    const cli_config *config;
    octet_error *err;
    int line;
    entry entries[CLI_IMPORT_N_USED];
    int ignored_lines[CLI_IMPORT_MOST_KEYS]; /* of keys without a meaning here; 0: not in the file */
} reader;

typedef struct slice {
    const char *at;
    size_t n;
} slice;

/* ---- lines ---- */

static int printable(size_t n)
{
    return n < 80 ? (int)n : 80;
}

/* The next value of a list on the line, a string in quotes as a whole. Nonzero: there is one. */
static int next_value(slice *value, const char **at, const char *end)
{
    const char *s = *at;
    while (s < end && strchr(" \t,", *s))
        s++;
    if (s == end || *s == '#')
        return 0;
    const char *stop = s;
    if (*s == '"') {
        stop = memchr(s + 1, '"', (size_t)(end - s - 1));
        stop = stop ? stop + 1 : end;
    } else {
        while (stop < end && !strchr(" \t,#", *stop))
            stop++;
    }
    *value = (slice){s, (size_t)(stop - s)};
    *at = stop;
    return 1;
}

static octet_status refuse_value(const reader *r, const cli_import_key *key, slice value, const char *wanted)
{
    return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: %s = %.*s is not %s", r->config->name, r->line, key->name,
                    printable(value.n), value.at, wanted);
}

/* Decimal numbers only: no inf, nan, hexadecimal. */
static octet_status read_number(double *number, const reader *r, const cli_import_key *key, slice value)
{
    char text[64], *end = text;
    if (value.n < sizeof text && strspn(value.at, "0123456789+-.eE") >= value.n) {
        memcpy(text, value.at, value.n);
        text[value.n] = '\0';
        *number = strtod(text, &end);
    }
    if (end == text || *end || !isfinite(*number))
        return refuse_value(r, key, value, key->whole ? "a whole number" : "a number");
    if (key->whole && (*number != floor(*number) || *number < key->lowest || *number > key->highest)) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "a whole number in %d..%d", key->lowest, key->highest);
        return refuse_value(r, key, value, wanted);
    }
    return OCTET_OK;
}

static octet_status read_numbers(reader *r, const cli_import_key *key, const char *at, const char *end)
{
    entry *e = &r->entries[key->used];
    slice value;
    while (next_value(&value, &at, end)) {
        double number = 0;
        CLI_TRY(read_number(&number, r, key, value));
        if (e->n < MOST_INPUTS)
            e->values[e->n] = number;
        if (++e->n > (key->whole ? MOST_INPUTS : MOST_VALUES))
            return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: %s has more than %d values", r->config->name, r->line,
                            key->name, key->whole ? MOST_INPUTS : MOST_VALUES);
    }
    if (e->n == 0)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: %s has no value", r->config->name, r->line, key->name);
    return OCTET_OK;
}

/* inputNetFile: an ONNX file, if it says what it is. */
static octet_status read_net_file(reader *r, const cli_import_key *key, const char *at, const char *end)
{
    static const char *const others[] = {".pb", ".tflite", ".prototxt", ".caffemodel"};
    slice value = {at, 0};
    next_value(&value, &at, end);
    size_t n = value.n - (value.n > 1 && value.at[0] == '"' && value.at[value.n - 1] == '"');
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n_suffix = strlen(others[i]);
        if (n >= n_suffix && memcmp(value.at + n - n_suffix, others[i], n_suffix) == 0)
            return refuse_value(r, key, value, "an ONNX file, which is what Octet reads");
    }
    return OCTET_OK;
}

static octet_status refuse_key(const reader *r, slice name)
{
    char word[64], meant[CLI_MEANT_SIZE];
    const char *names[CLI_IMPORT_MOST_KEYS];
    snprintf(word, sizeof word, "%.*s", (int)(name.n < 63 ? name.n : 63), name.at);
    size_t n = cli_import_key_names(names);
    return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: '%s' is no key of TIDL-RT import files%s", r->config->name, r->line,
                    word, cli_meant(meant, "", cli_nearest(word, names, n)));
}

static octet_status check_strings(const reader *r, const cli_import_key *key, const char *at, const char *end)
{
    slice value;
    while (next_value(&value, &at, end))
        if (value.at[0] == '"' && (value.n == 1 || value.at[value.n - 1] != '"'))
            return refuse_value(r, key, value, "a string, for its second quote is missing");
    return OCTET_OK;
}

static octet_status read_entry(reader *r, slice name, const char *at, const char *end)
{
    const cli_import_key *key = cli_import_key_find(name.at, name.n);
    if (!key)
        return refuse_key(r, name);
    bool used = key->used != CLI_IMPORT_NOT_USED;
    int *line = used ? &r->entries[key->used].line : &r->ignored_lines[cli_import_key_index(key)];
    if (*line)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: %s is given already in line %d", r->config->name, r->line,
                        key->name, *line);
    *line = r->line;
    CLI_TRY(check_strings(r, key, at, end));
    if (key->used == CLI_IMPORT_NET_FILE)
        return read_net_file(r, key, at, end);
    return used ? read_numbers(r, key, at, end) : OCTET_OK;
}

static octet_status read_line(reader *r, const char *at, const char *end)
{
    while (at < end && isspace((unsigned char)*at))
        at++;
    while (end > at && isspace((unsigned char)end[-1]))
        end--;
    if (at == end || *at == '#')
        return OCTET_OK;
    slice name = {at, 0};
    while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
        at++;
    name.n = (size_t)(at - name.at);
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (name.n == 0 || at == end || *at != '=')
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: '%.*s' is not key = value", r->config->name, r->line,
                        printable((size_t)(end - name.at)), name.at);
    return read_entry(r, name, at + 1, end);
}

static octet_status read_lines(reader *r)
{
    const char *at = r->config->text, *end = at + r->config->n_bytes;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        r->line++;
        CLI_TRY(read_line(r, at, stop));
        at = stop < end ? stop + 1 : end;
    }
    return OCTET_OK;
}

/* ---- what the entries mean; of several inputs the first is ours ---- */

static bool has(const reader *r, int used)
{
    return r->entries[used].line > 0;
}

static double value(const reader *r, int used, double otherwise)
{
    return has(r, used) ? r->entries[used].values[0] : otherwise;
}

static cli_origin origin(const reader *r, const char *key)
{
    return (cli_origin){.key = key, .file = r->config->name};
}

static octet_status fail_at(const reader *r, int used, octet_status status, const char *text)
{
    const entry *e = &r->entries[used];
    return cli_fail(r->err, status, "%s:%d: %s = %g: %s", r->config->name, e->line, cli_import_key_name(used), e->values[0],
                    text);
}

static int count_inputs(const reader *r)
{
    int most = 1;
    for (int u = 0; u < CLI_IMPORT_N_USED; u++)
        if (u != CLI_IMPORT_IN_MEAN && u != CLI_IMPORT_IN_SCALE && r->entries[u].n > most)
            most = r->entries[u].n;
    return most;
}

static octet_status check_model(const reader *r)
{
    static const char *const types[] = {"a Caffe model", "a TensorFlow model", "ONNX", "a TFLite model", "a TVM model",
                                        "a TFLite model"};
    int type = (int)value(r, CLI_IMPORT_MODEL_TYPE, 2);
    if (type == 2 || type == 6)
        return OCTET_OK;
    char text[80];
    snprintf(text, sizeof text, "that is %s; Octet reads ONNX (2)", types[type]);
    return fail_at(r, CLI_IMPORT_MODEL_TYPE, OCTET_UNSUPPORTED, text);
}

/* Pixels are uint8; wider types hold the same values, signed bytes do not. */
static octet_status check_element_type(const reader *r)
{
    int type = (int)value(r, CLI_IMPORT_IN_ELEMENT_TYPE, 0);
    if (type == 1)
        return fail_at(r, CLI_IMPORT_IN_ELEMENT_TYPE, OCTET_UNSUPPORTED,
                       "signed bytes; pixels are unsigned here (0), or make the shift an inZeroPoint");
    if (type != 0)
        r->config->note("%s:%d: inElementType = %d: pixels are uint8 here (0); mean and scale hold for the same values 0..255",
                        r->config->name, r->entries[CLI_IMPORT_IN_ELEMENT_TYPE].line, type);
    return OCTET_OK;
}

/* Numbers of inMean or inScale that belong to input 0. */
static octet_status find_count(int *n, const reader *r, int used)
{
    const entry *e = &r->entries[used];
    int channels = (int)value(r, CLI_IMPORT_IN_NUM_CHANNELS, -1);
    *n = e->n;
    if (channels > 0 && e->n > channels && count_inputs(r) > 1)
        *n = channels;
    if (channels > 0 && *n != channels)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: %s has %d values, but inNumChannels is %d", r->config->name, e->line,
                        cli_import_key_name(used), *n, channels);
    if (*n > OCTET_MAX_CHANNELS)
        return cli_fail(r->err, OCTET_BAD_INPUT, "%s:%d: %s has %d values; say by inNumChannels which are the first input's",
                        r->config->name, e->line, cli_import_key_name(used), *n);
    return OCTET_OK;
}

/* (x - zero) / factor, then mean and scale: (x - (zero + factor * mean)) * (scale / factor) */
static octet_status compose(cli_recipe_fields *fields, const reader *r, double zero, double factor)
{
    double means[OCTET_MAX_CHANNELS], scales[OCTET_MAX_CHANNELS];
    const entry *mean = &r->entries[CLI_IMPORT_IN_MEAN], *scale = &r->entries[CLI_IMPORT_IN_SCALE];
    bool norm = value(r, CLI_IMPORT_IN_DATA_NORM, 0) == 1;
    int n_mean = 0, n_scale = 0;
    if (norm && mean->n)
        CLI_TRY(find_count(&n_mean, r, CLI_IMPORT_IN_MEAN));
    if (norm && scale->n)
        CLI_TRY(find_count(&n_scale, r, CLI_IMPORT_IN_SCALE));
    for (int c = 0; c < OCTET_MAX_CHANNELS; c++) {
        means[c] = zero + factor * (n_mean ? mean->values[c] : 0);
        scales[c] = (n_scale ? scale->values[c] : 1) / factor;
    }
    cli_origin of_mean = origin(r, norm && n_mean ? "inMean" : has(r, CLI_IMPORT_IN_ZERO_POINT) ? "inZeroPoint" : "inDataNorm");
    cli_origin of_scale = origin(r, norm && n_scale ? "inScale" : factor != 1 ? "inQuantFactor" : "inDataNorm");
    CLI_TRY(cli_fields_set_numbers(fields, CLI_FIELD_MEAN, of_mean, means, n_mean ? n_mean : 1, r->err));
    CLI_TRY(cli_fields_set_numbers(fields, CLI_FIELD_SCALE, of_scale, scales, n_scale ? n_scale : 1, r->err));
    fields->mean.spreads = n_mean == 0; /* TI's defaults are for every channel, a list is for those it names */
    fields->scale.spreads = n_scale == 0;
    return OCTET_OK;
}

static octet_status read_normalization(cli_recipe_fields *fields, const reader *r)
{
    double factor = value(r, CLI_IMPORT_IN_QUANT_FACTOR, 1), zero = value(r, CLI_IMPORT_IN_ZERO_POINT, 0);
    if (factor <= 0)
        return fail_at(r, CLI_IMPORT_IN_QUANT_FACTOR, OCTET_BAD_INPUT, "it must be above 0");
    bool norm = value(r, CLI_IMPORT_IN_DATA_NORM, 0) == 1;
    if (!norm && (has(r, CLI_IMPORT_IN_MEAN) || has(r, CLI_IMPORT_IN_SCALE)))
        r->config->note("%s: inMean and inScale have no effect, because inDataNorm is not 1", r->config->name);
    if (norm && value(r, CLI_IMPORT_IN_YUV_FORMAT, -1) >= 0)
        r->config->note("%s: inDataNorm holds here; TIDL leaves it out where inYuvFormat is given", r->config->name);
    return compose(fields, r, zero, factor);
}

/* A size is at least 1, or -1 for that of the model. */
static octet_status check_sizes(const reader *r)
{
    static const int sizes[] = {CLI_IMPORT_IN_WIDTH, CLI_IMPORT_IN_HEIGHT, CLI_IMPORT_IN_NUM_CHANNELS, CLI_IMPORT_RESIZE_WIDTH,
                                CLI_IMPORT_RESIZE_HEIGHT};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (value(r, sizes[i], 1) == 0)
            return fail_at(r, sizes[i], OCTET_BAD_INPUT, "it must be above 0, or -1 for that of the model");
    return OCTET_OK;
}

/* Not where the data are raw files: those have the input's size. */
static octet_status read_geometry(cli_recipe_fields *fields, const reader *r)
{
    int width = (int)value(r, CLI_IMPORT_IN_WIDTH, -1), height = (int)value(r, CLI_IMPORT_IN_HEIGHT, -1);
    int file_format = (int)value(r, CLI_IMPORT_IN_FILE_FORMAT, 2);
    if (width > 0 && height > 0) {
        fields->crop = (cli_crop){width, height};
        fields->from[CLI_FIELD_CROP] = origin(r, "inWidth x inHeight");
    }
    if (file_format == 1 || file_format == 3)
        return OCTET_OK;
    int to_width = (int)value(r, CLI_IMPORT_RESIZE_WIDTH, -1), to_height = (int)value(r, CLI_IMPORT_RESIZE_HEIGHT, -1);
    to_width = to_width > 0 ? to_width : width > 0 ? width : 0;
    to_height = to_height > 0 ? to_height : height > 0 ? height : 0;
    bool keeps_aspect = value(r, CLI_IMPORT_IN_RESIZE_TYPE, 0) == 1;
    if (keeps_aspect && to_width != to_height)
        return cli_fail(r->err, OCTET_UNSUPPORTED,
                        "%s:%d: inResizeType = 1 keeps the aspect of an image, so resizeWidth and resizeHeight must be equal, "
                        "not %d and %d", r->config->name, r->entries[CLI_IMPORT_IN_RESIZE_TYPE].line, to_width, to_height);
    fields->resize = keeps_aspect ? (cli_resize){CLI_RESIZE_SHORTER, to_width, 0}
                                  : (cli_resize){CLI_RESIZE_STRETCH, to_width, to_height};
    fields->from[CLI_FIELD_RESIZE] = origin(r, "resizeWidth x resizeHeight");
    fields->dialect = OCTET_RESIZE_OPENCV_AREA;
    fields->from[CLI_FIELD_INTERP] = origin(r, "inResizeType");
    return OCTET_OK;
}

static octet_status read_pixels(cli_recipe_fields *fields, const reader *r)
{
    static const octet_pixel_format yuv[] = {OCTET_PIXELS_NV12, OCTET_PIXELS_YUYV};
    int channels = (int)value(r, CLI_IMPORT_IN_NUM_CHANNELS, -1), format = (int)value(r, CLI_IMPORT_IN_YUV_FORMAT, -1);
    bool bgr = value(r, CLI_IMPORT_IN_DATA_FORMAT, 1) == 0;
    if (channels > 0) {
        fields->channels = channels;
        fields->from[CLI_FIELD_CHANNELS] = origin(r, "inNumChannels");
    }
    if (has(r, CLI_IMPORT_IN_DATA_FORMAT) && channels != 1) {
        fields->order = bgr ? OCTET_BGR : OCTET_RGB;
        fields->from[CLI_FIELD_ORDER] = origin(r, "inDataFormat");
    }
    if (format == 2)
        return fail_at(r, CLI_IMPORT_IN_YUV_FORMAT, OCTET_UNSUPPORTED, "UYVY; there are NV12 (0) and YUYV (1)");
    fields->pixels.format = format >= 0 ? yuv[format] : bgr ? OCTET_PIXELS_BGR : OCTET_PIXELS_RGB;
    fields->pixels.layout = format < 0 && value(r, CLI_IMPORT_IN_LAYOUT, 0) == 0 ? OCTET_NCHW : OCTET_NHWC;
    if (format >= 0 || has(r, CLI_IMPORT_IN_LAYOUT))
        fields->from[CLI_FIELD_PIXELS] = origin(r, format >= 0 ? "inYuvFormat" : "inLayout");
    return OCTET_OK;
}

/* The ignored key of the smallest line above `line`, -1 without. */
static int next_ignored(const reader *r, int line)
{
    int found = -1;
    for (int i = 0; i < CLI_IMPORT_MOST_KEYS; i++)
        if (r->ignored_lines[i] > line && (found < 0 || r->ignored_lines[i] < r->ignored_lines[found]))
            found = i;
    return found;
}

static void note_the_rest(const reader *r)
{
    for (int i = next_ignored(r, 0); i >= 0; i = next_ignored(r, r->ignored_lines[i]))
        r->config->note("%s:%d: %s has no meaning here", r->config->name, r->ignored_lines[i], cli_import_key_at(i)->name);
    if (count_inputs(r) > 1)
        r->config->note("%s describes %d inputs; what it says of the first is used", r->config->name, count_inputs(r));
}

octet_status cli_import_file_parse(cli_recipe_fields *fields, const cli_config *config, octet_error *err)
{
    reader r = {.config = config, .err = err};
    CLI_TRY(read_lines(&r));
    CLI_TRY(check_model(&r));
    CLI_TRY(check_element_type(&r));
    CLI_TRY(check_sizes(&r));
    CLI_TRY(read_normalization(fields, &r));
    CLI_TRY(read_geometry(fields, &r));
    CLI_TRY(read_pixels(fields, &r));
    note_the_rest(&r);
    return OCTET_OK;
}
