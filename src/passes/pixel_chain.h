/* What a model does to its image input before the first convolution or product: a chain of steps that are affine in each
 * channel, reorder channels or transpose. Found here, folded by fold_normalize.c.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PIXEL_CHAIN_H
#define OCT_PIXEL_CHAIN_H

#include "graph/graph.h"

#define OCT_PIXEL_CHAIN_MAX 32       /* nodes */
#define OCT_PIXEL_MAX_CHANNELS 512

/* Element (.., c, ..) of the value at the end is scale[c] * v + shift[c], with v of the input's channel channel[c]. */
typedef struct oct_pixel_chain {
    oct_value_id end;                     /* the value that the steps come to; the input itself if there are none */
    oct_node_id nodes[OCT_PIXEL_CHAIN_MAX];
    int32_t n_nodes;
    oct_node_id consumer;                 /* the only reader of `end`; OCT_NONE: none, several, or a graph output */
    int32_t axis[4];                      /* axis i of `end` is this axis of the input */
    int32_t channel_axis;                 /* of the input; -1: no step told channels apart, scale, shift have one entry */
    int64_t n;                            /* entries of scale, shift, channel; all in the graph's arena */
    double *scale, *shift;
    int32_t *channel;
    int64_t pad_begin[4], pad_end[4];     /* zeros added behind all affine steps, along the input's axes */
    bool padded;
    bool no_memory;                       /* an allocation failed: the chain is worth nothing */
} oct_pixel_chain;

/* Follow input `id`, of rank 4, as far as the steps are of these kinds: Cast to a float type, Transpose, Add, Sub, Mul, Div by
 * a constant number or a constant per channel, BatchNormalization, Gather, Slice and Split with Concat that permute
 * channels, and last a Pad with zeros. uses[] is from oct_graph_uses. OCTET_NO_MEMORY is the only failure. */
octet_status oct_pixel_chain_follow(oct_pixel_chain *chain, oct_graph *g, const int32_t *uses, oct_value_id id,
                                    octet_error *err);

/* One entry per channel from now on, `axis` of the input being the channels. False if they are another axis or number, or
 * with no_memory set. */
bool oct_pixel_chain_spread(oct_pixel_chain *chain, oct_graph *g, int axis, int64_t n);

#endif
