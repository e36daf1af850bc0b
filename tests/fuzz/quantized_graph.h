/* Random quantized networks, made of a fuzzer's bytes: every input gives a valid ONNX model.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef QUANTIZED_GRAPH_H
#define QUANTIZED_GRAPH_H

#include "tests/onnx/message.h"

/* A float32 image goes in, is quantized to 8 or 16 bits, passes up to twelve operators in QDQ or QLinear form with shapes,
 * scales and zero points of all sizes, and comes out as float32. Opset 21. shows_all: every quantized tensor is an output too,
 * behind that one, so that it cannot vanish into an operator or change its type. To be freed with msg_free. */
msg quantized_graph(const uint8_t *data, size_t n_bytes, int shows_all);

#endif
