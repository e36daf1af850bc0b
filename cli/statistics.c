/* Order statistics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double cli_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double cli_percentile(const double *sorted, size_t n, double percent)
{
    size_t rank = (size_t)ceil(percent * (double)n / 100);
    return sorted[rank < 1 ? 0 : rank > n ? n - 1 : rank - 1];
}

/* The largest k with P(X < k) <= 2.5 %, X binomial with n and 1/2. */
static size_t interval_rank(size_t n)
{
    double below = 0, log_all = (double)n * log(2);
    size_t k = 0;
    for (;; k++) {
        below += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) - log_all);
        if (below > 0.025)
            return k;
    }
}

cli_estimate cli_median_estimate(double *values, size_t n)
{
    cli_estimate e = {.median = cli_median(values, n), .has_interval = n >= CLI_FEWEST_FOR_INTERVAL};
    size_t k = interval_rank(n);
    k = k > 0 ? k : 1;
    e.low = values[k - 1];
    e.high = values[n - k];
    return e;
}
