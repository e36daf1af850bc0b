/* A float model quantized here, with images of ../shared/data (its README describes them):
 *
 *     quantized_model DATA_DIR MODEL LEAST     MODEL is a float model of models/models.tsv
 *
 * The ranges are the same bits at every CPU level and for 1 and 3 threads, the outputs at every level for 1 to 4 threads,
 * and at least LEAST percent of the images keep the class that the float model gives them. CIFAR-10 models are calibrated with
 * 100 images of train1000.bin and judged by test500.bin; the others with half of imagenet40_224.u8 and judged by the other half.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <octet/calibrate.h>
#include <octet/image.h>

#include "tests/check.h"

enum { N_CALIBRATION = 100, N_COMPARED = 8, N_HASHED = 4 };

static const char *const levels[] = {"ref", "avx2", "avx512", "avx512vnni"};

typedef struct images { /* RGB, interleaved, of the model's size */
    uint8_t *data;
    size_t n, n_bytes;
} images;

typedef struct subject {
    char path[4096];
    octet_recipe recipe;
    int width, height;
    images calibration, judged;
} subject;

static uint8_t *read_all(const char *folder, const char *name, size_t *n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        exit(CHECK_SKIP);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*n + 1);
    if (fread(data, 1, *n, f) != *n)
        exit(1);
    fclose(f);
    return data;
}

static void parse_triple(const char *s, float *out)
{
    const int n = sscanf(s, "%f,%f,%f", &out[0], &out[1], &out[2]);
    for (int i = n; i < 3; i++)
        out[i] = out[n - 1];
}

/* Size, mean and scale from models.tsv; the set of images. */
static int find_model(subject *s, const char *folder, const char *model, char set[32])
{
    size_t n;
    char *text = (char *)read_all(folder, "models/models.tsv", &n), name[64], mean[64], std[64];
    float stds[3];
    text[n] = '\0';
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (sscanf(line, "%63s %31s 1x3x%dx%d %63s %63s", name, set, &s->height, &s->width, mean, std) != 6 || strcmp(name, model) != 0)
            continue;
        s->recipe = (octet_recipe){.order = OCTET_RGB, .layout = OCTET_NCHW};
        parse_triple(mean, s->recipe.mean);
        parse_triple(std, stds);
        for (int c = 0; c < 3; c++)
            s->recipe.scale[c] = 1 / stds[c];
        snprintf(s->path, sizeof s->path, "%s/models/%s.onnx", folder, model);
        free(text);
        return 1;
    }
    free(text);
    return 0;
}

/* ---- images ---- */

static images read_cifar(const char *folder, const char *name)
{
    enum { PLANE = 1024, RECORD = 3 * PLANE + 1 };
    size_t n;
    uint8_t *file = read_all(folder, name, &n);
    images all = {.n = n / RECORD, .n_bytes = 3 * PLANE};
    all.data = malloc(all.n * all.n_bytes);
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < PLANE; k++)
            for (size_t c = 0; c < 3; c++)
                all.data[i * all.n_bytes + 3 * k + c] = file[i * RECORD + 1 + c * PLANE + k];
    free(file);
    return all;
}

static images read_crops(const char *folder, const subject *s)
{
    enum { SIDE = 224, CROP = 3 * SIDE * SIDE };
    size_t n;
    uint8_t *file = read_all(folder, "images/imagenet40_224.u8", &n);
    images all = {.n = n / CROP, .n_bytes = 3 * (size_t)s->width * (size_t)s->height};
    all.data = malloc(all.n * all.n_bytes);
    for (size_t i = 0; i < all.n; i++) {
        const octet_image crop = {.width = SIDE, .height = SIDE, .channels = 3, .stride = 3 * SIDE, .pixels = file + i * CROP};
        octet_image sized = {0};
        octet_error err;
        if (octet_image_resize(&sized, &crop, s->width, s->height, OCTET_RESIZE_PILLOW_BILINEAR, &err) != OCTET_OK)
            exit(1);
        for (int y = 0; y < s->height; y++)
            memcpy(all.data + i * all.n_bytes + 3 * (size_t)(y * s->width), sized.pixels + (size_t)y * sized.stride,
                   3 * (size_t)s->width);
        octet_image_free(&sized);
    }
    free(file);
    return all;
}

static void read_images(subject *s, const char *folder, const char *set)
{
    if (strcmp(set, "cifar10") == 0) {
        s->calibration = read_cifar(folder, "images/cifar10/train1000.bin");
        s->judged = read_cifar(folder, "images/cifar10/test500.bin");
        s->calibration.n = N_CALIBRATION;
        return;
    }
    s->calibration = s->judged = read_crops(folder, s);
    s->calibration.n /= 2;
    s->judged.n -= s->calibration.n;
    s->judged.data += s->calibration.n * s->calibration.n_bytes;
}

/* ---- programs ---- */

static octet_model *open_model(const subject *s)
{
    octet_model *m = NULL;
    octet_error err = {.message = ""};
    const int64_t dims[] = {1, 3, s->height, s->width};
    octet_status status = octet_model_open(&m, s->path, &err);
    if (status == OCTET_OK)
        status = octet_model_bind_shape(m, 0, dims, 4, &err);
    if (status != OCTET_OK) {
        fprintf(stderr, "quantized_model: %s\n", err.message);
        exit(1);
    }
    return m;
}

