/* Random first layers and their results in double precision, see pixel_case.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pixel_case.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "yuv/frame.h"

static uint64_t state = 1;

void pixel_seed(uint64_t seed)
{
    state = seed;
}

uint32_t pixel_random(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t v = state;
    v ^= v >> 33;
    v *= 0xff51afd7ed558ccdu;
    return (uint32_t)(v >> 32);
}

int pixel_int(int lo, int hi)
{
    return lo + (int)(pixel_random() % (uint32_t)(hi - lo + 1));
}

static float uniform(float lo, float hi)
{
    return lo + (hi - lo) * ((float)(pixel_random() >> 8) / 16777216.0f);
}

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

int pixel_case_is_raw(const pixel_case *c)
{
    return c->form == FORM_CAST || c->form == FORM_CAST_NHWC || c->form == FORM_BATCH_NORM || c->form == FORM_GATHER;
}

octet_pixel_layout pixel_case_layout(const pixel_case *c)
{
    return c->form == FORM_TRANSPOSE || c->form == FORM_CAST_NHWC || c->form == FORM_PRODUCT_NHWC ? OCTET_NHWC : OCTET_NCHW;
}

static int is_product(const pixel_case *c)
{
    return c->form == FORM_PRODUCT || c->form == FORM_PRODUCT_NHWC;
}

/* ---- pixels ---- */

static int colour(int bgr, int k)
{
    return bgr && k < 3 ? 2 - k : k;
}

/* What model input channel `c` of pixel (n, y, x) is made of, 0..255. */
static double pixel_at(const pixel_case *t, int n, int c, int y, int x)
{
    int k = c;
    if (t->rgb)
        return t->rgb[(((size_t)n * (size_t)t->H + (size_t)y) * (size_t)t->W + (size_t)x) * 3 +
                      (size_t)colour(t->recipe.order == OCTET_BGR, c)];
    if (t->pixels.format == OCTET_PIXELS_GRAY)
        k = 0;
    else
        k = colour(t->pixels.format == OCTET_PIXELS_BGR, colour(t->recipe.order == OCTET_BGR, c));
    size_t area = (size_t)t->H * (size_t)t->W, at = (size_t)y * (size_t)t->W + (size_t)x;
    if (t->pixels.layout == OCTET_NCHW)
        return t->image[((size_t)n * (size_t)t->channels + (size_t)k) * area + at];
    return t->image[((size_t)n * area + at) * (size_t)t->channels + (size_t)k];
}

/* The model's own steps on channel c of its input. */
static double own_steps(const pixel_case *t, double v, int c)
{
    const double a = (double)t->step_a[c], b = (double)t->step_b[c];
    switch (t->form) {
    case FORM_CAST: return (v - b) * a;
    case FORM_CAST_NHWC: return v * (double)t->step_a[0] + b;
    case FORM_BATCH_NORM: return a * (v - b) / sqrt((double)t->step_a[c] + 1e-3) + 0.25;
    case FORM_GATHER: return (b - v) / (double)t->step_a[0];
    default: return v;
    }
}

static bool reverses(const pixel_case *t)
{
    return t->form == FORM_GATHER || t->form == FORM_SLICE || t->form == FORM_SPLIT;
}

/* What channel c of the convolution sees at (n, y, x). */
static double value_at(const pixel_case *t, int n, int c, int y, int x)
{
    int in = reverses(t) ? t->C - 1 - c : c;
    double v = (pixel_at(t, n, in, y, x) - (double)t->recipe.mean[in]) * (double)t->recipe.scale[in];
    return own_steps(t, v, c);
}

double pixel_case_slope(const pixel_case *t, int c)
{
    const int in = reverses(t) ? t->C - 1 - c : c;
    const double mean = (double)t->recipe.mean[in], scale = (double)t->recipe.scale[in];
    return (own_steps(t, (255 - mean) * scale, c) - own_steps(t, -mean * scale, c)) / 255;
}

/* What channel c would see at a place where the raw pixel is 0: what a fold with one bias puts into the padding. */
static double value_of_black(const pixel_case *t, int c)
{
    int in = reverses(t) ? t->C - 1 - c : c;
    return own_steps(t, -(double)t->recipe.mean[in] * (double)t->recipe.scale[in], c);
}

