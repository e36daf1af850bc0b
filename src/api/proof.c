/* SPDX-License-Identifier: Apache-2.0 */
#include "api/proof.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/proof_pixels.h"
#include "base/crc32.h"
#include "base/err.h"
#include "base/mem.h"
#include "yuv/frame.h"

/* Without a tolerance of the caller: for float16 and bfloat16 outputs two steps at their largest element. */
static double default_tolerance(octet_dtype output)
{
    return output == OCTET_F16 ? 0x1p-9 : output == OCTET_BF16 ? 0x1p-6 : 1e-4;
}

#define DICE_START 0x9E3779B97F4A7C15u /* any number but 0 */

const char *octet_proof_kind_name(octet_proof_kind kind)
{
    static const char *const names[OCTET_PROOF_N_KINDS] = {"random", "constant", "border", "pattern", "photograph"};
    return names[kind];
}

/* A model ready to run. */
typedef struct side {
    octet_model *model;
    octet_program *program;
    octet_session *session;
    int input; /* of the images */
} side;

/* What is known of an output so far. */
typedef struct tally {
    double difference[OCTET_PROOF_N_KINDS], largest;
    uint32_t first; /* checksum of the original's on the first image */
} tally;

typedef struct prover {
    const oct_onnx_fold *fold;
    const octet_proof_opts *opts;
    octet_proof *proof;
    side original, rewritten;
    oct_proof_image image;
    oct_dice dice;
    tally *tallies;   /* one for each output */
    double *expected; /* room for the largest output */
    octet_error *err;
} prover;

/* ---- both models ---- */

static int find_model_input(const octet_model *model, const char *name)
{
    octet_tensor_info info;
    for (int i = 0; octet_model_input(model, i, &info) == OCTET_OK; i++)
        if (strcmp(info.name, name) == 0)
            return i;
    return -1;
}

static octet_status open_side(prover *p, side *s, const char *path)
{
    OCT_TRY(octet_model_open(&s->model, path, p->err));
    for (int i = 0; i < p->opts->n_dims; i++)
        OCT_TRY(octet_model_bind_dim(s->model, p->opts->dims[i].name, p->opts->dims[i].value, p->err));
    s->input = find_model_input(s->model, p->fold->input);
    if (s->input < 0)
        return oct_fail(p->err, OCTET_UNSUPPORTED, "input '%s' is a constant", p->fold->input);
    return OCTET_OK;
}

static octet_status compile_side(prover *p, side *s)
{
    octet_compile_opts compile = {.cpu = p->opts->cpu};
    octet_session_opts session = {.n_threads = p->opts->n_threads};
    OCT_TRY(octet_compile(&s->program, s->model, &compile, p->err));
    octet_model_free(s->model);
    s->model = NULL;
    return octet_session_new(&s->session, s->program, &session, p->err);
}

static void close_side(side *s)
{
    octet_session_free(s->session);
    octet_program_free(s->program);
    octet_model_free(s->model);
}

/* The original's input has the shape of the rewritten one's, which is whole once that is compiled. */
static octet_status bind_original(prover *p)
{
    const octet_tensor_info *pixels = octet_program_input(p->rewritten.program, p->rewritten.input);
    const oct_onnx_fold *fold = p->fold;
    bool is_frame = oct_yuv_is_format(fold->pixels.format);
    int64_t dims[OCTET_MAX_RANK];
    int rank = (int)strlen(fold->axes);
    for (int d = 0; d < rank; d++) {
        const char *at = strchr(fold->pixel_axes, fold->axes[d]);
        dims[d] = fold->axes[d] == 'C'               ? fold->channels
                  : is_frame && fold->axes[d] == 'H' ? fold->height
                  : is_frame && fold->axes[d] == 'W' ? fold->width
                                                     : pixels->dims[at - fold->pixel_axes];
    }
    return octet_model_bind_shape(p->original.model, p->original.input, dims, rank, p->err);
}

