/* Ranking and softmax.
 * SPDX-License-Identifier: Apache-2.0 */
#include "topk.h"

#include <math.h>

static bool ahead(const float *scores, int a, int b)
{
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

void cli_topk(int *indices, int k, const float *scores, int n)
{
    int n_kept = 0;
    for (int i = 0; i < n; i++) {
        if (n_kept == k && (k == 0 || !ahead(scores, i, indices[k - 1])))
            continue;
        int at = n_kept < k ? n_kept++ : k - 1;
        for (; at > 0 && ahead(scores, i, indices[at - 1]); at--)
            indices[at] = indices[at - 1];
        indices[at] = i;
    }
}

int cli_rank(const float *scores, int n, int index)
{
    int rank = 0;
    for (int i = 0; i < n; i++)
        rank += ahead(scores, i, index);
    return rank;
}

bool cli_has_nan(const float *scores, int n)
{
    for (int i = 0; i < n; i++)
        if (isnan(scores[i]))
            return true;
    return false;
}

bool cli_is_distribution(const float *scores, int n)
{
    double sum = 0, tolerance = fmin(n / 512.0, 0.1);
    for (int i = 0; i < n; i++) {
        if (!(scores[i] >= 0 && scores[i] <= 1.0001f))
            return false;
        sum += (double)scores[i];
    }
    return fabs(sum - 1) <= tolerance;
}

void cli_softmax(float *p, const float *x, int n)
{
    double largest = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        largest = fmax(largest, (double)x[i]);
    for (int i = 0; i < n; i++)
        sum += exp((double)x[i] - largest);
    for (int i = 0; i < n; i++)
        p[i] = (float)(exp((double)x[i] - largest) / sum);
}
