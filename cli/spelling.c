/* Nearest spelling by restricted edit distance (Damerau-Levenshtein without repeated edits of one place).
 * SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "spelling.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 63 /* longer words are compared by their beginnings */

static int smallest(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

int cli_edit_distance(const char *a, const char *b)
{
    int n_a = (int)strnlen(a, LONGEST), n_b = (int)strnlen(b, LONGEST);
    int cost[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= n_a; i++)
        cost[i][0] = i;
    for (int j = 0; j <= n_b; j++)
        cost[0][j] = j;
    for (int i = 1; i <= n_a; i++)
        for (int j = 1; j <= n_b; j++) {
            int replaced = cost[i - 1][j - 1] + !same(a[i - 1], b[j - 1]);
            cost[i][j] = smallest(cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced);
            int swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
            if (swapped && cost[i - 2][j - 2] + 1 < cost[i][j])
                cost[i][j] = cost[i - 2][j - 2] + 1;
        }
    return cost[n_a][n_b];
}

const char *cli_nearest(const char *word, const char *const *names, size_t n_names)
{
    const char *best = NULL;
    int fewest = 1 + (int)strnlen(word, LONGEST) / 3; /* two edits in a word of three letters, three in six */
    for (size_t i = 0; i < n_names; i++) {
        if (!names[i])
            continue;
        int edits = cli_edit_distance(word, names[i]);
        if (edits > fewest || (best && edits == fewest) || edits >= (int)strlen(names[i]))
            continue;
        fewest = edits;
        best = names[i];
    }
    return best;
}

const char *cli_meant(char text[CLI_MEANT_SIZE], const char *prefix, const char *name)
{
    text[0] = '\0';
    if (name)
        snprintf(text, CLI_MEANT_SIZE, "; did you mean '%s%.48s'?", prefix, name);
    return text;
}