static octet_status open_sides(prover *p, const char *original, const char *rewritten)
{
    OCT_TRY(open_side(p, &p->original, original));
    OCT_TRY(open_side(p, &p->rewritten, rewritten));
    OCT_TRY(compile_side(p, &p->rewritten));
    OCT_TRY(bind_original(p));
    OCT_TRY(compile_side(p, &p->original));
    if (octet_program_n_outputs(p->original.program) != octet_program_n_outputs(p->rewritten.program))
        return oct_fail(p->err, OCTET_CHECK_FAILED, "the rewritten model has another number of outputs");
    return OCTET_OK;
}

/* ---- memory ---- */

static octet_status new_image(prover *p)
{
    const octet_tensor_info *info = octet_program_input(p->original.program, p->original.input);
    const oct_onnx_fold *fold = p->fold;
    oct_proof_image *image = &p->image;
    *image = (oct_proof_image){.n = 1, .channels = fold->channels == 4 ? 4 : 3};
    if (fold->channels == 1 || fold->pixels.format == OCTET_PIXELS_GRAY)
        image->channels = 1;
    for (int d = 0; d < info->rank; d++) {
        if (fold->axes[d] == 'H')
            image->height = info->dims[d];
        else if (fold->axes[d] == 'W')
            image->width = info->dims[d];
        else if (fold->axes[d] != 'C')
            image->n *= info->dims[d];
    }
    size_t n_bytes = (size_t)(image->n * image->height * image->width * image->channels);
    image->samples = oct_malloc(n_bytes + 1);
    return image->samples ? OCTET_OK : oct_fail_memory(p->err, "an image", n_bytes);
}

static int64_t n_elements(const octet_tensor_info *info)
{
    size_t size = octet_dtype_size(info->dtype);
    return size ? (int64_t)(info->n_bytes / size) : 0;
}

static octet_status new_tallies(prover *p)
{
    int64_t most = 0;
    int n = octet_program_n_outputs(p->original.program);
    for (int i = 0; i < n; i++) {
        int64_t n_elems = n_elements(octet_program_output(p->original.program, i));
        most = n_elems > most ? n_elems : most;
    }
    p->tallies = oct_calloc((size_t)n + 1, sizeof *p->tallies);
    p->expected = oct_calloc((size_t)most + 1, sizeof *p->expected);
    return p->tallies && p->expected ? OCTET_OK : oct_fail_memory(p->err, "a proof", (size_t)most * sizeof *p->expected);
}

/* ---- one image ---- */

/* Other inputs by name: their order is that of the file in both. */
static void put_others(prover *p)
{
    for (int i = 0; i < octet_program_n_inputs(p->original.program); i++) {
        const octet_tensor_info *info = octet_program_input(p->original.program, i);
        if (i == p->original.input)
            continue;
        void *data = octet_session_input(p->original.session, i);
        oct_proof_put_random(data, info, &p->dice);
        if (info->n_bytes)
            memcpy(octet_session_input(p->rewritten.session, i), data, info->n_bytes);
    }
}

static octet_status run_both(prover *p)
{
    const side *a = &p->original, *b = &p->rewritten;
    put_others(p);
    void *pixels = octet_session_input(b->session, b->input);
    oct_proof_put_pixels(pixels, octet_program_input(b->program, b->input), p->fold, &p->image, &p->dice);
    oct_proof_put_normalized(octet_session_input(a->session, a->input), octet_program_input(a->program, a->input), p->fold,
                             &p->image, pixels);
    OCT_TRY(octet_session_run(a->session, p->err));
    return octet_session_run(b->session, p->err);
}

static octet_status not_a_number(prover *p, const char *output, octet_proof_kind kind, const char *which)
{
    return oct_fail(p->err, OCTET_CHECK_FAILED, "output '%s' of the %s model is not finite on a %s image, so nothing is "
                                                "proven", output, which, octet_proof_kind_name(kind));
}

/* ---- what a tail should give, computed from the logits in p->expected ---- */

