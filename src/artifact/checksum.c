/* The only user of libxxhash, whose code is compiled in here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "artifact/checksum.h"

#define XXH_INLINE_ALL
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

_Static_assert(sizeof(XXH3_state_t) <= sizeof(oct_checksum_stream), "the state fits");
_Static_assert(_Alignof(XXH3_state_t) <= _Alignof(oct_checksum_stream), "and is aligned");

uint64_t oct_checksum(const void *p, size_t n)
{
    return XXH3_64bits(p ? p : "", n);
}

void oct_checksum_begin(oct_checksum_stream *s)
{
    XXH3_64bits_reset((XXH3_state_t *)(void *)s->state);
}

void oct_checksum_add(oct_checksum_stream *s, const void *p, size_t n)
{
    if (n)
        XXH3_64bits_update((XXH3_state_t *)(void *)s->state, p, n);
}

uint64_t oct_checksum_end(const oct_checksum_stream *s)
{
    return XXH3_64bits_digest((const XXH3_state_t *)(const void *)s->state);
}
