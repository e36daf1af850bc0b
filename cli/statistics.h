/* Medians, percentiles and an interval that assumes no distribution, for times.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STATISTICS_H
#define CLI_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* Sorts the n values, n >= 1. The one in the middle, or the mean of the two there. */
double cli_median(double *values, size_t n);

/* Of sorted values, n >= 1: the smallest that is not below `percent` of them (nearest rank), 0 < percent <= 100. */
double cli_percentile(const double *sorted, size_t n, double percent);

#define CLI_FEWEST_FOR_INTERVAL 6 /* 2 * (1/2)^5 is above 5 %, 2 * (1/2)^6 below */

/* The median of a population from n values of it, with an interval that holds it in at least 95 % of all cases, whatever
 * the distribution (the sign test turned round): low is the k-th smallest value and high the k-th largest, k being the
 * largest with P(X < k) <= 2.5 % for X binomial with n and 1/2. */
typedef struct cli_estimate {
    double median, low, high;
    bool has_interval; /* n >= CLI_FEWEST_FOR_INTERVAL; else low and high are the extremes */
} cli_estimate;

/* Sorts the n values, n >= 1. */
cli_estimate cli_median_estimate(double *values, size_t n);

#endif