static void convolve_at(pixel_case *t, int n, int o, int oh, int ow)
{
    const int icg = t->C / t->G, g = o / (t->OC / t->G);
    double sum = t->biased ? (double)t->bias[o] : 0, naive = sum, magnitude = fabs(sum);
    for (int i = 0; i < icg; i++)
        for (int kh = 0; kh < t->K[0]; kh++)
            for (int kw = 0; kw < t->K[1]; kw++) {
                int y = oh * t->stride[0] - t->pad_begin[0] + kh * t->dilation[0];
                int x = ow * t->stride[1] - t->pad_begin[1] + kw * t->dilation[1], c = g * icg + i;
                double w = (double)t->w[((o * icg + i) * t->K[0] + kh) * t->K[1] + kw];
                if (y < 0 || x < 0 || y >= t->H || x >= t->W) {
                    naive += w * value_of_black(t, c);
                    continue;
                }
                double v = value_at(t, n, c, y, x);
                sum += w * v;
                naive += w * v;
                magnitude += fabs(w * v);
            }
    size_t at = ((size_t)(n * t->OC + o) * (size_t)t->OH + (size_t)oh) * (size_t)t->OW + (size_t)ow;
    t->want[at] = t->relu && sum < 0 ? 0 : sum;
    t->naive[at] = t->relu && naive < 0 ? 0 : naive;
    t->magnitude = magnitude > t->magnitude ? magnitude : t->magnitude;
}

static void random_pixels(pixel_case *t)
{
    static const int counts[OCTET_PIXELS_N_FORMATS] = {3, 3, 1, 4, 3, 3, 3, 3}; /* in the order of the formats */
    t->pixels = (octet_pixels){.layout = pixel_int(0, 1) ? OCTET_NCHW : OCTET_NHWC};
    t->recipe.order = t->C == 1 ? OCTET_GRAY : pixel_int(0, 1) ? OCTET_BGR : OCTET_RGB;
    if (t->C == 1)
        t->pixels.format = OCTET_PIXELS_GRAY;
    else if (t->C == 4)
        t->pixels.format = OCTET_PIXELS_RGBX;
    else
        t->pixels.format = (octet_pixel_format)pixel_int(0, OCTET_PIXELS_N_FORMATS - 1);
    if (t->pixels.format > OCTET_PIXELS_RGBX) {
        t->pixels = (octet_pixels){.format = t->pixels.format, .linear = pixel_int(0, 1)};
        t->pixels.matrix = pixel_int(0, 1) ? OCTET_BT709 : OCTET_BT601;
        t->pixels.range = pixel_int(0, 1) ? OCTET_YUV_FULL : OCTET_YUV_LIMITED;
    }
    t->channels = counts[t->pixels.format];
    for (int c = 0; c < t->C; c++) {
        t->recipe.mean[c] = pixel_case_is_raw(t) ? 0 : uniform(60, 180);
        t->recipe.scale[c] = pixel_case_is_raw(t) ? 1 : uniform(0.01f, 0.03f);
    }
}

/* The affine conversion of one pixel, or the law's bytes. */
static void convert(const pixel_case *t, const uint8_t yuv[3], double rgb[3])
{
    double m[3][3], offset[3];
    uint8_t bytes[3];
    const oct_yuv_row row = {yuv, yuv + 1, yuv + 2, 1, 1};
    oct_yuv_affine(t->pixels.matrix, t->pixels.range, m, offset);
    oct_yuv_ref.rgb(bytes, &row, 1, oct_yuv_law_get(t->pixels.matrix, t->pixels.range));
    for (int c = 0; c < 3; c++)
        rgb[c] = t->pixels.linear ? m[c][0] * yuv[0] + m[c][1] * yuv[1] + m[c][2] * yuv[2] + offset[c] : bytes[c];
}

static void convert_frames(pixel_case *t, size_t frame_bytes)
{
    const uint8_t *planes[3];
    size_t strides[3];
    t->rgb = allocate((size_t)t->N * (size_t)t->H * (size_t)t->W * 3, sizeof *t->rgb);
    for (int n = 0; n < t->N; n++) {
        oct_yuv_frame_planes(planes, strides, t->pixels.format, t->W, t->H, t->image + (size_t)n * frame_bytes);
        const oct_yuv_source source = oct_yuv_source_of(t->pixels.format, planes, strides);
        for (int y = 0; y < t->H; y++)
            for (int x = 0; x < t->W; x++) {
                const oct_yuv_row row = oct_yuv_row_at(&source, x, y);
                const uint8_t yuv[3] = {*row.y, *row.u, *row.v};
                convert(t, yuv, t->rgb + (((size_t)n * (size_t)t->H + (size_t)y) * (size_t)t->W + (size_t)x) * 3);
            }
    }
}

