/* Real models against ONNX Runtime's recorded answers (../shared/data, described in its README).
 *
 *     run_models DATA_DIR MODEL [--cpu LEVEL] [--threads N] [--images N]
 *     run_models DATA_DIR light/NAME ...
 *
 * MODEL is a name of models/models.tsv. Checked: outputs of 40 images against vectors/ (float models: largest difference at
 * most 1e-4 of the largest logit), top-1 of all images against top1/ (float models: equal, ties within 1e-4 aside; int8
 * models: at least 99 %, one file less, see least_agreement), and that the exact fold of the normalization changes nothing
 * (float models: at most 1e-4 of the largest logit on photographs and on images made to break it). Light models: their
 * recorded output.
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdlib.h>

#include <octet/image.h>
#include <octet/octet.h>

#include "graph/graph.h"
#include "onnx/read.h"
#include "tests/check.h"

enum { N_VECTORS = 40, MAX_CLASSES = 2048 };

typedef struct model_row {
    char name[64], set[32];
    int channels, height, width, class_offset;
    double mean[3], std[3];
} model_row;

typedef struct pixels { /* planar, as the models want them */
    uint8_t *data;
    size_t n_images, image_bytes;
} pixels;

static const char *data_dir;

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "run_models: %s: %s\n", what, detail);
    exit(1);
}

static uint8_t *read_all(const char *name, size_t *n, int compressed)
{
    char path[4096];
    snprintf(path, sizeof path, compressed ? "gzip -dc '%s/%s'" : "%s/%s", data_dir, name);
    FILE *f = compressed ? popen(path, "r") : fopen(path, "rb");
    if (!f)
        fail("cannot open", path);
    size_t cap = (size_t)1 << 20, used = 0;
    uint8_t *data = malloc(cap);
    for (size_t got; (got = fread(data + used, 1, cap - used, f)) > 0;) {
        used += got;
        if (used == cap)
            data = realloc(data, cap *= 2);
    }
    compressed ? pclose(f) : fclose(f);
    *n = used;
    return data;
}

static void parse_triple(const char *s, double *out)
{
    int n = sscanf(s, "%lf,%lf,%lf", &out[0], &out[1], &out[2]);
    for (int i = n; i < 3; i++)
        out[i] = out[n - 1];
}

static model_row find_row(const char *wanted)
{
    char path[4096], line[1024], name[64], mean[128], std[128], order[16];
    snprintf(path, sizeof path, "%s/models/models.tsv", data_dir);
    FILE *f = fopen(path, "r");
    model_row r = {.channels = 0};
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%63s %31s 1x%dx%dx%d %127s %127s %15s %d", name, r.set, &r.channels, &r.height, &r.width, mean,
                   std, order, &r.class_offset) != 9 || strcmp(name, wanted) != 0)
            continue;
        snprintf(r.name, sizeof r.name, "%s", wanted);
        parse_triple(mean, r.mean);
        parse_triple(std, r.std);
        break;
    }
    if (f)
        fclose(f);
    if (!r.name[0])
        fail("not in models.tsv", wanted);
    return r;
}

/* ---- images ---- */

/* A centre-224 RGB crop to the model's size, planar. */
static void store_crop(uint8_t *dst, octet_image *crop, const model_row *r)
{
    octet_image sized = {0};
    octet_error err;
    const octet_image *from = crop;
    if (crop->width != r->width || crop->height != r->height) {
        if (octet_image_resize(&sized, crop, r->width, r->height, OCTET_RESIZE_PILLOW_BILINEAR, &err) != OCTET_OK)
            fail("resize", err.message);
        from = &sized;
    }
    size_t plane = (size_t)r->width * (size_t)r->height;
    octet_image_split((uint8_t *[]){dst, dst + plane, dst + 2 * plane}, from);
    octet_image_free(&sized);
}

static pixels imagenet40(const model_row *r)
{
    size_t n;
    uint8_t *raw = read_all("images/imagenet40_224.u8", &n, 0);
    pixels p = {.n_images = N_VECTORS, .image_bytes = 3 * (size_t)r->width * (size_t)r->height};
    p.data = malloc(p.n_images * p.image_bytes);
    for (size_t i = 0; i < p.n_images; i++) {
        octet_image crop = {.width = 224, .height = 224, .channels = 3, .stride = 672, .pixels = raw + i * 150528};
        store_crop(p.data + i * p.image_bytes, &crop, r);
    }
    free(raw);
    return p;
}

