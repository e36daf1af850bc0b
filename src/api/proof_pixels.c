/* SPDX-License-Identifier: Apache-2.0 */
#include "api/proof_pixels.h"

#include <string.h>

#include "base/half.h"
#include "yuv/frame.h"

uint32_t oct_dice_roll(oct_dice *dice)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (uint32_t)(dice->state >> 32);
}

/* ---- images ---- */

static bool at_border(const oct_proof_image *image, int64_t h, int64_t w)
{
    return h == 0 || w == 0 || h == image->height - 1 || w == image->width - 1;
}

static bool at_corner(const oct_proof_image *image, int64_t h, int64_t w)
{
    return (h == 0 || h == image->height - 1) && (w == 0 || w == image->width - 1);
}

static int ramp(int64_t i, int64_t n)
{
    return n > 1 ? (int)(i * 255 / (n - 1)) : 0;
}

/* Four random images, three constant ones, three that are nothing but border, a checkerboard and a ramp. */
static int sample(const oct_proof_image *image, int which, int64_t h, int64_t w, int c, const float *mean, oct_dice *dice)
{
    switch (which) {
    default: return (int)(oct_dice_roll(dice) & 255);
    case 4: return 0;
    case 5: return mean[c] > 0 ? (mean[c] < 255 ? (int)(mean[c] + 0.5f) : 255) : 0;
    case 6: return 255;
    case 7: return at_border(image, h, w) ? 255 : 0;
    case 8: return at_border(image, h, w) ? 0 : 255;
    case 9: return at_corner(image, h, w) ? 255 - 60 * c : 0;
    case 10: return (h + w + c) % 2 ? 255 : 0;
    case 11: return c % 2 ? ramp(h, image->height) : 255 - ramp(w, image->width);
    }
}

octet_proof_kind oct_proof_make_image(oct_proof_image *image, int which, const float *mean, oct_dice *dice)
{
    static const octet_proof_kind kinds[OCT_PROOF_N_MADE] = {
        OCTET_PROOF_RANDOM, OCTET_PROOF_RANDOM,   OCTET_PROOF_RANDOM, OCTET_PROOF_RANDOM, OCTET_PROOF_CONSTANT,
        OCTET_PROOF_CONSTANT, OCTET_PROOF_CONSTANT, OCTET_PROOF_BORDER, OCTET_PROOF_BORDER, OCTET_PROOF_BORDER,
        OCTET_PROOF_PATTERN, OCTET_PROOF_PATTERN};
    uint8_t *p = image->samples;
    for (int64_t n = 0; n < image->n; n++)
        for (int64_t h = 0; h < image->height; h++)
            for (int64_t w = 0; w < image->width; w++)
                for (int c = 0; c < image->channels; c++)
                    *p++ = (uint8_t)sample(image, (int)((which + n) % OCT_PROOF_N_MADE), h, w, c, mean, dice);
    return kinds[which];
}

/* ---- tensors ---- */

/* Walks the elements of a tensor in its order and says where in the image each lies. */
typedef struct place {
    int64_t n, h, w, c;
} place;

static place locate(int64_t i, const char *axes, const octet_tensor_info *info)
{
    place p = {0};
    int64_t step = 1; /* of the axes that count images */
    for (int d = info->rank - 1; d >= 0; d--) {
        int64_t at = i % info->dims[d];
        i /= info->dims[d];
        switch (axes[d]) {
        case 'H': p.h = at; break;
        case 'W': p.w = at; break;
        case 'C': p.c = at; break;
        default:
            p.n += at * step;
            step *= info->dims[d];
            break;
        }
    }
    return p;
}

static int64_t n_elements(const octet_tensor_info *info)
{
    int64_t n = 1;
    for (int d = 0; d < info->rank; d++)
        n *= info->dims[d];
    return n;
}

/* Sample of an image where the channels are R, G, B; all are the same in gray. */
static uint8_t take(const oct_proof_image *image, place p, int64_t channel)
{
    int64_t c = image->channels == 1 ? 0 : channel;
    return image->samples[((p.n * image->height + p.h) * image->width + p.w) * image->channels + c];
}

/* ---- frames ---- */

typedef struct chroma_place {
    const uint8_t *y, *u, *v;
} chroma_place;

static chroma_place find_samples(const uint8_t *frames, const oct_onnx_fold *fold, place p)
{
    const uint8_t *planes[3];
    size_t strides[3];
    octet_pixel_format format = fold->pixels.format;
    int32_t w = (int32_t)fold->width, h = (int32_t)fold->height;
    oct_yuv_frame_planes(planes, strides, format, w, h, frames + (uint64_t)p.n * oct_yuv_frame_bytes(format, w, h));
    oct_yuv_source s = oct_yuv_source_of(format, planes, strides);
    size_t row = (size_t)p.h, pair = (size_t)p.w / 2, chroma_row = row / (size_t)s.rows_per_uv;
    return (chroma_place){s.row.y + row * s.y_stride + (size_t)p.w * s.row.y_step,
                          s.row.u + chroma_row * s.u_stride + pair * s.row.uv_step,
                          s.row.v + chroma_row * s.v_stride + pair * s.row.uv_step};
}

static void put_frames(uint8_t *out, const oct_onnx_fold *fold, const oct_proof_image *image)
{
    for (place p = {0}; p.n < image->n; p.n++)
        for (p.h = 0; p.h < image->height; p.h++)
            for (p.w = 0; p.w < image->width; p.w++) {
                chroma_place at = find_samples(out, fold, p);
                out[at.y - out] = take(image, p, 0);
                out[at.u - out] = take(image, p, 1);
                out[at.v - out] = take(image, p, 2);
            }
}