static void softmax(double *logits, int64_t n, int64_t step)
{
    double most = logits[0], sum = 0;
    for (int64_t k = 1; k < n; k++)
        most = fmax(most, logits[k * step]);
    for (int64_t k = 0; k < n; k++)
        sum += logits[k * step] = exp(logits[k * step] - most);
    for (int64_t k = 0; k < n; k++)
        logits[k * step] /= sum;
}

/* How far the logit of the class that was given lies below the best one. */
static double missed_by(const double *logits, int64_t n, int64_t step, double given)
{
    double most = logits[0];
    for (int64_t k = 1; k < n; k++)
        most = fmax(most, logits[k * step]);
    if (!(given >= 0 && given < (double)n))
        return HUGE_VAL;
    return most - logits[(int64_t)given * step];
}

static double differ_in_class(prover *p, const octet_tensor_info *logits, const octet_tensor_info *given, const void *data)
{
    int axis = p->fold->class_axis;
    int64_t n = logits->dims[axis], inner = 1, n_given = n_elements(given);
    double most = 0;
    for (int d = axis + 1; d < logits->rank; d++)
        inner *= logits->dims[d];
    for (int64_t i = 0; i < n_given; i++) {
        const double *first = p->expected + i / inner * n * inner + i % inner;
        most = fmax(most, missed_by(first, n, inner, oct_proof_element(data, given->dtype, i)));
    }
    return most;
}

static void expect_softmax(prover *p, const octet_tensor_info *logits)
{
    int axis = p->fold->class_axis;
    int64_t n = logits->dims[axis], inner = 1, n_elems = n_elements(logits);
    for (int d = axis + 1; d < logits->rank; d++)
        inner *= logits->dims[d];
    for (int64_t i = 0; i < n_elems; i += n * inner)
        for (int64_t k = 0; k < inner; k++)
            softmax(p->expected + i + k, n, inner);
}

/* ---- compare ---- */

static octet_status compare_output(prover *p, int i, octet_proof_kind kind)
{
    const octet_tensor_info *a = octet_program_output(p->original.program, i);
    const octet_tensor_info *b = octet_program_output(p->rewritten.program, i);
    const void *data_a = octet_session_output(p->original.session, i);
    const void *data_b = octet_session_output(p->rewritten.session, i);
    octet_fold_tail tail = p->fold->tail && strcmp(a->name, p->fold->output) == 0 ? p->fold->tail : OCTET_FOLD_NO_TAIL;
    int64_t n = n_elements(a), n_b = n_elements(b);
    tally *t = &p->tallies[i];
    uint32_t crc = oct_crc32(0, data_a, a->n_bytes);
    t->first = p->proof->n_images == 1 ? crc : t->first;
    p->proof->varies |= crc != t->first;
    for (int64_t k = 0; k < n; k++) {
        p->expected[k] = oct_proof_element(data_a, a->dtype, k);
        if (!isfinite(p->expected[k]))
            return not_a_number(p, a->name, kind, "original");
        p->proof->largest_logit = fmax(p->proof->largest_logit, fabs(p->expected[k]));
    }
    if (tail == OCTET_FOLD_SOFTMAX)
        expect_softmax(p, a);
    for (int64_t k = 0; k < n; k++)
        t->largest = fmax(t->largest, fabs(p->expected[k]));
    if (tail == OCTET_FOLD_ARGMAX) {
        t->difference[kind] = fmax(t->difference[kind], differ_in_class(p, a, b, data_b));
        return OCTET_OK;
    }
    if (n != n_b)
        return oct_fail(p->err, OCTET_CHECK_FAILED, "output '%s' of the rewritten model has another shape", a->name);
    for (int64_t k = 0; k < n; k++) {
        double y = oct_proof_element(data_b, b->dtype, k);
        if (!isfinite(y))
            return not_a_number(p, a->name, kind, "rewritten");
        t->difference[kind] = fmax(t->difference[kind], fabs(y - p->expected[k]));
    }
    return OCTET_OK;
}