static pixels imagenet500(const model_row *r)
{
    char path[4096], line[512], file[256];
    snprintf(path, sizeof path, "%s/labels/imagenet_images.tsv", data_dir);
    FILE *f = fopen(path, "r");
    pixels p = {.image_bytes = 3 * (size_t)r->width * (size_t)r->height};
    while (f && fgets(line, sizeof line, f) && sscanf(line, "%255s", file) == 1) {
        octet_image image = {0}, crop = {0};
        octet_error err;
        snprintf(path, sizeof path, "%s/images/imagenet/%s", data_dir, file);
        if (octet_image_load(&image, path, NULL, &err) != OCTET_OK ||
            octet_image_view(&crop, &image, (image.width - 224) / 2, (image.height - 224) / 2, 224, 224, &err) != OCTET_OK)
            fail(path, err.message);
        if (crop.channels == 1) {
            octet_image rgb = {0};
            octet_image_convert(&rgb, &crop, OCTET_RGB, &err);
            octet_image_free(&crop);
            crop = rgb;
        }
        p.data = realloc(p.data, (p.n_images + 1) * p.image_bytes);
        store_crop(p.data + p.n_images++ * p.image_bytes, &crop, r);
        octet_image_free(&image);
        octet_image_free(&crop);
    }
    if (f)
        fclose(f);
    return p;
}

static pixels cifar(void)
{
    size_t n;
    uint8_t *raw = read_all("images/cifar10/test500.bin", &n, 0);
    pixels p = {.n_images = n / 3073, .image_bytes = 3072};
    p.data = malloc(p.n_images * p.image_bytes);
    for (size_t i = 0; i < p.n_images; i++)
        memcpy(p.data + i * 3072, raw + i * 3073 + 1, 3072);
    free(raw);
    return p;
}

static pixels mnist(void)
{
    size_t n;
    uint8_t *raw = read_all("images/mnist/t10k-images-idx3-ubyte.gz", &n, 1);
    pixels p = {.n_images = (n - 16) / 784, .image_bytes = 784};
    p.data = malloc(n - 16);
    memcpy(p.data, raw + 16, n - 16);
    free(raw);
    return p;
}

/* ---- running ---- */

static octet_program *compile_with(const char *path, const octet_compile_opts *opts)
{
    octet_model *m;
    octet_program *p = NULL;
    octet_error err;
    if (octet_model_open(&m, path, &err) != OCTET_OK || octet_compile(&p, m, opts, &err) != OCTET_OK)
        fail(path, err.message);
    octet_model_free(m);
    return p;
}

static octet_program *compile(const char *path, const char *cpu)
{
    return compile_with(path, &(octet_compile_opts){.cpu = cpu});
}

/* The same model taking the planar pixels themselves, normalization folded. */
static octet_program *compile_folded(const char *path, const char *cpu, const model_row *r)
{
    octet_recipe recipe = {.order = r->channels == 1 ? OCTET_GRAY : OCTET_RGB, .layout = OCTET_NCHW};
    octet_pixels planes = {.format = r->channels == 1 ? OCTET_PIXELS_GRAY : OCTET_PIXELS_RGB, .layout = OCTET_NCHW};
    for (int c = 0; c < r->channels; c++) {
        recipe.mean[c] = (float)r->mean[c];
        recipe.scale[c] = (float)(1 / r->std[c]);
    }
    return compile_with(path, &(octet_compile_opts){.cpu = cpu, .placement = OCTET_PLACEMENT_FOLD, .recipe = &recipe,
                                                    .pixels = &planes});
}

static const float *run_one(octet_session *s, const model_row *r, const uint8_t *planes)
{
    float *x = octet_session_input(s, 0);
    size_t plane = (size_t)r->width * (size_t)r->height;
    for (int c = 0; c < r->channels; c++)
        for (size_t i = 0; i < plane; i++)
            x[(size_t)c * plane + i] = (float)(((double)planes[(size_t)c * plane + i] - r->mean[c]) / r->std[c]);
    octet_session_run(s, NULL);
    return octet_session_output(s, 0);
}

static int argmax(const float *y, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (y[i] > y[best])
            best = i;
    return best;
}

static float largest(const float *y, int n)
{
    float m = 0;
    for (int i = 0; i < n; i++)
        m = fabsf(y[i]) > m ? fabsf(y[i]) : m;
    return m;
}

