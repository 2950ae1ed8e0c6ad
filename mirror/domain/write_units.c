// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/write_units.h"

#include "base/contract.h"
#include "mirror/domain/base_item.h"

enum { WRITE_UNIT_BYTES = 1024, READ_UNIT_BYTES = 4096, SEGMENT_SK_BYTES = 2 + 20 };

void lq_write_units_add_bytes(struct lq_write_units_item *item, const char *name, size_t bytes)
{
    item->bytes += strlen(name) + bytes;
}

void lq_write_units_add_number(struct lq_write_units_item *item, const char *name, uint64_t value)
{
    size_t digits = 0;

    while (value > 0 && value % 10 == 0) {
        value /= 10; /* trailing zeros are no significant digits */
    }
    for (; value > 0; value /= 10) {
        digits++;
    }
    lq_write_units_add_bytes(item, name, (digits + 1) / 2 + 1);
}

static uint64_t units(uint64_t bytes, uint64_t each)
{
    return bytes == 0 ? 1 : (bytes + each - 1) / each;
}

uint64_t lq_write_units_of(const struct lq_write_units_item *item,
                           const struct lq_write_units_item *before)
{
    return units(item->bytes > before->bytes ? item->bytes : before->bytes, WRITE_UNIT_BYTES);
}

uint64_t lq_write_units_of_read(const struct lq_write_units_item *item)
{
    return units(item->bytes, READ_UNIT_BYTES);
}

struct lq_write_units_item lq_write_units_segment(size_t pk_bytes, size_t body_bytes, uint64_t ttl)
{
    struct lq_write_units_item item = {0};

    LQ_ASSERT(body_bytes <= LQ_SEGMENT_BODY_BYTES_MAX);
    lq_write_units_add_bytes(&item, "pk", pk_bytes);
    lq_write_units_add_bytes(&item, "sk", SEGMENT_SK_BYTES);
    lq_write_units_add_bytes(&item, "h", LQ_SEGMENT_HEADER_BYTES);
    if (body_bytes > 0) { /* a claim has no body */
        lq_write_units_add_bytes(&item, "b", body_bytes);
    }
    if (ttl > 0) {
        lq_write_units_add_number(&item, "ttl", ttl);
    }
    return item;
}

struct lq_write_units_item lq_write_units_base(size_t pk_bytes, size_t body_bytes, uint64_t segment)
{
    struct lq_write_units_item item = {0};

    lq_write_units_add_bytes(&item, "pk", pk_bytes);
    lq_write_units_add_bytes(&item, "sk", LQ_SEGMENT_KEY_SK_BYTES_MAX);
    lq_write_units_add_bytes(&item, "h", LQ_BASE_ITEM_HEADER_BYTES);
    lq_write_units_add_bytes(&item, "b", body_bytes);
    lq_write_units_add_number(&item, "n", segment);
    return item;
}
