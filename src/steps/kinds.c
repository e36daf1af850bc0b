/* The list of all kinds of steps.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/kinds.h"

#include <string.h>

#include "steps/conv_f32.h"
#include "steps/conv_int.h"
#include "steps/conv_transpose.h"
#include "steps/conv_u16.h"
#include "steps/conv_u8s8.h"
#include "steps/copy.h"
#include "steps/lrn.h"
#include "steps/matmul_f32.h"
#include "steps/pixel_conv.h"
#include "steps/pixel_qconv.h"
#include "steps/pixel_table.h"
#include "steps/qlinear.h"
#include "steps/qlinear_u16.h"
#include "steps/quantize.h"
#include "steps/resize.h"
#include "steps/stages.h"
#include "steps/take.h"
#include "steps/window.h"

static const oct_step_kind *const kinds[] = {
    &oct_step_conv_f32,
    &oct_step_pack_f32,
    &oct_step_matrix_f32,
    &oct_step_matmul_f32,
    &oct_step_conv_int,
    &oct_step_conv_u8s8,
    &oct_step_conv_u16,
    &oct_step_conv_transpose,
    &oct_step_pixel_conv,
    &oct_step_pixel_qconv,
    &oct_step_pixel_table,
    &oct_step_stages,
    &oct_step_copy,
    &oct_step_take,
    &oct_step_gather,
    &oct_step_gather_elements,
    &oct_step_lrn,
    &oct_step_window,
    &oct_step_quantize,
    &oct_step_dequantize,
    &oct_step_dynamic_quantize,
    &oct_step_resize,
    &oct_step_qlinear_add,
    &oct_step_qlinear_mul,
    &oct_step_qlinear_average,
    &oct_step_qlinear_pool,
    &oct_step_table,
    &oct_step_qlinear_concat,
    &oct_step_qlinear_u16_add,
    &oct_step_qlinear_u16_average,
};

const oct_step_kind *const *oct_step_kinds(int *n)
{
    *n = (int)(sizeof kinds / sizeof *kinds);
    return kinds;
}

const oct_step_kind *oct_step_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}