/* Channel c of R, G, B. */
static float convert(const uint8_t *frames, const oct_onnx_fold *fold, place p, int64_t c)
{
    chroma_place at = find_samples(frames, fold, p);
    const octet_pixels *pixels = &fold->pixels;
    double m[3][3], offset[3];
    uint8_t rgb[3];
    if (!pixels->linear) {
        oct_yuv_ref.rgb(rgb, &(oct_yuv_row){.y = at.y, .u = at.u, .v = at.v, .y_step = 1, .uv_step = 1}, 1,
                        oct_yuv_law_get(pixels->matrix, pixels->range));
        return (float)rgb[c];
    }
    oct_yuv_affine(pixels->matrix, pixels->range, m, offset);
    return (float)(m[c][0] * *at.y + m[c][1] * *at.u + m[c][2] * *at.v + offset[c]);
}

static double determinant(double m[3][3])
{
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/* Cramer's rule */
void oct_proof_to_yuv(uint8_t pixel[3], const octet_pixels *pixels)
{
    double m[3][3], offset[3], yuv[3];
    oct_yuv_affine(pixels->matrix, pixels->range, m, offset);
    double whole = determinant(m);
    for (int k = 0; k < 3; k++) {
        double replaced[3][3];
        memcpy(replaced, m, sizeof m);
        for (int i = 0; i < 3; i++)
            replaced[i][k] = pixel[i] - offset[i];
        yuv[k] = determinant(replaced) / whole + 0.5;
    }
    for (int k = 0; k < 3; k++)
        pixel[k] = (uint8_t)(yuv[k] < 0 ? 0 : yuv[k] > 255 ? 255 : yuv[k]);
}

/* ---- both inputs ---- */

void oct_proof_put_pixels(void *data, const octet_tensor_info *info, const oct_onnx_fold *fold,
                          const oct_proof_image *image, oct_dice *dice)
{
    uint8_t *out = data;
    int64_t n = n_elements(info);
    if (oct_yuv_is_format(fold->pixels.format)) {
        memset(out, 128, (size_t)n);
        put_frames(out, fold, image);
        return;
    }
    bool swaps = fold->pixels.format == OCTET_PIXELS_BGR;
    for (int64_t i = 0; i < n; i++) {
        place p = locate(i, fold->pixel_axes, info);
        if (p.c == 3 && fold->placement == OCTET_FOLD_RGBX)
            out[i] = 255;
        else if (p.c == 3 && image->channels < 4)
            out[i] = (uint8_t)oct_dice_roll(dice); /* is ignored */
        else
            out[i] = take(image, p, swaps && p.c < 3 ? 2 - p.c : p.c);
    }
}

static void put_element(void *data, octet_dtype dtype, int64_t i, float value)
{
    switch (dtype) {
    case OCTET_F64: ((double *)data)[i] = (double)value; break;
    case OCTET_F16: ((uint16_t *)data)[i] = oct_f16_from_f32(value); break;
    case OCTET_BF16: ((uint16_t *)data)[i] = oct_bf16_from_f32(value); break;
    default: ((float *)data)[i] = value; break;
    }
}

void oct_proof_put_normalized(void *data, const octet_tensor_info *info, const oct_onnx_fold *fold,
                              const oct_proof_image *image, const uint8_t *pixels)
{
    int64_t n = n_elements(info);
    bool swaps = fold->recipe.order == OCTET_BGR, is_frame = oct_yuv_is_format(fold->pixels.format);
    for (int64_t i = 0; i < n; i++) {
        place p = locate(i, fold->axes, info);
        int64_t c = swaps && p.c < 3 ? 2 - p.c : p.c;
        float x = is_frame ? convert(pixels, fold, p, c) : (float)take(image, p, c);
        put_element(data, info->dtype, i, (x - fold->recipe.mean[p.c]) * fold->recipe.scale[p.c]);
    }
}

void oct_proof_put_random(void *data, const octet_tensor_info *info, oct_dice *dice)
{
    int64_t n = n_elements(info);
    size_t size = octet_dtype_size(info->dtype);
    bool is_float = info->dtype == OCTET_F32 || info->dtype == OCTET_F64 || info->dtype == OCTET_F16 ||
                    info->dtype == OCTET_BF16;
    memset(data, 0, (size_t)n * size);
    for (int64_t i = 0; i < n; i++) {
        if (is_float)
            put_element(data, info->dtype, i, (float)(oct_dice_roll(dice) >> 8) / 8388608.0f - 1.0f);
        else
            ((uint8_t *)data)[(size_t)i * size] = (uint8_t)(oct_dice_roll(dice) & 1); /* the lowest byte comes first */
    }
}

double oct_proof_element(const void *data, octet_dtype dtype, int64_t i)
{
    switch (dtype) {
    case OCTET_F32: return (double)((const float *)data)[i];
    case OCTET_F64: return ((const double *)data)[i];
    case OCTET_F16: return (double)oct_f32_from_f16(((const uint16_t *)data)[i]);
    case OCTET_BF16: return (double)oct_f32_from_bf16(((const uint16_t *)data)[i]);
    case OCTET_I64: return (double)((const int64_t *)data)[i];
    case OCTET_U64: return (double)((const uint64_t *)data)[i];
    case OCTET_I32: return (double)((const int32_t *)data)[i];
    case OCTET_U32: return (double)((const uint32_t *)data)[i];
    case OCTET_I16: return (double)((const int16_t *)data)[i];
    case OCTET_U16: return (double)((const uint16_t *)data)[i];
    case OCTET_I8: return (double)((const int8_t *)data)[i];
    default: return (double)((const uint8_t *)data)[i];
    }
}
