/* Fuzzes the checks of stored steps: a step as a file holds it, made up by anyone, is run if its kind's check accepts it, on
 * operands of exactly the sizes that were checked. Seeds: test_steps_check --seeds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/steps/stored_step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    stored_step s;
    if (!stored_step_read(&s, data, n_bytes))
        return 0;
    if (stored_step_check(&s))
        stored_step_run(&s);
    stored_step_free(&s);
    return 0;
}
