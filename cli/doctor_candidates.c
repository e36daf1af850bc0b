/* The tables of octet doctor. Published for pixels of 0..1, the numbers stand here times 255 and rounded to what people write.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_candidates.h"

/* clang-format off */
static const cli_family colour_families[] = {
    {"torchvision", CLI_FAMILY_STANDARD, {123.675f, 116.28f, 103.53f}, {58.395f, 57.12f, 57.375f},
     "torchvision, timm, MMPretrain, Gluon; ImageNet"},
    {"CLIP", CLI_FAMILY_STANDARD, {122.7709f, 116.7460f, 104.0937f}, {68.5005f, 66.6322f, 70.3232f}, "OpenAI CLIP and what follows it"},
    {"CIFAR-10", CLI_FAMILY_STANDARD, {125.307f, 122.961f, 113.8575f}, {62.985f, 62.0925f, 66.708f},
     "0.4914, 0.4822, 0.4465 over 0.2470, 0.2435, 0.2616"},
    {"CIFAR-10, std 0.20", CLI_FAMILY_STANDARD, {125.307f, 122.961f, 113.8575f}, {51.5865f, 50.847f, 51.255f},
     "kuangliu/pytorch-cifar and many after it"},
    {"CIFAR-100", CLI_FAMILY_STANDARD, {129.3105f, 124.0575f, 112.4295f}, {68.1615f, 65.382f, 70.431f},
     "0.5071, 0.4865, 0.4409 over 0.2673, 0.2564, 0.2762"},
    {"SVHN", CLI_FAMILY_STANDARD, {111.6135f, 113.169f, 120.564f}, {50.490f, 51.255f, 50.235f},
     "0.4377, 0.4438, 0.4728 over 0.1980, 0.2010, 0.1970"},
    {"Caffe, scale 0.017", CLI_FAMILY_STANDARD, {123.68f, 116.78f, 103.94f}, {58.8235f, 58.8235f, 58.8235f},
     "MobileNet and DenseNet in Caffe"},
    {"-1..1", CLI_FAMILY_CENTRED, {127.5f, 127.5f, 127.5f}, {127.5f, 127.5f, 127.5f}, "Inception, TensorFlow slim, Keras mode tf"},
    {"-1..1 by 128", CLI_FAMILY_CENTRED, {128, 128, 128}, {128, 128, 128}, "TensorFlow Lite"},
    {"127.5 over 128", CLI_FAMILY_CENTRED, {127.5f, 127.5f, 127.5f}, {128, 128, 128}, "MXNet and ncnn models of faces"},
    {"0..1", CLI_FAMILY_UNIT, {0, 0, 0}, {255, 255, 255}, "Darknet, ToTensor alone"},
    {"0..1 by 256", CLI_FAMILY_UNIT, {0, 0, 0}, {256, 256, 256}, "Caffe's LeNet, scale 0.00390625"},
    {"0..255", CLI_FAMILY_RAW, {0, 0, 0}, {1, 1, 1}, "models that normalize inside, as EfficientNet of Keras"},
    {"Caffe", CLI_FAMILY_SHIFTED, {123.68f, 116.779f, 103.939f}, {1, 1, 1}, "VGG, ResNet in Caffe, Keras mode caffe: BGR"},
    {"less 128", CLI_FAMILY_SHIFTED, {128, 128, 128}, {1, 1, 1}, "8-bit pixels taken as signed"},
    {"-0.5..0.5", CLI_FAMILY_HALF, {127.5f, 127.5f, 127.5f}, {255, 255, 255}, "x / 255 - 0.5"},
    {NULL, CLI_FAMILY_N_KINDS, {0}, {0}, NULL},
};

static const cli_family gray_families[] = {
    {"MNIST", CLI_FAMILY_STANDARD, {33.3285f}, {78.5655f}, "0.1307 over 0.3081"},
    {"Fashion-MNIST", CLI_FAMILY_STANDARD, {72.93f}, {90.015f}, "0.2860 over 0.3530"},
    {"gray torchvision", CLI_FAMILY_STANDARD, {114.495f}, {57.63f}, "0.449 over 0.226: torchvision's means of the channels"},
    {"-1..1", CLI_FAMILY_CENTRED, {127.5f}, {127.5f}, "0.5 over 0.5"},
    {"-1..1 by 128", CLI_FAMILY_CENTRED, {128}, {128}, "TensorFlow Lite"},
    {"0..1", CLI_FAMILY_UNIT, {0}, {255}, "ToTensor alone, Keras"},
    {"0..1 by 256", CLI_FAMILY_UNIT, {0}, {256}, "Caffe's LeNet, scale 0.00390625"},
    {"0..255", CLI_FAMILY_RAW, {0}, {1}, "models that normalize inside, and CNTK's MNIST"},
    {"less 128", CLI_FAMILY_SHIFTED, {128}, {1}, "8-bit pixels taken as signed"},
    {"-0.5..0.5", CLI_FAMILY_HALF, {127.5f}, {255}, "x / 255 - 0.5"},
    {"1..0", CLI_FAMILY_INVERTED, {255}, {-255}, "digits drawn in white on black"},
    {"MNIST inverted", CLI_FAMILY_INVERTED, {221.6715f}, {-78.5655f}, "the same, 0.1307 over 0.3081"},
    {"255..0", CLI_FAMILY_INVERTED, {255}, {-1}, "the same, not divided"},
    {NULL, CLI_FAMILY_N_KINDS, {0}, {0}, NULL},
};
/* clang-format on */