static octet_status prove_image(prover *p, octet_proof_kind kind)
{
    OCT_TRY(run_both(p));
    p->proof->n_images++;
    p->proof->n_by_kind[kind]++;
    for (int i = 0; i < octet_program_n_outputs(p->original.program); i++)
        OCT_TRY(compare_output(p, i, kind));
    return OCTET_OK;
}

static void use_image(prover *p, const uint8_t *given)
{
    oct_proof_image *image = &p->image;
    int64_t n_pixels = image->height * image->width;
    bool is_frame = oct_yuv_is_format(p->fold->pixels.format);
    for (int64_t n = 0; n < image->n; n++)
        for (int64_t i = 0; i < n_pixels; i++) {
            uint8_t *to = &image->samples[(n * n_pixels + i) * image->channels];
            for (int c = 0; c < image->channels; c++)
                to[c] = image->channels == 1 ? given[i] : c < 3 ? given[3 * i + c] : 255;
            if (is_frame)
                oct_proof_to_yuv(to, &p->fold->pixels);
        }
}

/* ---- verdict ---- */

static double ratio(double difference, double largest)
{
    return difference > 0 ? difference / largest : 0; /* over 0: infinite */
}

/* Whether output i keeps its tolerance; what differs most goes into the proof. */
static bool judge_output(prover *p, int i, octet_proof_kind *worst)
{
    octet_proof *proof = p->proof;
    const octet_tensor_info *output = octet_program_output(p->original.program, i);
    double tolerance = p->opts->tolerance > 0 ? p->opts->tolerance : default_tolerance(output->dtype);
    bool good = true;
    proof->tolerance = fmax(proof->tolerance, tolerance);
    for (int kind = 0; kind < OCTET_PROOF_N_KINDS; kind++) {
        double r = ratio(p->tallies[i].difference[kind], p->tallies[i].largest);
        proof->largest_difference = fmax(proof->largest_difference, p->tallies[i].difference[kind]);
        proof->relative_by_kind[kind] = fmax(proof->relative_by_kind[kind], r);
        good &= r <= tolerance;
        if (r <= proof->relative)
            continue;
        proof->relative = r;
        snprintf(proof->output, sizeof proof->output, "%s", output->name);
        *worst = (octet_proof_kind)kind;
    }
    return good;
}

static octet_status judge(prover *p)
{
    octet_proof *proof = p->proof;
    octet_proof_kind worst = OCTET_PROOF_RANDOM;
    bool good = true;
    for (int i = 0; i < octet_program_n_outputs(p->original.program); i++)
        good &= judge_output(p, i, &worst);
    if (good)
        return OCTET_OK;
    return oct_fail(p->err, OCTET_CHECK_FAILED, "output '%s' differs by %.3g of its largest element on a %s image, more than "
                                                "the tolerance of %g", proof->output, proof->relative,
                    octet_proof_kind_name(worst), proof->tolerance);
}

static octet_status prove(prover *p, const char *original, const char *rewritten)
{
    OCT_TRY(open_sides(p, original, rewritten));
    OCT_TRY(new_image(p));
    OCT_TRY(new_tallies(p));
    for (int i = 0; i < OCT_PROOF_N_MADE; i++)
        OCT_TRY(prove_image(p, oct_proof_make_image(&p->image, i, p->fold->recipe.mean, &p->dice)));
    for (int i = 0; i < p->opts->n_images; i++) {
        use_image(p, p->opts->images[i]);
        OCT_TRY(prove_image(p, OCTET_PROOF_IMAGE));
    }
    return judge(p);
}

octet_status oct_prove(octet_proof *proof, const oct_onnx_fold *fold, const char *original, const char *rewritten,
                       const octet_proof_opts *opts, octet_error *err)
{
    prover p = {.fold = fold, .opts = opts, .proof = proof, .dice = {DICE_START}, .err = err};
    *proof = (octet_proof){0};
    octet_status status = prove(&p, original, rewritten);
    close_side(&p.original);
    close_side(&p.rewritten);
    oct_free(p.image.samples);
    oct_free(p.tallies);
    oct_free(p.expected);
    return status;
}
