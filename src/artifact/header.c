/* Writing and checking the header: magic, byte order and version first, so that each gets its own message.
 * SPDX-License-Identifier: Apache-2.0 */
#include "artifact/header.h"

#include <string.h>

#include "artifact/checksum.h"
#include "base/compiler.h"
#include "base/err.h"

/* A byte above 127 and both line ends, which text transfers spoil. */
static const uint8_t magic[8] = {0x89, 'O', 'C', 'T', 'E', 'T', '\r', '\n'};

#define BYTE_ORDER_MARK 0x01020304u
#define OTHER_BYTE_ORDER 0x04030201u

enum { MAGIC = 0, ORDER = 8, VERSION = 12, NUMBERS = 16, CHECKSUM = OCT_ARTIFACT_HEADER - 8 };

static uint32_t u32_at(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t u64_at(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

uint64_t oct_artifact_consts_at(uint64_t n_metadata)
{
    return oct_round_up(OCT_ARTIFACT_HEADER + n_metadata, OCT_CACHE_LINE);
}

void oct_artifact_header_write(uint8_t out[OCT_ARTIFACT_HEADER], const oct_artifact_header *h)
{
    const uint32_t order = BYTE_ORDER_MARK, version = OCT_ARTIFACT_VERSION;
    const uint64_t numbers[] = {h->n_metadata, h->consts, h->n_consts, h->metadata_checksum, h->consts_checksum};
    memset(out, 0, OCT_ARTIFACT_HEADER);
    memcpy(out + MAGIC, magic, sizeof magic);
    memcpy(out + ORDER, &order, sizeof order);
    memcpy(out + VERSION, &version, sizeof version);
    memcpy(out + NUMBERS, numbers, sizeof numbers);
    const uint64_t sum = oct_checksum(out, CHECKSUM);
    memcpy(out + CHECKSUM, &sum, sizeof sum);
}

bool oct_artifact_is(const void *data, size_t n_bytes)
{
    return n_bytes >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

/* What this file is, before anything else of it is believed. */
static octet_status check_kind(const uint8_t *data, size_t n_bytes, octet_error *err)
{
    if (!oct_artifact_is(data, n_bytes))
        return oct_fail(err, OCTET_BAD_INPUT, "no octet artifact");
    if (n_bytes < OCT_ARTIFACT_HEADER)
        return oct_fail(err, OCTET_BAD_INPUT, "cut short: %zu bytes, less than the header of %u", n_bytes, OCT_ARTIFACT_HEADER);
    const uint32_t order = u32_at(data + ORDER), version = u32_at(data + VERSION);
    if (order == OTHER_BYTE_ORDER)
        return oct_fail(err, OCTET_BAD_INPUT, "written on a machine of the other byte order");
    if (order != BYTE_ORDER_MARK)
        return oct_fail(err, OCTET_BAD_INPUT, "the header is damaged: byte order mark %08x", (unsigned)order);
    if (version != OCT_ARTIFACT_VERSION)
        return oct_fail(err, OCTET_BAD_INPUT, "artifact format %u; this octet reads format %u: %s", (unsigned)version,
                        OCT_ARTIFACT_VERSION, version > OCT_ARTIFACT_VERSION ? "a newer one is needed" : "compile the model anew");
    if (u64_at(data + CHECKSUM) != oct_checksum(data, CHECKSUM))
        return oct_fail(err, OCTET_BAD_INPUT, "the header is damaged: its checksum does not fit");
    return OCTET_OK;
}

static octet_status check_sizes(const oct_artifact_header *h, size_t n_bytes, octet_error *err)
{
    uint64_t end;
    if (h->n_metadata > UINT32_MAX || h->consts != oct_artifact_consts_at(h->n_metadata) ||
        h->n_consts % OCT_CACHE_LINE != 0 || OCT_ADD_OVERFLOWS(h->consts, h->n_consts, &end))
        return oct_fail(err, OCTET_BAD_INPUT, "the header is damaged: impossible sizes");
    if (n_bytes != end)
        return oct_fail(err, OCTET_BAD_INPUT, "%s: %zu bytes where the header says %llu",
                        n_bytes < end ? "cut short" : "too long", n_bytes, (unsigned long long)end);
    return OCTET_OK;
}

octet_status oct_artifact_header_read(oct_artifact_header *h, const uint8_t *data, size_t n_bytes, octet_error *err)
{
    OCT_TRY(check_kind(data, n_bytes, err));
    uint64_t numbers[5];
    memcpy(numbers, data + NUMBERS, sizeof numbers);
    *h = (oct_artifact_header){numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
    OCT_TRY(check_sizes(h, n_bytes, err));
    if (oct_checksum(data + OCT_ARTIFACT_HEADER, (size_t)h->consts - OCT_ARTIFACT_HEADER) != h->metadata_checksum)
        return oct_fail(err, OCTET_BAD_INPUT, "the metadata is damaged: its checksum does not fit");
    if (oct_checksum(data + h->consts, (size_t)h->n_consts) != h->consts_checksum)
        return oct_fail(err, OCTET_BAD_INPUT, "the constants are damaged: their checksum does not fit");
    return OCTET_OK;
}
