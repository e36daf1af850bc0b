/* The ordered list of passes: read this first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

const oct_pass oct_pass_pipeline[] = {
    {"bind_dims", oct_pass_bind_dims},
    {"infer_shapes", oct_pass_infer_shapes},
    {"sink_dequantize", oct_pass_sink_dequantize},
    {"raise_quantize", oct_pass_raise_quantize},
    {"infer_shapes", oct_pass_infer_shapes}, /* weights that were moved are constants again */
    {"fuse_qdq", oct_pass_fuse_qdq},
    {"dead_code", oct_pass_dead_code}, /* dequantized weights that nobody reads any more need not be computed */
    {"fold_constants", oct_pass_fold_constants},
    {"widen", oct_pass_widen},
    {"fold_constants", oct_pass_fold_constants}, /* the casts that widen put round constants */
    {"drop_identities", oct_pass_drop_identities},
    {"dead_code", oct_pass_dead_code},
    {"fuse_affine", oct_pass_fuse_affine},
    {"quantize", oct_pass_quantize}, /* a convolution has its scale and bias now, its activation is still a node of its own */
    {"sink_dequantize", oct_pass_sink_dequantize}, /* behind what quantize put in, as above */
    {"fuse_qdq", oct_pass_fuse_qdq},
    {"dead_code", oct_pass_dead_code},
    {"fold_constants", oct_pass_fold_constants},
    {"drop_identities", oct_pass_drop_identities},
    {"fuse_residual", oct_pass_fuse_residual},
    {"fuse_store", oct_pass_fuse_store},
    {"unsign", oct_pass_unsign},
    {"fuse_activation", oct_pass_fuse_activation},
    {"fold_normalize", oct_pass_fold_normalize},
    {"quantize_pixels", oct_pass_quantize_pixels},
    {"layout_nhwc", oct_pass_layout_nhwc},
    {"dead_code", oct_pass_dead_code},
    {"concat_in_place", oct_pass_concat_in_place},
    {NULL, NULL},
};

octet_status oct_passes_run(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    OCT_TRY(oct_graph_sort(g, err));
    for (const oct_pass *p = oct_pass_pipeline; p->name; p++) {
        OCT_TRY(p->run(g, env, err));
        OCT_TRY(oct_graph_sort(g, err));
    }
    return oct_graph_verify(g, err);
}
