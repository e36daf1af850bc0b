/* Scores of a classifier: probabilities and ranking.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TOPK_H
#define CLI_TOPK_H

#include <stdbool.h>

/* The indices of the k largest of n scores, best first; of equal ones the smaller index first. k <= n; no NaN. */
void cli_topk(int *indices, int k, const float *scores, int n);

/* How many scores are ahead of `index` in that order: 0 for the best. */
int cli_rank(const float *scores, int n, int index);

bool cli_has_nan(const float *scores, int n);

/* Nonnegative and summing up to one, as far as 8-bit arithmetic keeps that: each may be off by half a step of 1/256. */
bool cli_is_distribution(const float *scores, int n);

/* p[i] = exp(x[i] - max) / sum, in double. */
void cli_softmax(float *p, const float *x, int n);

#endif