/* With the first n images. NULL where this machine lacks the level. */
static octet_calibration *calibrate(const subject *s, const char *level, int n_threads, size_t n)
{
    octet_calibration *c;
    octet_error err;
    octet_model *m = open_model(s);
    const octet_compile_opts opts = {.cpu = level, .placement = OCTET_PLACEMENT_FOLD, .recipe = &s->recipe};
    octet_status status = octet_calibration_new(&c, m, &opts, &(octet_session_opts){.n_threads = n_threads}, &err);
    octet_model_free(m);
    if (status == OCTET_UNSUPPORTED && strstr(err.message, "CPU level"))
        return NULL;
    CHECK(status == OCTET_OK, "%s", err.message);
    for (size_t i = 0; i < n && status == OCTET_OK; i++) {
        memcpy(octet_calibration_input(c, 0), s->calibration.data + i * s->calibration.n_bytes, s->calibration.n_bytes);
        status = octet_calibration_add(c, &err);
        CHECK(status == OCTET_OK, "%s", err.message);
    }
    CHECK(octet_calibration_n_images(c) == (int)n && !octet_calibration_warning(c, 0), "warning: %s",
          octet_calibration_warning(c, 0));
    return c;
}

static octet_program *compile(const subject *s, const char *level, const octet_calibration *c)
{
    octet_program *p;
    octet_error err;
    octet_model *m = open_model(s);
    const octet_compile_opts opts = {.cpu = level, .placement = OCTET_PLACEMENT_FOLD, .recipe = &s->recipe, .calibration = c};
    octet_status status = octet_compile(&p, m, &opts, &err);
    octet_model_free(m);
    CHECK(status == OCTET_OK, "%s", err.message);
    return p;
}

static void run(octet_session *session, const images *all, size_t i)
{
    memcpy(octet_session_input(session, 0), all->data + i * all->n_bytes, all->n_bytes);
    octet_session_run(session, NULL);
}

/* ---- the same bits ---- */

static uint64_t hash_outputs(const subject *s, const octet_program *p, int n_threads)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    octet_session *session;
    octet_session_new(&session, p, &(octet_session_opts){.n_threads = n_threads}, NULL);
    for (size_t i = 0; i < N_HASHED; i++) {
        run(session, &s->judged, i);
        const uint8_t *bytes = octet_session_output(session, 0);
        for (size_t k = 0; k < octet_program_output(p, 0)->n_bytes; k++)
            h = (h ^ bytes[k]) * 1099511628211u;
    }
    octet_session_free(session);
    return h;
}

static void check_ranges(const octet_calibration *a, const octet_calibration *b, const char *level)
{
    const octet_range *r, *q;
    for (int i = 0; (r = octet_calibration_range(a, i)) && (q = octet_calibration_range(b, i)); i++)
        CHECK(strcmp(r->name, q->name) == 0 && r->min == q->min && r->max == q->max && r->min <= r->max,
              "%s: '%s' is in %g..%g, '%s' at ref in %g..%g", level, q->name, (double)q->min, (double)q->max, r->name,
              (double)r->min, (double)r->max);
}

static void check_levels(const subject *s, const octet_calibration *c)
{
    octet_calibration *first = NULL;
    uint64_t expected = 0;
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) {
        octet_calibration *few = calibrate(s, levels[k], k == 0 ? 1 : 3, N_COMPARED);
        if (!few)
            continue;
        first = first ? first : few;
        check_ranges(first, few, levels[k]);
        octet_program *p = compile(s, levels[k], c);
        for (int n = 1; p && n <= 4; n++) {
            const uint64_t h = hash_outputs(s, p, n);
            expected = expected ? expected : h;
            CHECK(h == expected, "%s, %d threads: %016llx, expected %016llx", levels[k], n, (unsigned long long)h,
                  (unsigned long long)expected);
        }
        octet_program_free(p);
        if (few != first)
            octet_calibration_free(few);
    }
    octet_calibration_free(first);
}

/* ---- the right class ---- */

static int best(const octet_session *session, int n)
{
    const float *scores = octet_session_output(session, 0);
    int at = 0;
    for (int i = 1; i < n; i++)
        at = scores[i] > scores[at] ? i : at;
    return at;
}

static void check_agreement(const subject *s, const octet_calibration *c, double least)
{
    octet_program *exact = compile(s, NULL, NULL), *p = compile(s, NULL, c);
    octet_session *a = NULL, *b = NULL;
    if (!exact || !p)
        return;
    octet_session_new(&a, exact, NULL, NULL);
    octet_session_new(&b, p, NULL, NULL);
    size_t n_same = 0;
    const int n = (int)(octet_program_output(p, 0)->n_bytes / sizeof(float));
    for (size_t i = 0; i < s->judged.n; i++) {
        run(a, &s->judged, i);
        run(b, &s->judged, i);
        n_same += best(a, n) == best(b, n);
    }
    const double percent = 100.0 * (double)n_same / (double)s->judged.n;
    printf("%s: %zu of %zu images keep their class, %.1f %%\n", s->path, n_same, s->judged.n, percent);
    CHECK(percent >= least, "%.1f %%, at least %g %% are wanted", percent, least);
    octet_session_free(a);
    octet_session_free(b);
    octet_program_free(exact);
    octet_program_free(p);
}

int main(int argc, char **argv)
{
    static subject s;
    char set[32];
    if (argc != 4 || !find_model(&s, argv[1], argv[2], set)) {
        fprintf(stderr, "usage: quantized_model DATA_DIR MODEL LEAST\n");
        return 1;
    }
    read_images(&s, argv[1], set);
    octet_calibration *c = calibrate(&s, NULL, 1, s.calibration.n);
    check_levels(&s, c);
    check_agreement(&s, c, strtod(argv[3], NULL));
    octet_calibration_free(c);
    return check_done();
}
