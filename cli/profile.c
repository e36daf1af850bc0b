/* Times of the steps: medians over some runs, which a disturbance does not move.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "inspection.h"
#include "statistics.h"

/* Floats in -2..2, uint8 of all values, zeros for other types, which may be indices. */
static void fill_inputs(const octet_program *program, octet_session *session)
{
    uint32_t state = 1;
    for (int i = 0; i < octet_program_n_inputs(program); i++) {
        const octet_tensor_info *info = octet_program_input(program, i);
        float *floats = octet_session_input(session, i);
        uint8_t *bytes = octet_session_input(session, i);
        memset(bytes, 0, info->n_bytes);
        size_t n = info->dtype == OCTET_F32 ? info->n_bytes / 4 : info->dtype == OCTET_U8 ? info->n_bytes : 0;
        for (size_t k = 0; k < n; k++) {
            state = state * 1664525u + 1013904223u; /* Knuth, TAOCP vol. 2, table 3.3.4 */
            if (info->dtype == OCTET_F32)
                floats[k] = (float)(state >> 8) * 0x1p-22f - 2.0f; /* 24 bits to 0..4 */
            else
                bytes[k] = (uint8_t)(state >> 24);
        }
    }
}

/* Row r of `table` holds the steps of run r. */
static octet_status measure(uint64_t *table, octet_session *session, size_t n_steps, int n_runs, octet_error *err)
{
    CLI_TRY(octet_session_run(session, err));
    for (int r = 0; r < n_runs; r++)
        CLI_TRY(octet_session_profile(session, table + (size_t)r * n_steps, err));
    return OCTET_OK;
}

static void take_medians(uint64_t *step_ns, uint64_t *run_ns, const uint64_t *table, double *column, size_t n_steps,
                         int n_runs)
{
    for (size_t s = 0; s < n_steps; s++) {
        for (int r = 0; r < n_runs; r++)
            column[r] = (double)table[(size_t)r * n_steps + s];
        step_ns[s] = (uint64_t)cli_median(column, (size_t)n_runs);
    }
    for (int r = 0; r < n_runs; r++) {
        column[r] = 0;
        for (size_t s = 0; s < n_steps; s++)
            column[r] += (double)table[(size_t)r * n_steps + s];
    }
    *run_ns = (uint64_t)cli_median(column, (size_t)n_runs);
}

octet_status cli_profile(uint64_t *step_ns, uint64_t *run_ns, const octet_program *program, octet_session *session,
                         int n_runs, octet_error *err)
{
    octet_program_info info;
    octet_program_get_info(program, &info);
    size_t n_steps = (size_t)info.n_steps;
    uint64_t *table = calloc(n_steps * (size_t)n_runs + 1, sizeof *table);
    double *column = calloc((size_t)n_runs, sizeof *column);
    octet_status status = OCTET_OK;
    if (!table || !column) {
        status = cli_fail_memory(err);
    } else {
        fill_inputs(program, session);
        status = measure(table, session, n_steps, n_runs, err);
    }
    if (status == OCTET_OK)
        take_medians(step_ns, run_ns, table, column, n_steps, n_runs);
    free(table);
    free(column);
    return status;
}