void pixel_case_pixels(pixel_case *t)
{
    random_pixels(t);
    free(t->image);
    free(t->rgb);
    t->rgb = NULL;
    const bool yuv = t->pixels.format > OCTET_PIXELS_RGBX;
    const size_t frame_bytes = yuv ? (size_t)oct_yuv_frame_bytes(t->pixels.format, t->W, t->H)
                                   : (size_t)t->H * (size_t)t->W * (size_t)t->channels;
    t->n_image = (size_t)t->N * frame_bytes;
    t->image = allocate(t->n_image, 1);
    int kind = pixel_int(0, 3);
    for (size_t i = 0; i < t->n_image; i++)
        t->image[i] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)pixel_int(0, 255);
    if (yuv)
        convert_frames(t, frame_bytes);
    t->magnitude = 0;
    for (int n = 0; n < t->N; n++)
        for (int o = 0; o < t->OC; o++)
            for (int oh = 0; oh < t->OH; oh++)
                for (int ow = 0; ow < t->OW; ow++)
                    convolve_at(t, n, o, oh, ow);
}

/* ---- the model ---- */

static int random_axis(pixel_case *t, int a, int size)
{
    t->K[a] = pixel_int(1, 11);
    t->stride[a] = pixel_int(1, 4);
    t->dilation[a] = pixel_int(1, 3);
    int extent = (t->K[a] - 1) * t->dilation[a] + 1, most = pixel_int(0, 1) ? t->K[a] / 2 : extent;
    t->pad_begin[a] = pixel_int(0, most);
    t->pad_end[a] = pixel_int(0, most);
    int span = size + t->pad_begin[a] + t->pad_end[a] - extent;
    return span < 0 ? 0 : span / t->stride[a] + 1;
}

static void random_shape(pixel_case *t)
{
    static const int channels[] = {3, 3, 3, 1, 4};
    *t = (pixel_case){.form = (pixel_form)pixel_int(0, N_FORMS - 1), .N = pixel_int(0, 3) ? 1 : 2};
    t->C = channels[pixel_int(0, 4)];
    t->G = pixel_int(0, 4) == 0 ? t->C : 1;
    t->OC = t->G * pixel_int(1, pixel_int(0, 3) ? 8 : 40);
    do {
        t->H = pixel_int(1, 24);
        t->W = pixel_int(1, 24);
        t->OH = random_axis(t, 0, t->H);
        t->OW = random_axis(t, 1, t->W);
    } while (t->OH < 1 || t->OW < 1);
    if (!is_product(t))
        return;
    t->G = t->OH = t->OW = 1;
    for (int a = 0; a < 2; a++) {
        t->K[a] = a ? t->W : t->H;
        t->stride[a] = t->dilation[a] = 1;
        t->pad_begin[a] = t->pad_end[a] = 0;
    }
}

void pixel_case_random(pixel_case *t)
{
    do
        random_shape(t);
    while ((int64_t)t->N * t->OH * t->OW * t->OC * (t->C / t->G) * t->K[0] * t->K[1] > 300000);
    t->relu = pixel_int(0, 3) == 0;
    t->biased = pixel_int(0, 3) != 0;
    size_t n_w = (size_t)t->OC * (size_t)(t->C / t->G) * (size_t)t->K[0] * (size_t)t->K[1];
    t->w = allocate(n_w, sizeof *t->w);
    t->bias = allocate((size_t)t->OC, sizeof *t->bias);
    for (size_t i = 0; i < n_w; i++)
        t->w[i] = uniform(-1, 1);
    for (int o = 0; o < t->OC; o++)
        t->bias[o] = uniform(-2, 2);
    for (int c = 0; c < 4; c++) {
        t->step_a[c] = t->form == FORM_GATHER ? uniform(40, 80) : uniform(0.01f, 0.03f);
        t->step_b[c] = t->form == FORM_CAST_NHWC ? uniform(-2, -1) : uniform(60, 180);
    }
    size_t n_y = (size_t)t->N * (size_t)t->OC * (size_t)t->OH * (size_t)t->OW;
    t->want = allocate(n_y, sizeof *t->want);
    t->naive = allocate(n_y, sizeof *t->naive);
    pixel_case_pixels(t);
}

void pixel_case_free(pixel_case *t)
{
    free(t->w);
    free(t->bias);
    free(t->image);
    free(t->rgb);
    free(t->want);
    free(t->naive);
}