static const char *base_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static void check_vectors(octet_session *s, const model_row *r, const pixels *p, int n_classes, int is_int8)
{
    char name[256];
    size_t n;
    snprintf(name, sizeof name, "vectors/%s.f32", base_name(r->name));
    float *want = (float *)(void *)read_all(name, &n, 0);
    CHECK(n == (size_t)N_VECTORS * (size_t)n_classes * sizeof(float), "%s has %zu bytes", name, n);
    double worst = 0, sum = 0;
    for (int i = 0; i < N_VECTORS && n == (size_t)N_VECTORS * (size_t)n_classes * sizeof(float); i++) {
        const float *y = run_one(s, r, p->data + (size_t)i * p->image_bytes), *w = want + i * n_classes;
        double scale = (double)largest(w, n_classes), worst_here = 0;
        for (int c = 0; c < n_classes; c++)
            worst_here = fmax(worst_here, fabs((double)y[c] - (double)w[c]) / scale);
        worst = fmax(worst, worst_here);
        sum += worst_here;
    }
    printf("%s: largest difference %.2e of the largest logit (mean over images %.2e)\n", r->name, worst, sum / N_VECTORS);
    if (!is_int8)
        CHECK(worst <= 1e-4, "%s: %.3e of the largest logit", r->name, worst);
    free(want);
}

/* Of an int8 file's top-1 with the recorded one. In mobilenetv2_keras_qdq ONNX Runtime keeps 15 of 53 convolutions and all
 * additions in float (docs/arithmetic.md), so there the recorded answers are not those of the file's own arithmetic; with its
 * optimizer off it gives 494 of them itself. */
static double least_agreement(const char *name)
{
    return strcmp(name, "int8/mobilenetv2_keras_qdq") == 0 ? 0.98 : 0.99;
}

static void check_top1(octet_session *s, const model_row *r, const pixels *p, size_t limit, int n_classes, int is_int8)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/top1/%s.txt", data_dir, base_name(r->name));
    FILE *f = fopen(path, "r");
    int want;
    size_t n_same = 0, n_ties = 0, n = 0;
    while (n < p->n_images && n < limit && f && fscanf(f, "%d", &want) == 1) {
        const float *y = run_one(s, r, p->data + n++ * p->image_bytes);
        int got = argmax(y, n_classes) - r->class_offset;
        int tie = got != want && want + r->class_offset < n_classes &&
                  y[got + r->class_offset] - y[want + r->class_offset] <= 1e-4f * largest(y, n_classes);
        n_same += got == want;
        n_ties += (size_t)tie;
    }
    if (f)
        fclose(f);
    printf("%s: top-1 as recorded on %zu of %zu images, %zu more are ties\n", r->name, n_same, n, n_ties);
    CHECK(n > 0, "%s is empty", path);
    if (is_int8)
        CHECK((double)n_same >= least_agreement(r->name) * (double)n, "%zu of %zu", n_same, n);
    else
        CHECK(n_same + n_ties == n, "%zu of %zu", n_same, n);
}

/* ---- the exact fold ---- */

/* Images that a fold with a wrong border would not survive, and those it would. */
static void make_image(uint8_t *planes, const model_row *r, int kind, uint32_t *state)
{
    for (int c = 0; c < r->channels; c++)
        for (int y = 0; y < r->height; y++)
            for (int x = 0; x < r->width; x++, planes++) {
                const int edge = y < 4 || x < 4 || y >= r->height - 4 || x >= r->width - 4;
                *state = *state * 1664525u + 1013904223u;
                const int values[] = {(int)(*state >> 24), 0, 255, 128, edge ? 255 : 0, edge ? 0 : 255, (x + y) % 2 * 255,
                                      edge ? (int)(*state >> 24) : 128, x * 255 / r->width};
                *planes = (uint8_t)values[kind];
            }
}

enum { N_KINDS = 9 };

static double fold_difference(octet_session *host, octet_session *folded, const model_row *r, const uint8_t *planes, int n_classes)
{
    double worst = 0;
    memcpy(octet_session_input(folded, 0), planes, (size_t)r->channels * (size_t)r->width * (size_t)r->height);
    octet_session_run(folded, NULL);
    const float *want = run_one(host, r, planes), *got = octet_session_output(folded, 0);
    for (int c = 0; c < n_classes; c++)
        worst = fmax(worst, fabs((double)got[c] - (double)want[c]));
    return worst / (double)largest(want, n_classes);
}

static void check_fold(octet_session *host, octet_session *folded, const model_row *r, const pixels *photos, int n_classes)
{
    double worst = 0, worst_photo = 0;
    uint32_t state = 1;
    uint8_t *planes = malloc(photos->image_bytes);
    for (int i = 0; i < N_VECTORS; i++)
        worst_photo = fmax(worst_photo, fold_difference(host, folded, r, photos->data + (size_t)i * photos->image_bytes, n_classes));
    for (int kind = 0; kind < N_KINDS; kind++) {
        make_image(planes, r, kind, &state);
        worst = fmax(worst, fold_difference(host, folded, r, planes, n_classes));
    }
    free(planes);
    printf("%s: folded, off by %.2e of the largest logit on photographs, %.2e on made images\n", r->name, worst_photo, worst);
    CHECK(worst_photo <= 1e-4 && worst <= 1e-4, "%s: the fold is off by %.3e and %.3e", r->name, worst_photo, worst);
}

