/* --placement.
 * SPDX-License-Identifier: Apache-2.0 */
#include "placement_flags.h"

#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "spelling.h"

enum { PLACEMENT = CLI_KEYS_PLACEMENT };

static const struct argp_option options[] = {
    {.name = "placement", .key = PLACEMENT, .arg = "WHERE",
     .doc = "Where the normalization is done. fold (default): in the first layer, which takes uint8 pixels, exactly and at no "
            "cost; a model whose first layer is no convolution or matrix product gets a layer. layer: in a first step, by a "
            "table per channel. host: before the run, in float32"},
    {0},
};

static octet_status parse_placement(cli_placement_flags *flags, const char *text)
{
    const char *names[] = {octet_placement_name(OCTET_PLACEMENT_HOST), octet_placement_name(OCTET_PLACEMENT_LAYER),
                           octet_placement_name(OCTET_PLACEMENT_FOLD)};
    char meant[CLI_MEANT_SIZE];
    for (int i = 0; i < 3; i++) {
        flags->value = (octet_placement)i;
        flags->given = true;
        if (strcmp(text, names[i]) == 0)
            return OCTET_OK;
    }
    return cli_fail(flags->err, OCTET_USAGE, "--placement '%s': there are host, layer and fold%s", text,
                    cli_meant(meant, "", cli_nearest(text, names, 3)));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_placement_flags *flags = state->input;
    switch (key) {
    case PLACEMENT: return parse_placement(flags, arg) ? EINVAL : 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_placement_argp = {.options = options, .parser = parse};

octet_placement cli_placement(const cli_placement_flags *flags)
{
    return flags->given ? flags->value : OCTET_PLACEMENT_FOLD;
}