void pixel_case_describe(const pixel_case *t, char text[512])
{
    snprintf(text, 512, "form %d N%d %dx%dx%d -> %dx%dx%d k%dx%d g%d stride %d,%d dil %d,%d pads %d,%d,%d,%d format %d layout %d "
             "order %d", t->form, t->N, t->H, t->W, t->C, t->OH, t->OW, t->OC, t->K[0], t->K[1], t->G, t->stride[0],
             t->stride[1], t->dilation[0], t->dilation[1], t->pad_begin[0], t->pad_begin[1], t->pad_end[0], t->pad_end[1],
             t->pixels.format, t->pixels.layout, t->recipe.order);
}

static void simple_node(msg *m, const char *op, const char *in, const char *out)
{
    msg_close(m, msg_node(m, op, out, in, out));
}

static void channel_tensor(msg *m, const char *name, const float *values, int C)
{
    msg_tensor(m, name, OCTET_F32, 4, (int64_t[]){1, C, 1, 1}, values, (size_t)C * sizeof *values);
}

static void transpose(msg *m, const char *in, const char *out)
{
    size_t node = msg_node(m, "Transpose", out, in, out);
    msg_attr_ints(m, "perm", 4, (const int64_t[]){0, 3, 1, 2});
    msg_close(m, node);
}

static void cast(msg *m, const char *in)
{
    size_t node = msg_node(m, "Cast", "cast", in, "f");
    msg_attr_int(m, "to", OCTET_F32);
    msg_close(m, node);
}

/* x -> v, with v as the convolution reads it */
static void add_steps(msg *m, const pixel_case *t)
{
    float quarter[4] = {0.25f, 0.25f, 0.25f, 0.25f};
    switch (t->form) {
    case FORM_TRANSPOSE: transpose(m, "x", "v"); break;
    case FORM_CAST:
        cast(m, "x");
        channel_tensor(m, "b", t->step_b, t->C);
        channel_tensor(m, "a", t->step_a, t->C);
        simple_node(m, "Sub", "f,b", "s");
        simple_node(m, "Mul", "a,s", "v");
        break;
    case FORM_CAST_NHWC:
        cast(m, "x");
        msg_tensor(m, "a", OCTET_F32, 0, NULL, t->step_a, sizeof(float));
        msg_tensor_f32(m, "b", t->C, t->step_b);
        simple_node(m, "Mul", "f,a", "s");
        simple_node(m, "Add", "b,s", "n");
        transpose(m, "n", "v");
        break;
    case FORM_BATCH_NORM: {
        cast(m, "x");
        msg_tensor_f32(m, "gamma", t->C, t->step_a);
        msg_tensor_f32(m, "beta", t->C, quarter);
        msg_tensor_f32(m, "mean", t->C, t->step_b);
        msg_tensor_f32(m, "var", t->C, t->step_a);
        size_t node = msg_node(m, "BatchNormalization", "bn", "f,gamma,beta,mean,var", "v");
        msg_attr_float(m, "epsilon", 1e-3f);
        msg_close(m, node);
        break;
    }
    case FORM_PAD:
        msg_tensor_i64(m, "pads", 8, (const int64_t[]){0, 0, t->pad_begin[0], t->pad_begin[1], 0, 0, t->pad_end[0], t->pad_end[1]});
        simple_node(m, "Pad", "x,pads", "v");
        break;
    case FORM_GATHER: {
        int64_t index[4];
        for (int c = 0; c < t->C; c++)
            index[c] = t->C - 1 - c;
        msg_tensor_i64(m, "index", t->C, index);
        size_t node = msg_node(m, "Gather", "swap", "x,index", "g");
        msg_attr_int(m, "axis", 1);
        msg_close(m, node);
        cast(m, "g");
        channel_tensor(m, "b", t->step_b, t->C);
        msg_tensor_f32(m, "a", 1, t->step_a);
        simple_node(m, "Sub", "b,f", "s");
        simple_node(m, "Div", "s,a", "v");
        break;
    }
    case FORM_SLICE:
        msg_tensor_i64(m, "starts", 1, (const int64_t[]){-1});
        msg_tensor_i64(m, "ends", 1, (const int64_t[]){INT64_MIN});
        msg_tensor_i64(m, "axes", 1, (const int64_t[]){1});
        msg_tensor_i64(m, "steps", 1, (const int64_t[]){-1});
        simple_node(m, "Slice", "x,starts,ends,axes,steps", "v");
        break;
    case FORM_SPLIT: {
        static const char *const parts[] = {NULL, "p0", NULL, "p0,p1,p2", "p0,p1,p2,p3"};
        static const char *const reversed[] = {NULL, "p0", NULL, "p2,p1,p0", "p3,p2,p1,p0"};
        size_t node = msg_node(m, "Split", "split", "x", parts[t->C]);
        msg_attr_int(m, "axis", 1);
        msg_close(m, node);
        node = msg_node(m, "Concat", "join", reversed[t->C], "v");
        msg_attr_int(m, "axis", 1);
        msg_close(m, node);
        break;
    }
    default: simple_node(m, "Identity", "x", "v"); break;
    }
}

