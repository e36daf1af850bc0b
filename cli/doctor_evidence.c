/* Cross-entropy at the best temperature; paired tests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor_evidence.h"

#include <math.h>
#include <stdlib.h>

#define LOWEST_EXPONENT (-16)
#define SMALLEST_P 1e-7 /* of a probability that underflowed, or was rounded to 0 by 8-bit arithmetic */
#define NO_NUMBERS (-100.0f)

octet_status cli_evidence_open(cli_evidence *e, size_t n, const cli_offsets *offsets, octet_error *err)
{
    *e = (cli_evidence){.n_offsets = offsets->n, .log_p = calloc(n, sizeof *e->log_p), .best = calloc(n, sizeof *e->best)};
    return e->log_p && e->best ? OCTET_OK : cli_fail_memory(err);
}

void cli_evidence_close(cli_evidence *e)
{
    free(e->log_p);
    free(e->best);
    *e = (cli_evidence){0};
}

/* ---- one image ---- */

static double score(const cli_scores *scores, int i)
{
    double x = (double)scores->values[i];
    return scores->probabilities ? log(fmax(x, SMALLEST_P)) : x;
}

/* The output with the largest score; -1 if one is not finite. */
static int best_output(const cli_scores *scores)
{
    int best = 0;
    for (int i = 0; scores->values && i < scores->n; i++) {
        if (!isfinite(scores->values[i]))
            return -1;
        if (scores->values[i] > scores->values[best])
            best = i;
    }
    return scores->values ? best : -1;
}

/* log sum_i exp((x[i] - top) / T) */
static double log_sum(const cli_scores *scores, double top, double temperature)
{
    double sum = 0;
    for (int i = 0; i < scores->n; i++) {
        double exponent = (score(scores, i) - top) / temperature;
        if (exponent > -40) /* below, n < 2^20 of them do not reach the last digits that matter */
            sum += exp(exponent);
    }
    return log(sum);
}

static double mean_score(const cli_scores *scores)
{
    double sum = 0;
    for (int i = 0; i < scores->n; i++)
        sum += score(scores, i);
    return sum / scores->n;
}

void cli_evidence_add(cli_evidence *e, const cli_scores *scores, int truth, const cli_offsets *offsets)
{
    const int best = best_output(scores);
    const double top = best < 0 ? 0 : score(scores, best), mean = best < 0 ? 0 : mean_score(scores);
    cli_log_p *p = &e->log_p[e->n_seen];
    for (int k = 0; k < CLI_N_TEMPERATURES; k++) {
        double temperature = exp2((LOWEST_EXPONENT + k) / 2.0);
        double sum = best < 0 ? 0 : log_sum(scores, top, temperature);
        p->mean[k] = best < 0 ? NO_NUMBERS : (float)((mean - top) / temperature - sum);
        for (int o = 0; o < offsets->n; o++) {
            int i = truth + offsets->first + o;
            p->truth[o][k] = best < 0 ? NO_NUMBERS : (float)((score(scores, i) - top) / temperature - sum);
        }
    }
    e->best[e->n_seen++] = best;
}

void cli_evidence_copy(cli_evidence *e, const cli_evidence *from)
{
    e->log_p[e->n_seen] = from->log_p[e->n_seen];
    e->best[e->n_seen] = from->best[e->n_seen];
    e->n_seen++;
}

/* ---- reading log p ---- */

/* At `shift` steps from the middle one of three values, by the parabola through them. */
static double between(double before, double middle, double after, double shift)
{
    return middle + shift * (after - before) / 2 + shift * shift * (after - 2 * middle + before) / 2;
}

/* log p of the true class */
static double log_p(const cli_evidence *e, size_t i, const cli_reading *r)
{
    const float *p = &e->log_p[i].truth[r->offset][r->temperature];
    return between((double)p[-1], (double)p[0], (double)p[1], r->between);
}

/* -log p summed over the first n images and the image more that looks like all of them together. */
static double loss(const cli_evidence *e, size_t n, int offset, int temperature)
{
    double sum = 0, any = 0;
    for (size_t i = 0; i < n; i++) {
        sum -= (double)e->log_p[i].truth[offset][temperature];
        any -= (double)e->log_p[i].mean[temperature];
    }
    return sum + any / (double)n;
}

/* Where the parabola through the loss at the three temperatures around the best has its minimum. */
static double find_between(const cli_evidence *e, size_t n, const cli_reading *r)
{
    double before = loss(e, n, r->offset, r->temperature - 1), middle = loss(e, n, r->offset, r->temperature);
    double after = loss(e, n, r->offset, r->temperature + 1), bend = before - 2 * middle + after;
    return bend > 0 ? fmax(-0.5, fmin((before - after) / (2 * bend), 0.5)) : 0;
}

