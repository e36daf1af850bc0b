/* What a number of images says for and against a candidate, and how two are compared on the same images.
 *
 * The log-probability of the true class is taken from the scores at the temperature that suits the candidate best:
 *     log p[truth],  log p[i] = x[i] / T - log sum_j exp(x[j] / T),  T = 2^(k/2), k = -16 .. 24, parabolas between
 * so that scores that are merely larger or smaller (pixels of 0..255 in place of 0..1) neither win nor lose by it. T is where the
 * sum of -log p[truth] is smallest, with one image more whose class may be any and that looks like all others together: without
 * it T would go to 0, and all margins be lost, as soon as all are right.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DOCTOR_EVIDENCE_H
#define CLI_DOCTOR_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

#define CLI_N_TEMPERATURES 41
#define CLI_MOST_OFFSETS 2

typedef struct cli_offsets { /* class offsets in question */
    int first, n;            /* n is 1 .. CLI_MOST_OFFSETS */
} cli_offsets;

typedef struct cli_log_p { /* of one image, at each temperature */
    float truth[CLI_MOST_OFFSETS][CLI_N_TEMPERATURES];
    float mean[CLI_N_TEMPERATURES]; /* over the classes */
} cli_log_p;

/* How log p is read: by class offset and temperature. */
typedef struct cli_reading {
    int offset;       /* offsets.first + this */
    int temperature;  /* k + 16, not the first or last */
    double between;   /* and so much of a step further, -0.5 .. 0.5 */
} cli_reading;

typedef struct cli_evidence { /* all zero is empty */
    int n_offsets;
    size_t n_seen;
    cli_log_p *log_p;         /* [n_seen] */
    int *best;                /* [n_seen] output with the largest score; -1: scores that are no numbers */
    /* of the images seen: by cli_evidence_settle */
    cli_reading reading;
    size_t n_right;
    double cross_entropy;     /* mean of -log p[truth], natural logarithm */
} cli_evidence;

/* Room for n images. */
octet_status cli_evidence_open(cli_evidence *e, size_t n, const cli_offsets *offsets, octet_error *err);
void cli_evidence_close(cli_evidence *e);

typedef struct cli_scores {
    const float *values; /* NULL: no numbers came out */
    int n;
    bool probabilities;  /* they have been through softmax */
} cli_scores;

/* The next image, of class id `truth`. */
void cli_evidence_add(cli_evidence *e, const cli_scores *scores, int truth, const cli_offsets *offsets);
/* The next image gave the same as in `from`. */
void cli_evidence_copy(cli_evidence *e, const cli_evidence *from);
/* Offset and temperature of the smallest cross-entropy, and with them n_right. truths: class ids in the order of adding. */
void cli_evidence_settle(cli_evidence *e, const int *truths, const cli_offsets *offsets);

/* ---- two candidates, paired by image: those that both have seen ---- */

typedef struct cli_lead {
    double nats;            /* mean difference of log p, above 0: a is ahead */
    double standard_errors; /* the same in its own standard errors; infinite where all images agree to the bit */
    size_t n;
} cli_lead;
/* Offset and temperature of each are those that suit it best on these images. */
cli_lead cli_evidence_lead(const cli_evidence *a, const cli_evidence *b);

#define CLI_LEAST_NATS 0.01 /* a smaller lead is none: the probability of the right class differs by 1 % of itself */

/* The lead is beyond chance, at one in 100 (two-sided); an approximate quantile of Student's t allows for few images. */
bool cli_lead_tells(const cli_lead *lead);
#define CLI_FINAL_NATS 0.1
/* The lead is hopelessly beyond chance: one in 2000, and large. */
bool cli_lead_is_final(const cli_lead *lead);

/* The lead is within one standard error, or none. */
bool cli_lead_is_slight(const cli_lead *lead);

/* Both settled. McNemar's exact test on right and wrong: the probability of so uneven a split of the images that only one has right. */
double cli_evidence_mcnemar(const cli_evidence *a, const cli_evidence *b, const int *truths, const cli_offsets *offsets);

/* The probability of n_right by answers that have nothing to do with the images but the same frequencies. */
double cli_evidence_chance(const cli_evidence *e, const int *truths, const cli_offsets *offsets);

#endif
