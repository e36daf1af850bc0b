/* The search of octet doctor: one part of the recipe after the other, the cheapest first, each with the best of those before.
 *
 *     numbers    one family of mean and scale of each kind, in both orders (and both layouts where the shape allows)
 *     variants   the other families of the kinds that could not be told from the best
 *     geometry   resize and crop
 *     dialect    whose resize
 *     again      if the geometry has changed: the numbers that could not be told from the best, with the new one
 *
 * The candidates of a part run a race: all see the same images, first 12, then 24, 48, ... of them, and those that are
 * hopelessly behind the leader drop out. A recipe that comes to the same pixels of an image as another is not run again.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DOCTOR_SEARCH_H
#define CLI_DOCTOR_SEARCH_H

#include "class_flags.h"
#include "classifier.h"
#include "doctor_candidates.h"
#include "doctor_evidence.h"
#include "doctor_images.h"
#include "progress.h"

#define CLI_MOST_CANDIDATES 128
#define CLI_MOST_ENGINES 2

typedef struct cli_candidate {
    const cli_family *family; /* NULL: numbers of the file or of flags */
    int engine;
    octet_recipe recipe;
    cli_evidence evidence;
    size_t n_same;            /* images whose pixels are those of the stage's reference */
    bool dropped;
} cli_candidate;

typedef enum cli_stage_kind {
    CLI_STAGE_NUMBERS, CLI_STAGE_VARIANTS, CLI_STAGE_GEOMETRY, CLI_STAGE_DIALECT, CLI_STAGE_AGAIN, CLI_N_STAGES
} cli_stage_kind;

typedef struct cli_stage {
    cli_stage_kind kind;
    int reference;                    /* candidate that stands unless another is better; -1: none */
    int members[CLI_MOST_CANDIDATES]; /* candidates, in the end the best first */
    int n;
    int n_left;                       /* of them have seen all images; the others, behind, dropped out */
    int outcome;                      /* candidate that goes on */
} cli_stage;

typedef struct cli_doctor_engine { /* the model with its input taken as one layout */
    cli_classifier classifier;
    octet_recipe start;            /* defaults, file, flags */
    cli_fitted fitted;
} cli_doctor_engine;

typedef struct cli_doctor_opts {
    const char *path;
    const cli_model_flags *model;
    const cli_recipe_flags *recipe;
    const cli_class_flags *classes;
    const cli_evaluation_opts *images;
} cli_doctor_opts;

typedef struct cli_doctor { /* all zero is empty */
    const cli_doctor_opts *opts;
    cli_recipe_fields claims;  /* what metadata, --config and flags say */
    cli_doctor_fixed fixed;
    bool has_claims;           /* metadata or --config say something */
    bool exact;                /* the images are records */
    bool sized;                /* records of the size of the input: there is no geometry to find */
    cli_doctor_engine engines[CLI_MOST_ENGINES];
    int n_engines;
    cli_doctor_images images;
    octet_status first_failure; /* of reading the images */
    cli_offsets offsets;
    cli_candidate candidates[CLI_MOST_CANDIDATES];
    int n_candidates;
    cli_stage stages[CLI_N_STAGES];
    int n_stages;
    int claim;  /* candidate that the file says; -1: none */
    int winner;
    cli_progress progress; /* of a stage */
    size_t n_done;
} cli_doctor;

/* Open model and images; CHECK_FAILED where the images cannot tell anything. Close after a failure too. */
octet_status cli_doctor_open(cli_doctor *d, const cli_doctor_opts *opts, octet_error *err);
octet_status cli_doctor_search(cli_doctor *d, octet_error *err);
void cli_doctor_close(cli_doctor *d);

const cli_image_input *cli_doctor_input(const cli_doctor *d, const cli_candidate *c);

/* The candidate could be as good as the winner: it has seen all images, and the lead of the winner does not tell. */
bool cli_doctor_is_tied(const cli_doctor *d, int candidate);

/* The winner is right more often than by chance, all candidates counted. */
bool cli_doctor_knows(const cli_doctor *d);

#endif