/* The reading with the smallest loss on the first n >= 1 images. */
static cli_reading best_reading(const cli_evidence *e, size_t n)
{
    cli_reading best = {.temperature = 1};
    double smallest = INFINITY;
    for (int o = 0; o < e->n_offsets; o++) {
        for (int k = 1; k < CLI_N_TEMPERATURES - 1; k++) {
            double value = loss(e, n, o, k);
            if (value >= smallest)
                continue;
            smallest = value;
            best = (cli_reading){.offset = o, .temperature = k};
        }
    }
    best.between = find_between(e, n, &best);
    return best;
}

/* ---- all images ---- */

static bool is_right(const cli_evidence *e, size_t i, const int *truths, const cli_offsets *offsets)
{
    return e->best[i] >= 0 && e->best[i] == truths[i] + offsets->first + e->reading.offset;
}

void cli_evidence_settle(cli_evidence *e, const int *truths, const cli_offsets *offsets)
{
    e->reading = best_reading(e, e->n_seen);
    e->n_right = 0;
    e->cross_entropy = 0;
    for (size_t i = 0; i < e->n_seen; i++) {
        e->n_right += is_right(e, i, truths, offsets);
        e->cross_entropy -= log_p(e, i, &e->reading) / (double)e->n_seen;
    }
}

/* ---- pairs ---- */

static double difference(const cli_evidence *a, const cli_reading *by_a, const cli_evidence *b, const cli_reading *by_b, size_t i)
{
    return log_p(a, i, by_a) - log_p(b, i, by_b);
}

cli_lead cli_evidence_lead(const cli_evidence *a, const cli_evidence *b)
{
    const size_t n = a->n_seen < b->n_seen ? a->n_seen : b->n_seen;
    const cli_reading by_a = best_reading(a, n), by_b = best_reading(b, n);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += difference(a, &by_a, b, &by_b, i);
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double rest = difference(a, &by_a, b, &by_b, i) - mean;
        squares += rest * rest;
    }
    double error = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : 0;
    double errors = error > 0 ? mean / error : mean == 0 ? 0 : copysign(INFINITY, mean);
    return (cli_lead){.nats = mean, .standard_errors = errors, .n = n};
}

/* Student's t for the quantile z of the normal distribution, first term of the Cornish-Fisher expansion. */
static bool exceeds(const cli_lead *lead, double z)
{
    if (lead->n < 3 || fabs(lead->nats) < CLI_LEAST_NATS)
        return false;
    double freedom = (double)(lead->n - 1);
    return fabs(lead->standard_errors) > z + (z * z * z + z) / (4 * freedom);
}

bool cli_lead_tells(const cli_lead *lead)
{
    return exceeds(lead, 2.576);
}

bool cli_lead_is_final(const cli_lead *lead)
{
    return exceeds(lead, 3.48) && fabs(lead->nats) >= CLI_FINAL_NATS;
}

bool cli_lead_is_slight(const cli_lead *lead)
{
    return fabs(lead->standard_errors) < 1 || fabs(lead->nats) < CLI_LEAST_NATS;
}

/* ---- exact tests ---- */

/* P(X >= k) of the binomial distribution. */
static double binomial_tail(size_t k, size_t n, double p)
{
    double sum = 0;
    if (k == 0 || p >= 1)
        return 1;
    for (size_t i = k; i <= n && p > 0; i++) {
        double ways = lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1);
        sum += exp(ways + (double)i * log(p) + (double)(n - i) * log1p(-p));
    }
    return fmin(sum, 1);
}

double cli_evidence_mcnemar(const cli_evidence *a, const cli_evidence *b, const int *truths, const cli_offsets *offsets)
{
    const size_t n = a->n_seen < b->n_seen ? a->n_seen : b->n_seen;
    size_t only_a = 0, only_b = 0;
    for (size_t i = 0; i < n; i++) {
        bool right_a = is_right(a, i, truths, offsets), right_b = is_right(b, i, truths, offsets);
        only_a += right_a && !right_b;
        only_b += right_b && !right_a;
    }
    return fmin(2 * binomial_tail(only_a > only_b ? only_a : only_b, only_a + only_b, 0.5), 1);
}

double cli_evidence_chance(const cli_evidence *e, const int *truths, const cli_offsets *offsets)
{
    double n_pairs = (double)e->n_seen * (double)e->n_seen, n_equal = 0;
    for (size_t i = 0; i < e->n_seen; i++)
        for (size_t j = 0; j < e->n_seen; j++)
            n_equal += e->best[i] == truths[j] + offsets->first + e->reading.offset;
    return binomial_tail(e->n_right, e->n_seen, n_equal / n_pairs);
}
