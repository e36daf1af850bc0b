/* Arithmetic on numbers that a hostile file may hold, see proof.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/proof.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STEP ((int64_t)1 << 20) /* stride, dilation */
#define MOST_PAD 4096

int64_t oct_proof_product(const int64_t *factors, int n)
{
    int64_t product = 1;
    bool zero = false;
    for (int i = 0; i < n; i++) {
        if (factors[i] < 0 || (factors[i] > 0 && product > OCT_PROOF_MOST / factors[i]))
            return -1;
        zero = zero || factors[i] == 0;
        product *= factors[i] == 0 ? 1 : factors[i];
    }
    return zero ? 0 : product;
}

bool oct_proof_has(const oct_step_proof *p, size_t n_params, int n_operands)
{
    return p->n_params >= n_params && p->n_operands >= n_operands;
}

/* ---- operands ---- */

bool oct_proof_omits(const oct_step_proof *p, int operand)
{
    return p->operands[operand].at.region == OCT_REGION_NONE;
}

bool oct_proof_reads(const oct_step_proof *p, int operand, int64_t n, int64_t size)
{
    const oct_step_extent *e = &p->operands[operand];
    const int64_t n_bytes = OCT_PRODUCT(n, size);
    return !oct_proof_omits(p, operand) && n_bytes >= 0 && (uint64_t)n_bytes <= e->n_bytes &&
           e->at.offset % (uint64_t)size == 0;
}

bool oct_proof_may_read(const oct_step_proof *p, int operand, int64_t n, int64_t size)
{
    return oct_proof_omits(p, operand) || oct_proof_reads(p, operand, n, size);
}

bool oct_proof_writes(const oct_step_proof *p, int operand, int64_t n, int64_t size)
{
    return p->operands[operand].at.region == OCT_REGION_ARENA && oct_proof_reads(p, operand, n, size);
}

const void *oct_proof_constant(const oct_step_proof *p, int operand, int64_t n, int64_t size)
{
    const oct_step_extent *e = &p->operands[operand];
    return e->at.region == OCT_REGION_CONST && oct_proof_reads(p, operand, n, size) ? e->data : NULL;
}

bool oct_proof_apart(const oct_step_proof *p, int a, int64_t a_bytes, int b, int64_t b_bytes)
{
    const oct_operand x = p->operands[a].at, y = p->operands[b].at;
    return x.region != y.region || a_bytes == 0 || b_bytes == 0 || x.offset >= y.offset + (uint64_t)b_bytes ||
           y.offset >= x.offset + (uint64_t)a_bytes;
}

/* ---- strides ---- */

int64_t oct_proof_reach(const int64_t *dims, const int64_t *strides, int rank)
{
    int64_t last = 0;
    if (oct_proof_product(dims, rank) <= 0)
        return oct_proof_product(dims, rank);
    for (int i = 0; i < rank; i++) {
        const int64_t way = OCT_PRODUCT(dims[i] - 1, strides[i]);
        if (way < 0)
            return -1;
        last += way;
    }
    return last + 1 <= OCT_PROOF_MOST ? last + 1 : -1;
}

/* First and last element of an array; false if a number is too large. */
static bool find_ends(const oct_nd *nd, int array, int64_t *first, int64_t *last)
{
    *first = *last = nd->offset[array];
    for (int i = 0; i < nd->rank; i++) {
        const int64_t stride = nd->strides[array][i];
        if (stride < -OCT_PROOF_MOST || stride > OCT_PROOF_MOST || nd->dims[i] < 1)
            return false;
        const int64_t way = OCT_PRODUCT(nd->dims[i] - 1, llabs(stride));
        if (way < 0)
            return false;
        *(stride < 0 ? first : last) += stride < 0 ? -way : way;
    }
    return *first >= 0 && *last < OCT_PROOF_MOST;
}

bool oct_proof_nd(const oct_nd *nd, int min_rank, int n_arrays)
{
    if (nd->rank < min_rank || nd->rank > OCT_ND_MAX_RANK || nd->n_arrays != n_arrays)
        return false;
    const int64_t n = oct_proof_product(nd->dims, nd->rank);
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++) {
        int64_t first, last;
        if (nd->offset[a] < 0 || nd->offset[a] > OCT_PROOF_MOST || (n != 0 && !find_ends(nd, a, &first, &last)))
            return false;
    }
    return n >= 0;
}

int64_t oct_proof_nd_reach(const oct_nd *nd, int array)
{
    int64_t first, last;
    return oct_nd_count(nd, nd->rank) > 0 && find_ends(nd, array, &first, &last) ? last + 1 : 0;
}

bool oct_proof_nd_cut(const oct_nd *nd, const oct_nd_cut *cut, int64_t elems_per_item)
{
    oct_nd normal = *nd;
    oct_nd_normalize(&normal);
    const oct_nd_cut want = oct_nd_make_cut(&normal, elems_per_item);
    return memcmp(&normal, nd, sizeof normal) == 0 && memcmp(&want, cut, sizeof want) == 0;
}

/* ---- windows ---- */

bool oct_proof_window(const oct_proof_axis *a)
{
    if (a->in < 1 || a->out < 1 || a->taps < 1 || a->stride < 1 || a->stride > MOST_STEP || a->dilation < 1 ||
        a->dilation > MOST_STEP || a->pad < 0 || a->pad > MOST_PAD)
        return false;
    const int64_t end = (a->out - 1) * a->stride + (a->taps - 1) * a->dilation + 1;
    return end - a->pad - a->in <= MOST_PAD;
}