const cli_family *cli_family_at(int channels, int i)
{
    const cli_family *family = &(channels == 1 ? gray_families : colour_families)[i];
    return family->name ? family : NULL;
}

void cli_family_apply(octet_recipe *recipe, const cli_family *family)
{
    const int n = recipe->order == OCTET_GRAY ? 1 : 3;
    for (int c = 0; c < n; c++) {
        int from = recipe->order == OCTET_BGR ? 2 - c : c;
        recipe->mean[c] = family->mean[from];
        recipe->scale[c] = (float)(1 / (double)family->std[from]);
    }
}

/* ---- resize and crop ---- */

static void add_geometry(octet_recipe *out, int *n, const octet_recipe *from, const octet_recipe *geometry)
{
    octet_recipe *r = &out[(*n)++];
    *r = *from;
    r->resize = geometry->resize;
    r->resize_width = geometry->resize_width;
    r->resize_height = geometry->resize_height;
    r->crop_width = geometry->crop_width;
    r->crop_height = geometry->crop_height;
}

static bool fits_fixed(const octet_recipe *from, const octet_recipe *geometry, const cli_doctor_fixed *fixed)
{
    if (fixed->resize)
        return false; /* what is left of the geometry is the crop, which the input settles */
    return !fixed->crop || from->crop_width != 0 || geometry->crop_width == 0;
}

static int scaled(int32_t side, int numerator, int denominator)
{
    return (int)(((int64_t)side * numerator + denominator / 2) / denominator);
}

int cli_doctor_geometries(octet_recipe out[CLI_MOST_GEOMETRIES], const octet_recipe *from, const cli_image_input *input,
                          const cli_doctor_fixed *fixed)
{
    const int32_t w = input->width, h = input->height;
    const octet_recipe table[CLI_MOST_GEOMETRIES] = {
        {.resize = OCTET_RESIZE_SHORTER, .resize_width = scaled(w, 256, 224), .crop_width = w, .crop_height = h},
        {.resize = OCTET_RESIZE_SHORTER, .resize_width = w, .crop_width = w, .crop_height = h},
        {.resize = OCTET_RESIZE_STRETCH, .resize_width = w, .resize_height = h},
        {.resize = OCTET_RESIZE_SHORTER, .resize_width = (int32_t)((int64_t)w * 10 / 9), .crop_width = w, .crop_height = h},
        {.resize = OCTET_RESIZE_SHORTER, .resize_width = (int32_t)((int64_t)w * 20 / 19), .crop_width = w, .crop_height = h},
        {.resize = OCTET_RESIZE_STRETCH, .resize_width = scaled(w, 256, 224), .resize_height = scaled(h, 256, 224),
         .crop_width = w, .crop_height = h},
        {.resize = OCTET_RESIZE_NONE, .crop_width = w, .crop_height = h},
    };
    int n = 0;
    for (int i = 0; table[i].resize_width || table[i].crop_width; i++) {
        bool needs_square = table[i].resize == OCTET_RESIZE_SHORTER;
        if ((w == h || !needs_square) && fits_fixed(from, &table[i], fixed))
            add_geometry(out, &n, from, &table[i]);
    }
    return n;
}

octet_resize_dialect cli_doctor_dialect(int i)
{
    static const octet_resize_dialect table[] = {
        OCTET_RESIZE_PILLOW_BILINEAR, OCTET_RESIZE_PILLOW_BICUBIC, OCTET_RESIZE_OPENCV_LINEAR, OCTET_RESIZE_OPENCV_AREA,
        OCTET_RESIZE_PILLOW_LANCZOS, OCTET_RESIZE_PILLOW_NEAREST, OCTET_RESIZE_OPENCV_NEAREST,
    };
    return i < (int)(sizeof table / sizeof *table) ? table[i] : OCTET_RESIZE_N_DIALECTS;
}
