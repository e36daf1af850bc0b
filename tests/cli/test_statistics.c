/* Medians, percentiles and the interval of the median on data whose answers are known.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>

#include "check.h"
#include "statistics.h"

#define MOST 1000

static void fill(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] = (double)(i * 7919 % n + 1); /* 1..n out of order: 7919 is prime and no n here has it as a factor */
}

static void test_median(void)
{
    double odd[] = {5, 1, 9}, even[] = {4, 8, 2, 6}, one[] = {3};
    CHECK(cli_median(odd, 3) == 5, "%g", odd[1]);
    CHECK(cli_median(even, 4) == 5, "%g", cli_median(even, 4));
    CHECK(cli_median(one, 1) == 3, "%g", one[0]);
    CHECK(even[0] == 2 && even[3] == 8, "not sorted: %g..%g", even[0], even[3]);
}

static void test_percentile(void)
{
    const double values[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
    const struct {
        double percent, value;
    } cases[] = {{1, 10}, {10, 10}, {10.1, 20}, {50, 50}, {90, 90}, {95, 100}, {100, 100}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(cli_percentile(values, 10, cases[i].percent) == cases[i].value, "%g %%: %g", cases[i].percent,
              cli_percentile(values, 10, cases[i].percent));
    CHECK(cli_percentile(values, 1, 95) == 10, "of one value: %g", cli_percentile(values, 1, 95));
}

/* Ranks as tables of the sign test have them: the interval of n values 1..n is rank .. n + 1 - rank. */
static void test_interval(void)
{
    const struct {
        size_t n, rank;
    } cases[] = {{6, 1}, {7, 1}, {8, 1}, {9, 2}, {10, 2}, {11, 2}, {12, 3}, {15, 4}, {20, 6}, {25, 8}, {50, 18}, {100, 40}};
    double values[MOST];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = cases[i].n, rank = cases[i].rank;
        fill(values, n);
        cli_estimate e = cli_median_estimate(values, n);
        CHECK(e.has_interval && e.low == (double)rank && e.high == (double)(n + 1 - rank), "n = %zu: %g to %g", n, e.low, e.high);
        CHECK(e.median == (double)(n + 1) / 2, "n = %zu: median %g", n, e.median);
    }
    for (size_t n = 1; n < CLI_FEWEST_FOR_INTERVAL; n++) {
        fill(values, n);
        cli_estimate e = cli_median_estimate(values, n);
        CHECK(!e.has_interval && e.low == 1 && e.high == (double)n, "n = %zu: %g to %g", n, e.low, e.high);
    }
}

/* Many values, where 1/2^n is no double any more: the normal approximation is near. */
static void test_many(void)
{
    static double values[100000];
    const size_t n = sizeof values / sizeof *values;
    fill(values, n);
    cli_estimate e = cli_median_estimate(values, n);
    double about = (double)n / 2 - 1.959964 * sqrt((double)n) / 2;
    CHECK(fabs(e.low - about) <= 2 && e.high == (double)n + 1 - e.low, "%g to %g, about %g", e.low, e.high, about);
}

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

/* Of skewed values with a known median the interval holds it in 95 % of all cases or a little more. */
static void test_coverage(void)
{
    enum { N = 31, TRIALS = 4000 };
    uint64_t state = 1;
    double values[N];
    int held = 0;
    for (int t = 0; t < TRIALS; t++) {
        for (int i = 0; i < N; i++)
            values[i] = -log(1 - uniform(&state)); /* exponential: median log 2 */
        cli_estimate e = cli_median_estimate(values, N);
        held += e.low <= log(2) && log(2) <= e.high;
    }
    double share = (double)held / TRIALS; /* exactly 0.9706 is expected: 1 - 2 P(X < 10), X of 31 */
    CHECK(share > 0.955 && share < 0.985, "the interval held the median in %g of the cases", share);
}

int main(void)
{
    test_median();
    test_percentile();
    test_interval();
    test_many();
    test_coverage();
    return check_done();
}