static void check_folded(octet_session *host, const char *path, const char *cpu, int n_threads, const model_row *r,
                         const pixels *photos, int n_classes)
{
    const char *why;
    octet_session *folded;
    octet_program *program = compile_folded(path, cpu, r);
    CHECK(octet_program_placement(program, 0, &why) == OCTET_PLACEMENT_FOLD, "%s: not folded: %s", r->name, why ? why : "");
    octet_session_new(&folded, program, &(octet_session_opts){.n_threads = n_threads}, NULL);
    check_fold(host, folded, r, photos, n_classes);
    octet_session_free(folded);
    octet_program_free(program);
}

static void check_classifier(const char *name, const char *cpu, int n_threads, size_t limit)
{
    model_row r = find_row(name);
    char path[4096];
    snprintf(path, sizeof path, "%s/models/%s.onnx", data_dir, name);
    octet_program *program = compile(path, cpu);
    octet_session *s;
    octet_session_new(&s, program, &(octet_session_opts){.n_threads = n_threads}, NULL);
    int n_classes = (int)(octet_program_output(program, 0)->n_bytes / sizeof(float));
    int is_int8 = strncmp(name, "int8/", 5) == 0, is_imagenet = strcmp(r.set, "imagenet") == 0;
    pixels all = is_imagenet ? imagenet500(&r) : strcmp(r.set, "mnist") == 0 ? mnist() : cifar();
    pixels first = is_imagenet ? imagenet40(&r) : all;
    check_vectors(s, &r, &first, n_classes, is_int8);
    check_top1(s, &r, &all, limit, n_classes, is_int8);
    if (!is_int8)
        check_folded(s, path, cpu, n_threads, &r, &first, n_classes);
    if (first.data != all.data)
        free(first.data);
    free(all.data);
    octet_session_free(s);
    octet_program_free(program);
}

static void check_light(const char *name, const char *cpu, int n_threads)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/models/%s.onnx", data_dir, name);
    octet_program *program = compile(path, cpu);
    octet_session *s;
    octet_session_new(&s, program, &(octet_session_opts){.n_threads = n_threads}, NULL);
    float *x = octet_session_input(s, 0);
    for (size_t i = 0; i < octet_program_input(program, 0)->n_bytes / sizeof *x; i++)
        x[i] = 1.0f;
    octet_session_run(s, NULL);
    snprintf(path, sizeof path, "models/%s_output_0.pb", name);
    size_t n;
    uint8_t *data = read_all(path, &n, 0);
    oct_graph g;
    oct_graph_init(&g);
    oct_value_id id;
    octet_error err;
    if (oct_onnx_read_tensor(&g, &id, data, n, &err) != OCTET_OK)
        fail(path, err.message);
    const oct_value *want = oct_graph_value(&g, id);
    const float *y = octet_session_output(s, 0);
    double worst = 0;
    CHECK(oct_value_bytes(want) == octet_program_output(program, 0)->n_bytes, "%s: size of the output", name);
    for (int64_t i = 0; i < oct_value_elems(want); i++)
        worst = fmax(worst, fabs((double)y[i] - oct_const_float(want, i)));
    printf("%s: largest difference %.2e\n", name, worst);
    CHECK(worst <= 1e-4, "%s: differs by %g", name, worst);
    oct_graph_fini(&g);
    free(data);
    octet_session_free(s);
    octet_program_free(program);
}

int main(int argc, char **argv)
{
    const char *cpu = NULL;
    int n_threads = 1;
    size_t limit = SIZE_MAX;
    if (argc < 3)
        return 2;
    data_dir = argv[1];
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--cpu") == 0)
            cpu = argv[i + 1];
        else if (strcmp(argv[i], "--threads") == 0)
            n_threads = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--images") == 0)
            limit = (size_t)atol(argv[i + 1]);
        else
            return 2;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/models/%s.onnx", data_dir, argv[2]);
    FILE *there = fopen(path, "rb");
    if (!there) {
        printf("skipped: no %s\n", path);
        return CHECK_SKIP;
    }
    fclose(there);
    if (strncmp(argv[2], "light/", 6) == 0)
        check_light(argv[2], cpu, n_threads);
    else
        check_classifier(argv[2], cpu, n_threads, limit);
    return check_done();
}