static void add_conv(msg *m, const pixel_case *t, const char *out)
{
    const int zero[2] = {0, 0}, *begin = t->form == FORM_PAD ? zero : t->pad_begin, *end = t->form == FORM_PAD ? zero : t->pad_end;
    const int64_t dims[4] = {t->OC, t->C / t->G, t->K[0], t->K[1]};
    msg_tensor(m, "w", OCTET_F32, 4, dims, t->w, (size_t)(dims[0] * dims[1] * dims[2] * dims[3]) * sizeof(float));
    msg_tensor_f32(m, "bias", t->OC, t->bias);
    size_t node = msg_node(m, "Conv", "conv", t->biased ? "v,w,bias" : "v,w", out);
    msg_attr_ints(m, "strides", 2, (const int64_t[]){t->stride[0], t->stride[1]});
    msg_attr_ints(m, "dilations", 2, (const int64_t[]){t->dilation[0], t->dilation[1]});
    msg_attr_ints(m, "pads", 4, (const int64_t[]){begin[0], begin[1], end[0], end[1]});
    msg_attr_int(m, "group", t->G);
    msg_close(m, node);
}

/* The weights as a matrix over the flattened input: [OC][C][H][W] as it stands, or [H][W][C][OC]. */
static void add_product(msg *m, const pixel_case *t, const char *out)
{
    const int64_t K = (int64_t)t->C * t->H * t->W;
    msg_tensor_f32(m, "bias", t->OC, t->bias);
    if (t->form == FORM_PRODUCT) {
        simple_node(m, "Flatten", "v", "flat");
        msg_tensor(m, "w", OCTET_F32, 2, (const int64_t[]){t->OC, K}, t->w, (size_t)(t->OC * K) * sizeof(float));
        size_t node = msg_node(m, "Gemm", "gemm", t->biased ? "flat,w,bias" : "flat,w", out);
        msg_attr_int(m, "transB", 1);
        msg_close(m, node);
        return;
    }
    float *w = allocate((size_t)(t->OC * K), sizeof *w), *to = w;
    for (int h = 0; h < t->H; h++)
        for (int x = 0; x < t->W; x++)
            for (int c = 0; c < t->C; c++)
                for (int o = 0; o < t->OC; o++)
                    *to++ = t->w[((o * t->C + c) * t->H + h) * t->W + x];
    msg_tensor_i64(m, "shape", 2, (const int64_t[]){t->N, -1});
    simple_node(m, "Reshape", "v,shape", "flat");
    msg_tensor(m, "w", OCTET_F32, 2, (const int64_t[]){K, t->OC}, w, (size_t)(t->OC * K) * sizeof(float));
    simple_node(m, "MatMul", "flat,w", t->biased ? "product" : out);
    if (t->biased)
        simple_node(m, "Add", "product,bias", out);
    free(w);
}

msg pixel_case_model(const pixel_case *t)
{
    msg m = {0};
    size_t graph = msg_model(&m, 8, 17);
    const int64_t nchw[4] = {t->N, t->C, t->H, t->W}, nhwc[4] = {t->N, t->H, t->W, t->C};
    const int64_t out[4] = {t->N, t->OC, t->OH, t->OW};
    msg_value(&m, MSG_INPUT, "x", pixel_case_is_raw(t) ? OCTET_U8 : OCTET_F32, 4,
              pixel_case_layout(t) == OCTET_NHWC ? nhwc : nchw);
    add_steps(&m, t);
    if (is_product(t))
        add_product(&m, t, t->relu ? "z" : "y");
    else
        add_conv(&m, t, t->relu ? "z" : "y");
    if (t->relu)
        simple_node(&m, "Relu", "z", "y");
    if (t->y_scale > 0) {
        msg_tensor(&m, "y_scale", OCTET_F32, 0, NULL, &t->y_scale, sizeof t->y_scale);
        msg_tensor(&m, "y_zero", t->y_dtype, 0, NULL, &t->y_zero, 1);
        simple_node(&m, "QuantizeLinear", "y,y_scale,y_zero", "q");
    }
    msg_value(&m, MSG_OUTPUT, t->y_scale > 0 ? "q" : "y", t->y_scale > 0 ? t->y_dtype : OCTET_F32, is_product(t) ? 2 : 4, out);
    msg_model_end(&m, graph);
    return m;
}
