/* Parameters of a node as text, for oct_graph_print.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_TEXT_PARAMS_H
#define OCT_TEXT_PARAMS_H

#include <stdio.h>

#include "graph/graph.h"

/* " {kernel 7x7, stride 2x2, pads 3,3,3,3}": what differs from the plain case; nothing if all is plain. */
void oct_text_params(FILE *f, const oct_node *n);

#endif
