/* What the checks of stored steps are made of. All numbers in parameters may be anything: sizes are multiplied with a
 * limit, after which sums and differences of some of them cannot overflow.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_PROOF_H
#define OCT_STEPS_PROOF_H

#include "kernels/nd.h"
#include "runtime/step.h"

#define OCT_PROOF_MOST ((int64_t)1 << 44) /* of any product */

/* The product; -1 if a factor is negative or the product of those that are not 0 is larger than OCT_PROOF_MOST. */
int64_t oct_proof_product(const int64_t *factors, int n);
#define OCT_PRODUCT(...) \
    oct_proof_product((const int64_t[]){__VA_ARGS__}, (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

/* There are parameters of this size, and n_operands or more. */
bool oct_proof_has(const oct_step_proof *p, size_t n_params, int n_operands);

/* ---- operands: all are false for one that is omitted, where n is negative, or if it does not lie at a multiple of `size`,
 * which is 1, 2, 4, 8 or 64 ---- */

/* n elements of `size` bytes can be read. */
bool oct_proof_reads(const oct_step_proof *p, int operand, int64_t n, int64_t size);
/* The same, but the operand may be omitted. */
bool oct_proof_may_read(const oct_step_proof *p, int operand, int64_t n, int64_t size);
/* n elements can be written: the operand is no constant. */
bool oct_proof_writes(const oct_step_proof *p, int operand, int64_t n, int64_t size);
/* The n elements of a constant; NULL if it is none. */
const void *oct_proof_constant(const oct_step_proof *p, int operand, int64_t n, int64_t size);
bool oct_proof_omits(const oct_step_proof *p, int operand);
/* The first a_bytes of operand a and the first b_bytes of b do not overlap. */
bool oct_proof_apart(const oct_step_proof *p, int a, int64_t a_bytes, int b, int64_t b_bytes);

/* ---- strides ---- */

/* Elements from index 0 to behind the last one of an index space with strides of 0 and more, 0 if it is empty; -1 if a
 * number is negative or too large. */
int64_t oct_proof_reach(const int64_t *dims, const int64_t *strides, int rank);

/* The space has min_rank..OCT_ND_MAX_RANK axes and so many arrays, no number is too large, and no array of those has an
 * element before its start. */
bool oct_proof_nd(const oct_nd *nd, int min_rank, int n_arrays);
/* Elements from an array's start to behind its last one, for spaces that oct_proof_nd accepts. */
int64_t oct_proof_nd_reach(const oct_nd *nd, int array);
/* A space that oct_nd_normalize would leave as it is, with the cut that oct_nd_make_cut gives it. */
bool oct_proof_nd_cut(const oct_nd *nd, const oct_nd_cut *cut, int64_t elems_per_item);

/* ---- windows ---- */

/* Output o, tap t of an axis reads input o*stride - pad + t*dilation. */
typedef struct oct_proof_axis {
    int64_t in, out, taps, stride, dilation, pad;
} oct_proof_axis;

/* Sizes of 1 and more; steps and paddings on both sides as small as they are in any network, so that the positions at the
 * borders can be counted. */
bool oct_proof_window(const oct_proof_axis *a);

#endif
